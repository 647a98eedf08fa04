/* evorigin.c: follows bytes from who writes them to who reads them.
 *
 * 1. Bytes are told by the hash of one call, so a reader is known that takes them as they were given (pipes, small files). Files are known by
 *    their paths as well, for those who read them otherwise or map them. Who reads from what it has not opened as many bytes at once as another
 *    has just written to what is no file, in any number of calls, has read these.
 * 2. A path is compared as it was opened: a relative one fits every path that ends with it, as where a task stands is not in the log.
 * 3. To open is not to read: shells open files for the programs that they start. Who makes a child leaves to it what it has opened and not looked
 *    at; the child, or the program that the task becomes, reads it from the same descriptor, or from its standard input.
 * 4. What a process was given it keeps until it becomes another program, started with words that run A has as well.
 * 5. The log has the first path of a rename only: under its new name a file is not known, and who reads that seems to be the first. */
#include "report/evorigin.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

struct map {                 /* from keys other than 0 to values other than 0 */
	uint64_t *keys;
	uint32_t *values;
	size_t n, room;      /* room: a power of two, or 0 */
};

struct path { char *path; uint32_t maker, next; }; /* next: index + 1 of another with the same last component */

enum { OPEN_MOST = 4 };      /* files that a task has opened and not read yet; further ones are forgotten */
enum { PIPED_MOST = 8 };     /* tasks that wrote to pipes lately */

struct piped {               /* what a task wrote to pipes since somebody read from it */
	uint32_t task, maker; /* maker: of other bytes among it, or 0 */
	int64_t n;
};

struct task {
	struct origins got;
	struct { uint64_t fd; uint32_t maker; bool inherited; } open[OPEN_MOST];
	size_t n_open;
	uint64_t files;      /* a bit for each low descriptor that an open gave */
};

struct evorigin {
	const struct evlog_names *names;
	struct map plain, bytes, last; /* run A's outputs; run B's new bytes to makers; last components to paths, index + 1 */
	struct path *paths;
	size_t n_paths;
	struct task *tasks;  /* in order of appearance */
	size_t n_tasks;
	uint32_t *by_number; /* index + 1; 0: not seen yet */
	size_t n_numbers;
	struct piped piped[PIPED_MOST];
	size_t next_piped;
};

/* --- the map ----------------------------------------------------------------------------------------------------------- */

static size_t slot_of(const struct map *m, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (m->room - 1);

	while (m->keys[at] && m->keys[at] != key)
		at = (at + 1) & (m->room - 1);
	return at;
}

static uint32_t map_get(const struct map *m, uint64_t key)
{
	return m->room ? m->values[slot_of(m, key)] : 0;
}

static void map_grow(struct map *m)
{
	struct map old = *m;

	m->room = old.room ? 2 * old.room : 64;
	m->keys = xzalloc(m->room * sizeof(*m->keys));
	m->values = xzalloc(m->room * sizeof(*m->values));
	for (size_t i = 0; i < old.room; i++)
		if (old.keys[i]) {
			size_t at = slot_of(m, old.keys[i]);
			m->keys[at] = old.keys[i];
			m->values[at] = old.values[i];
		}
	free(old.keys);
	free(old.values);
}

static void map_put(struct map *m, uint64_t key, uint32_t value)
{
	if (2 * (m->n + 1) > m->room)
		map_grow(m);
	size_t at = slot_of(m, key);
	m->n += m->keys[at] == 0;
	m->keys[at] = key;
	m->values[at] = value;
}

static void map_clear(struct map *m)
{
	free(m->keys);
	free(m->values);
}

/* --- keys -------------------------------------------------------------------------------------------------------------- */

static uint64_t key_of_text(const char *text, size_t n)
{
	struct sha256 h = sha256_of(text, n);
	uint64_t key;

	memcpy(&key, &h, sizeof(key));
	return key | 1;
}

static uint64_t key_of_bytes(const struct evlog_record *r)
{
	uint64_t key;

	memcpy(&key, &r->hash, sizeof(key));
	return key | 1;
}

static bool is_write(const struct evorigin *o, const struct evlog_record *r)
{
	return r->kind == EVLOG_SYSCALL && r->result >= 0 && o->names->writes && o->names->writes(r->nr);
}

/* Of an output; 0: there is nothing to tell it by. */
static uint64_t key_of_output(const struct evlog_record *r)
{
	if (r->kind == EVLOG_EXEC)
		return r->text ? key_of_text(r->text, r->text_len) : 0;
	return r->has_hash ? key_of_bytes(r) : 0;
}

static const char *last_component(const char *path, size_t n)
{
	const char *slash = memrchr(path, '/', n);

	return slash ? slash + 1 : path;
}

