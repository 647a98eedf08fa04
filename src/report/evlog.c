/* evlog.c: writing the event log. Owns the byte encoding (with evlog_read.c); docs/event-log.md is its description.
 *
 * Invariants: 1. bytes reach the file only through flush(), which feeds the running SHA-256 first; 2. after the first error
 * nothing more is written and the records are only counted. */
#include "report/evlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/evlog_format.h"

#define BUFFER_SIZE (256u << 10)
/* Most that one record takes before its text: tag, task, nr, mask, 6 args, result, hash, text length. */
#define RECORD_HEAD_MAX (1 + 5 + 5 + 1 + 6 * 10 + 10 + 16 + 5)

struct evlog {
	int fd;
	int error;               /* first -errno, or 0 */
	uint64_t count;
	uint32_t last_task;
	bool started;            /* a program was executed */
	struct sha256_ctx *sum;  /* of everything flushed */
	char *path;
	size_t fill;
	uint8_t buf[BUFFER_SIZE];
};

static void flush(struct evlog *l)
{
	if (l->error == 0) {
		sha256_add(l->sum, l->buf, l->fill);
		int r = fd_write_all(l->fd, l->buf, l->fill);
		if (r < 0)
			l->error = r;
	}
	l->fill = 0;
}

static void reserve(struct evlog *l, size_t n)
{
	invariant(n <= BUFFER_SIZE);
	if (l->fill + n > BUFFER_SIZE)
		flush(l);
}

static void put_byte(struct evlog *l, uint8_t b)
{
	l->buf[l->fill++] = b;
}

static void put_bytes(struct evlog *l, const void *p, size_t n)
{
	if (n != 0)
		memcpy(l->buf + l->fill, p, n);
	l->fill += n;
}

