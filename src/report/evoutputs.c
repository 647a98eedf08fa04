/* evoutputs.c: two logs whose runs went apart, compared task by task.
 *
 * 1. A task is compared with the task of the same number, which is the same process as long as as many were made before it.
 * 2. Of an output only its number matters (the n-th of its task) and 8 bytes of a hash over the call, its bytes and its text: logs of long
 *    builds fit into memory, and what a process does after its first other output is its consequence.
 * 3. A command line is told of once: helpers that are started again and again say nothing new. */
#include "report/evoutputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/strv.h"

enum { MOST_TOLD = 8, ANCESTORS = 16, COMMAND_LENGTH = 200 };

struct outputs {             /* of one task */
	uint64_t *digests;
	size_t n, seen;      /* in A; how many of B were compared */
	bool parted;
};

struct comparison {
	struct outputs *tasks;
	size_t n_tasks;
	struct evtasks *known;
	char **told;
	uint64_t first_write;
};

static bool is_output(const struct evlog_record *r, const struct evlog_names *names)
{
	return r->kind == EVLOG_EXEC || (r->kind == EVLOG_SYSCALL && r->result >= 0 && names->writes && names->writes(r->nr));
}

static uint64_t digest(const struct evlog_record *r)
{
	struct { uint32_t kind, nr; int64_t result; struct evlog_hash bytes; struct sha256 text; } all;
	struct sha256 h;
	uint64_t ret;

	memset(&all, 0, sizeof(all));
	all.kind = r->kind;
	all.nr = r->kind == EVLOG_SYSCALL ? r->nr : 0;
	all.result = r->kind == EVLOG_SYSCALL ? r->result : 0;
	if (r->has_hash)
		all.bytes = r->hash;
	if (r->text)
		all.text = sha256_of(r->text, r->text_len);
	h = sha256_of(&all, sizeof(all));
	memcpy(&ret, &h, sizeof(ret));
	return ret;
}

/* The reader has checked that numbers are below EVLOG_TASK_MAX. */
static struct outputs *outputs_of(struct comparison *c, uint32_t task)
{
	if (task >= c->n_tasks) {
		size_t n = 2 * (size_t)task + 64;
		c->tasks = xrealloc(c->tasks, n * sizeof(*c->tasks));
		memset(c->tasks + c->n_tasks, 0, (n - c->n_tasks) * sizeof(*c->tasks));
		c->n_tasks = n;
	}
	return &c->tasks[task];
}

static void learn(struct comparison *c, const struct evlog_record *r)
{
	struct outputs *o = outputs_of(c, r->task);

	if ((o->n & (o->n - 1)) == 0) /* full at every power of two */
		o->digests = xrealloc(o->digests, (o->n ? 2 * o->n : 1) * sizeof(*o->digests));
	o->digests[o->n++] = digest(r);
}

/* Command lines of a task and its ancestors. */
static char **lineage(const struct evtasks *known, uint32_t task)
{
	char **ret = NULL;

	for (int depth = 0; depth < ANCESTORS; depth++) {
		struct evtask t;
		bool found = evtasks_find(known, task, &t);
		autofree char *command = evtask_command(&t, COMMAND_LENGTH);

		if (!found || !t.argv)
			break;
		strv_add(&ret, command);
		if (t.parent_plus_1 == 0)
			break;
		task = t.parent_plus_1 - 1;
	}
	return ret;
}

static void tell(struct comparison *c, const struct evlog_record *r, uint64_t seq, const struct evlog_names *names, FILE *out, struct json *j)
{
	autostrv char **commands = lineage(c->known, r->task);

	if (!commands || strv_has(c->told, commands[0]))
		return;
	strv_add(&c->told, commands[0]);
	if (r->kind == EVLOG_SYSCALL && c->first_write == UINT64_MAX)
		c->first_write = seq;
	if (j) {
		json_object(j, NULL);
		json_array(j, "processes");
		for (char **command = commands; *command; command++)
			json_string(j, NULL, *command);
		json_end(j, ']');
		evlog_json(j, "event", seq, r, c->known, names);
		json_end(j, '}');
		return;
	}
	for (char **command = commands; *command; command++)
		fprintf(out, "%s%s\n", command == commands ? "" : "    started by: ", *command);
	fprintf(out, "    event ");
	evlog_print(out, seq, r, c->known, names);
}

static void check(struct comparison *c, const struct evlog_record *r, uint64_t seq, const struct evlog_names *names, FILE *out, struct json *j)
{
	struct outputs *o = outputs_of(c, r->task);

	if (o->parted)
		return;
	if (o->seen < o->n && o->digests[o->seen] == digest(r)) {
		o->seen++;
		return;
	}
	o->parted = true;
	tell(c, r, seq, names, out, j);
}

static int read_plain(struct comparison *c, const char *path, const struct evlog_names *names, struct error *e)
{
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	int state = evlog_open(path, &reader, &head, e);

	if (state < 0)
		return state;
	while ((state = evlog_next(reader, &r, e)) == 1)
		if (is_output(&r, names))
			learn(c, &r);
	evlog_reader_free(reader);
	return state;
}

static int read_other(struct comparison *c, const char *path, const struct evlog_names *names, FILE *out, struct json *j, struct error *e)
{
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	int state = evlog_open(path, &reader, &head, e);

	if (state < 0)
		return state;
	while (strv_len(c->told) < MOST_TOLD && (state = evlog_next(reader, &r, e)) == 1) {
		evtasks_learn(c->known, &r);
		if (is_output(&r, names))
			check(c, &r, evlog_position(reader), names, out, j);
	}
	evlog_reader_free(reader);
	return state < 0 ? state : 0;
}

int evoutputs(const char *path_a, const char *path_b, const struct evlog_names *names, FILE *out, struct json *j, uint64_t *ret_first_write,
	      struct error *e)
{
	struct comparison c = { .known = evtasks_new(), .first_write = UINT64_MAX };
	int r = read_plain(&c, path_a, names, e);

	if (r == 0)
		r = read_other(&c, path_b, names, out, j, e);
	for (size_t i = 0; i < c.n_tasks; i++)
		free(c.tasks[i].digests);
	if (ret_first_write)
		*ret_first_write = c.first_write;
	if (r == 0)
		r = (int)strv_len(c.told);
	free(c.tasks);
	evtasks_free(c.known);
	strv_free(c.told);
	return r;
}
