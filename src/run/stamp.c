/* stamp.c: the guest's file times are the model's; after the run the files in writable volumes get them for real, so that a
 * make or tar outside sees what the guest saw.
 *
 * The guests are dead, so the tree stands still, but its names and depth are theirs: fts walks it by changing the working
 * directory (which it restores), never through long paths, and follows no link. A volume that the run did not change is not walked. */
#include "run/stamp.h"

#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>

#include "base/log.h"

static struct timespec from_ns(int64_t ns)
{
	const int64_t second = 1000000000;
	struct timespec t = { .tv_sec = ns / second, .tv_nsec = ns % second };

	if (t.tv_nsec < 0) {
		t.tv_sec--;
		t.tv_nsec += second;
	}
	return t;
}

static bool was_changed(const struct world *w, uint64_t dev)
{
	for (uint32_t k = 0; k < w->inode_high; k++)
		if (w->inodes[k].dev == dev && (w->inodes[k].flags & (INODE_HAS_MTIME | INODE_HAS_ATIME)))
			return true;
	return false;
}

static void stamp(struct world *w, const FTSENT *f)
{
	const struct inode *i = inode_find(w, f->fts_statp->st_dev, f->fts_statp->st_ino);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

	if (!i || !(i->flags & (INODE_HAS_MTIME | INODE_HAS_ATIME)))
		return;
	if (i->flags & INODE_HAS_ATIME)
		times[0] = from_ns(i->atime_ns);
	if (i->flags & INODE_HAS_MTIME)
		times[1] = from_ns(i->mtime_ns);
	if (!(i->flags & INODE_HAS_ATIME))
		times[0] = times[1];
	if (utimensat(AT_FDCWD, f->fts_accpath, times, AT_SYMLINK_NOFOLLOW) < 0)
		detail("cannot set the time of %s", f->fts_path);
}

void stamp_tree(struct world *w, const char *dir)
{
	char *const roots[] = { (char *)(uintptr_t)dir, NULL };
	struct stat st;
	FTSENT *f;
	FTS *walk;

	if (stat(dir, &st) < 0 || !was_changed(w, st.st_dev))
		return;
	walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_XDEV, NULL);
	if (!walk)
		return;
	/* Directories are stamped on the way back; what could not be looked at has no statp. */
	while ((f = fts_read(walk)))
		if (f->fts_statp && f->fts_info != FTS_D && f->fts_info != FTS_NS && f->fts_info != FTS_ERR)
			stamp(w, f);
	fts_close(walk);
}
