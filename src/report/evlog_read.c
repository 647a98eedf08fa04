/* evlog_read.c: reading the event log: a stream of bytes that may come from anybody.
 *
 * Invariants: 1. memory use does not depend on the file's content (one block, one text, the options); 2. every byte that was
 * consumed has gone into the running hash exactly once, in order, except the 32 bytes of the hash itself. */
#include "report/evlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "report/evlog_format.h"

#define BLOCK (64u << 10)

struct evlog_reader {
	FILE *f;
	char *name;
	char *options;
	struct sha256_ctx *sum;
	uint64_t count;      /* records given out */
	uint32_t last_task;
	size_t pos, fill;    /* in block; block[0..pos) is consumed and not yet hashed when hashed < pos */
	size_t hashed;
	char text[EVLOG_TEXT_MAX + 1];
	uint8_t block[BLOCK];
};

static void hash_consumed(struct evlog_reader *r)
{
	sha256_add(r->sum, r->block + r->hashed, r->pos - r->hashed);
	r->hashed = r->pos;
}

/* 1: at least one byte is there; 0: end of file; -errno. */
static int refill(struct evlog_reader *r)
{
	if (r->pos < r->fill)
		return 1;
	hash_consumed(r);
	r->pos = r->hashed = 0;
	r->fill = fread(r->block, 1, BLOCK, r->f);
	if (r->fill != 0)
		return 1;
	return ferror(r->f) ? -EIO : 0;
}

/* 0, -ENODATA at the end of the file, -EIO. */
static int get_byte(struct evlog_reader *r, uint8_t *ret)
{
	int rc = refill(r);

	if (rc <= 0)
		return rc < 0 ? rc : -ENODATA;
	*ret = r->block[r->pos++];
	return 0;
}

static int get_bytes(struct evlog_reader *r, void *p, size_t n)
{
	uint8_t *out = p;

	while (n > 0) {
		int rc = refill(r);
		if (rc <= 0)
			return rc < 0 ? rc : -ENODATA;
		size_t part = r->fill - r->pos < n ? r->fill - r->pos : n;
		memcpy(out, r->block + r->pos, part);
		r->pos += part;
		out += part;
		n -= part;
	}
	return 0;
}

static int get_varint(struct evlog_reader *r, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b;
		int rc = get_byte(r, &b);
		if (rc < 0)
			return rc;
		if (shift == 63 && b > 1)
			return -EBADMSG;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			*ret = v;
			return 0;
		}
	}
	return -EBADMSG;
}

static int get_signed(struct evlog_reader *r, int64_t *ret)
{
	uint64_t v = 0;
	int rc = get_varint(r, &v);

	if (rc == 0)
		*ret = (int64_t)((v >> 1) ^ (~(v & 1) + 1));
	return rc;
}

static int get_limited(struct evlog_reader *r, uint64_t below, uint32_t *ret)
{
	uint64_t v = 0;
	int rc = get_varint(r, &v);

	if (rc == 0 && v >= below)
		rc = -EBADMSG;
	if (rc == 0)
		*ret = (uint32_t)v;
	return rc;
}

static int fail(struct evlog_reader *r, int rc, struct error *e)
{
	unsigned long long n = r->count;

	if (rc == -ENODATA)
		error_set(e, 0, "the log %s is cut short after %llu events (the run was killed, or the disk was full)", r->name, n);
	else if (rc == -EBADMSG)
		error_set(e, 0, "the log %s is damaged after %llu events", r->name, n);
	else
		error_set(e, -rc, "cannot read the log %s", r->name);
	return rc;
}

static int get_head(struct evlog_reader *r, struct evlog_head *ret, struct error *e)
{
	char magic[sizeof(EVLOG_MAGIC) - 1];
	uint64_t version = 0;
	uint32_t n = 0;
	int rc = get_bytes(r, magic, sizeof(magic));

	if (rc == -EIO)
		return fail(r, rc, e);
	if (rc < 0 || memcmp(magic, EVLOG_MAGIC, sizeof(magic)) != 0) {
		error_set(e, 0, "%s is not an event log", r->name);
		error_hint(e, "logs are written by the option --log FILE");
		return -EBADMSG;
	}
	rc = get_varint(r, &version);
	if (rc == 0 && version != EVLOG_VERSION) {
		error_set(e, 0, "the log %s has version %llu, this program reads version %u", r->name, (unsigned long long)version, EVLOG_VERSION);
		return -EPROTONOSUPPORT;
	}
	struct evlog_head h = { 0 };
	if (rc == 0)
		rc = get_varint(r, &h.seed);
	if (rc == 0)
		rc = get_signed(r, &h.epoch);
	if (rc == 0)
		rc = get_limited(r, EVLOG_OPTIONS_MAX + 1, &n);
	if (rc == 0) {
		r->options = xzalloc(n + 1);
		rc = get_bytes(r, r->options, n);
	}
	if (rc < 0)
		return fail(r, rc, e);
	h.options = r->options;
	*ret = h;
	return 0;
}

