/* fs_change.c: names and attributes change: unlink, rename, mkdir, link, truncate, utimens, chmod, chown. Freestanding.
 *
 * The kernel performs every one of these; the result code is a function of past calls. What the handlers add is the model's
 * book-keeping: logical times of the file and of the directories that hold its names, and the end of an inode. */
#include "syscall/fs.h"
#include "syscall/io.h"
#include "syscall/table.h"
#include "syscall/text.h"

bool fs_may_lose_number(const struct world *w, const struct inode *i, uint32_t mode)
{
	return !(i->flags & (INODE_BORN | INODE_PINNED)) && !fs_is(mode, FS_DIR) && inode_device(w, i->dev) == ROOT_VDEV && !inode_on_volume(w, i->dev);
}

/* An overlay that an ordinary user mounted shows a file of the image under its old number after copying it up, but only as long
 * as the kernel's cache remembers; a reference makes it remember. Volumes and the box's own file systems do nothing of the kind. */
void fs_keep_number(struct call *c, struct inode *i, uint32_t mode, int fd, const struct at *at)
{
	if (!fs_may_lose_number(c->w, i, mode))
		return;
	i->flags |= INODE_PINNED;
	x_pin(c, fd, at);
}

static void touch_meta(struct call *c, const struct stat *st)
{
	if (inode_see(c->w, st->st_dev, st->st_ino, st->st_mode, st->st_nlink))
		inode_touch_meta(c->w, st->st_dev, st->st_ino);
}

static int64_t look_at(struct call *c, int fd, const struct at *at, struct stat *ret)
{
	return at ? x_path_stat(c, at, ret) : x_fd_raw_stat(c, fd, ret);
}

/* The entry (NULL: none) of a file whose attributes a call has changed. */
static struct inode *entry_of_changed(struct call *c, int fd, const struct at *at, const struct stat *st)
{
	struct inode *i = inode_see(c->w, st->st_dev, st->st_ino, st->st_mode, st->st_nlink);

	if (i)
		fs_keep_number(c, i, st->st_mode, fd, at);
	return i;
}

/* What stat says about such a file (0 or -errno), and its entry. */
static int64_t changed(struct call *c, int fd, const struct at *at, struct stat *ret, struct inode **ret_entry)
{
	int64_t r = look_at(c, fd, at, ret);

	*ret_entry = r < 0 ? NULL : entry_of_changed(c, fd, at, ret);
	return r;
}

/* `st` is what the file was before it lost a name. */
static void name_removed(struct call *c, const struct stat *st)
{
	touch_meta(c, st);
	if (fs_is(st->st_mode, FS_DIR) || st->st_nlink <= 1)
		inode_died(c->w, st->st_dev, st->st_ino);
}

enum outcome do_unlink(struct call *c)
{
	bool at_form = c->nr == __NR_unlinkat;
	struct at at = fs_at(c, at_form ? 0 : -1, at_form ? 1 : 0, AT_SYMLINK_NOFOLLOW);
	struct stat st;
	int64_t known, r;

	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	known = x_path_stat(c, &at, &st);
	if (known == -ENOENT)
		return CALL_PASS;
	x_will_change(c, &at, known == 0 ? &st : NULL, false);
	r = x_original(c);
	if (r == 0 && known == 0) {
		name_removed(c, &st);
		fs_touch_parent(c, &at);
	}
	return done(c, r);
}

enum outcome do_rename(struct call *c)
{
	enum { EXCHANGE = 2, WHITEOUT = 4 };
	bool at_form = c->nr != __NR_rename, exchange = c->nr == __NR_renameat2 && (c->arg[4] & EXCHANGE), same;
	struct at from = fs_at(c, at_form ? 0 : -1, at_form ? 1 : 0, AT_SYMLINK_NOFOLLOW);
	struct at to = fs_at(c, at_form ? 2 : -1, at_form ? 3 : 1, AT_SYMLINK_NOFOLLOW);
	struct stat source, target;
	struct inode *i;
	int64_t has_source, has_target, r;

	if (c->nr == __NR_renameat2 && (c->arg[4] & WHITEOUT)) /* only some file systems can */
		return done(c, -EINVAL);
	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	has_source = x_path_stat(c, &from, &source);
	if (has_source == -ENOENT)
		return CALL_PASS;
	has_target = x_path_stat(c, &to, &target);
	x_will_rename(c, &from, has_source == 0 ? &source : NULL, &to, has_target == 0 ? &target : NULL);
	r = x_original(c);
	if (r < 0)
		return done(c, r);
	same = has_source == 0 && has_target == 0 && target.st_ino == source.st_ino && target.st_dev == source.st_dev;
	if (same)
		return done(c, r); /* two names of one file: nothing happens */
	if (has_target == 0 && exchange)
		touch_meta(c, &target);
	else if (has_target == 0)
		name_removed(c, &target);
	if (has_source == 0 && changed(c, -1, &to, &source, &i) == 0)
		touch_meta(c, &source);
	fs_touch_parent(c, &from);
	fs_touch_parent(c, &to);
	return done(c, r);
}

