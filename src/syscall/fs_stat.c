/* fs_stat.c: what a file looks like: stat, statx, statfs, readlink. Freestanding.
 *
 * Inputs of a stat result and what is made of each:
 *   type, permission bits, size of files, link count of files          function of past calls: kept
 *   owner                                                              function of past calls; of untouched source files: the run's user
 *   device, inode                                                      normalised (model/inode.c)
 *   directory size and link count, block count and size               normalised: 4096, 1, derived from the size
 *   times                                                              logical time of the last change (model), or the file's own, cut at the run's start;
 *                                                                      1677 to 2262 (fs_time)
 *   owner, mode, times of the devices that come from the host         eliminated: root's, 0666, the run's start
 *   birth time, mount id, attributes, generation                       eliminated (statx mask cleared)
 */
#include "model/machine.h"
#include "syscall/fs.h"
#include "syscall/procfs.h"
#include "syscall/table.h"
#include "syscall/text.h"

#include <string.h>

enum { NO_VINO = 999 };

int64_t fs_time(int64_t sec, int64_t nsec)
{
	const int64_t reach = INT64_MAX / NSEC;

	if (sec >= reach)
		return reach * NSEC;
	if (sec <= -reach)
		return -reach * NSEC;
	return sec * NSEC + (nsec >= 0 && nsec < NSEC ? nsec : 0);
}

/* Before 1970 the seconds are negative, the rest never is. */
static int64_t seconds_of(int64_t ns)
{
	return ns / NSEC - (ns % NSEC < 0);
}

static uint32_t rest_of(int64_t ns)
{
	return (uint32_t)(ns - seconds_of(ns) * NSEC);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------- */

static bool in_proc(const struct call *c, uint64_t dev)
{
	return dev == c->w->proc_dev && dev;
}

uint64_t fs_proc_number(const char *path)
{
	uint64_t h = 0;

	while (*path)
		h = rng_hash(h, (unsigned char)*path++);
	return (h & 0x3fffffff) | 0x40000000;
}

static uint64_t proc_number_of_fd(struct call *c, int fd)
{
	char path[PATH_SIZE];

	return x_fd_path(c, fd, path, sizeof(path)) < 0 ? NO_VINO : fs_proc_number(path);
}

/* Where a name leads: it is opened as a mere place for a moment. */
static int64_t resolve(struct call *c, int64_t dirfd, gaddr path, uint64_t flags, char *buf, size_t size)
{
	int64_t r, fd = x_real(c, __NR_openat, (uint64_t)dirfd, path, O_PATH | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), 0, 0, 0);

	if (fd < 0)
		return fd;
	r = x_fd_path(c, (int)fd, buf, size);
	x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
	return r;
}

/* What a stat-like call names. */
struct named { int64_t dirfd; gaddr path; uint64_t flags; bool by_fd; };

/* The number of a file of /proc; 0 when the guest must not find it. */
static uint64_t proc_number(struct call *c, const struct named *n)
{
	char path[PATH_SIZE];

	if (n->by_fd)
		return proc_number_of_fd(c, (int)n->dirfd);
	if (resolve(c, n->dirfd, n->path, n->flags, path, sizeof(path)) < 0)
		return NO_VINO;
	return procfs_hides(c, path) ? 0 : fs_proc_number(path);
}

/* The entry, if it has one, and the number of the file that stat described; 0 when the guest must not find it. Files of /proc have
 * no entries. */
static const struct inode *entry_of(struct call *c, const struct named *n, uint64_t dev, uint64_t ino, uint32_t mode, uint64_t nlink, uint64_t *ret_vino)
{
	const struct inode *i;

	if (in_proc(c, dev) || procfs_is_cover(c->w, dev, ino)) {
		*ret_vino = in_proc(c, dev) ? proc_number(c, n) : 0;
		return NULL;
	}
	i = inode_see(c->w, dev, ino, mode, nlink);
	*ret_vino = i ? i->vino : NO_VINO;
	return i;
}

