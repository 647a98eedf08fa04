/* evoutputs.c: two logs whose runs went apart, compared task by task.
 *
 * 1. A task is compared with the task of the same number, which is the same process as long as as many were made before it.
 * 2. Of an output only its number matters (the n-th of its task) and 8 bytes of a hash over the call and its bytes, or the program and its
 *    arguments: logs of long builds fit into memory, and what a process does after its first other output is its consequence.
 * 3. A command line is told of once, and a program that one command line starts with other words each time, too: helpers that are started
 *    again and again say nothing new.
 * 4. A process whose input was other already (evorigin.c) is told of under the one that made it so, and not for itself: copiers, archivers,
 *    compilers. What they write of the files that matter is that one's work. */
#include "report/evoutputs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/strv.h"
#include "report/evorigin.h"

enum { MOST_TOLD = 8, MOST_WRITERS = 4, MOST_MAKERS = 1000, MOST_PASSERS = 12, ANCESTORS = 16, COMMAND_LENGTH = 200 };

struct outputs {             /* of one task */
	uint64_t *digests;
	size_t n, seen;      /* in A; how many of B were compared */
	bool parted, passed;
	uint32_t maker;      /* number of the maker that it is, from 1; 0: none */
};

struct maker {               /* a process that makes something else of the same */
	char **commands;     /* its own, then its ancestors' */
	char *text, *json;   /* its first other write, or, before that, the program that it is started as */
	uint64_t seq;
	bool writes, reaches; /* what is told of is a write; it gets into a file that matters */
	bool started;        /* it is started with other words */
	char **passers;      /* names of programs that pass it on */
	size_t n_passers;
};

struct comparison {
	struct outputs *tasks;
	size_t n_tasks;
	struct evtasks *known;
	struct evorigin *origins;
	const struct evlog_names *names;
	char *const *files;
	struct maker *makers;
	size_t n_makers;
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
	c->tasks = xgrow(c->tasks, &c->n_tasks, task, sizeof(*c->tasks));
	return &c->tasks[task];
}

static void learn(struct comparison *c, const struct evlog_record *r)
{
	struct outputs *o = outputs_of(c, r->task);

	if ((o->n & (o->n - 1)) == 0) /* full at every power of two */
		o->digests = xrealloc(o->digests, (o->n ? 2 * o->n : 1) * sizeof(*o->digests));
	o->digests[o->n++] = digest(r);
	evorigin_learn_plain(c->origins, r);
}

/* Command lines of a task and its ancestors. One that a program shares with the copy of itself that it made is there once. */
static char **lineage(const struct evtasks *known, uint32_t task)
{
	char **ret = NULL;

	for (int depth = 0; depth < ANCESTORS; depth++) {
		struct evtask t;
		bool found = evtasks_find(known, task, &t);
		autofree char *command = evtask_command(&t, COMMAND_LENGTH);

		if (!found || !t.argv)
			break;
		if (!ret || strcmp(ret[strv_len(ret) - 1], command) != 0)
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

/* --- makers ------------------------------------------------------------------------------------------------------------ */

/* An event as text or, without out, as an object of JSON; malloc'ed. */
static char *event_text(const struct comparison *c, const struct evlog_record *r, uint64_t seq, bool json)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct json j;

	if (!f)
		return xstrdup("");
	if (json) {
		json_begin(&j, f);
		evlog_json(&j, NULL, seq, r, c->known, c->names);
		json_finish(&j);
	} else {
		evlog_print(f, seq, r, c->known, c->names);
	}
	fclose(f);
	return text;
}

static void show_event(const struct comparison *c, struct maker *m, const struct evlog_record *r, uint64_t seq)
{
	free(m->text);
	free(m->json);
	m->text = event_text(c, r, seq, false);
	m->json = event_text(c, r, seq, true);
	m->seq = seq;
	m->writes = r->kind == EVLOG_SYSCALL;
}

static bool is_same_maker(const struct maker *m, char *const *commands, bool started)
{
	size_t program = strcspn(commands[0], " ") + 1;

	if (strcmp(m->commands[0], commands[0]) == 0)
		return true;
	return started && m->started && strncmp(m->commands[0], commands[0], program) == 0 && commands[1] && m->commands[1] &&
	       strcmp(m->commands[1], commands[1]) == 0;
}

/* NULL: there is none of that number. */
static struct maker *maker_numbered(const struct comparison *c, uint32_t number)
{
	return number > 0 && number <= c->n_makers ? &c->makers[number - 1] : NULL;
}

/* The number of the maker that the task is; 0: there is no room for another. */
static uint32_t maker_of_task(struct comparison *c, const struct evlog_record *r, uint64_t seq)
{
	autostrv char **commands = lineage(c->known, r->task);
	bool started = r->kind == EVLOG_EXEC;

	for (size_t i = 0; commands && i < c->n_makers; i++)
		if (is_same_maker(&c->makers[i], commands, started))
			return (uint32_t)i + 1;
	if (!commands || c->n_makers == MOST_MAKERS)
		return 0;
	c->makers = xrealloc(c->makers, (c->n_makers + 1) * sizeof(*c->makers));
	c->makers[c->n_makers] = (struct maker){ .commands = STEAL(commands), .started = started };
	show_event(c, &c->makers[c->n_makers], r, seq);
	return (uint32_t)++c->n_makers;
}

static void clear_makers(struct comparison *c)
{
	for (size_t i = 0; i < c->n_makers; i++) {
		strv_free(c->makers[i].commands);
		strv_free(c->makers[i].passers);
		free(c->makers[i].text);
		free(c->makers[i].json);
	}
	free(c->makers);
}

static bool is_among(const struct origins *all, uint32_t maker)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->of[i] == maker)
			return true;
	return false;
}

