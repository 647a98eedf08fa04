/* code.c: see code.h. */
#include "tracee/code.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "insn/insn.h"

enum { BUCKETS = 1024, SEGMENTS = 16, HEADERS = 64, PAGE = 4096, FILE_MOST = 1 << 30, SCAN_MOST = 64 << 20, FRESH_NS = 50000000 };

struct segment { uint64_t offset, addr, size; };

/* What is known of a file: an ELF file's executable segments and interpreter, and the sites. */
struct code_file {
	struct code_file *next;
	uint64_t dev, ino, size;
	struct timespec mtime, ctime;
	uint64_t entry;
	struct segment segments[SEGMENTS];
	unsigned n_segments;
	char *interpreter;
	struct insn_sites sites;
};

struct code_cache {
	struct code_file *bucket[BUCKETS];
	struct code_file *fresh; /* the last file that may not be kept */
};

/* ---- files ------------------------------------------------------------------------------------------------------------- */

static void file_free(struct code_file *f)
{
	if (!f)
		return;
	insn_sites_clear(&f->sites);
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
		if (p.p_type == PT_LOAD && (p.p_flags & PF_X) && f->n_segments < SEGMENTS)
			f->segments[f->n_segments++] = (struct segment){ p.p_offset, p.p_vaddr, p.p_filesz };
		if (p.p_type == PT_INTERP && !f->interpreter && p.p_filesz && p.p_filesz < PAGE)
			f->interpreter = xstrndup((const char *)file + p.p_offset, p.p_filesz);
	}
}

/* Read, not mapped: a file that shrinks meanwhile must not kill the supervisor. */
static void search_file(struct code_file *f, int fd)
{
	autofree uint8_t *file = xmalloc(f->size ? f->size : 1);
	size_t n = 0;

	while (n < f->size) {
		ssize_t got = pread(fd, file + n, f->size - n, (off_t)n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (insn_find_in_elf(file, n, &f->sites))
		read_headers(f, file, n);
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

/* The file's entry, NULL for what cannot be read. Valid until the next call. */
static const struct code_file *look_at(struct executor *x, int fd)
{
	struct code_cache *c;
	struct code_file *f, **slot;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MOST)
		return NULL;
	if (!x->code)
		x->code = xzalloc(sizeof(*x->code));
	c = x->code;
	for (slot = &c->bucket[(st.st_ino ^ st.st_dev) % BUCKETS]; (f = *slot); slot = &f->next)
		if (f->dev == st.st_dev && f->ino == st.st_ino)
			break;
	if (f) {
		if (f->size == (uint64_t)st.st_size && same_time(f->mtime, st.st_mtim) && same_time(f->ctime, st.st_ctim))
			return f;
		*slot = f->next;
		file_free(f);
	}
	f = xzalloc(sizeof(*f));
	*f = (struct code_file){ .dev = st.st_dev, .ino = st.st_ino, .size = (uint64_t)st.st_size, .mtime = st.st_mtim, .ctime = st.st_ctim };
	search_file(f, fd);
	if (changed_just_now(&st)) {
		file_free(c->fresh);
		c->fresh = f;
		return f;
	}
	slot = &c->bucket[(st.st_ino ^ st.st_dev) % BUCKETS];
	f->next = *slot;
	*slot = f;
	return f;
}

/* ---- replacing --------------------------------------------------------------------------------------------------------- */

/* Word by word: a page that the guest may not write can be written through ptrace only. */
static bool transfer(struct tracee *t, gaddr at, uint8_t *bytes, size_t n, bool write)
{
	for (gaddr word = at & ~UINT64_C(7); word < at + n; word += 8) {
		uint8_t w[8];
		long v;

		errno = 0;
		v = ptrace(PTRACE_PEEKTEXT, t->tid, word, NULL);
		if (errno)
			return false;
		memcpy(w, &v, sizeof(v));
		for (unsigned k = 0; k < 8; k++)
			if (word + k >= at && word + k < at + n) {
				if (write)
					w[k] = bytes[word + k - at];
				else
					bytes[word + k - at] = w[k];
			}
		memcpy(&v, w, sizeof(v));
		if (write && ptrace(PTRACE_POKETEXT, t->tid, word, v) < 0)
			return false;
	}
	return true;
}

static void replace(struct executor *x, struct tracee *t, gaddr at, const struct insn_site *s)
{
	uint8_t found[INSN_TRAP_MOST], trap[INSN_TRAP_MOST];

	if (x->real_cpu && (s->kind == INSN_CPUID || s->kind == INSN_XGETBV || s->kind == INSN_XBEGIN))
		return;
	if (!transfer(t, at, found, s->len, false) || memcmp(found, s->code, s->len) != 0)
		return;
	memcpy(trap, s->trap, sizeof(trap));
	transfer(t, at, trap, s->len, true);
}

/* File offsets from .. from+size are mapped at `at`. Sites are in order within segments, not over them: all are looked at. */
static void replace_mapped(struct executor *x, struct tracee *t, const struct code_file *f, uint64_t from, uint64_t size, gaddr at)
{
	for (size_t i = 0; i < f->sites.n; i++) {
		const struct insn_site *s = &f->sites.list[i];

		if (s->at >= from && s->at - from < size && s->len <= size - (s->at - from))
			replace(x, t, at + (s->at - from), s);
	}
}

static void replace_loaded(struct executor *x, struct tracee *t, const struct code_file *f, gaddr bias)
{
	for (unsigned i = 0; i < f->n_segments; i++)
		replace_mapped(x, t, f, f->segments[i].offset, f->segments[i].size, bias + f->segments[i].addr);
}

/* ---- memory without a file ----------------------------------------------------------------------------------------------- */

static void search_bytes(struct executor *x, struct tracee *t, gaddr from, gaddr to)
{
	size_t n = (size_t)(to - from);
	autofree uint8_t *bytes = xmalloc(n);
	struct insn_sites s;

	if (tracee_read(t, from, bytes, n) < 0)
		return;
	insn_find_in_bytes(bytes, n, &s);
	for (size_t i = 0; i < s.n; i++)
		replace(x, t, from + s.list[i].at, &s.list[i]);
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
				search_bytes(x, t, begin, a);
			begin = holds ? a : 0;
		}
		if (n <= 0)
			break;
	}
	if (begin)
		search_bytes(x, t, begin, to);
}

