/* evoutputs.c: two logs whose runs went apart, compared task by task.
 *
 * 1. A task is compared with the task of the same number, which is the same process as long as as many were made before it.
 * 2. Of an output only its number matters (the n-th of its task) and 8 bytes of a hash over the call and its bytes, or the program and its
 *    arguments: logs of long builds fit into memory, and what a process does after its first other output is its consequence.
 * 3. A command line is told of once: helpers that are started again and again say nothing new.
 * 4. Who writes one of the files that matter is looked for in the whole log, also behind its first other output: tools that write what
 *    nobody keeps (a key, a time) often come long before. */
#include "report/evoutputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/strv.h"

enum { MOST_TOLD = 8, MOST_WRITERS = 4, ANCESTORS = 16, COMMAND_LENGTH = 200 };

struct outputs {             /* of one task */
	uint64_t *digests;
	size_t n, seen;      /* in A; how many of B were compared */
	bool parted;
};

struct comparison {
	struct outputs *tasks;
	size_t n_tasks;
	struct evtasks *known;
	char *const *files;
	char **told, **writers;
	uint64_t first_write, first_of_writers;
	FILE *out;
	struct json *j;
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
	if (r->text && r->kind == EVLOG_EXEC) /* of a write it is where the file lies, which the build path decides */
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

static bool writes_one_of(const struct evlog_record *r, char *const *files)
{
	const char *name = r->kind == EVLOG_SYSCALL && r->text ? memrchr(r->text, '/', r->text_len) : NULL;

	for (; name && files && *files; files++)
		if (strlen(*files) == (size_t)(r->text + r->text_len - name - 1) && strncmp(*files, name + 1, strlen(*files)) == 0)
			return true;
	return false;
}

static void print(const struct comparison *c, char *const *commands, const struct evlog_record *r, uint64_t seq, const struct evlog_names *names, FILE *out)
{
	for (char *const *command = commands; *command; command++)
		fprintf(out, "%s%s\n", command == commands ? "" : "    started by: ", *command);
	fprintf(out, "    event ");
	evlog_print(out, seq, r, c->known, names);
}

static void print_json(const struct comparison *c, char *const *commands, const struct evlog_record *r, uint64_t seq, const struct evlog_names *names, bool writer)
{
	json_object(c->j, NULL);
	json_array(c->j, "processes");
	for (char *const *command = commands; *command; command++)
		json_string(c->j, NULL, *command);
	json_end(c->j, ']');
	json_bool(c->j, "writes_artefact", writer);
	evlog_json(c->j, "event", seq, r, c->known, names);
	json_end(c->j, '}');
}

/* writer: of one of the files. others: where text about all others goes. */
static void tell(struct comparison *c, const struct evlog_record *r, uint64_t seq, const struct evlog_names *names, bool writer, FILE *others)
{
	autostrv char **commands = lineage(c->known, r->task);
	char ***told = writer ? &c->writers : &c->told;
	uint64_t *first = writer ? &c->first_of_writers : &c->first_write;

	if (!commands || strv_has(*told, commands[0]) || strv_len(*told) >= (writer ? MOST_WRITERS : MOST_TOLD))
		return;
	strv_add(told, commands[0]);
	if (r->kind == EVLOG_SYSCALL && *first == UINT64_MAX)
		*first = seq;
	print_json(c, commands, r, seq, names, writer);
	print(c, commands, r, seq, names, writer ? c->out : others);
}

static bool had(const struct outputs *o, uint64_t output)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->digests[i] == output)
			return true;
	return false;
}

static void check(struct comparison *c, const struct evlog_record *r, uint64_t seq, const struct evlog_names *names, FILE *others)
{
	struct outputs *o = outputs_of(c, r->task);
	bool writer = writes_one_of(r, c->files);

	if (!o->parted && o->seen < o->n && o->digests[o->seen] == digest(r)) {
		o->seen++;
		return;
	}
	if (writer && !(o->parted && had(o, digest(r))))
		tell(c, r, seq, names, true, others);
	else if (!o->parted)
		tell(c, r, seq, names, false, others);
	o->parted = true;
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

static bool needs_more(const struct comparison *c)
{
	return strv_len(c->told) < MOST_TOLD || (c->files && strv_len(c->writers) < MOST_WRITERS);
}

static int read_other(struct comparison *c, const char *path, const struct evlog_names *names, struct error *e)
{
	autofree char *text = NULL;
	size_t length = 0;
	FILE *others;
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	int state = evlog_open(path, &reader, &head, e);

	if (state < 0)
		return state;
	others = open_memstream(&text, &length);
	if (!others) {
		evlog_reader_free(reader);
		return error_set(e, ENOMEM, "no memory for what %s holds", path);
	}
	while (needs_more(c) && (state = evlog_next(reader, &r, e)) == 1) {
		evtasks_learn(c->known, &r);
		if (is_output(&r, names))
			check(c, &r, evlog_position(reader), names, others);
	}
	evlog_reader_free(reader);
	fclose(others);
	fputs(text, c->out);
	return state < 0 ? state : 0;
}

int evoutputs(const char *path_a, const char *path_b, const struct evlog_names *names, char *const *files, FILE *out, struct json *j,
	      uint64_t *ret_first_write, struct error *e)
{
	struct comparison c = { .known = evtasks_new(), .files = files, .first_write = UINT64_MAX, .first_of_writers = UINT64_MAX, .out = out, .j = j };
	int r = read_plain(&c, path_a, names, e);

	if (r == 0)
		r = read_other(&c, path_b, names, e);
	for (size_t i = 0; i < c.n_tasks; i++)
		free(c.tasks[i].digests);
	if (ret_first_write)
		*ret_first_write = c.first_of_writers != UINT64_MAX ? c.first_of_writers : c.first_write;
	if (r == 0)
		r = (int)(strv_len(c.told) + strv_len(c.writers));
	free(c.tasks);
	evtasks_free(c.known);
	strv_free(c.told);
	strv_free(c.writers);
	return r;
}
