/* evdiff.c: walks two logs side by side until they part.
 *
 * Invariant: up to the difference both sides are equal, so ONE table of tasks and one ring of past records serve both. */
#include "report/evdiff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define CONTEXT_MAX 1000u
#define ANCESTORS_MAX 64

struct side {
	const char *path;
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record rec;
	int state;           /* of the last evlog_next(): 1, 0 or -errno */
	struct error error;
};

struct past {                /* a record kept beyond the life of the reader's */
	struct evlog_record rec;
	uint64_t seq;
};

struct evdiff {
	struct side a, b;
	struct evtasks *tasks;
	struct past *ring;   /* the last `context` equal records; ring[i % context] is event i */
	unsigned context;
	uint64_t seq;        /* number of equal records so far = number of the first differing one */
	bool heads_differ;
};

static void keep(struct past *p, const struct evlog_record *r, uint64_t seq)
{
	free((char *)p->rec.text);
	p->rec = *r;
	p->seq = seq;
	if (r->text) {
		char *copy = xmalloc(r->text_len + 1);
		memcpy(copy, r->text, r->text_len);
		copy[r->text_len] = '\0';
		p->rec.text = copy;
	}
}

/* Registers beyond a call's arguments hold whatever the program left there: equal in equal runs, but no event. */
static void drop_unused(struct evlog_record *r, const struct evlog_names *names)
{
	const char *letters = r->kind == EVLOG_SYSCALL && names->arguments ? names->arguments(r->nr) : NULL;

	for (size_t i = letters ? strlen(letters) : 6; i < 6; i++)
		r->args[i] = 0;
}

static void step(struct side *s, const struct evlog_names *names)
{
	s->state = evlog_next(s->reader, &s->rec, &s->error);
	if (s->state == 1)
		drop_unused(&s->rec, names);
}

static int side_open(struct side *s, const char *path, struct error *e)
{
	s->path = path;
	return evlog_open(path, &s->reader, &s->head, e);
}

static void evdiff_clear(struct evdiff *d)
{
	evlog_reader_free(d->a.reader);
	evlog_reader_free(d->b.reader);
	evtasks_free(d->tasks);
	for (unsigned i = 0; d->ring && i < d->context; i++)
		free((char *)d->ring[i].rec.text);
	free(d->ring);
}

static bool heads_equal(const struct evlog_head *a, const struct evlog_head *b)
{
	return a->seed == b->seed && a->epoch == b->epoch && strcmp(a->options, b->options) == 0;
}

/* Walks to the first difference. The sides then hold the records, or how their logs ended. */
static void walk(struct evdiff *d, const struct evlog_names *names)
{
	for (;;) {
		step(&d->a, names);
		step(&d->b, names);
		if (d->a.state != 1 || d->b.state != 1 || !evlog_record_equal(&d->a.rec, &d->b.rec))
			return;
		evtasks_learn(d->tasks, &d->a.rec);
		if (d->context > 0)
			keep(&d->ring[d->seq % d->context], &d->a.rec, d->seq);
		d->seq++;
	}
}

/* "result, bytes": which fields of the two records are not the same. */
static void list_fields(const struct evlog_record *a, const struct evlog_record *b, char *ret, size_t n)
{
	const struct { const char *name; bool differs; } fields[] = {
		{ "kind of event", a->kind != b->kind },
		{ "process", a->task != b->task },
		{ a->kind == EVLOG_SIGNAL ? "signal" : "call", a->kind == b->kind && a->nr != b->nr },
		{ "arguments", memcmp(a->args, b->args, sizeof(a->args)) != 0 },
		{ "result", a->result != b->result },
		{ "bytes moved", a->has_hash != b->has_hash || (a->has_hash && memcmp(&a->hash, &b->hash, sizeof(a->hash)) != 0) },
		{ "text", !a->text != !b->text || (a->text && (a->text_len != b->text_len || memcmp(a->text, b->text, a->text_len) != 0)) },
	};
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].differs && used < n)
			used += (size_t)snprintf(ret + used, n - used, "%s%s", used ? ", " : "", fields[i].name);
}

