/* code_file.c: the code in files: which instructions it has that are to be replaced, and with what; kept as long as the file is what it was (code.h, C3). */
#include "tracee/code_file.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/guard.h"
#include "base/mem.h"
#include "model/machine.h"
#include "syscall/table.h"
#include "tracee/code.h"
#include "tracee/searches.h"
#include "tracee/texts.h"

enum { BUCKETS = 1024, HEADERS = 64, PAGE = 4096, FILE_MOST = 1 << 30, MAPPED_LEAST = 1 << 16, BLOCK = 512, FRESH_NS = 50000000, LOADERS = 64 };

struct code_cache {
	struct code_file *bucket[BUCKETS];
	struct code_file *fresh; /* the last file that may not be kept */
	struct { uint64_t dev, ino; } loaders[LOADERS]; /* files that were some program's interpreter */
	size_t n_loaders;
};

static void file_free(struct code_file *f)
{
	if (!f)
		return;
	insn_sites_clear(&f->sites);
	insn_stubs_clear(&f->stubs);
	insn_stubs_clear(&f->calls);
	free(f->interpreter);
	free(f);
}

void code_cache_free(struct code_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct code_file *f = c->bucket[i], *next; f; f = next) {
			next = f->next;
			file_free(f);
		}
	file_free(c->fresh);
	free(c);
}

static void read_headers(struct code_file *f, const uint8_t *file, size_t n)
{
	Elf64_Ehdr head;
	Elf64_Phdr p;

	if (n < sizeof(head))
		return;
	memcpy(&head, file, sizeof(head));
	f->entry = head.e_entry;
	for (unsigned i = 0; i < head.e_phnum && i < HEADERS; i++) {
		uint64_t at = head.e_phoff + (uint64_t)i * sizeof(p);

		if (head.e_phoff > n || at > n - sizeof(p))
			return;
		memcpy(&p, file + at, sizeof(p));
		if (p.p_offset > n || p.p_filesz > n - p.p_offset)
			continue;
		if (p.p_type == PT_LOAD && (p.p_flags & PF_X) && f->n_segments < CODE_SEGMENTS)
			f->segments[f->n_segments++] = (struct segment){ p.p_offset, p.p_vaddr, p.p_filesz, p.p_memsz == p.p_filesz && (p.p_flags & (PF_R | PF_W)) == PF_R };
		if (p.p_type == PT_INTERP && !f->interpreter && p.p_filesz && p.p_filesz < PAGE)
			f->interpreter = xstrndup((const char *)file + p.p_offset, p.p_filesz);
	}
}

/* A file's bytes. */
struct bytes { uint8_t *at; size_t n, mapped; };

static void bytes_close(struct bytes *b)
{
	if (!b->mapped) {
		free(b->at);
		return;
	}
	guard_place(GUARD_FILE, NULL, 0);
	munmap(b->at, b->mapped);
}

/* A large one is mapped, for reading it takes eight times as long; unless it has holes, which a memory file would fill. No guest runs meanwhile. */
static struct bytes bytes_open(const struct code_file *f, int fd)
{
	struct bytes b = { NULL, 0, 0 };

	if (f->size >= MAPPED_LEAST && !f->holes) {
		void *p = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (p != MAP_FAILED) {
			guard_place(GUARD_FILE, p, f->size);
			return (struct bytes){ p, f->size, f->size };
		}
	}
	b.at = xmalloc(f->size ? f->size : 1);
	while (b.n < f->size) {
		ssize_t got = pread(fd, b.at + b.n, f->size - b.n, (off_t)b.n);

		if (got <= 0)
			break;
		b.n += (size_t)got;
	}
	return b;
}

static void ask_model(void *ctx, uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	const struct world *w = ctx;

	machine_cpuid(w->cpu_model, w->cpus, leaf, sub, ret);
}

bool code_was_loader(const struct executor *x, const struct code_file *f)
{
	const struct code_cache *c = x->code;

	for (size_t i = 0; i < c->n_loaders; i++)
		if (c->loaders[i].dev == f->dev && c->loaders[i].ino == f->ino)
			return true;
	return false;
}

static void note_loader(struct executor *x, const struct code_file *f)
{
	struct code_cache *c = x->code;

	if (code_was_loader(x, f) || c->n_loaders == LOADERS)
		return;
	texts_forget(x, f->dev, f->ino);
	c->loaders[c->n_loaders].dev = f->dev;
	c->loaders[c->n_loaders++].ino = f->ino;
}

/* ---- ways to the agent --------------------------------------------------------------------------------------------------- */

static bool is_near(void *ctx, uint32_t nr)
{
	(void)ctx;
	return nr < WORLD_NSYS && row_comes_near(&syscall_rows[nr]);
}

