/* texts.c: what the agent is told of code in files (agent/wire.h), so that a mapping of it need not be looked at again. */
#include "tracee/texts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/mem.h"

enum { PAGE = 4096, HUGE_PAGE = 0x200000, SYSCALL_INSN = 2, STORED_FROM = 3 /* mappings */, STORED_MOST = 48 << 20 };

/* The edits from list + from on, of a mapping at `base`, without those that say where the mapping lies. False: there is no room. */
static bool copy_edits(struct texts *t, const struct executor *x, gaddr base, size_t from)
{
	for (size_t k = from; k < x->edits.n;) {
		struct wire_edit e;

		memcpy(&e, x->edits.list + k, sizeof(e));
		if (e.kind != WIRE_TEXT) {
			if (e.size > sizeof(t->edits) - t->used)
				return false;
			memcpy(t->edits + t->used, x->edits.list + k, e.size);
			e.at -= base;
			memcpy(t->edits + t->used, &e, sizeof(e));
			t->used += e.size;
		}
		k += e.size;
	}
	return true;
}

/* ---- the store ------------------------------------------------------------------------------------------------------------- */

static bool read_pages(uint8_t *to, size_t len, int fd, uint64_t offset)
{
	for (size_t n = 0; n < len;) {
		ssize_t got = pread(fd, to + n, len - n, (off_t)(offset + n));

		if (got < 0)
			return false;
		if (got == 0)
			break; /* the rest of the last page is zeros */
		n += (size_t)got;
	}
	return true;
}

/* Whoever has it mapped shared, and may write to it, changes it unseen. */
static bool is_unsteady(const struct executor *x, uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; i < x->store.n_unsteady; i++)
		if (x->store.unsteady[i].dev == dev && x->store.unsteady[i].ino == ino)
			return true;
	return x->store.n_unsteady == ARRAY_SIZE(x->store.unsteady); /* too many to tell */
}

static bool same_file(const struct text_key *k, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (k->size & INT64_MAX) == (uint64_t)st.st_size && k->ino == st.st_ino && k->dev == st.st_dev && k->ctime == st.st_ctim.tv_sec && k->ctime_ns == st.st_ctim.tv_nsec &&
	       k->mtime == st.st_mtim.tv_sec && k->mtime_ns == st.st_mtim.tv_nsec;
}

static bool edit(uint8_t *code, size_t len, const struct wire_edit *e)
{
	const uint8_t *old = (const uint8_t *)(e + 1);

	if (e->at > len || e->len > len - e->at || memcmp(code + e->at, old, e->len) != 0)
		return false;
	memcpy(code + e->at, old + e->len, e->len);
	return true;
}

static void make_edits(uint8_t *code, size_t len, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	bool head = false;

	for (const struct wire_edit *e; p < end; p += e->size) {
		e = (const void *)p;
		if (e->kind == WIRE_HEAD)
			head = edit(code, len, e);
		else if (head)
			edit(code, len, e);
	}
}

static bool put_path(struct texts *t, struct text *s, int fd)
{
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (sizeof(t->edits) - t->used < PATH_MAX)
		return false;
	n = readlink(name, (char *)t->edits + t->used, PATH_MAX);
	if (n <= 0 || memchr(t->edits + t->used, '\n', (size_t)n)) /* the kernel would write it in another way */
		return false;
	s->path = t->used;
	s->path_len = (uint32_t)n;
	t->used += (uint32_t)(n + 8) & ~7U; /* and a NUL */
	return true;
}

/* Where the next copy goes, from the store's begin. A page is left free before each: the kernel must not take two for one mapping. What has room for huge
 * pages, mapped at `base`, lies as it does there within one. */
static size_t next_place(const struct executor *x, gaddr base, size_t len)
{
	size_t at = x->store.used + PAGE;

	return len < HUGE_PAGE ? at : at + ((base - (AGENT_STORE + at)) & (HUGE_PAGE - 1));
}

/* Pages of the mapping lie behind the file's last one. */
static bool ends_before(const struct text_key *k, size_t len)
{
	const uint64_t size = k->size & INT64_MAX;

	return k->offset > size || len > size - k->offset + PAGE - 1;
}

/* Where it cannot be made, it is not wanted any more. */
static void store(struct executor *x, struct text *s, gaddr base, int fd)
{
	const size_t len = (s->key.len + PAGE - 1) & ~(size_t)(PAGE - 1), at = next_place(x, base, len);
	uint8_t *to;

	s->state = TEXT_KNOWN;
	if (ends_before(&s->key, len))
		return; /* natively it raises SIGBUS there */
	if (!x->store.at || !len || len > STORED_MOST || at > AGENT_STORE_SIZE || len > AGENT_STORE_SIZE - at || is_unsteady(x, s->key.dev, s->key.ino))
		return;
	to = x->store.at + at;
	if (!read_pages(to, len, fd, s->key.offset) || !same_file(&s->key, fd) || !put_path(x->texts, s, fd)) {
		memset(to, 0, len);
		return;
	}
	make_edits(to, len, x->texts->edits + s->at, s->n);
	s->store = AGENT_STORE + at;
	x->store.used = at + len;
}

/* By whom: only a slot of the table that holds something is looked at. */
void texts_mapped(struct executor *x, uint64_t slot)
{
	struct text *s = x->texts && slot < TEXT_SLOTS ? &x->texts->slots[slot] : NULL;

	if (s && s->state == TEXT_KNOWN && !s->store && x->store.uses[slot] < STORED_FROM && ++x->store.uses[slot] == STORED_FROM)
		s->state = TEXT_WANTED;
}

