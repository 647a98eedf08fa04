/* dir.c: directory listings. Freestanding.
 *
 * Inputs: the set of names (function of past calls), their order and offsets (the file system's: eliminated), inode numbers
 * (normalised), types (function of past calls; DT_UNKNOWN, which some file systems give, is filled in nowhere: all that
 * can be a lower or upper layer here give types).
 *
 * The whole directory is read and sorted, by name or as world.dir_seed draws it, "." and ".." first; the position is the kernel's own file offset, so that dup, fork, lseek,
 * telldir and seekdir need nothing from us: offset k means "the first k entries were given", END + k "all were". A directory that
 * does not fit into the guest's buffer is listed from a copy of this first look, whose number stands in the upper bits of the
 * offset: who removes what he reads (rm, a child that closes its descriptors) meets every other name once. Names that are
 * gone are left out, new ones do not show. A copy that many others have replaced is made anew. */
#include "syscall/fs.h"
#include "syscall/procfs.h"
#include "syscall/table.h"
#include "syscall/text.h"

#include <string.h>

#define END_MARK (INT64_C(1) << 30)

enum { INDEX_BITS = 22, MOST_COPIES = 255 }; /* an offset below END_MARK: the copy's number (0: none), the index in it */

struct dirent64 { uint64_t ino; int64_t off; uint16_t reclen; uint8_t type; char name[]; };
struct dirent_old { uint64_t ino; int64_t off; uint16_t reclen; char name[]; }; /* the type is the record's last byte */

enum { RECORD_HEAD = 19, CHUNK = 128 * 1024 };

struct listing { char *bytes; size_t used; uint32_t *order; size_t count; uint64_t copy, seed; };

/* What is kept of a listing: this, the order, the records (8 bytes aligned). */
struct copy_head { uint64_t dev, ino, used, count; };

static struct dirent64 *entry_at(const struct listing *l, size_t k)
{
	return (struct dirent64 *)(void *)(l->bytes + l->order[k]);
}

static size_t record_length(const char *name, bool old)
{
	return ((old ? 18 : RECORD_HEAD) + text_len(name) + 1 + (old ? 1 : 0) + 7) / 8 * 8;
}

static int rank(const char *name)
{
	return text_equal(name, ".") ? 0 : text_equal(name, "..") ? 1 : 2;
}

/* A name's place in an order that is drawn; FNV-1a, so that each byte counts. */
static uint64_t place(uint64_t seed, const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return rng_hash(seed, h);
}

static bool before(const struct listing *l, const struct dirent64 *a, const struct dirent64 *b)
{
	int ra = rank(a->name), rb = rank(b->name);

	if (ra != rb)
		return ra < rb;
	if (l->seed) {
		uint64_t pa = place(l->seed, a->name), pb = place(l->seed, b->name);

		if (pa != pb)
			return pa < pb;
	}
	return text_compare(a->name, b->name) < 0;
}

static void sift(const struct listing *l, size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		uint32_t t;

		if (child + 1 < n && before(l, entry_at(l, child), entry_at(l, child + 1)))
			child++;
		if (!before(l, entry_at(l, root), entry_at(l, child)))
			return;
		t = l->order[root];
		l->order[root] = l->order[child];
		l->order[child] = t;
	}
}

/* Heap sort: no recursion, no allocation, no bad case. */
static void sort_listing(const struct listing *l)
{
	for (size_t k = l->count / 2; k-- > 0;)
		sift(l, k, l->count);
	for (size_t n = l->count; n-- > 1;) {
		uint32_t t = l->order[0];

		l->order[0] = l->order[n];
		l->order[n] = t;
		sift(l, 0, n);
	}
}

/* In place the kernel lists the whole machine's processes. */
static bool is_strangers(struct call *c, const char *dir, const char *name)
{
	int32_t pid = 0;

	if (!c->w->in_place || !text_equal(dir, "/proc"))
		return false;
	for (; *name >= '0' && *name <= '9' && pid < INT32_MAX / 10 - 1; name++)
		pid = pid * 10 + (*name - '0');
	return pid && !*name && x_task_of(c, pid) == NO_INDEX;
}

/* Names in /proc that only some kernels have. */
static void drop_unlisted(struct call *c, int fd, struct listing *l)
{
	struct fd_stat st;
	char path[PATH_SIZE];
	size_t kept = 0;

	if (!c->w->proc_dev || x_fd_stat(c, fd, &st) < 0 || st.dev != c->w->proc_dev || x_fd_path(c, fd, path, sizeof(path)) < 0)
		return;
	for (size_t k = 0; k < l->count; k++)
		if (procfs_lists(path, entry_at(l, k)->name) && !is_strangers(c, path, entry_at(l, k)->name))
			l->order[kept++] = l->order[k];
	l->count = kept;
}

