/* stamp.c: the guest's file times are the model's; after the run the files in writable volumes get them for real, so that a
 * make or tar outside sees what the guest saw. */
#include "run/stamp.h"

#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>

#include "base/log.h"

static struct timespec from_ns(int64_t ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return t;
}

void stamp_tree(struct world *w, const char *dir)
{
	char *const roots[] = { (char *)(uintptr_t)dir, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	FTSENT *f;

	if (!walk)
		return;
	while ((f = fts_read(walk))) {
		const struct inode *i;
		struct timespec times[2];

		if (f->fts_info == FTS_D || !f->fts_statp || f->fts_info == FTS_NS || f->fts_info == FTS_ERR || f->fts_info == FTS_DNR)
			continue; /* directories are stamped on the way back (FTS_DP) */
		i = inode_find(w, f->fts_statp->st_dev, f->fts_statp->st_ino);
		if (!i || !(i->flags & INODE_HAS_MTIME))
			continue;
		times[0] = from_ns(i->flags & INODE_HAS_ATIME ? i->atime_ns : i->mtime_ns);
		times[1] = from_ns(i->mtime_ns);
		if (utimensat(AT_FDCWD, f->fts_accpath, times, AT_SYMLINK_NOFOLLOW) < 0)
			detail("cannot set the time of %s", f->fts_path);
	}
	fts_close(walk);
}