/* Which arguments hold the new name. */
static struct at created_name(const struct call *c)
{
	if (c->nr == __NR_mkdirat || c->nr == __NR_mknodat)
		return fs_at(c, 0, 1, AT_SYMLINK_NOFOLLOW);
	if (c->nr == __NR_symlinkat)
		return fs_at(c, 1, 2, AT_SYMLINK_NOFOLLOW);
	return fs_at(c, -1, c->nr == __NR_symlink ? 1 : 0, AT_SYMLINK_NOFOLLOW);
}

/* mkdir, mknod, symlink and their at-forms. With one id only, a device node becomes an empty file that the model shows as the device. */
enum outcome do_create(struct call *c)
{
	bool node = c->nr == __NR_mknod || c->nr == __NR_mknodat;
	int mode_arg = c->nr == __NR_mknodat ? 2 : 1;
	uint64_t mode = c->arg[mode_arg], rdev = c->arg[mode_arg + 1];
	bool device = node && (fs_is((uint32_t)mode, FS_CHR) || fs_is((uint32_t)mode, FS_BLK));
	struct at at = created_name(c);
	struct stat st;
	int64_t r;

	if (node && fs_is((uint32_t)mode, FS_FIFO))
		c->w->fifo_seen = 1;
	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	if (device && c->w->single_id)
		c->arg[mode_arg] = (mode & 07777) | FS_REG;
	x_will_change(c, &at, NULL, false);
	r = x_original(c);
	if (r < 0)
		return done(c, r);
	if (x_path_stat(c, &at, &st) == 0) {
		fs_born(c, st.st_dev, st.st_ino);
		if (device && c->w->single_id) {
			struct inode *i = inode_get(c->w, st.st_dev, st.st_ino);

			if (i) {
				i->flags |= INODE_HAS_MODE | INODE_HAS_RDEV;
				i->mode = (st.st_mode & 07777) | ((uint32_t)mode & 0170000);
				i->rdev = (uint32_t)rdev;
			}
		}
	}
	fs_touch_parent(c, &at);
	return done(c, r);
}

enum outcome do_link(struct call *c)
{
	bool at_form = c->nr == __NR_linkat;
	struct at to = fs_at(c, at_form ? 2 : -1, at_form ? 3 : 1, AT_SYMLINK_NOFOLLOW);
	struct stat st;
	struct inode *i;
	int64_t r;

	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	r = x_original(c);
	if (r < 0)
		return done(c, r);
	if (x_path_stat(c, &to, &st) == 0) {
		inode_revived(c->w, st.st_dev, st.st_ino);
		if (changed(c, -1, &to, &st, &i) == 0)
			touch_meta(c, &st);
	}
	fs_touch_parent(c, &to);
	return done(c, r);
}

/* Kernels before 6.14 look at the mount first, later ones at the file's mode (fs/open.c, vfs_truncate): the later order, which
 * access(2) always had. */
static int64_t truncate_error(struct call *c, int64_t r)
{
	enum { MAY_WRITE = 2, EFFECTIVE = 0x200 };
	int64_t access;

	if (r != -EROFS || c->nr != __NR_truncate)
		return r;
	access = x_real(c, __NR_faccessat2, (uint64_t)AT_FDCWD, c->arg[0], MAY_WRITE, EFFECTIVE, 0, 0);
	return access < 0 ? access : r;
}

/* Time passes for the file even when the size stays. */
enum outcome do_truncate(struct call *c)
{
	struct at at = fs_at(c, -1, 0, 0);
	struct fd_stat fst;
	struct stat st;
	struct inode *i;
	int64_t r;

	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	r = x_original(c);
	if (r < 0)
		return done(c, truncate_error(c, r));
	if (c->nr != __NR_truncate) {
		if (x_fd_stat(c, (int)c->arg[0], &fst) == 0)
			fs_touch_fd(c, (int)c->arg[0], &fst);
	} else if (changed(c, -1, &at, &st, &i) == 0) {
		fs_touch(c, st.st_dev, st.st_ino, st.st_mode, st.st_nlink);
	}
	return done(c, r);
}

/* Which modes exist is the file system's choice: those that all know (reserving, keeping the size, punching holes). */
enum outcome do_fallocate(struct call *c)
{
	enum { KEEP_SIZE = 1, PUNCH_HOLE = 2 };

