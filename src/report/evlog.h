/* evlog.h: the event log, a compact binary file with one record per ordered event of a run. Writer (engine) and reader.
 *
 * 1. Two equal runs write equal files, byte for byte: nothing of the host goes in (no wall time, no host pid, no host path).
 * 2. The writer never fails in the middle of a run: the first error is kept and evlog_close() tells it.
 * 3. The reader believes nothing: it is fed truncated, damaged and hostile files.
 * The format is described in docs/event-log.md; the version is raised with every change of it. */
#ifndef DETBUILD_REPORT_EVLOG_H
#define DETBUILD_REPORT_EVLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define EVLOG_VERSION 1u
#define EVLOG_TASK_MAX (1u << 24)  /* task indices are below this */
#define EVLOG_TEXT_MAX 16384u      /* longer texts are cut; the cut text ends with its whole length and hash */

enum evlog_kind {
	EVLOG_SYSCALL, /* a call ended: nr, args, result, perhaps hash and text (the path of an open) */
	EVLOG_FORK,    /* nr: 0 process, 1 thread; result: index of the new task */
	EVLOG_EXEC,    /* text: path NUL argv[0] NUL argv[1] NUL ...; the task is now this program */
	EVLOG_EXIT,    /* result: wait status (exit code << 8, or the signal) */
	EVLOG_SIGNAL,  /* nr: signal number, delivered to the task; args[0]: si_code, args[1]: sender's task + 1 or 0 */
	EVLOG_NOTE,    /* text: anything worth a line (deadlock, refused call) */
	EVLOG_KINDS,
};

/* Rolling: state = first 16 bytes of SHA-256(state || more bytes), at first all zero. The event log's calls begin with zero each. */
struct evlog_hash { uint8_t b[16]; };

struct evlog_head {
	uint64_t seed;
	int64_t epoch;       /* seconds */
	const char *options; /* what else the run depends on, as text; may be NULL; the same for equal runs */
};

/* In a record from the reader, text points into the reader and lives until the next evlog_next(). */
struct evlog_record {
	enum evlog_kind kind;
	uint32_t task;        /* deterministic small number: 0 for the first process of the box, then in order of creation */
	uint32_t nr;          /* syscall or signal number; see enum evlog_kind */
	uint64_t args[6];
	int64_t result;       /* what the guest's register got: a value or -errno */
	bool has_hash;
	struct evlog_hash hash; /* of the bytes that this call moved or filled in */
	const char *text;     /* NULL: none */
	size_t text_len;      /* texts may hold NULs */
};

/* --- writer --- */
struct evlog;

/* Creates or truncates path (mode 0644). NULL: e says why. */
struct evlog *evlog_create(const char *path, const struct evlog_head *head, struct error *e);
void evlog_event(struct evlog *l, const struct evlog_record *r);
/* path and argv as the guest gave them; argv_bytes: NUL-terminated strings one after the other. */
void evlog_exec(struct evlog *l, uint32_t task, const char *path, const char *argv_bytes, size_t argv_len);
void evlog_fork(struct evlog *l, uint32_t parent, uint32_t child, bool thread);
void evlog_exit(struct evlog *l, uint32_t task, int wait_status);
void evlog_signal(struct evlog *l, uint32_t task, int signo, int si_code, uint32_t sender_plus_1);
void evlog_note(struct evlog *l, uint32_t task, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
uint64_t evlog_count(const struct evlog *l);
/* Writes the trailer, closes and frees. 0, or the first error of the log's life. l may be NULL. */
int evlog_close(struct evlog *l, struct error *e);

/* Moves a stream's state over the bytes of one call, given in pieces (iovec, or guest memory read a part at a time); equal bytes give equal
 * states however they were cut. */
struct sha256_ctx;
struct sha256_ctx *evlog_hash_begin(const struct evlog_hash *h);
void evlog_hash_add(struct sha256_ctx *c, const void *bytes, size_t n);
void evlog_hash_end(struct sha256_ctx *c, struct evlog_hash *ret); /* frees c */

/* --- reader --- */
struct evlog_reader;

/* head.options lives as long as the reader. -EBADMSG: not a log; -EPROTONOSUPPORT: other version; -ENODATA: cut short. */
int evlog_open(const char *path, struct evlog_reader **ret, struct evlog_head *ret_head, struct error *e);
/* Same from an open stream, which the reader closes in every case; name is for messages. */
int evlog_open_stream(FILE *f, const char *name, struct evlog_reader **ret, struct evlog_head *ret_head, struct error *e);
/* 1: *ret filled. 0: end, count and hash were right. -ENODATA: the file stops before its trailer (the run was killed, the
 * disk was full); the records so far are good. -EBADMSG: damaged. After anything but 1 do not call again. */
int evlog_next(struct evlog_reader *r, struct evlog_record *ret, struct error *e);
uint64_t evlog_position(const struct evlog_reader *r); /* sequence number of the record read last, from 0 */
void evlog_reader_free(struct evlog_reader *r);

/* Equality as the comparison of logs sees it: every field. */
bool evlog_record_equal(const struct evlog_record *a, const struct evlog_record *b);

#endif