static int64_t read_listing(struct call *c, int fd, struct listing *ret)
{
	size_t used = 0, room = CHUNK, count = 0;
	char *bytes = x_arena(c, room);
	int64_t n;

	if (!bytes)
		return -ENOMEM;
	while ((n = x_fd_getdents(c, fd, bytes + used, CHUNK / 2)) > 0) {
		used += (size_t)n;
		if (room - used < CHUNK / 2) {
			bytes = x_arena(c, room *= 2);
			if (!bytes)
				return -ENOMEM;
		}
	}
	if (n < 0)
		return n;
	for (size_t off = 0; off < used; off += ((struct dirent64 *)(void *)(bytes + off))->reclen)
		count++;
	bytes = x_arena(c, used + 8 + count * sizeof(uint32_t));
	if (!bytes)
		return -ENOMEM;
	ret->bytes = bytes;
	ret->used = used;
	ret->count = 0;
	ret->order = (uint32_t *)(void *)(bytes + (used + 7) / 8 * 8);
	for (size_t off = 0; off < used; off += ((struct dirent64 *)(void *)(bytes + off))->reclen)
		ret->order[ret->count++] = (uint32_t)off;
	drop_unlisted(c, fd, ret);
	ret->seed = c->w->dir_seed;
	sort_listing(ret);
	return 0;
}

/* ---- copies -------------------------------------------------------------------------------------------------------- */

static size_t order_bytes(size_t count)
{
	return (count * sizeof(uint32_t) + 7) / 8 * 8;
}

/* Keeps the listing under the next number, when it can be had. Its own memory stays as it is. */
static void keep_copy(struct call *c, const struct fd_stat *st, struct listing *l)
{
	struct copy_head head = { st->dev, st->ino, l->used, l->count };
	size_t order = order_bytes(l->count);
	uint64_t number = c->w->listings % MOST_COPIES + 1;
	char *to;

	if (l->count >> INDEX_BITS)
		return;
	to = x_keep(c, (uint32_t)number, sizeof(head) + order + l->used);
	if (!to)
		return;
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), l->order, l->count * sizeof(uint32_t));
	memcpy(to + sizeof(head) + order, l->bytes, l->used);
	c->w->listings++;
	l->copy = number;
}

static bool find_copy(struct call *c, const struct fd_stat *st, uint64_t number, struct listing *ret)
{
	char *from = number ? x_kept(c, (uint32_t)number) : NULL;
	const struct copy_head *head = (const struct copy_head *)(void *)from;

	if (!from || head->dev != st->dev || head->ino != st->ino)
		return false;
	ret->used = head->used;
	ret->count = head->count;
	ret->order = (uint32_t *)(void *)(from + sizeof(*head));
	ret->bytes = from + sizeof(*head) + order_bytes(head->count);
	ret->copy = number;
	return true;
}

static bool fits(const struct listing *l, size_t from, size_t size, bool old)
{
	size_t n = 0;

	for (size_t k = from; k < l->count && n <= size; k++)
		n += record_length(entry_at(l, k)->name, old);
	return n <= size;
}

/* ---- what the guest gets ------------------------------------------------------------------------------------------- */

/* A name in a directory of /proc (`dir` is its path in the box). */
static uint64_t proc_entry(const char *dir, const char *name)
{
	char path[2 * PATH_SIZE];
	size_t n = text_len(dir), m = text_len(name);

	memcpy(path, dir, n);
	if (rank(name) == 2 && n + m + 2 <= sizeof(path)) {
		path[n++] = '/';
		memcpy(path + n, name, m);
		n += m;
	} else if (rank(name) == 1) {
		while (n > 1 && path[--n] != '/')
			;
	}
	path[n] = '\0';
	return fs_proc_number(path);
}

/* On an overlay the number in the listing need not be the one that stat gives; the guest must see one number, whatever the
 * layers are made of, so each entry is looked up. Where only root of the host may (a directory that cannot be searched), the listing says the same of what
 * is on no overlay. 0: it is gone. */
