/* log.c: engine events -> event log. No host value enters: streams are kept by host inode here, but only their hashes are written. */
#include "run/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/hash.h"
#include "base/mem.h"
#include "report/evlog.h"
#include "syscall/table.h"

enum { STREAM_BITS = 14, STREAMS = 1 << STREAM_BITS, PIECE = 64 * 1024 };

struct stream { uint64_t key; struct evlog_hash state; };

struct run_log {
	struct evlog *file;
	struct observer observer;
	struct stream streams[STREAMS]; /* a full table starts a stream again: deterministic, since its order is the events' */
	uint8_t piece[PIECE];
};

static struct evlog_hash *stream_of(struct run_log *l, uint64_t key)
{
	uint32_t i = (uint32_t)(key & (STREAMS - 1));

	for (uint32_t n = 0; n < STREAMS; n++, i = (i + 1) & (STREAMS - 1)) {
		if (l->streams[i].key == key)
			return &l->streams[i].state;
		if (!l->streams[i].key)
			break;
	}
	if (l->streams[i].key)
		i = (uint32_t)(key & (STREAMS - 1));
	memset(&l->streams[i], 0, sizeof(l->streams[i]));
	l->streams[i].key = key;
	return &l->streams[i].state;
}

/* The descriptor's file and the direction name the stream. */
static void roll(struct run_log *l, struct call *c, struct evlog_record *r)
{
	struct evlog_hash *h;
	struct sha256_ctx *ctx;
	struct fd_stat st;
	uint64_t left = (uint64_t)c->ret, at = c->data;
	bool writes = c->nr == SYS_write || c->nr == SYS_pwrite64 || c->nr == SYS_sendto;

	if (!c->data || c->ret <= 0 || x_fd_stat(c, (int)c->arg[0], &st) < 0)
		return;
	h = stream_of(l, rng_hash(rng_hash(st.dev, st.ino), writes) | 1);
	ctx = evlog_hash_begin(h);
	while (left) {
		size_t n = left < PIECE ? (size_t)left : PIECE;

		if (x_read(c, at, l->piece, n) < 0)
			break;
		evlog_hash_add(ctx, l->piece, n);
		at += n;
		left -= n;
	}
	evlog_hash_end(ctx, h);
	r->has_hash = true;
	r->hash = *h;
}

/* The first path argument of the row is the event's text. */
static void add_path(struct call *c, struct evlog_record *r, char *buf, size_t size)
{
	const char *letters = c->nr < WORLD_NSYS && syscall_rows[c->nr].args ? syscall_rows[c->nr].args : "";
	const char *p = strchr(letters, 'p');
	int64_t n;

	if (!p || p - letters >= 6)
		return;
	n = x_read_string(c, c->arg[p - letters], buf, size);
	if (n < 0)
		return;
	r->text = buf;
	r->text_len = (size_t)n;
}

static void on_call(void *ctx, struct call *c, uint32_t serial)
{
	struct run_log *l = ctx;
	struct evlog_record r = { .kind = EVLOG_SYSCALL, .task = serial, .nr = c->nr, .result = c->ret };
	char path[PATH_SIZE];

	memcpy(r.args, c->arg, sizeof(r.args));
	roll(l, c, &r);
	add_path(c, &r, path, sizeof(path));
	evlog_event(l->file, &r);
}

static void on_born(void *ctx, uint32_t parent, uint32_t child, bool thread)
{
	evlog_fork(((struct run_log *)ctx)->file, parent, child, thread);
}

static void on_exec(void *ctx, uint32_t serial, const char *path, const char *argv, size_t argv_len)
{
	evlog_exec(((struct run_log *)ctx)->file, serial, path, argv, argv_len);
}

static void on_ended(void *ctx, uint32_t serial, int wait_status)
{
	evlog_exit(((struct run_log *)ctx)->file, serial, wait_status);
}

static void on_signal(void *ctx, uint32_t serial, int signo, int si_code)
{
	evlog_signal(((struct run_log *)ctx)->file, serial, signo, si_code, 0);
}

static void on_note(void *ctx, uint32_t serial, const char *text)
{
	evlog_note(((struct run_log *)ctx)->file, serial, "%s", text);
}

struct run_log *run_log_open(const struct run_spec *spec, struct error *e)
{
	struct run_log *l = xzalloc(sizeof(*l));
	struct evlog_head head = { .seed = spec->seed, .epoch = spec->epoch };
	autofree char *options = xasprintf("cpus=%u strict=%d network=%d", spec->cpus, spec->strict, spec->network);

	head.options = options;
	l->file = evlog_create(spec->log_path, &head, e);
	if (!l->file) {
		free(l);
		return NULL;
	}
	l->observer = (struct observer){ .ctx = l, .call = on_call, .born = on_born, .exec = on_exec, .ended = on_ended, .signal = on_signal, .note = on_note };
	return l;
}

const struct observer *run_log_observer(struct run_log *l)
{
	return l ? &l->observer : NULL;
}

int run_log_close(struct run_log *l, struct error *e)
{
	int r;

	if (!l)
		return 0;
	r = evlog_close(l->file, e);
	free(l);
	return r;
}
