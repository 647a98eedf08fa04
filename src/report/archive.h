/* archive.h: what is inside archives: .deb and .ar/.a, .tar, .zip/.jar, and single compressed files; gzip, xz, bzip2, zstd.
 *
 * Everything is recognised by content, never by file name. Input is not trusted: see the limits. */
#ifndef DETBUILD_REPORT_ARCHIVE_H
#define DETBUILD_REPORT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/hash.h"

/* Bounds against archive bombs: what lies behind them is not looked at, and that is said. */
#define ARCHIVE_DEPTH_MAX   4                         /* archives inside archives */
#define ARCHIVE_MEMBERS_MAX 200000u                   /* in one archive */
#define ARCHIVE_MEMBER_MAX  (UINT64_C(512) << 20)     /* bytes of a member that is opened again (nested, or compared byte by byte) */
#define ARCHIVE_TOTAL_MAX   (UINT64_C(4) << 30)       /* bytes that one archive may unpack to */

struct listing;

enum archive_kind { ARCHIVE_NONE, ARCHIVE_AR, ARCHIVE_TAR, ARCHIVE_ZIP, ARCHIVE_COMPRESSED /* a compressed tar, or one compressed file */ };

struct member {
	char *path;          /* as stored; a lone compressed file is called "(unpacked)" */
	char type;           /* f d l p s c b, h: hard link */
	mode_t mode;
	int64_t uid, gid;
	char *user, *group;  /* NULL when the format has none */
	bool has_mtime;
	int64_t mtime;       /* seconds */
	long mtime_ns;
	uint64_t size;
	char *target;        /* of links */
	struct sha256 hash;  /* of the content, for type f */
	struct listing *inner; /* the member's own members when it is an archive; NULL: it is none, or was not looked into */
};

struct listing {
	struct member *members; /* in the archive's order */
	size_t n;
};

enum archive_kind archive_recognise(const void *p, size_t n);
/* Members of an archive in memory, and (depth > 1) of archives inside it. The limits hold for all of them together. -EFBIG: a
 * limit was met; -EBADMSG: damaged. A damaged archive inside a sound one is just a file. */
int archive_list(const void *p, size_t n, int depth, struct listing *ret, struct error *e);
void listing_clear(struct listing *l);
/* Contents of the index-th member, malloc'ed, at most ARCHIVE_MEMBER_MAX. */
int archive_extract(const void *p, size_t n, size_t index, void **ret, size_t *ret_n, struct error *e);

#endif
