/* archive.c: reads archives through libarchive. The only file that knows libarchive.
 *
 * Invariants: 1. formats are switched on one by one after our own look at the first bytes: libarchive never guesses among
 * all its formats on bytes that a hostile build wrote; 2. every loop is bounded by the limits in archive.h; 3. nothing is
 * ever written to the file system. */
#include "report/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/library.h"
#include "base/mem.h"

#define CALLS(X) \
	X(archive_entry_filetype) X(archive_entry_gid) X(archive_entry_gname) X(archive_entry_hardlink) X(archive_entry_mtime) \
	X(archive_entry_mtime_is_set) X(archive_entry_mtime_nsec) X(archive_entry_pathname) X(archive_entry_pathname_utf8) X(archive_entry_perm) \
	X(archive_entry_symlink) X(archive_entry_uid) X(archive_entry_uname) X(archive_error_string) X(archive_format) X(archive_read_data) \
	X(archive_read_data_block) X(archive_read_free) X(archive_read_new) X(archive_read_next_header) X(archive_read_open_memory) \
	X(archive_read_support_filter_bzip2) X(archive_read_support_filter_gzip) X(archive_read_support_filter_xz) \
	X(archive_read_support_filter_zstd) X(archive_read_support_format_ar) X(archive_read_support_format_raw) \
	X(archive_read_support_format_tar) X(archive_read_support_format_zip)
static struct { CALLS(LIBRARY_POINTER) } lib;

static bool starts(const uint8_t *p, size_t n, const char *magic, size_t len)
{
	return n >= len && memcmp(p, magic, len) == 0;
}

enum archive_kind archive_recognise(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (starts(p, n, "!<arch>\n", 8))
		return ARCHIVE_AR;
	if (starts(p, n, "PK\3\4", 4) || starts(p, n, "PK\5\6", 4))
		return ARCHIVE_ZIP;
	if (starts(p, n, "\x1f\x8b\x08", 3) || starts(p, n, "\xfd" "7zXZ\0", 6) || starts(p, n, "\x28\xb5\x2f\xfd", 4))
		return ARCHIVE_COMPRESSED;
	if (starts(p, n, "BZh", 3) && n > 10 && p[3] >= '1' && p[3] <= '9' && memcmp(p + 4, "1AY&SY", 6) == 0)
		return ARCHIVE_COMPRESSED;
	if (n >= 512 && memcmp(p + 257, "ustar", 5) == 0)
		return ARCHIVE_TAR;
	return ARCHIVE_NONE;
}

/* raw: what is compressed is not taken for a tar archive. */
static void enable(struct archive *a, enum archive_kind kind, bool raw)
{
	switch (kind) {
	case ARCHIVE_AR:
		lib.archive_read_support_format_ar(a);
		break;
	case ARCHIVE_ZIP:
		lib.archive_read_support_format_zip(a);
		break;
	case ARCHIVE_TAR:
		lib.archive_read_support_format_tar(a);
		break;
	default:
		lib.archive_read_support_filter_gzip(a);
		lib.archive_read_support_filter_xz(a);
		lib.archive_read_support_filter_bzip2(a);
		lib.archive_read_support_filter_zstd(a);
		if (!raw)
			lib.archive_read_support_format_tar(a);
		lib.archive_read_support_format_raw(a);
	}
}

static int fail(struct archive *a, struct error *e)
{
	const char *why = lib.archive_error_string(a);

	error_set(e, 0, "cannot read the archive: %s", why ? why : "damaged");
	return -EBADMSG;
}

