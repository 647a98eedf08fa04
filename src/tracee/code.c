/* code.c: see code.h. */
#include "tracee/code.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/mem.h"
#include "tracee/code_file.h"
#include "tracee/texts.h"

enum { PAGE = 4096, SCAN_MOST = 64 << 20,
	EDITS_MOST = WIRE_RECORDS, EDITS_OF_HEAD = 0x40000 /* a head and what goes with it: a page of routines, and the jumps to them */ };

/* ---- replacing --------------------------------------------------------------------------------------------------------- */

/* A mapping of code in a guest. private: nobody else's, of a file, and not writable. */
struct code_text { gaddr at; uint64_t size; bool private; };

/* A window into the guest's code: what is replaced near each other is read and written at once. */
struct code_window {
	struct tracee *t;
	int mem;                    /* /proc/TID/mem; -1 */
	gaddr at;
	uint8_t bytes[2 * PAGE];
	size_t n, from, to;         /* read; of these, changed */
	struct executor *list;      /* not NULL: nothing is written here, the agent's list grows */
	gaddr text, size;           /* then: the mapping of code in which all edits lie */
	bool told;                  /* ... and it stands in the list */
};

/* Word by word: where the kernel is told not to let files of memory write what the guest may not (proc_mem.force_override). */
static void poke(struct code_window *v)
{
	for (size_t k = v->from / 8 * 8; k < v->to; k += 8) {
		long word;

		memcpy(&word, v->bytes + k, sizeof(word));
		if (ptrace(PTRACE_POKETEXT, v->t->tid, v->at + k, word) < 0)
			return;
	}
}

static void window_write(struct code_window *v)
{
	if (v->to > v->from && pwrite(v->mem, v->bytes + v->from, v->to - v->from, (off_t)(v->at + v->from)) != (ssize_t)(v->to - v->from))
		poke(v);
	v->from = v->to = 0;
}

static void window_close(struct code_window *v)
{
	window_write(v);
	cleanup_close(&v->mem);
}

static void window_open(struct code_window *v, struct tracee *t)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)t->tid);
	*v = (struct code_window){ .t = t, .mem = open(path, O_RDWR | O_CLOEXEC) };
}

/* The agent edits it. */
static bool is_listed(const struct executor *x, const struct tracee *t, const struct code_text *text)
{
	return text->private && x->procs[x->w->tasks[t - x->tracees].proc].agent;
}

/* For edits in code that was just mapped at `at`. */
static void window_open_text(struct code_window *v, struct executor *x, struct tracee *t, const struct code_text *text)
{
	if (!is_listed(x, t, text)) {
		window_open(v, t);
		return;
	}
	if (x->edits.n && x->edits.task != (uint32_t)(t - x->tracees))
		tracee_code_edit(x);
	*v = (struct code_window){ .t = t, .mem = -1, .list = x, .text = text->at & ~(gaddr)(PAGE - 1) };
	v->size = ((text->at + text->size + PAGE - 1) & ~(gaddr)(PAGE - 1)) - v->text;
	x->edits.task = (uint32_t)(t - x->tracees);
}

/* n_a bytes and n_b bytes lie behind it. */
static void list_edit(struct executor *x, enum wire_edit_kind kind, gaddr at, size_t len, const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
	struct wire_edit e = { .at = at, .len = len, .kind = kind, .size = (uint32_t)(sizeof(e) + n_a + n_b + 7) & ~7U };

	if (e.size > x->edits.room - x->edits.n) {
		x->edits.room = (x->edits.n + e.size) * 2;
		x->edits.list = xrealloc(x->edits.list, x->edits.room);
	}
	memset(x->edits.list + x->edits.n, 0, e.size);
	memcpy(x->edits.list + x->edits.n, &e, sizeof(e));
	if (n_a)
		memcpy(x->edits.list + x->edits.n + sizeof(e), a, n_a);
	if (n_b)
		memcpy(x->edits.list + x->edits.n + sizeof(e) + n_a, b, n_b);
	x->edits.n += e.size;
}

/* The agent's list is as long as the window has room for: all is made from outside, from now on. */
static void list_ends(struct code_window *v)
{
	v->list->edits.outside++;
	tracee_code_edit(v->list);
	window_open(v, v->t);
}