/* --- paths ------------------------------------------------------------------------------------------------------------- */

static bool fits(const char *path, const char *opened, size_t n)
{
	size_t length = strlen(path);

	if (n > 0 && opened[0] == '/')
		return length == n && memcmp(path, opened, n) == 0;
	for (;;) {
		size_t skip = n >= 2 && memcmp(opened, "./", 2) == 0 ? 2 : n >= 3 && memcmp(opened, "../", 3) == 0 ? 3 : 0;
		if (!skip)
			break;
		opened += skip;
		n -= skip;
	}
	return length > n && path[length - n - 1] == '/' && memcmp(path + length - n, opened, n) == 0;
}

static struct path *find_path(const struct evorigin *o, const char *opened, size_t n)
{
	const char *name = last_component(opened, n);
	uint32_t at = map_get(&o->last, key_of_text(name, (size_t)(opened + n - name)));

	for (; at; at = o->paths[at - 1].next)
		if (fits(o->paths[at - 1].path, opened, n))
			return &o->paths[at - 1];
	return NULL;
}

static void mark_path(struct evorigin *o, const char *path, size_t n, uint32_t maker)
{
	struct path *known = find_path(o, path, n);
	const char *name = last_component(path, n);
	uint64_t key = key_of_text(name, (size_t)(path + n - name));

	if (known || n == 0 || path[0] != '/')
		return;
	if ((o->n_paths & (o->n_paths - 1)) == 0) /* full at every power of two */
		o->paths = xrealloc(o->paths, (o->n_paths ? 2 * o->n_paths : 1) * sizeof(*o->paths));
	o->paths[o->n_paths++] = (struct path){ .path = xstrndup(path, n), .maker = maker, .next = map_get(&o->last, key) };
	map_put(&o->last, key, (uint32_t)o->n_paths);
}

/* --- tasks ------------------------------------------------------------------------------------------------------------- */

static uint32_t *number_of(struct evorigin *o, uint32_t task)
{
	/* The reader has checked that numbers are below EVLOG_TASK_MAX. */
	o->by_number = xgrow(o->by_number, &o->n_numbers, task, sizeof(*o->by_number));
	return &o->by_number[task];
}

/* Until the next one is asked for. */
static struct task *task_of(struct evorigin *o, uint32_t task)
{
	uint32_t *number = number_of(o, task);

	if (*number == 0) {
		if ((o->n_tasks & (o->n_tasks - 1)) == 0) /* full at every power of two */
			o->tasks = xrealloc(o->tasks, (o->n_tasks ? 2 * o->n_tasks : 1) * sizeof(*o->tasks));
		o->tasks[o->n_tasks++] = (struct task){ .n_open = 0 };
		*number = (uint32_t)o->n_tasks;
	}
	return &o->tasks[*number - 1];
}

static void add_origin(struct task *t, uint32_t maker)
{
	for (size_t i = 0; i < t->got.n; i++)
		if (t->got.of[i] == maker)
			return;
	if (maker && t->got.n < ORIGINS_MOST)
		t->got.of[t->got.n++] = maker;
}

static void forget_open(struct task *t, size_t i)
{
	t->open[i] = t->open[--t->n_open];
}

static void inherit_open(struct task *t)
{
	for (size_t i = 0; i < t->n_open; i++)
		t->open[i].inherited = true;
}

/* --- pipes ------------------------------------------------------------------------------------------------------------- */

static struct piped *piped_of(struct evorigin *o, uint32_t task)
{
	for (size_t i = 0; i < PIPED_MOST; i++)
		if (o->piped[i].n > 0 && o->piped[i].task == task)
			return &o->piped[i];
	return NULL;
}

static void note_piped(struct evorigin *o, const struct evlog_record *r)
{
	struct piped *p = piped_of(o, r->task);

	if (r->text || r->result <= 0)
		return;
	if (!p) {
		p = &o->piped[o->next_piped++ % PIPED_MOST];
		*p = (struct piped){ .task = r->task };
	}
	p->n += r->result;
}

static void take_piped(struct evorigin *o, const struct evlog_record *r)
{
	struct task *t = task_of(o, r->task);

	if (r->result <= 0 || (r->args[0] < 64 && (t->files >> r->args[0] & 1)))
		return;
	for (size_t i = 0; i < PIPED_MOST; i++) {
		struct piped *p = &o->piped[i];

		if (p->n != r->result || p->task == r->task)
			continue;
		add_origin(t, p->maker);
		p->n = 0;
		return;
	}
}

/* --- what a task learns ------------------------------------------------------------------------------------------------ */