static int open_memory(const void *p, size_t n, bool raw, struct archive **ret, struct error *e)
{
	static const char *const names[] = { CALLS(LIBRARY_NAME) };
	enum archive_kind kind = archive_recognise(p, n);

	if (kind == ARCHIVE_NONE) {
		error_set(e, 0, "not an archive");
		return -EBADMSG;
	}
	library_need(LIBRARY_ARCHIVE, names, ARRAY_SIZE(names), &lib);
	struct archive *a = lib.archive_read_new();
	if (!a)
		return error_set(e, ENOMEM, "cannot read the archive");
	enable(a, kind, raw);
	if (lib.archive_read_open_memory(a, p, n) != ARCHIVE_OK) {
		int r = fail(a, e);
		lib.archive_read_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

static char type_of(struct archive_entry *en)
{
	if (lib.archive_entry_hardlink(en))
		return 'h';
	switch (lib.archive_entry_filetype(en)) {
	case AE_IFDIR: return 'd';
	case AE_IFLNK: return 'l';
	case AE_IFIFO: return 'p';
	case AE_IFSOCK: return 's';
	case AE_IFCHR: return 'c';
	case AE_IFBLK: return 'b';
	default: return 'f';
	}
}

static char *copy(const char *s)
{
	return s && *s ? xstrdup(s) : NULL;
}

/* In a locale that cannot show a name libarchive has none in the locale's encoding. */
static char *path_of(struct archive_entry *en, bool raw, size_t index)
{
	const char *path = lib.archive_entry_pathname(en);

	if (raw)
		return xstrdup("(unpacked)");
	if (!path)
		path = lib.archive_entry_pathname_utf8(en);
	return path ? xstrdup(path) : xasprintf("(member %zu)", index);
}

static void describe(struct archive *a, struct archive_entry *en, size_t index, struct member *m)
{
	bool raw = lib.archive_format(a) == ARCHIVE_FORMAT_RAW;
	const char *target = lib.archive_entry_hardlink(en);

	*m = (struct member){ .type = type_of(en), .path = path_of(en, raw, index) };
	m->target = copy(target ? target : lib.archive_entry_symlink(en));
	m->has_mtime = lib.archive_entry_mtime_is_set(en);
	if (m->has_mtime) {
		m->mtime = lib.archive_entry_mtime(en);
		m->mtime_ns = lib.archive_entry_mtime_nsec(en);
	}
	if (raw)
		return;
	m->mode = lib.archive_entry_perm(en);
	m->uid = lib.archive_entry_uid(en);
	m->gid = lib.archive_entry_gid(en);
	m->user = copy(lib.archive_entry_uname(en));
	m->group = copy(lib.archive_entry_gname(en));
}

/* What all archives of one artefact share: the budget of the limits. */
struct budget {
	uint64_t bytes;
	size_t members;
};

/* The content of a member that is itself an archive, kept while it is hashed; the first bytes decide. */
struct capture {
	uint8_t *p;
	size_t n, room;
	bool wanted;
};

static void capture_add(struct capture *c, const void *block, size_t n)
{
	if (!c->wanted)
		return;
	if (c->n + n > c->room) {
		c->room = (c->n + n) * 2;
		c->p = xrealloc(c->p, c->room);
	}
	memcpy(c->p + c->n, block, n);
	c->n += n;
	if (c->n > ARCHIVE_MEMBER_MAX || (c->n >= 512 && archive_recognise(c->p, c->n) == ARCHIVE_NONE)) {
		c->wanted = false;
		free(STEAL(c->p));
	}
}

static void take(struct member *m, struct sha256_ctx *c, struct capture *keep, const void *block, size_t n)
{
	sha256_add(c, block, n);
	capture_add(keep, block, n);
	m->size += n;
}

/* Hashes the content of the current entry; it counts against the budget. */
static int hash_content(struct archive *a, struct member *m, struct budget *b, struct capture *keep, struct error *e)
{
	struct sha256_ctx *c = sha256_begin();
	static const uint8_t zeros[4096];
	const void *block;
	size_t n;
	int64_t at;
	int rc = 0;

	for (;;) {
		int r = lib.archive_read_data_block(a, &block, &n, &at);
		if (r == ARCHIVE_EOF)
			break;
		if (r < ARCHIVE_WARN || at < 0 || (uint64_t)at < m->size)
			rc = fail(a, e);
		else if ((uint64_t)at > ARCHIVE_TOTAL_MAX || b->bytes + ((uint64_t)at - m->size) + n > ARCHIVE_TOTAL_MAX)
			rc = error_set(e, EFBIG, "the archive unpacks to more than %llu MiB", (unsigned long long)ARCHIVE_TOTAL_MAX >> 20);
		if (rc < 0)
			break;
		b->bytes += (uint64_t)at - m->size + n;
		while (m->size < (uint64_t)at) { /* a hole */
			uint64_t hole = (uint64_t)at - m->size;
			take(m, c, keep, zeros, hole < sizeof(zeros) ? (size_t)hole : sizeof(zeros));
		}
		if (n > 0)
			take(m, c, keep, block, n);
	}
	m->hash = sha256_end(c);
	return rc;
}

static struct member *add(struct listing *l, size_t *room)
{
	if (l->n == *room) {
		*room = *room ? *room * 2 : 32;
		l->members = xrealloc(l->members, *room * sizeof(*l->members));
	}
	return &l->members[l->n++];
}

static int list_memory(const void *p, size_t n, int depth, struct budget *b, struct listing *ret, struct error *e);

static int list_content(struct archive *a, struct member *m, int depth, struct budget *b, struct error *e)
{
	struct capture keep = { .wanted = depth > 1 };
	struct listing inner;
	int r = hash_content(a, m, b, &keep, e);

	if (r == 0 && keep.p && list_memory(keep.p, keep.n, depth - 1, b, &inner, NULL) == 0) {
		m->inner = xmalloc(sizeof(inner));
		*m->inner = inner;
	}
	free(keep.p);
	return r;
}

static int list_all(struct archive *a, int depth, struct budget *b, struct listing *l, struct error *e)
{
	struct archive_entry *en;
	size_t room = 0;

	for (;;) {
		int r = lib.archive_read_next_header(a, &en);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_WARN)
			return fail(a, e);
		if (++b->members > ARCHIVE_MEMBERS_MAX)
			return error_set(e, EFBIG, "the archive has more than %u members", ARCHIVE_MEMBERS_MAX);
		struct member *m = add(l, &room);
		describe(a, en, l->n - 1, m);
		r = m->type == 'f' ? list_content(a, m, depth, b, e) : 0;
		if (r < 0)
			return r;
	}
}

static int list_memory(const void *p, size_t n, int depth, struct budget *b, struct listing *ret, struct error *e)
{
	struct listing l = { 0 };

	for (bool raw = false; l.n == 0; raw = true) {
		struct archive *a = NULL;
		int r = open_memory(p, n, raw, &a, e);

		if (r < 0)
			return r;
		r = list_all(a, depth, b, &l, e);
		lib.archive_read_free(a);
		if (r < 0) {
			listing_clear(&l);
			return r;
		}
		if (raw || archive_recognise(p, n) != ARCHIVE_COMPRESSED)
			break;
		/* A file that begins with a kilobyte of zeros looks like a tar archive without members. */
	}
	*ret = l;
	return 0;
}

int archive_list(const void *p, size_t n, int depth, struct listing *ret, struct error *e)
{
	struct budget b = { 0 };

	return list_memory(p, n, depth, &b, ret, e);
}

void listing_clear(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->members[i].path);
		free(l->members[i].user);
		free(l->members[i].group);
		free(l->members[i].target);
		if (l->members[i].inner)
			listing_clear(l->members[i].inner);
		free(l->members[i].inner);
	}
	free(l->members);
	*l = (struct listing){ 0 };
}