/* ---- stat ---------------------------------------------------------------------------------------------------------- */

static uint64_t blocks_of(uint32_t mode, uint64_t size)
{
	if (fs_is(mode, FS_DIR))
		return MACHINE_BLOCK / 512;
	if (fs_is(mode, FS_REG))
		return (size + MACHINE_BLOCK - 1) / MACHINE_BLOCK * (MACHINE_BLOCK / 512);
	return 0;
}

/* One of the devices that the box takes from the host, rather than one that the guest made (mknod is the model's for who is root of
 * the box). Owner, mode and times there are the host's; here they are root's, for everybody, and never changed. */
static bool is_host_device(const struct inode *i, uint32_t mode, uint64_t rdev)
{
	enum { NULL_DEVICE = 0x103, ZERO = 0x105, FULL = 0x107, RANDOM = 0x108, URANDOM = 0x109, TTY = 0x500 };

	return fs_is(mode, FS_CHR) && !(i && (i->flags & INODE_HAS_RDEV)) &&
	       (rdev == NULL_DEVICE || rdev == ZERO || rdev == FULL || rdev == RANDOM || rdev == URANDOM || rdev == TTY);
}

/* What kind of file it is, which device, and whose; mode, rdev, uid, gid: as the kernel says. */
static void show_kind(const struct call *c, const struct inode *i, uint64_t dev, uint32_t *mode, uint64_t *rdev, uint32_t *uid, uint32_t *gid)
{
	enum { ANYBODY = 0666 };
	bool host = is_host_device(i, *mode, *rdev);

	inode_show_owner(c->w, i, dev, uid, gid);
	if (host && !(i && (i->flags & INODE_HAS_OWNER)))
		*uid = *gid = 0;
	if (host)
		*mode = FS_CHR | ANYBODY;
	if (i && (i->flags & INODE_HAS_RDEV))
		*rdev = i->rdev;
	if (i && (i->flags & INODE_HAS_MODE))
		*mode = i->mode;
}

/* The file's own time of change, as far as it is no input. A socket has none: the kernel leaves there what the inode before it had. */
static int64_t own_time(const struct call *c, const struct inode *i, uint32_t mode, uint64_t rdev, int64_t ns)
{
	return is_host_device(i, mode, rdev) || fs_is(mode, FS_SOCK) ? c->w->epoch_ns : ns;
}

/* -ENOENT for what the guest must not find. */
static int edit_stat(struct call *c, const struct named *n, struct stat *st)
{
	uint64_t vino, dev = st->st_dev;
	const struct inode *i = entry_of(c, n, dev, st->st_ino, st->st_mode, st->st_nlink, &vino);
	struct inode_times t = inode_show_times(c->w, i, dev, own_time(c, i, st->st_mode, st->st_rdev, fs_time(st->st_mtime, (int64_t)st->st_mtime_nsec)));

	if (!vino)
		return -ENOENT;
	st->st_dev = inode_device(c->w, dev);
	st->st_ino = vino;
	if (fs_is(st->st_mode, FS_DIR)) {
		st->st_nlink = 1;
		st->st_size = MACHINE_BLOCK;
	}
	show_kind(c, i, dev, &st->st_mode, &st->st_rdev, &st->st_uid, &st->st_gid);
	st->st_blksize = MACHINE_BLOCK;
	st->st_blocks = (int64_t)blocks_of(st->st_mode, (uint64_t)st->st_size);
	st->st_mtime = (uint64_t)seconds_of(t.mtime_ns);
	st->st_mtime_nsec = rest_of(t.mtime_ns);
	st->st_ctime = (uint64_t)seconds_of(t.ctime_ns);
	st->st_ctime_nsec = rest_of(t.ctime_ns);
	st->st_atime = (uint64_t)seconds_of(t.atime_ns);
	st->st_atime_nsec = rest_of(t.atime_ns);
	return 0;
}