static void make_calls(const struct executor *x, struct code_file *f, const struct insn_elf *elf)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	const struct insn_agent to = { image->entry, image->tsc_entry, !x->tsc_faults };

	insn_make_call_stubs(elf, f->as_loader ? &f->stubs : NULL, &to, is_near, NULL, &f->calls);
}

static void search_bytes(const struct executor *x, struct code_file *f, const struct bytes *file)
{
	struct insn_elf elf __attribute__((cleanup(insn_close_elf))) = { 0 };

	if (!insn_open_elf(file->at, file->n, &elf))
		return;
	insn_find_in_elf(&elf, !x->tsc_faults, &f->sites);
	read_headers(f, file->at, file->n);
	if (f->as_loader)
		insn_make_stubs(&elf, &f->sites, ask_model, x->w, &f->stubs);
	if (x->w->agent_space)
		make_calls(x, f, &elf);
}

/* False: not all of it could be read. */
static bool search_file(const struct executor *x, struct code_file *f, int fd)
{
	struct bytes file __attribute__((cleanup(bytes_close))) = bytes_open(f, fd);

	search_bytes(x, f, &file);
	return file.n == f->size && (!file.mapped || !guard_fired(GUARD_FILE));
}

/* ---- searches of other runs ------------------------------------------------------------------------------------------------ */

/* With all that search_bytes() looks at besides the file. False: its search is for this run alone. */
static bool search_key_of(const struct executor *x, const struct code_file *f, int fd, struct search_key *ret)
{
	enum { COUNTER = 1, LOADER = 2, AGENT = 4 };
	const struct wire_image *image = (const void *)agent_image_begin;
	uint64_t asked[SEARCHES_ASKED] = { x->tsc_faults ? 0 : COUNTER };

	if (f->as_loader) {
		asked[0] |= LOADER;
		asked[1] = x->w->cpu_model;
		asked[2] = x->w->cpus;
	}
	if (x->w->agent_space) {
		asked[0] |= AGENT;
		asked[3] = image->entry;
		asked[4] = image->tsc_entry;
	}
	return !f->holes && searches_key(x->searches, f, fd, asked, x->w->host_start_ns, ret);
}

static void look_for_code(struct executor *x, struct code_file *f, int fd)
{
	struct search_key key;
	bool kept = search_key_of(x, f, fd, &key);

	if ((!kept || !searches_find(x->searches, &key, f)) && search_file(x, f, fd) && kept)
		searches_keep(x->searches, &key, f, fd);
	x->sites_cut |= f->sites.cut;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool changed_just_now(const struct stat *st)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (int64_t)(now.tv_sec - st->st_ctim.tv_sec) * INT64_C(1000000000) + (now.tv_nsec - st->st_ctim.tv_nsec);
	return age < FRESH_NS;
}

/* Where the entry of this file is, or would be. */
static struct code_file **slot_of(struct executor *x, const struct stat *st)
{
	struct code_file *f, **slot;

	if (!x->code)
		x->code = xzalloc(sizeof(*x->code));
	for (slot = &x->code->bucket[(st->st_ino ^ st->st_dev) % BUCKETS]; (f = *slot); slot = &f->next)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			break;
	return slot;
}

static bool is_as_it_was(const struct code_file *f, const struct stat *st)
{
	return f->size == (uint64_t)st->st_size && same_time(f->mtime, st->st_mtim) && same_time(f->ctime, st->st_ctim);
}

struct code_file *code_known(struct executor *x, const struct stat *st)
{
	struct code_file *f = *slot_of(x, st);

	return f && is_as_it_was(f, st) ? f : NULL;
}

struct code_file *code_look_at(struct executor *x, int fd, bool as_loader)
{
	struct code_cache *c;
	struct code_file *f, **slot;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MOST)
		return NULL;
	slot = slot_of(x, &st);
	c = x->code;
	f = *slot;
	if (f) {
		if (is_as_it_was(f, &st) && (f->as_loader || !as_loader))
			return f;
		*slot = f->next;
		file_free(f);
	}
	f = xzalloc(sizeof(*f));
	*f = (struct code_file){ .dev = st.st_dev, .ino = st.st_ino, .size = (uint64_t)st.st_size, .mtime = st.st_mtim, .ctime = st.st_ctim,
		.holes = st.st_blocks * BLOCK < st.st_size, .as_loader = as_loader };
	if (as_loader)
		note_loader(x, f);
	look_for_code(x, f, fd);
	if (changed_just_now(&st)) {
		file_free(c->fresh);
		c->fresh = f;
		f->fresh = true;
		return f;
	}
	slot = &c->bucket[(st.st_ino ^ st.st_dev) % BUCKETS];
	f->next = *slot;
	*slot = f;
	return f;
}