/* What lies there, and the rest of its pages, becomes the window's. */
static bool window_move(struct code_window *v, gaddr at, size_t len)
{
	if (at >= v->at && at - v->at <= v->n && len <= v->n - (at - v->at))
		return true;
	window_write(v);
	v->at = at & ~(gaddr)(PAGE - 1);
	v->n = at + len - v->at > PAGE ? sizeof(v->bytes) : PAGE;
	if (pread(v->mem, v->bytes, v->n, (off_t)v->at) == (ssize_t)v->n)
		return true;
	v->n = 0;
	return false;
}

/* C2. True: the bytes were old, and are new (or will be, when the agent gets to them). */
static bool replace_as(struct code_window *v, enum wire_edit_kind kind, gaddr at, const uint8_t *old, const uint8_t *new, size_t len)
{
	if (v->list && kind == WIRE_HEAD && v->list->edits.n > EDITS_MOST - EDITS_OF_HEAD)
		list_ends(v);
	if (v->list) {
		if (!v->told)
			list_edit(v->list, WIRE_TEXT, v->text, v->size, NULL, 0, NULL, 0);
		v->told = true;
		list_edit(v->list, kind, at, len, old, len, new, len);
		return true;
	}
	if (!window_move(v, at, len))
		return false;
	at -= v->at;
	if (memcmp(v->bytes + at, old, len) != 0)
		return false;
	memcpy(v->bytes + at, new, len);
	if (v->from == v->to)
		v->from = at;
	v->from = at < v->from ? at : v->from;
	v->to = at + len > v->to ? at + len : v->to;
	return true;
}

static bool replace(struct code_window *v, gaddr at, const uint8_t *old, const uint8_t *new, size_t len)
{
	return replace_as(v, WIRE_HEAD, at, old, new, len);
}

bool tracee_code_swap(struct tracee *t, gaddr at, const uint8_t *old, const uint8_t *new, size_t len)
{
	struct code_window v;
	bool done;

	window_open(&v, t);
	done = replace(&v, at, old, new, len);
	window_close(&v);
	return done;
}

bool tracee_code_put(struct tracee *t, gaddr at, const uint8_t *new, uint8_t *ret_old, size_t len)
{
	struct code_window v;
	bool done;

	window_open(&v, t);
	done = window_move(&v, at, len);
	if (done) {
		memcpy(ret_old, v.bytes + (at - v.at), len);
		done = replace(&v, at, ret_old, new, len);
	}
	window_close(&v);
	return done;
}

/* Page by page, where the copy is another. */
static void write_stored(struct code_window *v, const struct executor *x, const struct wire_edit *e)
{
	uint64_t store;

	memcpy(&store, e + 1, sizeof(store));
	window_write(v);
	for (uint64_t k = 0; k < e->len; k += PAGE) {
		const uint8_t *new = x->store.at + (store - AGENT_STORE) + k;

		if (window_move(v, e->at + k, PAGE) && memcmp(v->bytes + (e->at + k - v->at), new, PAGE) != 0) {
			v->from = e->at + k - v->at;
			v->to = v->from + PAGE;
			memcpy(v->bytes + v->from, new, PAGE);
			window_write(v);
		}
	}
}

bool tracee_code_is_stored(const struct executor *x, gaddr at, size_t len)
{
	for (size_t k = 0; k < x->edits.n;) {
		const struct wire_edit *e = (const void *)(x->edits.list + k);

		if (e->kind == WIRE_STORED && e->at <= at && at - e->at + len <= e->len)
			return true;
		k += e->size;
	}
	return false;
}

void tracee_code_edit(struct executor *x)
{
	struct code_window v;
	bool head = false;

	if (!x->edits.n)
		return;
	window_open(&v, &x->tracees[x->edits.task]);
	for (size_t k = 0; k < x->edits.n;) {
		const struct wire_edit *e = (const void *)(x->edits.list + k);
		const uint8_t *old = (const uint8_t *)(e + 1);

		if (e->kind == WIRE_HEAD)
			head = replace(&v, e->at, old, old + e->len, e->len);
		else if (e->kind == WIRE_BODY && head)
			replace(&v, e->at, old, old + e->len, e->len);
		else if (e->kind == WIRE_STORED)
			write_stored(&v, x, e);
		k += e->size;
	}
	window_close(&v);
	x->edits.n = 0;
}