/* Only a path like this may lead to a file that the guest must not find. A link elsewhere that leads into /proc is not seen through. */
static bool may_be_hidden(const struct call *c, const char *path)
{
	return procfs_wants(path) || (c->w->proc_entered && path[0] != '/');
}

/* A file that the guest must not find. Where the kernel has it, the guest's memory holds what it said: it is wiped, and where the
 * kernel has it not, as well. */
static enum outcome hidden(struct call *c, int64_t err, gaddr buf, size_t size)
{
	static const char zeros[sizeof(struct statx)];

	x_write(c, buf, zeros, size);
	return done(c, err);
}

static enum outcome answer(struct call *c, const struct named *n, struct stat *st, gaddr buf)
{
	if (edit_stat(c, n, st) < 0)
		return hidden(c, -ENOENT, buf, sizeof(*st));
	c->data = buf;
	c->data_len = sizeof(*st);
	return done(c, x_write(c, buf, st, sizeof(*st)));
}

static enum outcome answer_fstat(struct call *c, int fd, gaddr buf)
{
	const struct named n = { .dirfd = fd, .by_fd = true };
	struct stat st;
	int64_t r = x_fd_raw_stat(c, fd, &st);

	return r < 0 ? done(c, r) : answer(c, &n, &st, buf);
}

enum outcome do_fstat(struct call *c)
{
	return answer_fstat(c, (int)c->arg[0], c->arg[1]);
}

/* AT_EMPTY_PATH with an empty path names the descriptor itself. */
static bool names_fd(struct call *c, int64_t dirfd, gaddr path, uint64_t flags)
{
	char first;

	return (flags & AT_EMPTY_PATH) && (int)dirfd >= 0 && x_read(c, path, &first, 1) == 0 && first == '\0';
}

/* The call failed. "Not a directory" and "not permitted" tell as well that there is something. */
static enum outcome failed(struct call *c, const struct named *n, int64_t r, gaddr buf, size_t size)
{
	char path[PATH_SIZE];

	if (x_read_string(c, n->path, path, sizeof(path)) <= 0 || !may_be_hidden(c, path))
		return done(c, r);
	return hidden(c, procfs_hides(c, path) ? -ENOENT : r, buf, size);
}

/* stat, lstat, newfstatat. glibc's fstat is newfstatat(fd, "", buf, AT_EMPTY_PATH): answered without running it. */
enum outcome do_stat(struct call *c)
{
	bool at_form = c->nr == __NR_newfstatat;
	struct named n = { .dirfd = at_form ? (int)c->arg[0] : AT_FDCWD, .path = c->arg[at_form ? 1 : 0] };
	gaddr buf = c->arg[at_form ? 2 : 1];
	struct stat st;
	int64_t r;

	n.flags = at_form ? c->arg[3] : c->nr == __NR_lstat ? AT_SYMLINK_NOFOLLOW : 0;
	if (at_form && names_fd(c, n.dirfd, n.path, n.flags))
		return answer_fstat(c, (int)n.dirfd, buf);
	r = x_original(c);
	if (r < 0)
		return failed(c, &n, r, buf, sizeof(st));
	return x_read(c, buf, &st, sizeof(st)) < 0 ? done(c, -EFAULT) : answer(c, &n, &st, buf);
}

static struct statx_timestamp statx_time(int64_t ns)
{
	struct statx_timestamp t = { .tv_sec = seconds_of(ns), .tv_nsec = rest_of(ns) };

	return t;
}

static uint64_t make_dev(uint32_t major, uint32_t minor)
{
	return (minor & 0xffu) | (major & 0xfffu) << 8 | (uint64_t)(minor & ~0xffu) << 12 | (uint64_t)(major & ~0xfffu) << 32;
}

enum outcome do_statx(struct call *c)
{
	enum { KNOWN = 0x7ff }; /* STATX_BASIC_STATS; the birth time (0x800) is the host's */
	struct named n = { .dirfd = (int)c->arg[0], .path = c->arg[1], .flags = c->arg[2] };
	struct statx sx, out;
	uint64_t dev, vino, vdev, rdev;
	uint32_t mode;
	const struct inode *i;
	struct inode_times t;
	int64_t r = x_original(c);