static int read_content(struct archive *a, void **ret, size_t *ret_n, struct error *e)
{
	autofree uint8_t *buf = NULL;
	size_t room = 0, fill = 0;

	for (;;) {
		if (fill == room) {
			room = room ? room * 2 : 65536;
			if (room > ARCHIVE_MEMBER_MAX)
				return error_set(e, EFBIG, "a member is larger than %llu MiB", (unsigned long long)ARCHIVE_MEMBER_MAX >> 20);
			buf = xrealloc(buf, room);
		}
		la_ssize_t got = lib.archive_read_data(a, buf + fill, room - fill);
		if (got < 0)
			return fail(a, e);
		if (got == 0)
			break;
		fill += (size_t)got;
	}
	*ret = STEAL(buf);
	*ret_n = fill;
	return 0;
}

/* -ENOENT: there are not so many members. */
static int extract_from(struct archive *a, size_t index, void **ret, size_t *ret_n, struct error *e)
{
	struct archive_entry *en;

	for (size_t i = 0;; i++) {
		int r = lib.archive_read_next_header(a, &en);
		if (r == ARCHIVE_EOF)
			return error_set(e, ENOENT, "the archive has only %zu members", i);
		if (r < ARCHIVE_WARN)
			return fail(a, e);
		if (i == index)
			return read_content(a, ret, ret_n, e);
	}
}

int archive_extract(const void *p, size_t n, size_t index, void **ret, size_t *ret_n, struct error *e)
{
	int r = -ENOENT;

	for (int raw = 0; r == -ENOENT && raw < 2; raw++) { /* as the list was made */
		struct archive *a = NULL;

		r = open_memory(p, n, raw == 1, &a, e);
		if (r < 0)
			return r;
		r = extract_from(a, index, ret, ret_n, e);
		lib.archive_read_free(a);
	}
	return r;
}