static void pass_on(struct comparison *c, const struct evlog_record *r, struct outputs *o, uint32_t maker)
{
	struct maker *m = maker_numbered(c, maker);
	struct evtask t;
	autofree char *name = evtasks_find(c->known, r->task, &t) ? evtask_name(&t) : NULL;

	if (o->passed || !m)
		return;
	o->passed = true;
	m->n_passers++;
	if (name && strv_len(m->passers) < MOST_PASSERS && !strv_has(m->passers, name))
		strv_add(&m->passers, name);
}

/* The makers of this other output: those whose work the task has read; without such, or when its own is among it, the task itself. */
static struct origins makers_of(struct comparison *c, const struct evlog_record *r, uint64_t seq)
{
	const struct origins *given = evorigin_of(c->origins, r->task);
	struct outputs *o = outputs_of(c, r->task);
	struct origins own = { .n = 1 };
	struct maker *m;

	if (given->n > 0 && !(o->maker && is_among(given, o->maker))) {
		pass_on(c, r, o, given->of[0]);
		return *given;
	}
	if (!o->maker)
		o->maker = maker_of_task(c, r, seq);
	m = maker_numbered(c, o->maker);
	if (!m)
		return (struct origins){ .n = 0 };
	if (!m->writes && r->kind == EVLOG_SYSCALL)
		show_event(c, m, r, seq);
	own.of[0] = o->maker;
	return own;
}

static bool had(const struct outputs *o, uint64_t output)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->digests[i] == output)
			return true;
	return false;
}

/* After its first other output a task may do what its counterpart does, only later; and two tasks may have changed places. */
static bool is_other(const struct comparison *c, const struct evlog_record *r, const struct outputs *o, bool matters)
{
	if (!o->parted)
		return true;
	return r->kind != EVLOG_EXEC && (evorigin_is_new(c->origins, r) || (matters && !had(o, digest(r))));
}

static void check(struct comparison *c, const struct evlog_record *r, uint64_t seq)
{
	struct outputs *o = outputs_of(c, r->task);
	bool matters = writes_one_of(r, c->files);
	struct origins makers;

	if (!o->parted && o->seen < o->n && o->digests[o->seen] == digest(r)) {
		o->seen++;
		return;
	}
	if (!is_other(c, r, o, matters))
		return;
	o->parted = true;
	makers = makers_of(c, r, seq);
	if (makers.n == 0)
		return;
	evorigin_wrote(c->origins, r, makers.of[0]);
	for (size_t i = 0; i < makers.n && matters; i++) {
		struct maker *m = maker_numbered(c, makers.of[i]);

		if (m)
			m->reaches = true;
	}
}