/* ---- what is known ----------------------------------------------------------------------------------------------------------- */

void texts_know(struct executor *x, const struct text_key *key, gaddr base, size_t from, int fd)
{
	struct texts *t = x->texts;
	const struct text *found = t->n < ARRAY_SIZE(x->store.taken) ? text_find(t, key) : NULL;
	uint32_t used = t->used;
	struct text *slot;

	if (!found || found->state == TEXT_KNOWN)
		return;
	slot = &t->slots[found - t->slots];
	if (slot->state == TEXT_WANTED) {
		if (fd >= 0)
			store(x, slot, base, fd);
		return;
	}
	if (!copy_edits(t, x, base, from)) {
		t->used = used;
		return;
	}
	slot->key = *key;
	slot->at = used;
	slot->n = t->used - used;
	slot->state = TEXT_KNOWN;
	x->store.taken[t->n++] = (uint16_t)(found - t->slots);
}

bool texts_wants(const struct executor *x, const struct text_key *key)
{
	const struct text *s = x->texts ? text_find(x->texts, key) : NULL;

	return s && s->state == TEXT_WANTED;
}

const struct text *texts_stored(struct executor *x, const struct text_key *key)
{
	const struct text *s = x->texts ? text_find(x->texts, key) : NULL;

	if (!s || s->state != TEXT_KNOWN)
		return NULL;
	if (!s->store)
		texts_mapped(x, (uint64_t)(s - x->texts->slots));
	return s->store ? s : NULL;
}

static struct text *taken(struct executor *x, size_t i)
{
	return &x->texts->slots[x->store.taken[i]];
}

void x_code_may_change(struct call *c, uint64_t dev, uint64_t ino)
{
	struct executor *x = c->x;

	if (!x->texts || is_unsteady(x, dev, ino))
		return;
	x->store.unsteady[x->store.n_unsteady].dev = dev;
	x->store.unsteady[x->store.n_unsteady++].ino = ino;
	texts_forget(x, dev, ino);
	for (size_t i = 0; x->store.n_unsteady == ARRAY_SIZE(x->store.unsteady) && i < x->texts->n; i++) /* of none it is known any more */
		if (taken(x, i)->store)
			taken(x, i)->state = TEXT_FORGOTTEN;
}

void texts_forget(struct executor *x, uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; x->texts && i < x->texts->n; i++)
		if (taken(x, i)->key.dev == dev && taken(x, i)->key.ino == ino)
			taken(x, i)->state = TEXT_FORGOTTEN;
}

/* ---- the store's mappings ---------------------------------------------------------------------------------------------------- */

static const struct text *stored_at(const struct executor *x, uint64_t offset, uint64_t *ret_in)
{
	return x->texts ? text_stored_at(x->texts, offset, ret_in) : NULL;
}

const char *x_stored_code(struct call *c, uint64_t offset, size_t *ret_n, uint64_t *ret_offset)
{
	uint64_t in;
	const struct text *s = stored_at(c->x, offset, &in);

	if (!s)
		return NULL;
	*ret_n = s->path_len;
	*ret_offset = s->key.offset + in;
	return (const char *)c->x->texts->edits + s->path;
}

enum { MAPPINGS = 64 };

/* From an address of the agent's where a call stops that no filter lets pass; the path lies in the page before the store's first copy. */
static void map_as_file(struct executor *x, struct tracee *t, const struct user_regs_struct *regs, const struct mapping *m, const struct text *s)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	const uint64_t open[6] = { (uint64_t)AT_FDCWD, AGENT_STORE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
	uint64_t map[6] = { m->from, m->to - m->from, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, 0, m->offset };
	static const uint8_t call[SYSCALL_INSN] = { 0x0f, 0x05 };
	struct user_regs_struct r = *regs;
	uint8_t there[SYSCALL_INSN];
	int64_t fd;

	if (tracee_read(t, image->edit_failed - SYSCALL_INSN, there, sizeof(there)) < 0 || memcmp(there, call, sizeof(call)) != 0)
		return; /* it has put something else there */
	memcpy(x->store.at, x->texts->edits + s->path, s->path_len);
	x->store.at[s->path_len] = '\0';
	r.rip = image->edit_failed - SYSCALL_INSN;
	r.rax = SYS_sched_yield;
	r.orig_rax = UINT64_MAX;
	fd = tracee_run_to_entry(x, t, &r) ? tracee_real_call(x, t, SYS_openat, open) : -1;
	map[4] = (uint64_t)fd;
	if (fd >= 0)
		tracee_real_call(x, t, SYS_mmap, map);
}

void texts_as_files(struct executor *x, struct tracee *t)
{
	struct { struct mapping m; const struct text *s; } found[MAPPINGS];
	struct user_regs_struct before;
	struct mapping m;
	struct maps maps;
	size_t n = 0;

	if (!x->store.used || t->dead)
		return;
	maps_open(&maps, t);
	while (n < MAPPINGS && maps_next(&maps, &m)) {
		uint64_t in;
		const struct text *s = strcmp(m.name, AGENT_DIR "/" AGENT_CODE_FILE) == 0 && m.from - OURS_BASE >= OURS_END - OURS_BASE ? stored_at(x, m.offset, &in) : NULL;

		if (!s)
			continue;
		m.offset = s->key.offset + in;
		found[n].m = m;
		found[n++].s = s;
	}
	maps_close(&maps);
	if (!n || !tracee_regs(t, &before))
		return;
	for (size_t i = 0; i < n && !t->dead; i++)
		map_as_file(x, t, &before, &found[i].m, found[i].s);
	tracee_set_regs(t, &before);
}
