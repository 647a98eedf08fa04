/* searches.c: see searches.h. */
#include "tracee/searches.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/late.h"
#include "base/mem.h"

enum { PAGE = 4096, LEAST = 32 << 10 /* bytes of a file: smaller ones are searched as fast */, ENTRY_MOST = 1 << 20, ENTRIES_MOST = 4096, COUNT_EACH = 256 /* that many written */, DAY = 24 * 60 * 60, NAME = 17 };

struct searches {
	char *path;
	char *const *lower, *const *writable;
	int dir_fd;                 /* -1: there is none yet */
	unsigned written;
	uint8_t detbuild[20], decoder[20];
};

struct entry_head { struct search_key key; uint64_t sum, n; /* of what follows */ };

/* What follows: this, then the sites, the edits and code of both kinds of stubs, the interpreter's name. */
struct found {
	uint64_t entry, n_segments, n_sites, cpuid, cut, interpreter;
	struct segment segments[CODE_SEGMENTS];
	struct { uint64_t at, len, n; } stubs[2];
};

/* Tells accidents, not attacks (K1, K3). */
static uint64_t sum_of(const void *bytes, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ n, word;

	for (size_t k = 0; k < n; k += sizeof(word)) {
		word = 0;
		memcpy(&word, (const uint8_t *)bytes + k, n - k < sizeof(word) ? n - k : sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

/* ---- the key ------------------------------------------------------------------------------------------------------------- */

/* Build ids of the object that holds an address: what the linker made of all that went into it. */
struct build_id { uintptr_t of; uint8_t id[20]; bool found; };

static void read_notes(const uint8_t *p, size_t n, struct build_id *b)
{
	ElfW(Nhdr) h;

	while (n >= sizeof(h)) {
		size_t name, desc;

		memcpy(&h, p, sizeof(h));
		name = (h.n_namesz + 3) & ~(size_t)3;
		desc = (h.n_descsz + 3) & ~(size_t)3;
		if (name + desc > n - sizeof(h))
			return;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 && memcmp(p + sizeof(h), "GNU", 4) == 0 && h.n_descsz == sizeof(b->id)) {
			memcpy(b->id, p + sizeof(h) + name, sizeof(b->id));
			b->found = true;
		}
		p += sizeof(h) + name + desc;
		n -= sizeof(h) + name + desc;
	}
}

static int find_build_id(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct build_id *b = ctx;
	bool holds = false;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		holds |= info->dlpi_phdr[i].p_type == PT_LOAD && b->of - (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) < info->dlpi_phdr[i].p_memsz;
	for (unsigned i = 0; holds && i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			read_notes((const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), info->dlpi_phdr[i].p_memsz, b);
	return holds;
}

static bool build_id_of(uintptr_t address, uint8_t ret[20])
{
	struct build_id b = { .of = address };

	dl_iterate_phdr(find_build_id, &b);
	memcpy(ret, b.id, sizeof(b.id));
	return b.found;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool read_link(int fd, char ret[PATH_MAX])
{
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, ret, PATH_MAX - 1);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0 && ret[0] == '/';
}

/* An overlay can have the number of the layer in an inode's upper bits (xino, Documentation/filesystems/overlayfs.rst). */
static bool same_inode(uint64_t a, uint64_t b)
{
	enum { REAL_BITS = 48 };

	return (a ^ b) << (64 - REAL_BITS) == 0;
}

/* The guest's file where it lies on the host: the path is that in the box. -1: it does not lie there. */
static int open_lower(const struct searches *s, const struct code_file *f, int fd)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	char path[PATH_MAX];

	if (!read_link(fd, path))
		return -1;
	for (char *const *root = s->lower; root && *root; root++) {
		autoclose int dir = open(*root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		int found = dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, path + 1, &how, sizeof(how));
		struct stat st;

		if (found >= 0 && fstat(found, &st) == 0 && S_ISREG(st.st_mode) && same_inode(st.st_ino, f->ino) && (uint64_t)st.st_size == f->size && same_time(st.st_mtim, f->mtime) && same_time(st.st_ctim, f->ctime))
			return found;
		cleanup_close(&found);
	}
	return -1;
}

static bool is_writable(const struct searches *s, int fd)
{
	char path[PATH_MAX];

	if (!read_link(fd, path))
		return true;
	for (char *const *w = s->writable; w && *w; w++) {
		size_t n = strlen(*w);

		if (strncmp(path, *w, n) == 0 && (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	return false;
}

/* Others do not note the time when a page that is mapped shared is written to (tmpfs), or have times that somebody wrote down (erofs, FUSE). */
static bool notes_changes(const struct statfs *fs)
{
	return fs->f_type == EXT4_SUPER_MAGIC || fs->f_type == XFS_SUPER_MAGIC || fs->f_type == BTRFS_SUPER_MAGIC;
}

bool searches_key(const struct searches *s, const struct code_file *f, int fd, const uint64_t asked[SEARCHES_ASKED], int64_t before_ns, struct search_key *ret)
{
	struct search_key k = { .size = f->size, .mtime = f->mtime.tv_sec, .mtime_ns = f->mtime.tv_nsec, .ctime = f->ctime.tv_sec, .ctime_ns = f->ctime.tv_nsec };
	uint8_t page[PAGE] = { 0 };
	autoclose int lower = -1;
	struct statfs fs;
	struct stat st;

	if (!s || f->size < LEAST || k.ctime * INT64_C(1000000000) + k.ctime_ns >= before_ns)
		return false;
	lower = open_lower(s, f, fd);
	if (lower < 0 || fstat(lower, &st) < 0 || fstatfs(lower, &fs) < 0 || !notes_changes(&fs) || is_writable(s, lower) || pread(fd, page, sizeof(page), 0) != sizeof(page))
		return false;
	memcpy(k.detbuild, s->detbuild, sizeof(k.detbuild));
	memcpy(k.decoder, s->decoder, sizeof(k.decoder));
	memcpy(k.asked, asked, sizeof(k.asked));
	k.dev = st.st_dev;
	k.ino = st.st_ino;
	memcpy(&k.fsid, &fs.f_fsid, sizeof(k.fsid));
	k.page = sum_of(page, sizeof(page));
	*ret = k;
	return true;
}

/* Two keys of one name take each other's place. */
static void name_of(const struct search_key *k, char ret[NAME])
{
	snprintf(ret, NAME, "%016llx", (unsigned long long)sum_of(k, sizeof(*k)));
}

/* ---- an entry's bytes ---------------------------------------------------------------------------------------------------- */

struct bytes { uint8_t *at; size_t n; };

static void put(struct bytes *b, const void *p, size_t n)
{
	if (n)
		memcpy(b->at + b->n, p, n);
	b->n += n;
}

static struct bytes entry_of(const struct search_key *key, const struct code_file *f)
{
	const struct insn_stubs *stubs[2] = { &f->stubs, &f->calls };
	struct entry_head head = { .key = *key };
	struct found found = { .entry = f->entry, .n_segments = f->n_segments, .n_sites = f->sites.n, .cpuid = f->sites.cpuid, .cut = f->sites.cut,
		.interpreter = f->interpreter ? strlen(f->interpreter) : 0 };
	size_t size = sizeof(head) + sizeof(found) + f->sites.n * sizeof(*f->sites.list) + found.interpreter;
	struct bytes b;

	for (unsigned i = 0; i < f->n_segments; i++) { /* field by field: what lies between them is nobody's */
		found.segments[i].offset = f->segments[i].offset;
		found.segments[i].addr = f->segments[i].addr;
		found.segments[i].size = f->segments[i].size;
		found.segments[i].only_file = f->segments[i].only_file;
	}
	for (int i = 0; i < 2; i++) {
		found.stubs[i].at = stubs[i]->at;
		found.stubs[i].len = stubs[i]->len;
		found.stubs[i].n = stubs[i]->n;
		size += stubs[i]->n * sizeof(*stubs[i]->list) + stubs[i]->len;
	}
	b = (struct bytes){ xzalloc(size), sizeof(head) };
	put(&b, &found, sizeof(found));
	put(&b, f->sites.list, f->sites.n * sizeof(*f->sites.list));
	for (int i = 0; i < 2; i++) {
		put(&b, stubs[i]->list, stubs[i]->n * sizeof(*stubs[i]->list));
		put(&b, stubs[i]->code, stubs[i]->len);
	}
	put(&b, f->interpreter, found.interpreter);
	head.n = size - sizeof(head);
	head.sum = sum_of(b.at + sizeof(head), head.n);
	memcpy(b.at, &head, sizeof(head));
	return b;
}

struct reader { const uint8_t *at; size_t left; bool failed; };

static bool take(struct reader *r, void *ret, size_t n)
{
	r->failed |= n > r->left;
	if (r->failed)
		return false;
	if (n)
		memcpy(ret, r->at, n);
	r->at += n;
	r->left -= n;
	return true;
}

/* n elements of this size, as memory of their own; NULL: there are none, or not so many. */
static void *take_list(struct reader *r, uint64_t n, size_t size)
{
	void *p;

	r->failed |= n > r->left / size;
	if (r->failed || !n)
		return NULL;
	p = xmalloc(n * size);
	take(r, p, n * size);
	return p;
}

static bool is_sound(const struct code_file *f)
{
	const struct insn_stubs *stubs[2] = { &f->stubs, &f->calls };

	for (size_t i = 0; i < f->sites.n; i++)
		if (f->sites.list[i].len > INSN_TRAP_MOST || f->sites.list[i].at > f->size)
			return false;
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < stubs[k]->n; i++)
			if (stubs[k]->list[i].len > INSN_MOST || stubs[k]->list[i].at > f->size)
				return false;
	return f->n_segments <= CODE_SEGMENTS && f->sites.n <= INSN_SITES_MOST && f->stubs.len <= PAGE && f->calls.len <= PAGE;
}

static bool read_found(struct reader *r, struct code_file *f)
{
	struct insn_stubs *stubs[2] = { &f->stubs, &f->calls };
	struct found found;

	if (!take(r, &found, sizeof(found)))
		return false;
	f->entry = found.entry;
	f->n_segments = found.n_segments > CODE_SEGMENTS ? CODE_SEGMENTS + 1 : (unsigned)found.n_segments;
	memcpy(f->segments, found.segments, sizeof(f->segments));
	f->sites.list = take_list(r, found.n_sites, sizeof(*f->sites.list));
	f->sites.n = f->sites.list ? found.n_sites : 0;
	f->sites.cpuid = found.cpuid;
	f->sites.cut = found.cut;
	for (int i = 0; i < 2; i++) {
		*stubs[i] = (struct insn_stubs){ .at = found.stubs[i].at };
		stubs[i]->list = take_list(r, found.stubs[i].n, sizeof(*stubs[i]->list));
		stubs[i]->n = stubs[i]->room = stubs[i]->list ? found.stubs[i].n : 0;
		stubs[i]->code = take_list(r, found.stubs[i].len, 1);
		stubs[i]->len = stubs[i]->code ? found.stubs[i].len : 0;
	}
	if (found.interpreter && found.interpreter <= r->left)
		f->interpreter = xstrndup((const char *)r->at, found.interpreter);
	return !r->failed && r->left == found.interpreter && found.interpreter < PAGE && is_sound(f);
}

/* ---- the directory ------------------------------------------------------------------------------------------------------- */

static bool is_ours(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static void open_dir(struct searches *s)
{
	s->dir_fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd >= 0 && !is_ours(s->dir_fd, S_IFDIR))
		cleanup_close(&s->dir_fd);
}

struct searches *searches_open(const char *dir, char *const *lower, char *const *writable)
{
	struct searches *s = xzalloc(sizeof(*s));

	*s = (struct searches){ .lower = lower, .writable = writable, .dir_fd = -1 };
	if (!dir || !build_id_of((uintptr_t)searches_open, s->detbuild) || !build_id_of(insn_decoder(), s->decoder)) {
		free(s);
		return NULL;
	}
	s->path = xstrdup(dir);
	open_dir(s);
	return s;
}

void searches_close(struct searches *s)
{
	if (!s)
		return;
	cleanup_close(&s->dir_fd);
	free(s->path);
	free(s);
}

/* The entry's bytes behind its head, if they are whole. */
static struct bytes read_entry(const struct searches *s, const struct search_key *key)
{
	char name[NAME];
	struct entry_head head;
	struct bytes b = { NULL, 0 };
	struct stat st;
	autoclose int fd = -1;

	name_of(key, name);
	fd = s->dir_fd < 0 ? -1 : openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || !is_ours(fd, S_IFREG) || fstat(fd, &st) < 0 || read(fd, &head, sizeof(head)) != sizeof(head) || memcmp(&head.key, key, sizeof(*key)) != 0 ||
	    head.n > ENTRY_MOST || (uint64_t)st.st_size != sizeof(head) + head.n)
		return b;
	b = (struct bytes){ xmalloc(head.n ? head.n : 1), head.n };
	if (read(fd, b.at, b.n) != (ssize_t)b.n || sum_of(b.at, b.n) != head.sum) {
		free(b.at);
		b.at = NULL;
	} else if (time(NULL) - st.st_mtime > DAY) {
		futimens(fd, NULL); /* those that nobody asks for go first */
	}
	return b;
}

bool searches_find(const struct searches *s, const struct search_key *key, struct code_file *f)
{
	struct bytes b = read_entry(s, key);
	struct code_file with = *f;
	bool found = b.at && read_found(&(struct reader){ b.at, b.n, false }, &with);

	free(b.at);
	if (found) {
		*f = with;
		return true;
	}
	if (!b.at)
		return false;
	insn_sites_clear(&with.sites);
	insn_stubs_clear(&with.stubs);
	insn_stubs_clear(&with.calls);
	free(with.interpreter);
	return false;
}

struct aged { time_t when; char name[NAME]; };

static bool is_entry(const char *name)
{
	return strspn(name, "0123456789abcdef") == NAME - 1 && name[NAME - 1] == '\0';
}

static int by_age(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	return x->when < y->when ? -1 : x->when > y->when;
}

/* A quarter of too many entries goes, those first that nobody has asked for. */
static void make_room(const struct searches *s)
{
	autofree struct aged *all = xmalloc(2 * ENTRIES_MOST * sizeof(*all));
	int copy = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;
	struct stat st;
	size_t n = 0;

	if (!d)
		return;
	while (n < 2 * ENTRIES_MOST && (de = readdir(d))) {
		if (fstatat(s->dir_fd, de->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			continue;
		if (is_entry(de->d_name)) {
			all[n].when = st.st_mtime;
			memcpy(all[n++].name, de->d_name, NAME);
		} else if (de->d_name[0] == '.' && time(NULL) - st.st_mtime > DAY) {
			unlinkat(s->dir_fd, de->d_name, 0); /* whoever was writing it is gone */
		}
	}
	closedir(d);
	if (n <= ENTRIES_MOST)
		return;
	qsort(all, n, sizeof(*all), by_age);
	for (size_t i = 0; i < n - ENTRIES_MOST / 4 * 3; i++)
		unlinkat(s->dir_fd, all[i].name, 0);
}

static bool may_write(struct searches *s, size_t n)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_FSIZE, &l) == 0 && l.rlim_cur < n) /* it would be our end */
		return false;
	if (s->dir_fd < 0 && mkdir_p(s->path, 0755) == 0)
		open_dir(s);
	if (s->dir_fd >= 0 && s->written++ % COUNT_EACH == 0)
		make_room(s);
	return s->dir_fd >= 0;
}

void searches_keep(struct searches *s, const struct search_key *key, const struct code_file *f, int fd)
{
	char name[NAME];
	struct late to = { .fd = -1, .name = name };
	struct bytes b = { NULL, 0 };
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_ctim.tv_sec != key->ctime || st.st_ctim.tv_nsec != key->ctime_ns)
		return;
	b = entry_of(key, f);
	if (b.n <= ENTRY_MOST && may_write(s, b.n)) {
		name_of(key, name);
		to.dir_fd = s->dir_fd;
		late_write(&to, b.at, b.n);
	}
	free(b.at);
}