/* --- the two logs ------------------------------------------------------------------------------------------------------ */

static int read_plain(struct comparison *c, const char *path, struct error *e)
{
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	int state = evlog_open(path, &reader, &head, e);

	if (state < 0)
		return state;
	while ((state = evlog_next(reader, &r, e)) == 1)
		if (is_output(&r, c->names))
			learn(c, &r);
	evlog_reader_free(reader);
	return state;
}

static int read_other(struct comparison *c, const char *path, struct error *e)
{
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	int state = evlog_open(path, &reader, &head, e);

	if (state < 0)
		return state;
	while ((state = evlog_next(reader, &r, e)) == 1) {
		evtasks_learn(c->known, &r);
		evorigin_learn(c->origins, &r);
		if (is_output(&r, c->names))
			check(c, &r, evlog_position(reader));
	}
	evlog_reader_free(reader);
	return state;
}

/* --- telling ----------------------------------------------------------------------------------------------------------- */

static void put_maker(const struct maker *m, FILE *f)
{
	autofree char *passers = strv_join(m->passers, ", ");

	for (char *const *command = m->commands; *command; command++)
		fprintf(f, "%s%s\n", command == m->commands ? "" : "    started by: ", *command);
	if (m->writes)
		fprintf(f, "    event %s", m->text);
	else
		fprintf(f, "    event %" PRIu64 ": it is started with other words\n", m->seq);
	if (m->n_passers > 0)
		fprintf(f, "    read and passed on by %zu process%s: %s%s\n", m->n_passers, m->n_passers == 1 ? "" : "es", passers,
			strv_len(m->passers) == MOST_PASSERS ? " ..." : "");
}

static void json_maker(const struct maker *m, struct json *j)
{
	json_object(j, NULL);
	json_array(j, "processes");
	for (char *const *command = m->commands; *command; command++)
		json_string(j, NULL, *command);
	json_end(j, ']');
	json_bool(j, "writes_artefact", m->reaches);
	json_raw(j, "event", m->json);
	json_uint(j, "passed_on", m->n_passers);
	json_array(j, "passed_on_by");
	for (char *const *name = m->passers; name && *name; name++)
		json_string(j, NULL, *name);
	json_end(j, ']');
	json_end(j, '}');
}

/* Who is started with other words (a temporary file's name, mostly) and not seen to write says little: one example will do. */
static bool is_another_example(const struct comparison *c, const struct maker *m)
{
	for (const struct maker *p = c->makers; p < m; p++)
		if (!m->writes && !p->writes)
			return true;
	return false;
}

/* Those that reach a file that matters, or the others; how many. */
static size_t tell(const struct comparison *c, bool reaching, size_t most, FILE *f, struct json *j, uint64_t *first_write)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_makers && n < most; i++) {
		const struct maker *m = &c->makers[i];

		if (m->reaches != reaching || (!reaching && *first_write != UINT64_MAX && is_another_example(c, m)))
			continue;
		if (n == 0 && !reaching && *first_write != UINT64_MAX)
			fprintf(f, "others, which write or start something else that was not seen to get there:\n");
		put_maker(m, f);
		json_maker(m, j);
		if (m->writes && *first_write == UINT64_MAX)
			*first_write = m->seq;
		n++;
	}
	return n;
}

int evoutputs(const char *path_a, const char *path_b, const struct evlog_names *names, char *const *files, FILE *out, struct json *j,
	      uint64_t *ret_first_write, struct error *e)
{
	struct comparison c = { .known = evtasks_new(), .origins = evorigin_new(names), .names = names, .files = files };
	uint64_t first_write = UINT64_MAX;
	int r = read_plain(&c, path_a, e);

	if (r == 0)
		r = read_other(&c, path_b, e);
	if (r == 0)
		r = (int)(tell(&c, true, MOST_WRITERS, out, j, &first_write) + tell(&c, false, MOST_TOLD, out, j, &first_write));
	if (ret_first_write)
		*ret_first_write = first_write;
	for (size_t i = 0; i < c.n_tasks; i++)
		free(c.tasks[i].digests);
	free(c.tasks);
	clear_makers(&c);
	evorigin_free(c.origins);
	evtasks_free(c.known);
	return r;
}