	if (r < 0)
		return failed(c, &n, r, c->arg[4], sizeof(sx));
	if (x_read(c, c->arg[4], &sx, sizeof(sx)) < 0)
		return done(c, -EFAULT);
	dev = make_dev(sx.stx_dev_major, sx.stx_dev_minor);
	n.by_fd = in_proc(c, dev) && names_fd(c, n.dirfd, n.path, n.flags);
	i = entry_of(c, &n, dev, sx.stx_ino, sx.stx_mode, sx.stx_nlink, &vino);
	if (!vino)
		return hidden(c, -ENOENT, c->arg[4], sizeof(sx));
	mode = sx.stx_mode;
	rdev = make_dev(sx.stx_rdev_major, sx.stx_rdev_minor);
	t = inode_show_times(c->w, i, dev, own_time(c, i, mode, rdev, fs_time(sx.stx_mtime.tv_sec, sx.stx_mtime.tv_nsec)));
	vdev = inode_device(c->w, dev);
	memset(&out, 0, sizeof(out));
	out.stx_mask = KNOWN;
	out.stx_blksize = MACHINE_BLOCK;
	out.stx_nlink = fs_is(sx.stx_mode, FS_DIR) ? 1 : sx.stx_nlink;
	out.stx_uid = sx.stx_uid;
	out.stx_gid = sx.stx_gid;
	show_kind(c, i, dev, &mode, &rdev, &out.stx_uid, &out.stx_gid);
	out.stx_mode = (uint16_t)mode;
	out.stx_ino = vino;
	out.stx_size = fs_is(sx.stx_mode, FS_DIR) ? MACHINE_BLOCK : sx.stx_size;
	out.stx_blocks = blocks_of(sx.stx_mode, out.stx_size);
	out.stx_atime = statx_time(t.atime_ns);
	out.stx_ctime = statx_time(t.ctime_ns);
	out.stx_mtime = statx_time(t.mtime_ns);
	out.stx_rdev_major = (uint32_t)(rdev >> 8 & 0xfff) | (uint32_t)(rdev >> 32 & ~UINT64_C(0xfff));
	out.stx_rdev_minor = (uint32_t)(rdev & 0xff) | (uint32_t)(rdev >> 12 & ~UINT64_C(0xff));
	out.stx_dev_major = 0;
	out.stx_dev_minor = (uint32_t)vdev;
	c->data = c->arg[4];
	c->data_len = sizeof(out);
	return done(c, x_write(c, c->arg[4], &out, sizeof(out)));
}

/* Splits `path` before its last component: the directory's letters stay in it ("." when there are none). */
static void split_last(char *path, char name[PATH_SIZE])
{
	size_t n = text_len(path), len = 0;

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (len < n && path[n - len - 1] != '/')
		len++;
	memcpy(name, path + n - len, len);
	name[len] = '\0';
	memcpy(path + n - len, n > len ? "" : ".", n > len ? 1 : 2);
}

/* Nothing has the name. The kernel may lack what others have: then it must look as if it were hidden, whatever is asked (to rename a
 * file to a name that is free is another thing than to one that is not). Its directory decides. */
static bool lacks_hidden(struct call *c, const struct at *at, char *path)
{
	char name[PATH_SIZE], where[PATH_SIZE];
	struct stat st;
	gaddr s;
	size_t n, len;

	if (x_parent_stat(c, at, &st) < 0)
		return false;
	if (procfs_is_cover(c->w, st.st_dev, st.st_ino))
		return true;
	if (!in_proc(c, st.st_dev))
		return false;
	split_last(path, name);
	s = x_scratch(c);
	if (!s || x_write(c, s, path, text_len(path) + 1) < 0 || resolve(c, at->dirfd, s, 0, where, sizeof(where)) < 0)
		return false;
	n = text_len(where);
	len = text_len(name);
	if (n + len + 2 > sizeof(where))
		return false;
	where[n] = '/';
	memcpy(where + n + 1, name, len + 1);
	return procfs_hides(c, where);
}