	if (c->arg[1] & ~(uint64_t)(KEEP_SIZE | PUNCH_HOLE))
		return done(c, -EOPNOTSUPP);
	return do_truncate(c);
}

/* The two times of a utime-family call in logical ns; INT64_MIN: leave alone. */
static int read_times(struct call *c, gaddr p, int64_t ret[2])
{
	enum { UTIME_NOW_VALUE = (1 << 30) - 1, UTIME_OMIT_VALUE = (1 << 30) - 2 };
	int64_t v[4];

	ret[0] = ret[1] = clock_now(c->w);
	if (!p)
		return 0;
	if (x_read(c, p, v, c->nr == __NR_utime ? 16 : 32) < 0)
		return -EFAULT;
	if (c->nr == __NR_utime) {
		ret[0] = fs_time(v[0], 0);
		ret[1] = fs_time(v[1], 0);
		return 0;
	}
	for (int k = 0; k < 2; k++) {
		int64_t sec = v[2L * k], frac = v[2L * k + 1];

		if (c->nr != __NR_utimensat)
			ret[k] = fs_time(sec, (int64_t)((uint64_t)frac * 1000));
		else if (frac == UTIME_OMIT_VALUE)
			ret[k] = INT64_MIN;
		else if (frac != UTIME_NOW_VALUE)
			ret[k] = fs_time(sec, frac);
	}
	return 0;
}

/* The file that a call names by its first arguments; NULL: it is the descriptor's. */
static const struct at *named_file(struct call *c, bool plain_path, int at_flags, struct at *ret)
{
	char first = 'x';

	*ret = fs_at(c, plain_path ? -1 : 0, plain_path ? 0 : 1, (uint64_t)at_flags & AT_SYMLINK_NOFOLLOW);
	if (!plain_path && ((unsigned)at_flags & AT_EMPTY_PATH) && x_read(c, ret->path, &first, 1) == 0 && first == '\0')
		return NULL;
	return ret;
}

/* All anonymous files (eventfd, epoll ...) are one inode of the host's: not the guest's to change. Kernels let root do it, or nobody, and say different things. */
static bool is_the_hosts(struct call *c, const struct at *by)
{
	struct fd_stat st;

	return !by && x_fd_stat(c, (int)c->arg[0], &st) == 0 && io_is_anonymous(&st);
}

static int64_t changed_file(struct call *c, bool plain_path, int at_flags, struct stat *ret, struct inode **ret_entry)
{
	struct at at;

	return changed(c, (int)c->arg[0], named_file(c, plain_path, at_flags, &at), ret, ret_entry);
}

/* Explicit times are kept and shown; "now" is the logical now. The kernel checks arguments and rights. Only of the host's device nodes,
 * which the box mounts read-only, it says nothing better: who may write to such a node may give it the time of now. */
enum outcome do_utimens(struct call *c)
{
	bool at_form = c->nr == __NR_utimensat || c->nr == __NR_futimesat;
	gaddr when = c->arg[at_form ? 2 : 1];
	const struct at *by;
	struct stat st;
	int64_t times[2], r;
	struct inode *i;
	struct at at;

	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	by = at_form && !c->arg[1] ? NULL : named_file(c, !at_form, c->nr == __NR_utimensat ? (int)c->arg[3] : 0, &at);
	if (is_the_hosts(c, by))
		return done(c, -EPERM);
	x_will_touch(c, (int)c->arg[0], by);
	r = x_original(c);
	if ((r < 0 && (r != -EROFS || when)) || read_times(c, when, times) < 0 || (times[0] == INT64_MIN && times[1] == INT64_MIN))
		return done(c, r);
	if (changed(c, (int)c->arg[0], by, &st, &i) < 0 || (r < 0 && !fs_is(st.st_mode, FS_CHR)))
		return done(c, r);
	r = 0;
	if (i) {
		inode_set_times(c->w, st.st_dev, st.st_ino, times);
		inode_touch_meta(c->w, st.st_dev, st.st_ino);
	}
	return done(c, r);
}

enum outcome do_chmod(struct call *c)
{
	bool at_form = c->nr != __NR_chmod && c->nr != __NR_fchmod;
	uint32_t mode = (uint32_t)c->arg[at_form ? 2 : 1];
	const struct at *by;
	struct stat st;
	struct inode *i;
	struct at at;
	int64_t r, known;

	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	by = c->nr == __NR_fchmod ? NULL : named_file(c, !at_form, 0, &at);
	if (is_the_hosts(c, by))
		return done(c, -EPERM);
	x_will_touch(c, (int)c->arg[0], by);
	known = look_at(c, (int)c->arg[0], by, &st); /* afterwards its own name may lead nowhere for who has no more rights than the guest */
	r = x_original(c);
	if (r < 0)
		return done(c, r);
	i = known < 0 ? NULL : entry_of_changed(c, (int)c->arg[0], by, &st);
	if (i) {
		if (i->flags & INODE_HAS_MODE)
			i->mode = (i->mode & 0170000) | (mode & 07777);
		inode_touch_meta(c->w, st.st_dev, st.st_ino);
	}
	return done(c, r);
}

