/* evlog_text.h: event records for people: which program a task runs, one line per record, one JSON object per record. */
#ifndef DETBUILD_REPORT_EVLOG_TEXT_H
#define DETBUILD_REPORT_EVLOG_TEXT_H

#include <stdio.h>

#include "base/json.h"
#include "report/evlog.h"

/* Names of calls come from the caller, which knows the policy table; this room does not. */
struct evlog_names {
	const char *(*call)(uint32_t nr);     /* never NULL; "?" when unknown */
	const char *(*arguments)(uint32_t nr); /* one letter per argument (d: a descriptor), NULL when unknown; may be NULL */
	bool (*writes)(uint32_t nr);          /* gives bytes of the caller's to a file, a pipe or a socket; may be NULL: none does */
	bool (*copies)(uint32_t nr);          /* of these: takes the bytes from a descriptor; may be NULL */
	bool (*opens)(uint32_t nr, const uint64_t *args); /* makes a descriptor from which a file can be read; may be NULL */
};

/* What each task of a log is, learnt from its records. Memory grows with the number of tasks, not with their numbers. */
struct evtasks;
struct evtask {
	uint32_t task;
	uint32_t parent_plus_1;  /* 0: none, or not in the log */
	bool thread;
	const char *argv;        /* of its last exec, or what it inherited: NUL-terminated strings; NULL: none yet */
	size_t argv_len;
};

struct evtasks *evtasks_new(void);
void evtasks_free(struct evtasks *t);
void evtasks_learn(struct evtasks *t, const struct evlog_record *r);
/* False when the log has not mentioned the task. Pointers live until the next evtasks_learn(). */
bool evtasks_find(const struct evtasks *t, uint32_t task, struct evtask *ret);

/* The command line quoted for a shell, malloc'ed, at most about `limit` bytes; "?" when nothing is known. */
char *evtask_command(const struct evtask *t, size_t limit);
/* Last component of argv[0], malloc'ed. */
char *evtask_name(const struct evtask *t);

/* "1234 [7 sh] openat(AT_FDCWD, 0x7ff.., 0, 0) = 3 "/etc/passwd" #6f1c..": one line with its newline. */
void evlog_print(FILE *f, uint64_t seq, const struct evlog_record *r, const struct evtasks *tasks, const struct evlog_names *names);
/* The same facts as members of an object (name as for json_object()). */
void evlog_json(struct json *j, const char *name, uint64_t seq, const struct evlog_record *r, const struct evtasks *tasks, const struct evlog_names *names);
const char *evlog_kind_name(enum evlog_kind kind);
/* "exited with 1", "killed by SIGSEGV"; malloc'ed. */
char *evlog_exit_text(int64_t wait_status);

#endif