static void replace_site(struct executor *x, struct code_window *v, gaddr at, const struct insn_site *s)
{
	if (!x->real_cpu || (s->kind != INSN_CPUID && s->kind != INSN_XGETBV && s->kind != INSN_XBEGIN))
		replace(v, at, s->code, s->trap, s->len);
}

static struct text_key key_of(const struct code_file *f, uint64_t offset, uint64_t len)
{
	return (struct text_key){ f->dev, f->ino, f->size, offset, len, f->mtime.tv_sec, f->mtime.tv_nsec, f->ctime.tv_sec, f->ctime.tv_nsec };
}

/* File offsets from .. from+size are mapped at `at`. Sites are in order within segments, not over them: all are looked at. */
static void replace_mapped(struct executor *x, struct tracee *t, const struct code_file *f, uint64_t from, const struct code_text *text)
{
	const uint64_t size = text->size;
	const gaddr at = text->at;
	struct code_window v;

	if (!f->sites.n)
		return;
	window_open_text(&v, x, t, text);
	for (size_t i = 0; i < f->sites.n; i++) {
		const struct insn_site *s = &f->sites.list[i];

		if (s->at >= from && s->at - from < size && s->len <= size - (s->at - from))
			replace_site(x, &v, at + (s->at - from), s);
	}
	window_close(&v);
}

/* The routines and the jumps to them, where all of them are mapped: file offsets from .. from+size at `at`. */
static void write_stubs(struct executor *x, struct tracee *t, const struct code_file *f, const struct insn_stubs *s, uint64_t from, const struct code_text *text)
{
	const uint64_t size = text->size;
	const gaddr at = text->at;
	static const uint8_t zeros[PAGE];
	const struct segment *g = f->segments;
	struct code_window v;

	while (g < f->segments + f->n_segments && (s->at < g->offset || s->at > g->offset + g->size + PAGE))
		g++;
	if (!s->len || g == f->segments + f->n_segments || !g->only_file || from > g->offset || from + (size + PAGE - 1) / PAGE * PAGE < s->at + s->len)
		return;
	window_open_text(&v, x, t, text);
	if (replace(&v, at + (s->at - from), zeros, s->code, s->len))
		for (size_t i = 0; i < s->n; i++)
			replace_as(&v, WIRE_BODY, at + (s->list[i].at - from), s->list[i].old, s->list[i].new, s->list[i].len);
	window_close(&v);
}

/* The ways to the agent, for a program that has it. */
static void write_calls(struct executor *x, struct tracee *t, const struct code_file *f, uint64_t from, const struct code_text *text)
{
	if (!x->procs[x->w->tasks[t - x->tracees].proc].agent)
		return;
	write_stubs(x, t, f, &f->calls, from, text);
}

/* The i-th segment of a program that was loaded at `bias`. */
static struct code_text loaded_text(const struct code_file *f, unsigned i, gaddr bias)
{
	return (struct code_text){ bias + f->segments[i].addr, f->segments[i].size, f->segments[i].only_file };
}

/* Another one's key than that of any mapping that the agent makes: the interpreter is edited in another way when it is a program's. */
static struct text_key key_of_loaded(const struct code_file *f, unsigned i)
{
	const uint64_t in_page = f->segments[i].offset % PAGE;
	struct text_key k = key_of(f, f->segments[i].offset - in_page, f->segments[i].size + in_page);

	k.size |= UINT64_C(1) << 63;
	return k;
}

static void list_stored(struct executor *x, const struct tracee *t, const struct code_text *text, const struct text *s)
{
	const gaddr from = text->at & ~(gaddr)(PAGE - 1);

	if (x->edits.n && x->edits.task != (uint32_t)(t - x->tracees))
		tracee_code_edit(x);
	x->edits.task = (uint32_t)(t - x->tracees);
	list_edit(x, WIRE_STORED, from, ((text->at + text->size + PAGE - 1) & ~(gaddr)(PAGE - 1)) - from, (const uint8_t *)&s->store, sizeof(s->store), NULL, 0);
}