/* With one id: may the caller give a file that shows these owners to those (fs/attr.c, chown_ok and chgrp_ok)? UINT32_MAX: no change. */
static bool may_chown(const struct proc *p, uint32_t owner, uint32_t group, uint32_t uid, uint32_t gid)
{
	enum { CHOWN_CAP = 0 };
	bool own = p->fsuid == owner, member = gid == group || gid == p->fsgid;

	for (uint32_t k = 0; k < p->ngroups; k++)
		member |= p->groups[k] == gid;
	return (p->cap_effective >> CHOWN_CAP & 1) || ((uid == UINT32_MAX || (own && uid == owner)) && (gid == UINT32_MAX || (own && member)));
}

/* The file that a chown names, its entry, and whose it shows. 0 or -errno. */
static int64_t owned_file(struct call *c, int flags, struct stat *st, struct inode **ret_entry, uint32_t *ret_uid, uint32_t *ret_gid)
{
	int64_t r = c->nr == __NR_fchown ? changed(c, (int)c->arg[0], NULL, st, ret_entry) : changed_file(c, c->nr != __NR_fchownat, flags, st, ret_entry);

	if (r < 0)
		return r;
	*ret_uid = st->st_uid;
	*ret_gid = st->st_gid;
	inode_show_owner(c->w, *ret_entry, st->st_dev, ret_uid, ret_gid);
	return 0;
}

/* With one id the kernel is asked to change the owner to nobody else, for all that follows from a change; or, when it may not be, to an id
 * that there is not, which is the last thing that it looks at before it would change anything (fs/open.c, chown_common). */
static int64_t chown_with_one_id(struct call *c, int flags, int ids_at)
{
	enum { UNMAPPED = 1, KNOWN_FLAGS = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH };
	uint32_t uid = (uint32_t)c->arg[ids_at], gid = (uint32_t)c->arg[ids_at + 1], shown_uid, shown_gid;
	struct stat st;
	struct inode *i;
	bool may;
	int64_t r;

	if (ids_beyond_map(uid) || ids_beyond_map(gid))
		return x_original(c);
	may = owned_file(c, flags, &st, &i, &shown_uid, &shown_gid) < 0 || may_chown(world_proc(c->w, c->task), shown_uid, shown_gid, uid, gid);
	if (!may && c->w->in_place) /* the caller's own system has every id */
		return -EPERM;
	c->arg[ids_at] = may ? UINT32_MAX : UNMAPPED;
	c->arg[ids_at + 1] = UINT32_MAX;
	r = x_original(c);
	return !may && r == -EINVAL && !(flags & ~KNOWN_FLAGS) ? -EPERM : r;
}

/* With a full range of ids the kernel does it. With one id the model remembers what the guest asked for, as fakeroot would. */
enum outcome do_chown(struct call *c)
{
	bool at_form = c->nr == __NR_fchownat;
	int flags = at_form ? (int)c->arg[4] : c->nr == __NR_lchown ? AT_SYMLINK_NOFOLLOW : 0, ids_at = at_form ? 2 : 1;
	uint32_t uid = (uint32_t)c->arg[ids_at], gid = (uint32_t)c->arg[ids_at + 1], shown_uid, shown_gid;
	struct stat st;
	struct inode *i;
	struct at at;
	int64_t r;

	if (fs_hidden(c, AT_SYMLINK_NOFOLLOW))
		return done(c, -ENOENT);
	if (is_the_hosts(c, c->nr == __NR_fchown ? NULL : named_file(c, !at_form, flags, &at)))
		return done(c, -EPERM);
	r = c->w->single_id ? chown_with_one_id(c, flags, ids_at) : x_original(c);
	if (r < 0 || owned_file(c, flags, &st, &i, &shown_uid, &shown_gid) < 0)
		return done(c, r);
	if (i && (c->w->single_id || uid == NO_OWNER || gid == NO_OWNER || shown_uid != st.st_uid || shown_gid != st.st_gid)) {
		i->flags |= INODE_HAS_OWNER;
		i->uid = uid == UINT32_MAX ? shown_uid : uid;
		i->gid = gid == UINT32_MAX ? shown_gid : gid;
	}
	if (i)
		inode_touch_meta(c->w, st.st_dev, st.st_ino);
	return done(c, r);
}