int evlog_open_stream(FILE *f, const char *name, struct evlog_reader **ret, struct evlog_head *ret_head, struct error *e)
{
	struct evlog_reader *r = xmalloc(sizeof(*r));

	memset(r, 0, offsetof(struct evlog_reader, text));
	r->f = f;
	r->name = xstrdup(name);
	r->sum = sha256_begin();
	int rc = get_head(r, ret_head, e);
	if (rc < 0) {
		evlog_reader_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

int evlog_open(const char *path, struct evlog_reader **ret, struct evlog_head *ret_head, struct error *e)
{
	FILE *f = fopen(path, "rbe");

	if (!f)
		return error_set(e, errno, "cannot read the log %s", path);
	return evlog_open_stream(f, path, ret, ret_head, e);
}

/* The end tag was read. 0 when count and hash are right and nothing follows. */
static int get_trailer(struct evlog_reader *r)
{
	uint64_t count = 0;
	struct sha256 want, have;
	int rc = get_varint(r, &count);

	if (rc < 0)
		return rc;
	hash_consumed(r);
	have = sha256_end(STEAL(r->sum));
	r->sum = sha256_begin(); /* keeps refill() simple; its result is not used */
	rc = get_bytes(r, want.b, sizeof(want.b));
	if (rc < 0)
		return rc;
	if (count != r->count || memcmp(want.b, have.b, sizeof(have.b)) != 0)
		return -EBADMSG;
	rc = refill(r);
	return rc > 0 ? -EBADMSG : rc;
}

static int get_args(struct evlog_reader *r, uint64_t args[6])
{
	uint8_t mask;
	int rc = get_byte(r, &mask);

	if (rc == 0 && mask >= 0x40)
		rc = -EBADMSG;
	for (int i = 0; rc == 0 && i < 6; i++)
		if (mask & (1u << i)) {
			int64_t v = 0;
			rc = get_signed(r, &v);
			args[i] = (uint64_t)v;
		}
	return rc;
}

static int get_record(struct evlog_reader *r, uint8_t tag, struct evlog_record *ret)
{
	struct evlog_record rec = { .kind = tag & EVLOG_TAG_KIND, .task = r->last_task };
	uint32_t len = 0;
	int rc = 0;

	if (rec.kind >= EVLOG_KINDS)
		return -EBADMSG;
	if (tag & EVLOG_TAG_TASK)
		rc = get_limited(r, EVLOG_TASK_MAX, &rec.task);
	if (rc == 0)
		rc = get_limited(r, UINT64_C(1) << 32, &rec.nr);
	if (rc == 0 && (tag & EVLOG_TAG_ARGS))
		rc = get_args(r, rec.args);
	if (rc == 0 && (tag & EVLOG_TAG_RESULT))
		rc = get_signed(r, &rec.result);
	if (rc == 0 && (tag & EVLOG_TAG_HASH)) {
		rec.has_hash = true;
		rc = get_bytes(r, rec.hash.b, sizeof(rec.hash.b));
	}
	if (rc == 0 && (tag & EVLOG_TAG_TEXT)) {
		rc = get_limited(r, EVLOG_TEXT_MAX + 1, &len);
		if (rc == 0)
			rc = get_bytes(r, r->text, len);
		r->text[rc == 0 ? len : 0] = '\0';
		rec.text = r->text;
		rec.text_len = len;
	}
	if (rc == 0 && rec.kind == EVLOG_FORK && (rec.result < 0 || rec.result >= EVLOG_TASK_MAX))
		rc = -EBADMSG;
	if (rc < 0)
		return rc;
	r->last_task = rec.task;
	*ret = rec;
	return 0;
}

int evlog_next(struct evlog_reader *r, struct evlog_record *ret, struct error *e)
{
	uint8_t tag;
	int rc = get_byte(r, &tag);

	if (rc == 0 && tag == EVLOG_TAG_END) {
		rc = get_trailer(r);
		return rc < 0 ? fail(r, rc, e) : 0;
	}
	if (rc == 0)
		rc = get_record(r, tag, ret);
	if (rc < 0)
		return fail(r, rc, e);
	r->count++;
	return 1;
}

uint64_t evlog_position(const struct evlog_reader *r)
{
	return r->count ? r->count - 1 : 0;
}

void evlog_reader_free(struct evlog_reader *r)
{
	if (!r)
		return;
	sha256_end(r->sum);
	fclose(r->f);
	free(r->options);
	free(r->name);
	free(r);
}
