/* fs_entry.c: what happened to a file, told to the model: it was born, it changed, its directory changed. Freestanding. */
#include "syscall/fs.h"

struct at fs_at(const struct call *c, int dir, int path, uint64_t flags)
{
	struct at at = { .dirfd = dir < 0 ? AT_FDCWD : (int)c->arg[dir], .path = c->arg[path], .flags = flags };

	return at;
}

void fs_touch_parent(struct call *c, const struct at *at)
{
	struct stat st;

	if (x_parent_stat(c, at, &st) == 0)
		inode_touch(c->w, st.st_dev, st.st_ino);
}

void fs_born(struct call *c, uint64_t dev, uint64_t ino)
{
	inode_born(c->w, dev, ino);
}

void fs_touch(struct call *c, uint64_t dev, uint64_t ino, uint32_t mode, uint64_t nlink)
{
	if (dev != c->w->proc_dev && inode_see(c->w, dev, ino, mode, nlink))
		inode_touch(c->w, dev, ino);
}

/* From outside nobody sees the descriptors of a process whose first thread has ended: then it is asked itself. */
bool fs_bad_fd(struct call *c, int fd)
{
	enum { GETFL = 3 };
	int64_t flags = x_fd_flags(c, fd);

	if (flags < 0)
		flags = x_real(c, __NR_fcntl, (uint64_t)fd, GETFL, 0, 0, 0, 0);
	return flags < 0 || (flags & O_PATH);
}

void fs_touch_fd(struct call *c, int fd, const struct fd_stat *st)
{
	int64_t flags = x_fd_flags(c, fd);

	if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fs_is(st->mode, FS_REG))
		fs_touch(c, st->dev, st->ino, st->mode, st->nlink);
}