/* The jumps first, what is left is trapped. */
static void edit_loaded(struct executor *x, struct tracee *t, const struct code_file *f, unsigned i, gaddr bias, int fd)
{
	const struct code_text text = loaded_text(f, i, bias);
	const struct text_key key = key_of_loaded(f, i);
	const uint64_t offset = f->segments[i].offset, outside = x->edits.outside;
	const bool keep = x->texts && is_listed(x, t, &text) && !f->fresh && text.size && text.at % PAGE == offset % PAGE;
	const struct text *stored = keep ? texts_stored(x, &key) : NULL;
	size_t from;

	if (stored) {
		list_stored(x, t, &text, stored);
		return;
	}
	if (x->edits.n && x->edits.task != (uint32_t)(t - x->tracees))
		tracee_code_edit(x);
	from = x->edits.n;
	if (f->as_loader)
		write_stubs(x, t, f, &f->stubs, offset, &text);
	write_calls(x, t, f, offset, &text);
	replace_mapped(x, t, f, offset, &text);
	if (keep && x->edits.outside == outside)
		texts_know(x, &key, text.at - text.at % PAGE, from, fd);
}

/* fd: -1 when nobody wants its content (is_wanted()). */
static void edit_all_loaded(struct executor *x, struct tracee *t, const struct code_file *f, gaddr bias, int fd)
{
	for (unsigned i = 0; i < f->n_segments; i++)
		edit_loaded(x, t, f, i, bias, fd);
}

static bool is_wanted(const struct executor *x, const struct code_file *f)
{
	for (unsigned i = 0; i < f->n_segments; i++) {
		struct text_key key = key_of_loaded(f, i);

		if (texts_wants(x, &key))
			return true;
	}
	return false;
}

/* ---- memory without a file ----------------------------------------------------------------------------------------------- */

void tracee_code_search(struct executor *x, struct tracee *t, gaddr from, gaddr to)
{
	size_t n = (size_t)(to - from);
	autofree uint8_t *bytes = xmalloc(n);
	struct insn_sites s;
	struct code_window v;

	if (tracee_read(t, from, bytes, n) < 0)
		return;
	insn_find_in_bytes(bytes, n, !x->tsc_faults, &s);
	x->sites_cut |= s.cut;
	window_open(&v, t);
	for (size_t i = 0; i < s.n; i++)
		replace_site(x, &v, from + s.list[i].at, &s.list[i]);
	window_close(&v);
	insn_sites_clear(&s);
}

/* Runs of pages that hold something: a compiler reserves far more memory than it has filled. */
static void search_present(struct executor *x, struct tracee *t, gaddr from, gaddr to)
{
	enum { PRESENT_OR_SWAPPED = 3 };
	uint64_t flags[512];
	char path[64];
	gaddr begin = 0;
	autoclose int pagemap = -1;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)t->tid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	for (gaddr a = from; a < to;) {
		ssize_t n = pread(pagemap, flags, sizeof(flags), (off_t)(a / PAGE * 8)) / 8;

		for (ssize_t k = 0; k < n && a < to; k++, a += PAGE) {
			bool holds = flags[k] >> 62 & PRESENT_OR_SWAPPED;

			if (holds && begin && a - begin < SCAN_MOST)
				continue;
			if (begin)
				tracee_code_search(x, t, begin, a);
			begin = holds ? a : 0;
		}
		if (n <= 0)
			break;
	}
	if (begin)
		tracee_code_search(x, t, begin, to);
}

/* What lies in the range is executable now. */
static void search_range(struct executor *x, struct tracee *t, gaddr from, gaddr to)
{
	struct mapping m;
	struct maps maps;

	maps_open(&maps, t);
	while (maps_next(&maps, &m)) {
		gaddr begin = m.from > from ? m.from : from, end = m.to < to ? m.to : to;

		if (begin >= end || m.perms[2] != 'x' || m.perms[3] == 's')
			continue;
		if (!m.ino)
			search_present(x, t, begin, end);
		else if (end - begin <= SCAN_MOST)
			tracee_code_search(x, t, begin, end);
	}
	maps_close(&maps);
}

/* ---- when code comes ------------------------------------------------------------------------------------------------------ */