/* The guest must not find what `at` names; path: its letters, lost. */
static bool is_hidden(struct call *c, const struct at *at, char *path)
{
	char where[PATH_SIZE];
	struct stat st;

	if (!may_be_hidden(c, path))
		return false;
	if (procfs_hides(c, path))
		return true;
	if (x_path_stat(c, at, &st) < 0)
		return lacks_hidden(c, at, path);
	if (procfs_is_cover(c->w, st.st_dev, st.st_ino))
		return true;
	return in_proc(c, st.st_dev) && resolve(c, at->dirfd, at->path, at->flags, where, sizeof(where)) >= 0 && procfs_hides(c, where);
}

bool fs_hidden(struct call *c, uint64_t flags)
{
	const char *args = syscall_rows[c->nr].args;
	char path[PATH_SIZE];

	for (int k = 0; args[k]; k++) {
		struct at at = fs_at(c, k && args[k - 1] == 'd' ? k - 1 : -1, k, flags);

		if (args[k] == 'p' && x_read_string(c, at.path, path, sizeof(path)) > 0 && is_hidden(c, &at, path))
			return true;
	}
	return false;
}

/* access, faccessat, faccessat2. Inputs: modes and ids in the box, functions of past calls, and whether the kernel has the file. */
enum outcome do_access(struct call *c)
{
	return fs_hidden(c, c->nr == __NR_faccessat2 ? c->arg[3] & AT_SYMLINK_NOFOLLOW : 0) ? done(c, -ENOENT) : CALL_PASS;
}

/* chdir, chroot. Inputs: the tree, and what the kernel has in /proc. From there relative names lead to files that the guest must not find. */
enum outcome do_chdir(struct call *c)
{
	char path[PATH_SIZE];

	if (x_read_string(c, c->arg[0], path, sizeof(path)) > 0 && may_be_hidden(c, path))
		world_enter_proc(c->w);
	return fs_hidden(c, 0) ? done(c, -ENOENT) : CALL_PASS;
}

/* File systems differ in type, size and room from host to host: the guest sees one big ext4; /proc stays recognisable. */
enum outcome do_statfs(struct call *c)
{
	struct { uint64_t type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags, spare[4]; } f;
	enum { PROC_MAGIC = 0x9fa0, EXT4_MAGIC = 0xef53 };
	int64_t r;

	if (c->nr == __NR_ustat)
		return done(c, -ENOSYS);
	if (fs_hidden(c, 0))
		return done(c, -ENOENT);
	r = x_original(c);
	if (r < 0)
		return done(c, r);
	if (x_read(c, c->arg[1], &f, sizeof(f)) < 0)
		return done(c, -EFAULT);
	if (f.type != PROC_MAGIC) {
		f.type = EXT4_MAGIC;
		f.blocks = MACHINE_DISK_BLOCKS;
		f.bfree = f.bavail = MACHINE_DISK_FREE;
		f.files = MACHINE_DISK_FILES;
		f.ffree = MACHINE_DISK_FILES_FREE;
	}
	f.bsize = f.frsize = MACHINE_BLOCK;
	f.fsid = 0;
	f.namelen = MACHINE_NAME_MOST;
	f.flags = 0x1020; /* ST_VALID, relatime */
	c->data = c->arg[1];
	c->data_len = sizeof(f);
	return done(c, x_write(c, c->arg[1], &f, sizeof(f)));
}

bool fs_under_proc(const char *path)
{
	return procfs_wants(path) || text_starts(path, "/dev/fd") || text_starts(path, "/dev/std");
}

/* Links in /proc that show host numbers: fd/N ("pipe:[4711]"), ns/NAME ("mnt:[40265...]"), map_files/A-B. Any other link's
 * text is a function of past calls, whatever path leads to it, so only these names need a look at the result. */