static uint64_t shown_ino(struct call *c, int fd, const struct fd_stat *dir, const char *proc_path, const struct dirent64 *e)
{
	enum { TYPE_SHIFT = 12 }; /* DTTOIF(), dirent.h */
	const struct inode *i = NULL;
	struct stat st;
	int64_t r = x_fd_entry_stat(c, fd, e->name, &st);

	if (r == -EACCES) {
		i = inode_see(c->w, dir->dev, rank(e->name) == 0 ? dir->ino : e->ino, (uint32_t)e->type << TYPE_SHIFT, 1);
		return i ? i->vino : 1;
	}
	if (r < 0)
		return r == -ENOENT ? 0 : 1;
	if (st.st_dev == c->w->proc_dev && *proc_path)
		return proc_entry(proc_path, e->name);
	i = inode_see(c->w, st.st_dev, st.st_ino, st.st_mode, st.st_nlink);
	return i ? i->vino : 1;
}

struct target { char *out; size_t size; bool old; };

/* Puts as many entries as fit, from number *at on, into out. Bytes, 0 at the end, -EINVAL when not even one fits. */
static int64_t fill(struct call *c, const struct listing *l, int fd, const struct fd_stat *st, const struct target *t, size_t *at)
{
	char path[PATH_SIZE] = { 0 };
	size_t n = 0;

	if (c->w->proc_dev && st->dev == c->w->proc_dev && x_fd_path(c, fd, path, sizeof(path)) < 0)
		path[0] = '\0';
	for (; *at < l->count; ++*at) {
		const struct dirent64 *e = entry_at(l, *at);
		size_t name = text_len(e->name), reclen = record_length(e->name, t->old);
		struct dirent64 *o = (struct dirent64 *)(void *)(t->out + n);
		uint64_t ino;

		if (n + reclen > t->size)
			return n ? (int64_t)n : -EINVAL;
		ino = shown_ino(c, fd, st, path, e);
		if (!ino)
			continue;
		memset(o, 0, reclen);
		o->ino = ino;
		o->off = (int64_t)(l->copy << INDEX_BITS | (*at + 1));
		o->reclen = (uint16_t)reclen;
		if (t->old) {
			memcpy(t->out + n + 18, e->name, name);
			t->out[n + reclen - 1] = (char)e->type;
		} else {
			o->type = e->type;
			memcpy(o->name, e->name, name);
		}
		n += reclen;
	}
	return (int64_t)n;
}

/* The listing that the offset belongs to: a copy, or a fresh look, of which a copy is kept when the guest will have to come again. */
static int64_t get_listing(struct call *c, int fd, const struct fd_stat *st, int64_t at, const struct target *t, struct listing *ret)
{
	uint64_t index = (uint64_t)at & ((1 << INDEX_BITS) - 1);
	int64_t r;

	ret->copy = 0;
	if (find_copy(c, st, (uint64_t)at >> INDEX_BITS, ret))
		return 0;
	r = x_fd_seek(c, fd, 0, 0);
	if (r == 0)
		r = read_listing(c, fd, ret);
	if (r == 0 && !fits(ret, index, t->size, t->old))
		keep_copy(c, st, ret);
	return r;
}

enum outcome do_getdents(struct call *c)
{
	enum { MOST = 1 << 20 };
	struct target t = { .size = c->arg[2] > MOST ? MOST : (size_t)c->arg[2], .old = c->nr == __NR_getdents };
	int fd = (int)c->arg[0];
	size_t index, base;
	struct listing l = { 0 };
	struct fd_stat st;
	int64_t at = x_fd_seek(c, fd, 0, 1), r = x_fd_stat(c, fd, &st);

	if (r < 0 || at < 0 || !fs_is(st.mode, FS_DIR))
		return done(c, r < 0 ? r : at == -EBADF ? at : -ENOTDIR); /* O_PATH */
	if (at >= END_MARK)
		return done(c, 0);
	r = get_listing(c, fd, &st, at, &t, &l);
	if (r < 0)
		return done(c, r);
	if (l.copy) {
		find_copy(c, &st, l.copy, &l); /* the arena is free again */
		t.out = x_arena(c, t.size + 512);
	} else {
		base = (l.used + 7) / 8 * 8 + order_bytes(l.count);
		l.bytes = x_arena(c, base + t.size + 512); /* may move: offsets stay */
		l.order = (uint32_t *)(void *)(l.bytes + (l.used + 7) / 8 * 8);
		t.out = l.bytes ? l.bytes + base : NULL;
	}
	if (!t.out)
		return done(c, -ENOMEM);
	index = (size_t)at & ((1 << INDEX_BITS) - 1);
	r = fill(c, &l, fd, &st, &t, &index);
	x_fd_seek(c, fd, (index >= l.count ? END_MARK : 0) + (int64_t)(l.copy << INDEX_BITS | index), 0);
	c->data = c->arg[1];
	if (r > 0 && x_write(c, c->arg[1], t.out, (size_t)r) < 0)
		return done(c, -EFAULT);
	return done(c, r);
}