static void put_varint(struct evlog *l, uint64_t v)
{
	while (v >= 0x80) {
		put_byte(l, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	put_byte(l, (uint8_t)v);
}

/* Small negative numbers (-1, AT_FDCWD, -errno) stay short. */
static void put_signed(struct evlog *l, int64_t v)
{
	put_varint(l, ((uint64_t)v << 1) ^ (v < 0 ? ~UINT64_C(0) : 0));
}

static void put_head(struct evlog *l, const struct evlog_head *h)
{
	size_t n = h->options ? strlen(h->options) : 0;

	if (n > EVLOG_OPTIONS_MAX)
		n = EVLOG_OPTIONS_MAX;
	put_bytes(l, EVLOG_MAGIC, sizeof(EVLOG_MAGIC) - 1);
	put_varint(l, EVLOG_VERSION);
	put_varint(l, h->seed);
	put_signed(l, h->epoch);
	put_varint(l, n);
	put_bytes(l, h->options, n);
}

struct evlog *evlog_create(const char *path, const struct evlog_head *head, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0) {
		error_set(e, errno, "cannot create the event log %s", path);
		return NULL;
	}
	struct evlog *l = xzalloc(sizeof(*l));
	l->fd = fd;
	l->path = xstrdup(path);
	l->sum = sha256_begin();
	put_head(l, head);
	return l;
}

static bool same_bytes(const void *a, const void *b, size_t n)
{
	return n == 0 || memcmp(a, b, n) == 0;
}

/* The text with its end replaced by its length and hash, so that texts which differ behind the cut still differ. */
static void put_cut_text(struct evlog *l, const char *text, size_t n)
{
	struct sha256 h = sha256_of(text, n);
	char hex[65], tail[96];

	sha256_hex(&h, hex);
	int t = snprintf(tail, sizeof(tail), "%c[cut: %zu bytes, %.32s]", 0, n, hex);
	size_t keep = EVLOG_TEXT_MAX - (size_t)t;
	put_varint(l, EVLOG_TEXT_MAX);
	put_bytes(l, text, keep);
	put_bytes(l, tail, (size_t)t);
}

static uint8_t arg_mask(const uint64_t args[6])
{
	uint8_t mask = 0;

	for (int i = 0; i < 6; i++)
		if (args[i] != 0)
			mask |= (uint8_t)(1u << i);
	return mask;
}

void evlog_event(struct evlog *l, const struct evlog_record *r)
{
	/* Until the first exec the box's own code runs, at addresses that the host chose. */
	uint8_t mask = l->started || r->kind != EVLOG_SYSCALL ? arg_mask(r->args) : 0;
	uint8_t tag = (uint8_t)r->kind;

	invariant(r->kind < EVLOG_KINDS && r->task < EVLOG_TASK_MAX);
	reserve(l, RECORD_HEAD_MAX + EVLOG_TEXT_MAX);
	if (r->task != l->last_task)
		tag |= EVLOG_TAG_TASK;
	if (mask != 0)
		tag |= EVLOG_TAG_ARGS;
	if (r->kind == EVLOG_EXEC)
		l->started = true;
	if (r->result != 0)
		tag |= EVLOG_TAG_RESULT;
	if (r->has_hash)
		tag |= EVLOG_TAG_HASH;
	if (r->text)
		tag |= EVLOG_TAG_TEXT;
	put_byte(l, tag);
	if (tag & EVLOG_TAG_TASK)
		put_varint(l, r->task);
	put_varint(l, r->nr);
	if (tag & EVLOG_TAG_ARGS) {
		put_byte(l, mask);
		for (int i = 0; i < 6; i++)
			if (mask & (1u << i))
				put_signed(l, (int64_t)r->args[i]);
	}
	if (tag & EVLOG_TAG_RESULT)
		put_signed(l, r->result);
	if (tag & EVLOG_TAG_HASH)
		put_bytes(l, r->hash.b, sizeof(r->hash.b));
	if (r->text && r->text_len > EVLOG_TEXT_MAX) {
		put_cut_text(l, r->text, r->text_len);
	} else if (r->text) {
		put_varint(l, r->text_len);
		put_bytes(l, r->text, r->text_len);
	}
	l->last_task = r->task;
	l->count++;
}

void evlog_exec(struct evlog *l, uint32_t task, const char *path, const char *argv_bytes, size_t argv_len)
{
	size_t n = strlen(path) + 1;
	autofree char *text = xmalloc(n + argv_len);

	memcpy(text, path, n);
	if (argv_len != 0)
		memcpy(text + n, argv_bytes, argv_len);
	evlog_event(l, &(struct evlog_record){ .kind = EVLOG_EXEC, .task = task, .text = text, .text_len = n + argv_len });
}

void evlog_fork(struct evlog *l, uint32_t parent, uint32_t child, bool thread)
{
	evlog_event(l, &(struct evlog_record){ .kind = EVLOG_FORK, .task = parent, .nr = thread, .result = child });
}

void evlog_exit(struct evlog *l, uint32_t task, int wait_status)
{
	evlog_event(l, &(struct evlog_record){ .kind = EVLOG_EXIT, .task = task, .result = wait_status });
}

void evlog_signal(struct evlog *l, uint32_t task, int signo, int si_code, uint32_t sender_plus_1)
{
	evlog_event(l, &(struct evlog_record){ .kind = EVLOG_SIGNAL, .task = task, .nr = (uint32_t)signo,
		.args = { (uint64_t)(int64_t)si_code, sender_plus_1 } });
}

void evlog_note(struct evlog *l, uint32_t task, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	evlog_event(l, &(struct evlog_record){ .kind = EVLOG_NOTE, .task = task, .text = text, .text_len = len });
}

uint64_t evlog_count(const struct evlog *l)
{
	return l->count;
}

/* End tag, number of records, SHA-256 of all bytes before the hash. */
static void put_trailer(struct evlog *l)
{
	reserve(l, 64);
	put_byte(l, EVLOG_TAG_END);
	put_varint(l, l->count);
	flush(l);
	struct sha256 h = sha256_end(STEAL(l->sum));
	if (l->error == 0)
		l->error = fd_write_all(l->fd, h.b, sizeof(h.b));
}

int evlog_close(struct evlog *l, struct error *e)
{
	if (!l)
		return 0;
	put_trailer(l);
	if (close(l->fd) < 0 && l->error == 0)
		l->error = -errno;
	int r = l->error;
	if (r < 0)
		error_set(e, -r, "cannot write the event log %s", l->path);
	free(l->path);
	free(l);
	return r < 0 ? r : 0;
}

struct sha256_ctx *evlog_hash_begin(const struct evlog_hash *h)
{
	struct sha256_ctx *c = sha256_begin();

	sha256_add(c, h->b, sizeof(h->b));
	return c;
}

void evlog_hash_add(struct sha256_ctx *c, const void *bytes, size_t n)
{
	if (n != 0)
		sha256_add(c, bytes, n);
}

void evlog_hash_end(struct sha256_ctx *c, struct evlog_hash *ret)
{
	struct sha256 h = sha256_end(c);

	memcpy(ret->b, h.b, sizeof(ret->b));
}

bool evlog_record_equal(const struct evlog_record *a, const struct evlog_record *b)
{
	return a->kind == b->kind && a->task == b->task && a->nr == b->nr && a->result == b->result &&
		memcmp(a->args, b->args, sizeof(a->args)) == 0 &&
		a->has_hash == b->has_hash && (!a->has_hash || same_bytes(a->hash.b, b->hash.b, sizeof(a->hash.b))) &&
		!a->text == !b->text && (!a->text || (a->text_len == b->text_len && same_bytes(a->text, b->text, a->text_len)));
}