/* What lies in the range is executable now. */
static void search_range(struct executor *x, struct tracee *t, gaddr from, gaddr to)
{
	char path[64], line[PATH_SIZE + 128];
	autofclose FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)t->tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long long begin, end, offset, ino;
		unsigned major, minor;
		char perms[8];

		if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu", &begin, &end, perms, &offset, &major, &minor, &ino) != 7)
			continue;
		begin = begin > from ? begin : from;
		end = end < to ? end : to;
		if (begin >= end || perms[2] != 'x' || perms[3] == 's')
			continue;
		if (!ino)
			search_present(x, t, begin, end);
		else if (end - begin <= SCAN_MOST)
			search_bytes(x, t, begin, end);
	}
}

/* ---- when code comes ------------------------------------------------------------------------------------------------------ */

static int open_interpreter(struct executor *x, struct tracee *t, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
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

void tracee_code_exec(struct executor *x, struct tracee *t, gaddr entry, gaddr base)
{
	char path[64], interpreter[PAGE] = "";
	autoclose int program = -1, loader = -1;
	const struct code_file *f;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)t->tid);
	program = open(path, O_RDONLY | O_CLOEXEC);
	f = program < 0 ? NULL : look_at(x, program);
	if (!f) {
		search_range(x, t, 0, UINT64_C(1) << 47);
		return;
	}
	replace_loaded(x, t, f, entry - f->entry);
	if (!f->interpreter || !base)
		return;
	snprintf(interpreter, sizeof(interpreter), "%s", f->interpreter);
	loader = open_interpreter(x, t, interpreter);
	f = loader < 0 ? NULL : look_at(x, loader);
	if (f)
		replace_loaded(x, t, f, base);
	else
		search_range(x, t, base, UINT64_C(1) << 47);
}

void x_code_mapped(struct call *c, gaddr at, uint64_t size, int fd, uint64_t offset)
{
	struct tracee *t = &c->x->tracees[c->task];
	const struct code_file *f;
	int copy;

	if (t->dead)
		return;
	if (fd < 0) {
		search_range(c->x, t, at, at + size);
		return;
	}
	copy = executor_dup(c, fd);
	f = copy < 0 ? NULL : look_at(c->x, copy);
	if (f)
		replace_mapped(c->x, t, f, offset, size, at);
	else
		search_range(c->x, t, at, at + size);
}