static int open_in_guest(struct executor *x, struct tracee *t, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	autoclose int own = -1;
	int root = x->root_fd;
	char name[64];

	if (x->root_changed || path[0] != '/') {
		snprintf(name, sizeof(name), "/proc/%d/%s", (int)t->tid, path[0] == '/' ? "root" : "cwd");
		own = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		root = own;
	}
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

bool tracee_code_search_file(struct executor *x, struct tracee *t, const char *path, uint64_t offset, gaddr page)
{
	autoclose int fd = open_in_guest(x, t, path, O_RDONLY | O_NONBLOCK);
	const struct code_file *f = fd < 0 ? NULL : code_look_at(x, fd, false);

	if (f)
		replace_mapped(x, t, f, offset, &(struct code_text){ page, PAGE + INSN_TRAP_MOST, false }); /* the last instruction may end in the next one */
	return f != NULL;
}

/* Of a file that was loaded at `bias`. */
static bool begins_listed(const struct executor *x, const struct tracee *t, const struct code_file *f, gaddr bias)
{
	for (unsigned i = 0; i < f->n_segments; i++) {
		struct code_text text = loaded_text(f, i, bias);

		if (f->entry >= f->segments[i].addr && f->entry - f->segments[i].addr < f->segments[i].size)
			return is_listed(x, t, &text);
	}
	return false;
}

/* The program that the thread runs. *ret_fd: the file, unless all about it is known; -1. */
static struct code_file *program_of(struct executor *x, const struct tracee *t, int *ret_fd)
{
	struct code_file *f = NULL;
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)t->tid);
	if (stat(path, &st) == 0)
		f = code_known(x, &st);
	if (f && !is_wanted(x, f))
		return f;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a lease must not hold us */
	return *ret_fd < 0 ? NULL : code_look_at(x, *ret_fd, false);
}

/* The same of its interpreter. */
static struct code_file *loader_of(struct executor *x, struct tracee *t, const char *path, int *ret_fd)
{
	autoclose int place = open_in_guest(x, t, path, O_PATH);
	struct code_file *f = NULL;
	struct stat st;

	if (place >= 0 && fstat(place, &st) == 0)
		f = code_known(x, &st);
	if (f && (f->as_loader || x->real_cpu) && !is_wanted(x, f))
		return f;
	*ret_fd = open_in_guest(x, t, path, O_RDONLY | O_NONBLOCK);
	return *ret_fd < 0 ? NULL : code_look_at(x, *ret_fd, !x->real_cpu); /* it asks a lot at every start, and nobody copies its code (insn/stub.h, S4) */
}

bool tracee_code_exec(struct executor *x, struct tracee *t, gaddr entry, gaddr base)
{
	char interpreter[PAGE];
	autoclose int program = -1, loader = -1;
	struct code_file *f = program_of(x, t, &program);

	if (!f) {
		search_range(x, t, 0, UINT64_C(1) << 47);
		return false;
	}
	edit_all_loaded(x, t, f, entry - f->entry, program);
	if (!f->interpreter || !base)
		return begins_listed(x, t, f, entry - f->entry);
	snprintf(interpreter, sizeof(interpreter), "%s", f->interpreter);
	f = loader_of(x, t, interpreter, &loader);
	if (!f) {
		search_range(x, t, base, UINT64_C(1) << 47);
		return false;
	}
	edit_all_loaded(x, t, f, base, loader);
	return begins_listed(x, t, f, base);
}

/* Mapped here for the first time: the agents will know what to do with it. */
static void edit_mapped(struct executor *x, struct tracee *t, const struct code_file *f, uint64_t offset, const struct code_text *text, int fd)
{
	const struct text_key key = key_of(f, offset, text->size);
	const uint64_t outside = x->edits.outside;
	size_t from;

	if (x->edits.n && x->edits.task != (uint32_t)(t - x->tracees))
		tracee_code_edit(x);
	from = x->edits.n;
	write_calls(x, t, f, offset, text);
	replace_mapped(x, t, f, offset, text);
	if (x->texts && is_listed(x, t, text) && x->edits.outside == outside && !f->fresh)
		texts_know(x, &key, text->at, from, fd);
}

bool x_map_known_code(struct call *c)
{
	(void)c;
	return false;
}

bool x_code_mapped(struct call *c, gaddr at, uint64_t size, int fd, uint64_t offset, bool private)
{
	const struct code_text text = { at, size, private };
	struct tracee *t = &c->x->tracees[c->task];
	struct code_file *f;
	int copy;

	if (t->dead)
		return true;
	if (fd < 0) {
		search_range(c->x, t, at, at + size);
		return true;
	}
	copy = executor_dup(c, fd);
	f = copy < 0 ? NULL : code_look_at(c->x, copy, false);
	if (f && code_was_loader(c->x, f))
		return false;
	if (f)
		edit_mapped(c->x, t, f, offset, &text, copy);
	else
		search_range(c->x, t, at, at + size);
	return true;
}
