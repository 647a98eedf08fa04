/* storage.c: what lies below files: holes and durability. Freestanding.
 *
 * Where a filesystem keeps holes is its own choice: normalised, no file has any. When bytes reach the disk shows only in
 * time: eliminated, for nothing is read after the run's own machine has gone. */
#include "syscall/fs.h"
#include "syscall/table.h"

enum { WHENCE_SET = 0, WHENCE_CURRENT, WHENCE_DATA = 3, WHENCE_HOLE = 4 };

/* Stops for SEEK_END, SEEK_DATA, SEEK_HOLE and nonsense. A file is data up to its end, where the one hole is. Directories have no end, as in tmpfs and in merged
 * ones of overlayfs: ext4's is the largest number there is, btrfs's a count. */
enum outcome do_lseek(struct call *c)
{
	uint32_t whence = (uint32_t)c->arg[2];
	int64_t off = (int64_t)c->arg[1];
	struct fd_stat st;

	if (whence <= WHENCE_CURRENT || x_fd_stat(c, (int)c->arg[0], &st) < 0) /* the row sees more bits than the kernel */
		return CALL_PASS;
	if (fs_is(st.mode, FS_DIR))
		return done(c, fs_bad_fd(c, (int)c->arg[0]) ? -EBADF : -EINVAL);
	if ((whence != WHENCE_DATA && whence != WHENCE_HOLE) || !fs_is(st.mode, FS_REG))
		return CALL_PASS;
	if (off < 0 || off >= (int64_t)st.size)
		return done(c, -ENXIO);
	return done(c, x_fd_seek(c, (int)c->arg[0], whence == WHENCE_DATA ? off : (int64_t)st.size, WHENCE_SET));
}

static int64_t check_range(const struct call *c, uint32_t mode)
{
	int64_t off = (int64_t)c->arg[1], n = (int64_t)c->arg[2];

	if (c->arg[3] & ~UINT64_C(7) || off < 0 || n < 0 || off > INT64_MAX - n)
		return -EINVAL;
	return fs_is(mode, FS_REG) || fs_is(mode, FS_DIR) || fs_is(mode, FS_BLK) || fs_is(mode, FS_LNK) ? 0 : -ESPIPE;
}

/* fsync, fdatasync, syncfs, sync_file_range: the result follows from the kind of descriptor; the work is left out. */
enum outcome do_fsync(struct call *c)
{
	struct fd_stat st;
	int64_t r = x_fd_stat(c, (int)c->arg[0], &st);

	if (r < 0)
		return done(c, r);
	if (c->nr == __NR_syncfs)
		return done(c, 0);
	if (c->nr == __NR_sync_file_range)
		return done(c, check_range(c, st.mode));
	return done(c, fs_is(st.mode, FS_REG) || fs_is(st.mode, FS_DIR) || fs_is(st.mode, FS_BLK) ? 0 : -EINVAL);
}