static void put_process(FILE *f, const struct evtasks *tasks, uint32_t task)
{
	struct evtask t;
	uint32_t at = task;

	for (int depth = 0; depth < ANCESTORS_MAX; depth++) {
		bool known = evtasks_find(tasks, at, &t);
		autofree char *command = evtask_command(&t, 400);
		fprintf(f, "  %s %s %" PRIu32 ": %s\n", depth == 0 ? "process:  " : "parent:   ", t.thread ? "thread" : "task", at, command);
		if (!known || t.parent_plus_1 == 0)
			break;
		at = t.parent_plus_1 - 1;
	}
}

static void put_ring(FILE *f, const struct evdiff *d, const struct evlog_names *names)
{
	uint64_t first = d->seq > d->context ? d->seq - d->context : 0;

	for (uint64_t i = first; i < d->seq; i++) {
		fputs("    ", f);
		evlog_print(f, i, &d->ring[i % d->context].rec, d->tasks, names);
	}
}

static void put_side_event(FILE *f, char letter, const struct side *s, uint64_t seq, const struct evtasks *tasks, const struct evlog_names *names)
{
	fprintf(f, "  %c ", letter);
	if (s->state == 1)
		evlog_print(f, seq, &s->rec, tasks, names);
	else if (s->state == 0)
		fprintf(f, "%" PRIu64 " (the run has ended)\n", seq);
	else
		fprintf(f, "%" PRIu64 " (%s)\n", seq, s->error.what);
}

/* Some events after the difference. Each side's tasks go their own way from here, so names may lag behind: good enough to read. */
static void put_after(FILE *f, char letter, struct side *s, struct evdiff *d, const struct evlog_names *names)
{
	for (unsigned i = 1; i <= d->context && s->state == 1; i++) {
		step(s, names);
		if (s->state == 1)
			put_side_event(f, letter, s, d->seq + i, d->tasks, names);
	}
}

static void put_heads(FILE *f, const struct evdiff *d)
{
	fprintf(f, "A: %s\nB: %s\n", d->a.path, d->b.path);
	if (d->heads_differ) {
		fprintf(f, "the runs were asked for different things:\n");
		fprintf(f, "  A seed %" PRIu64 ", epoch %" PRId64 ", options: %s\n", d->a.head.seed, d->a.head.epoch, d->a.head.options);
		fprintf(f, "  B seed %" PRIu64 ", epoch %" PRId64 ", options: %s\n", d->b.head.seed, d->b.head.epoch, d->b.head.options);
	}
}

static void put_text(FILE *f, struct evdiff *d, const struct evlog_names *names)
{
	char fields[256];

	if (d->a.state == 0 && d->b.state == 0) {
		fprintf(f, "all %" PRIu64 " events are equal\n", d->seq);
		return;
	}
	if (d->a.state < 0 || d->b.state < 0)
		fprintf(f, "equal up to event %" PRIu64 ", where a log stops before its end\n", d->seq);
	else
		fprintf(f, "first difference at event %" PRIu64 "\n", d->seq);
	if (d->a.state == 1)
		put_process(f, d->tasks, d->a.rec.task);
	if (d->b.state == 1 && (d->a.state != 1 || d->a.rec.task != d->b.rec.task)) {
		if (d->a.state == 1)
			fputs("  in B instead:\n", f);
		put_process(f, d->tasks, d->b.rec.task);
	}
	if (d->a.state == 1 && d->b.state == 1) {
		list_fields(&d->a.rec, &d->b.rec, fields, sizeof(fields));
		fprintf(f, "  differs in: %s\n", fields);
	}
	put_ring(f, d, names);
	put_side_event(f, 'A', &d->a, d->seq, d->tasks, names);
	put_side_event(f, 'B', &d->b, d->seq, d->tasks, names);
	put_after(f, 'A', &d->a, d, names);
	put_after(f, 'B', &d->b, d, names);
}

static void json_process(struct json *j, const struct evtasks *tasks, uint32_t task)
{
	struct evtask t;
	uint32_t at = task;

	json_array(j, "processes"); /* the process, then its ancestors */
	for (int depth = 0; depth < ANCESTORS_MAX; depth++) {
		bool known = evtasks_find(tasks, at, &t);
		autofree char *command = evtask_command(&t, 4096);
		json_object(j, NULL);
		json_uint(j, "task", at);
		json_bool(j, "thread", t.thread);
		json_string(j, "command", command);
		json_end(j, '}');
		if (!known || t.parent_plus_1 == 0)
			break;
		at = t.parent_plus_1 - 1;
	}
	json_end(j, ']');
}