static void learn_fork(struct evorigin *o, const struct evlog_record *r)
{
	struct task *child, *parent;

	if (r->result <= 0 || r->result >= (int64_t)EVLOG_TASK_MAX)
		return;
	task_of(o, r->task); /* what is new moves all: first both, then their places */
	child = task_of(o, (uint32_t)r->result);
	parent = task_of(o, r->task);
	*child = *parent;
	parent->n_open = 0;
	inherit_open(child);
}

static void learn_exec(struct evorigin *o, const struct evlog_record *r)
{
	struct task *t = task_of(o, r->task);
	const struct path *program = r->text ? find_path(o, r->text, strnlen(r->text, r->text_len)) : NULL;

	inherit_open(t);
	if (!evorigin_is_new(o, r))
		t->got.n = 0;
	if (program)
		add_origin(t, program->maker);
}

static void learn_open(struct evorigin *o, const struct evlog_record *r)
{
	struct task *t = task_of(o, r->task);
	const struct path *file = find_path(o, r->text, r->text_len);

	if (r->result < 64)
		t->files |= UINT64_C(1) << r->result;
	for (size_t i = t->n_open; i-- > 0;)
		if (t->open[i].fd == (uint64_t)r->result && t->open[i].inherited)
			t->open[i].fd = 0; /* closed since; it may have become the standard input before */
		else if (t->open[i].fd == (uint64_t)r->result)
			forget_open(t, i);
	if (!file || t->n_open == OPEN_MOST)
		return;
	t->open[t->n_open].fd = (uint64_t)r->result;
	t->open[t->n_open].maker = file->maker;
	t->open[t->n_open++].inherited = false;
}

/* A call that gave the task something: bytes, or what there is to know about a descriptor. */
static void learn_given(struct evorigin *o, const struct evlog_record *r)
{
	struct task *t = task_of(o, r->task);

	add_origin(t, map_get(&o->bytes, key_of_bytes(r)));
	take_piped(o, r);
	for (size_t i = t->n_open; i-- > 0;) {
		if (r->args[0] != t->open[i].fd && !(t->open[i].inherited && r->args[0] == 0))
			continue;
		add_origin(t, t->open[i].maker);
		forget_open(t, i);
	}
}

static void learn_call(struct evorigin *o, const struct evlog_record *r)
{
	if (r->result < 0)
		return;
	if (r->text && o->names->opens && o->names->opens(r->nr, r->args))
		learn_open(o, r);
	else if (r->has_hash)
		learn_given(o, r);
}

void evorigin_learn(struct evorigin *o, const struct evlog_record *r)
{
	if (r->kind == EVLOG_FORK)
		learn_fork(o, r);
	else if (r->kind == EVLOG_EXEC)
		learn_exec(o, r);
	else if (r->kind == EVLOG_SYSCALL && (!is_write(o, r) || (o->names->copies && o->names->copies(r->nr))))
		learn_call(o, r);
	if (is_write(o, r))
		note_piped(o, r);
}

/* --- the rest ---------------------------------------------------------------------------------------------------------- */

struct evorigin *evorigin_new(const struct evlog_names *names)
{
	struct evorigin *o = xzalloc(sizeof(*o));

	o->names = names;
	return o;
}

void evorigin_free(struct evorigin *o)
{
	for (size_t i = 0; i < o->n_paths; i++)
		free(o->paths[i].path);
	map_clear(&o->plain);
	map_clear(&o->bytes);
	map_clear(&o->last);
	free(o->paths);
	free(o->tasks);
	free(o->by_number);
	free(o);
}

void evorigin_learn_plain(struct evorigin *o, const struct evlog_record *r)
{
	uint64_t key = r->kind == EVLOG_EXEC || is_write(o, r) ? key_of_output(r) : 0;

	if (key)
		map_put(&o->plain, key, 1);
}

bool evorigin_is_new(const struct evorigin *o, const struct evlog_record *r)
{
	uint64_t key = key_of_output(r);

	return key && !map_get(&o->plain, key);
}

void evorigin_wrote(struct evorigin *o, const struct evlog_record *r, uint32_t maker)
{
	if (r->kind != EVLOG_SYSCALL)
		return;
	if (evorigin_is_new(o, r) && !map_get(&o->bytes, key_of_bytes(r)))
		map_put(&o->bytes, key_of_bytes(r), maker);
	if (r->text)
		mark_path(o, r->text, r->text_len, maker);
	else if (piped_of(o, r->task))
		piped_of(o, r->task)->maker = maker;
}

const struct origins *evorigin_of(struct evorigin *o, uint32_t task)
{
	return &task_of(o, task)->got;
}
