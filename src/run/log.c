/* log.c: engine events -> event log. No host value enters.
 *
 * L1. A hash speaks for the bytes of its call alone, so nothing about files is remembered here: a log with and one without
 *     differ in nothing that the guest sees, and no identity of the host decides what a hash begins with.
 * L2. What the call has no argument for is 0: the registers hold whatever was left in them. */
#include "run/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/strv.h"
#include "model/machine.h"
#include "report/evlog.h"
#include "syscall/table.h"

enum { PIECE = 64 * 1024, VECTOR_MOST = 1024 };

struct run_log {
	struct evlog *file;
	struct observer observer;
	uint64_t stack_at_plus_1;
	uint8_t piece[PIECE];
	struct iovec vector[VECTOR_MOST];
};

/* Up to n bytes of guest memory; how many are left, or 0 when they cannot be read. */
static uint64_t add_bytes(struct run_log *l, struct sha256_ctx *ctx, struct call *c, gaddr at, uint64_t size, uint64_t n)
{
	uint64_t left = size < n ? size : n;

	for (n -= left; left;) {
		size_t part = left < PIECE ? (size_t)left : PIECE;

		if (x_read(c, at, l->piece, part) < 0)
			return 0;
		evlog_hash_add(ctx, l->piece, part);
		at += part;
		left -= part;
	}
	return n;
}

/* n bytes of a file that were copied from there. */
static void add_file_hash(struct run_log *l, struct call *c, struct evlog_record *r)
{
	struct evlog_hash none = { { 0 } };
	struct sha256_ctx *ctx = evlog_hash_begin(&none);
	int64_t at = (int64_t)c->data, end = at + c->ret, n;

	while (at < end && (n = x_fd_read_at(c, (int)c->data_file - 1, l->piece, end - at < PIECE ? (size_t)(end - at) : PIECE, at)) > 0) {
		evlog_hash_add(ctx, l->piece, (size_t)n);
		at += n;
	}
	evlog_hash_end(ctx, &r->hash);
	r->has_hash = true;
}

static void add_hash(struct run_log *l, struct call *c, struct evlog_record *r)
{
	struct evlog_hash none = { { 0 } };
	uint64_t n = c->data_len ? c->data_len : c->ret > 0 ? (uint64_t)c->ret : 0;
	uint32_t pieces = c->data_pieces < VECTOR_MOST ? c->data_pieces : VECTOR_MOST;
	struct sha256_ctx *ctx;

	if (c->told) {
		if (c->told->data_len == NO_INDEX)
			return;
		ctx = evlog_hash_begin(&none);
		evlog_hash_add(ctx, c->told->data, c->told->data_len);
		evlog_hash_end(ctx, &r->hash);
		r->has_hash = true;
		return;
	}
	if (c->data_file && c->ret > 0) {
		add_file_hash(l, c, r);
		return;
	}
	if (!c->data || c->ret < 0 || !n)
		return;
	if (pieces && x_read(c, c->data, l->vector, pieces * sizeof(l->vector[0])) < 0)
		return;
	ctx = evlog_hash_begin(&none);
	if (!pieces)
		add_bytes(l, ctx, c, c->data, n, n);
	for (uint32_t k = 0; k < pieces && n; k++)
		n = add_bytes(l, ctx, c, (gaddr)(uintptr_t)l->vector[k].iov_base, l->vector[k].iov_len, n);
	evlog_hash_end(ctx, &r->hash);
	r->has_hash = true;
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

/* Which argument is the descriptor that the call writes to; -1: none. */
static int target_argument(uint32_t nr)
{
	const struct row *row = nr < WORLD_NSYS ? &syscall_rows[nr] : NULL;

	if (!row)
		return -1;
	if (row->handle == do_write || row->handle == do_sendfile)
		return 0;
	return row->handle == do_copy_file_range || nr == __NR_splice ? 2 : -1;
}

/* The text of a call that wrote to a regular file is where that lies. */
static void add_target(struct call *c, struct evlog_record *r, char *buf, size_t size)
{
	int at = c->ret >= 0 ? target_argument(c->nr) : -1;
	struct fd_stat st;
	int64_t n;

	if (at < 0 || x_fd_stat(c, (int)c->arg[at], &st) < 0 || !S_ISREG(st.mode))
		return;
	n = x_fd_path(c, (int)c->arg[at], buf, size);
	if (n <= 0 || buf[0] != '/')
		return;
	r->text = buf;
	r->text_len = (size_t)n;
}

/* An unknown call's arguments are kept: nobody can say how many it has. */
static size_t argument_count(uint32_t nr)
{
	size_t n = nr < WORLD_NSYS && syscall_rows[nr].args ? strlen(syscall_rows[nr].args) : 6;

	return n < 6 ? n : 6;
}

static bool on_call(void *ctx, struct call *c, uint32_t serial)
{
	struct run_log *l = ctx;
	struct evlog_record r = { .kind = EVLOG_SYSCALL, .task = serial, .nr = c->nr, .result = c->ret };
	char path[PATH_SIZE];

	memcpy(r.args, c->arg, argument_count(c->nr) * sizeof(r.args[0]));
	add_hash(l, c, &r);
	if (c->told) {
		r.text = c->told->path_len == NO_INDEX ? NULL : c->told->path;
		r.text_len = c->told->path_len == NO_INDEX ? 0 : c->told->path_len;
	} else {
		add_path(c, &r, path, sizeof(path));
		add_target(c, &r, path, sizeof(path));
	}
	evlog_event(l->file, &r);
	return evlog_count(l->file) == l->stack_at_plus_1;
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

struct run_log *run_log_open(const struct run_spec *spec, const struct counting *counting, struct error *e)
{
	struct run_log *l = xzalloc(sizeof(*l));
	struct evlog_head head = { .seed = spec->seed, .epoch = spec->epoch };
	autofree char *loops = hints_text(&counting->hints);
	autofree char *relaxed = spec->relaxed ? strv_join(spec->relaxed, ",") : NULL;
	autofree char *until = spec->sched_until ? xasprintf(" sched-until=%llu", (unsigned long long)spec->sched_until) : xstrdup("");
	autofree char *options = xasprintf("cpu=%s cpus=%u strict=%d sched-seed=%llu%s dir-order=%llu quantum=%u branches=%llu counted=[%s] relaxed=%s",
					   machine_cpu_model_name(spec->cpu_model), spec->cpus, spec->strict, (unsigned long long)spec->sched_seed, until,
					   (unsigned long long)spec->dir_seed, spec->quantum,
					   (unsigned long long)counting->branches, loops, relaxed ? relaxed : "nothing");

	head.options = options;
	l->file = evlog_create(spec->log_path, &head, e);
	if (!l->file) {
		if (e->errnum != ENOSPC && e->errnum != EDQUOT)
			e->exit_code = 2; /* the path is the caller's */
		free(l);
		return NULL;
	}
	l->stack_at_plus_1 = spec->stack_at_plus_1;
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