/* The event as evlog_print() writes it, for those who show it to people. */
static void json_line(struct json *j, const char *name, uint64_t seq, const struct evlog_record *r, const struct evtasks *tasks, const struct evlog_names *names)
{
	autofree char *line = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&line, &n);

	if (!f)
		return;
	evlog_print(f, seq, r, tasks, names);
	fclose(f);
	line[n - 1] = '\0'; /* its newline */
	json_string(j, name, line);
}

static void json_side(struct json *j, const char *name, struct side *s, const struct evdiff *d, const struct evlog_names *names)
{
	json_object(j, name);
	json_string(j, "log", s->path);
	json_uint(j, "seed", s->head.seed);
	json_int(j, "epoch", s->head.epoch);
	json_string(j, "options", s->head.options);
	json_string(j, "end", s->state == 1 ? NULL : s->state == 0 ? "end" : s->error.what);
	if (s->state == 1) {
		json_process(j, d->tasks, s->rec.task);
		evlog_json(j, "event", d->seq, &s->rec, d->tasks, names);
		json_line(j, "line", d->seq, &s->rec, d->tasks, names);
	}
	json_array(j, "after_lines"); /* see put_after() */
	for (unsigned i = 1; i <= d->context && s->state == 1; i++) {
		step(s, names);
		if (s->state == 1)
			json_line(j, NULL, d->seq + i, &s->rec, d->tasks, names);
	}
	json_end(j, ']');
	json_end(j, '}');
}

static const struct evlog_record *past(const struct evdiff *d, uint64_t seq)
{
	invariant(d->context > 0 && seq < d->seq);
	return &d->ring[seq % d->context].rec;
}

static void json_before(struct json *j, const struct evdiff *d, const struct evlog_names *names)
{
	uint64_t n = d->seq < d->context ? d->seq : d->context;

	json_array(j, "before");
	for (uint64_t i = n; i > 0; i--)
		evlog_json(j, NULL, d->seq - i, past(d, d->seq - i), d->tasks, names);
	json_end(j, ']');
	json_array(j, "before_lines");
	for (uint64_t i = n; i > 0; i--)
		json_line(j, NULL, d->seq - i, past(d, d->seq - i), d->tasks, names);
	json_end(j, ']');
}

static void put_json(FILE *f, struct evdiff *d, const struct evlog_names *names, bool same)
{
	char fields[256] = "";
	struct json j;

	json_begin(&j, f);
	json_object(&j, NULL);
	json_bool(&j, "same", same);
	json_bool(&j, "heads_differ", d->heads_differ);
	json_uint(&j, "equal_events", d->seq);
	if (d->a.state == 1 && d->b.state == 1)
		list_fields(&d->a.rec, &d->b.rec, fields, sizeof(fields));
	json_string(&j, "differs_in", fields);
	json_side(&j, "a", &d->a, d, names);
	json_side(&j, "b", &d->b, d, names);
	json_before(&j, d, names);
	json_end(&j, '}');
	json_finish(&j);
}

int evdiff_files(const char *path_a, const char *path_b, const struct evdiff_options *o, const struct evlog_names *names, FILE *out, struct error *e)
{
	struct evdiff d = { .context = o->context < CONTEXT_MAX ? o->context : CONTEXT_MAX };
	int rc = side_open(&d.a, path_a, e);

	if (rc == 0)
		rc = side_open(&d.b, path_b, e);
	if (rc < 0) {
		evdiff_clear(&d);
		return rc;
	}
	d.tasks = evtasks_new();
	d.ring = xzalloc((d.context + 1) * sizeof(*d.ring));
	d.heads_differ = !heads_equal(&d.a.head, &d.b.head);
	walk(&d, names);
	if (o->ret_equal)
		*o->ret_equal = d.seq;
	const struct side *bad = d.a.state < 0 ? &d.a : d.b.state < 0 ? &d.b : NULL;
	bool same = d.a.state == 0 && d.b.state == 0 && !d.heads_differ;
	/* A log that stops early proves nothing by being shorter. */
	if (bad) {
		rc = bad->state;
		*e = bad->error;
	} else {
		rc = same ? 0 : 1;
	}
	if (!o->json && !o->brief)
		put_heads(out, &d);
	if (o->json)
		put_json(out, &d, names, same);
	else
		put_text(out, &d, names);
	evdiff_clear(&d);
	return rc;
}