static bool link_may_leak(const char *path)
{
	static const char *const ns[] = { "mnt", "pid", "user", "net", "uts", "ipc", "cgroup", "time", "pid_for_children", "time_for_children" };
	const char *name = path;
	size_t n;

	for (const char *s = path; *s; s++)
		if (*s == '/' && s[1] && s[1] != '/')
			name = s + 1;
	n = text_span(name, "0123456789");
	if (n && (!name[n] || name[n] == '/'))
		return true;
	if (text_has(name, "-") && text_span(name, "0123456789abcdef-") == text_len(name))
		return true;
	for (n = 0; n < sizeof(ns) / sizeof(ns[0]); n++)
		if (text_equal(name, ns[n]))
			return true;
	return false;
}

/* Where the number in "pipe:[4711]" begins; 0: the text is not of that form. */
static size_t number_at(const char *text, size_t n)
{
	size_t open = 0;

	while (open < n && text[open] != '[')
		open++;
	if (open < 2 || open + 2 >= n || text[open - 1] != ':' || text[n - 1] != ']' || text[0] == '/')
		return 0;
	for (size_t k = open + 1; k + 1 < n; k++)
		if (text[k] < '0' || text[k] > '9')
			return 0;
	return open + 1;
}

/* "pipe:[4711]" -> "pipe:[1001]": the number that stat shows for what the link leads to. */
static size_t canonical_link(struct call *c, const struct at *link, char *text, size_t n)
{
	static const char pidfd[] = "anon_inode:[pidfd]"; /* a file system of its own in later kernels */
	struct at target = *link;
	const struct inode *i = NULL;
	size_t at = number_at(text, n), d = 0;
	char digits[24];
	uint64_t vino;
	struct stat st;

	if (!at || x_path_stat(c, link, &st) < 0 || !in_proc(c, st.st_dev))
		return n;
	if (text_starts(text, "pidfd:")) {
		memcpy(text, pidfd, sizeof(pidfd) - 1);
		return sizeof(pidfd) - 1;
	}
	target.flags = 0;
	if (x_path_stat(c, &target, &st) == 0)
		i = inode_see(c->w, st.st_dev, st.st_ino, st.st_mode, st.st_nlink);
	vino = i ? i->vino : NO_VINO;
	do
		digits[d++] = (char)('0' + vino % 10);
	while ((vino /= 10) && d < sizeof(digits));
	while (d)
		text[at++] = digits[--d];
	text[at++] = ']';
	return at;
}

/* readlink, readlinkat. Where the text may hold a number of the kernel it is read into memory of ours, so that neither a short
 * buffer nor what lies behind the text shows it. */
enum outcome do_readlink(struct call *c)
{
	bool at_form = c->nr == __NR_readlinkat;
	struct at link = fs_at(c, at_form ? 0 : -1, at_form ? 1 : 0, AT_SYMLINK_NOFOLLOW);
	gaddr buf = c->arg[at_form ? 2 : 1], page;
	int size = (int)c->arg[at_form ? 3 : 2];
	char path[PATH_SIZE], text[PATH_SIZE + 32];
	int64_t r = x_read_string(c, link.path, path, sizeof(path));

	if (r > 0 && is_hidden(c, &link, path))
		return done(c, -ENOENT);
	if (size <= 0 || (r > 0 && !link_may_leak(path)))
		return CALL_PASS;
	page = x_scratch(c);
	if (!page)
		return done(c, -ENOMEM);
	r = x_real(c, __NR_readlinkat, (uint64_t)link.dirfd, link.path, page + SCRATCH_STRUCT, PATH_SIZE, 0, 0);
	if (r <= 0 || r > PATH_SIZE)
		return done(c, r);
	if (x_read(c, page + SCRATCH_STRUCT, text, (size_t)r) < 0)
		return done(c, -EFAULT);
	r = (int64_t)canonical_link(c, &link, text, (size_t)r);
	r = r < size ? r : size;
	c->data = buf;
	return x_write(c, buf, text, (size_t)r) < 0 ? done(c, -EFAULT) : done(c, r);
}
