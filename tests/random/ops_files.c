/* ops_files.c: names, descriptors, bytes of files. */
#include "random.h"

static int open_flags(void)
{
	return (int)told((chance(50) ? OF(O_RDONLY, O_WRONLY, O_RDWR) : O_RDWR | O_CREAT) |
			 BITS(O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, wild ? O_PATH : 0, O_CLOEXEC, O_NOCTTY, O_SYNC, wild ? O_NOATIME : 0) |
			 now_or(O_NONBLOCK));
}

static long any_mode(void) { return told(chance(80) ? OF(0644, 0600, 0755, 0777) : OF(0, 04755, 0444, 01777, 02755, 0111)); }

void op_open(void)
{
	const char *p = any_path();
	int f = open_flags();

	keep_low(result(syscall(SYS_open, p, f, any_mode())));
}

void op_openat(void)
{
	int d = dir_fd();
	const char *p = any_path();
	int f = open_flags() | bad_flag();

	keep_low(result(syscall(SYS_openat, d, p, f, any_mode())));
}

/* The box answers that its file system cannot. */
void op_openat_tmpfile(void)
{
	const char *p = any_path();

	native_differs = true;
	long fd = result(syscall(SYS_openat, AT_FDCWD, p, O_TMPFILE | O_RDWR, any_mode()));
	if (fd >= 0)
		close((int)fd);
}

/* Of a FIFO it waits. */
void op_creat(void)
{
	if (!wild)
		return;
	const char *p = any_path();
	keep_low(result(syscall(SYS_creat, p, any_mode())));
}

void op_close(void)
{
	int fd = any_fd();

	if (fd > 2)
		result(syscall(SYS_close, fd));
}

void op_dup(void) { keep_low(result(syscall(SYS_dup, any_fd()))); }
void op_dup2(void)
{
	int a = any_fd(), b = any_fd();

	if (b > 2 || b < 0)
		keep_low(result(syscall(SYS_dup2, a, b)));
}

void op_dup3(void)
{
	int a = any_fd(), b = any_fd();

	if (b > 2 || b < 0)
		keep_low(result(syscall(SYS_dup3, a, b, told(OF(0, O_CLOEXEC, 1)))));
}

void op_fcntl(void)
{
	int fd = any_fd();
	long cmd = told(OF(F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETPIPE_SZ, F_GET_SEALS, F_ADD_SEALS, F_GETSIG, F_GETLEASE, F_GETOWN,
		999, F_NOTIFY));
	long arg = 0;

	native_differs = cmd == F_NOTIFY || cmd == F_ADD_SEALS || cmd == F_GET_SEALS; /* refused; what 6.1 does not know; files of a tmpfs */
	if (cmd == F_SETFL)
		arg = told(BITS(O_APPEND, O_DSYNC)) | now_or(O_NONBLOCK);
	else if (cmd != F_NOTIFY)
		arg = told(OF(0, 1, 5, 30, -1, 600));
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		keep_low(result(syscall(SYS_fcntl, fd, cmd, arg)));
	else
		result(syscall(SYS_fcntl, fd, cmd, arg));
}

void op_lock(void)
{
	struct flock l = { 0 };
	int fd = any_fd();
	long cmd = told(OF(F_SETLK, F_GETLK, F_OFD_SETLK, F_OFD_GETLK, wild ? F_SETLKW : F_SETLK, wild ? F_OFD_SETLKW : F_SETLK));

	l.l_type = (short)told(OF(F_RDLCK, F_WRLCK, F_UNLCK, 7));
	l.l_whence = (short)told(OF(SEEK_SET, SEEK_CUR, SEEK_END, 9));
	l.l_start = any_offset();
	l.l_len = told(OF(0, 1, 10, -1, -5));
	if (result(syscall(SYS_fcntl, fd, cmd, &l)) >= 0 && (cmd == F_GETLK || cmd == F_OFD_GETLK)) {
		say(" %d %d %ld %ld", l.l_type, l.l_whence, l.l_start, l.l_len);
	say(" ~= %d", l.l_pid);
	}
}

void op_flock(void)
{
	int fd = any_fd();

	native_differs = is_anonymous(fd);
	result(syscall(SYS_flock, fd, told(OF(LOCK_SH, LOCK_EX, LOCK_UN, 77)) | now_or(LOCK_NB)));
}

void op_read(void)
{
	int fd = any_fd();
	size_t n = any_size();
	void *p = any_place(n);
	long r = result(syscall(SYS_read, fd, p, n));

	if (r > 0 && is_buffer(p))
		stored(p, (size_t)r);
}

void op_write(void)
{
	int fd = any_fd();
	size_t n = any_size();

	fill(n);
	result(syscall(SYS_write, fd, any_place(n), n));
}

void op_pread(void)
{
	int fd = any_fd();
	size_t n = any_size();
	void *p = any_place(n);
	long at = any_offset();
	long r = result(syscall(SYS_pread64, fd, p, n, at));

	if (r > 0 && is_buffer(p))
		stored(p, (size_t)r);
}

void op_pwrite(void)
{
	int fd = any_fd();
	size_t n = any_size();

	fill(n);
	void *p = any_place(n);
	result(syscall(SYS_pwrite64, fd, p, n, any_offset()));
}

static unsigned any_iov(struct iovec v[4])
{
	unsigned n = below(5);

	for (unsigned i = 0; i < n; i++)
		v[i] = (struct iovec){ chance(95) ? buffer + i * PAGE : (void *)1,
			(size_t)told(chance(95) ? OF(0, 1, 10, 4096) : OF(wild ? -1 : 5, 1L << 40)) };
	return n;
}

void op_readv(void)
{
	struct iovec v[4];
	int fd = any_fd();
	unsigned n = any_iov(v);

	memset(buffer, 0, 4 * PAGE);
	native_differs = is_anonymous(fd); /* pieces of a record: 6.1 and 6.18 differ */
	long r = result(syscall(SYS_readv, fd, v, n));
	if (r > 0)
		stored(buffer, 4 * PAGE);
}

void op_writev(void)
{
	struct iovec v[4];
	int fd = any_fd();

	fill(4 * PAGE);
	unsigned n = any_iov(v);

	native_differs = fd <= 2; /* what it gives up at a piece that is not there, and what is in a pipe by then */
	result(syscall(SYS_writev, fd, chance(98) ? v : (void *)1, chance(98) ? n : 2000));
}

void op_preadv2(void)
{
	struct iovec v[4];
	int fd = any_fd();
	unsigned n = any_iov(v);
	long at = any_offset();

	native_differs = is_anonymous(fd);
	result(syscall(SYS_preadv2, fd, v, n, at, 0, told(OF(0, 0, RWF_HIPRI))));
}

void op_pwritev2(void)
{
	struct iovec v[4];
	int fd = any_fd();

	fill(4 * PAGE);
	unsigned n = any_iov(v);
	long at = any_offset();
	result(syscall(SYS_pwritev2, fd, v, n, at, 0, told(OF(0, 0, RWF_APPEND, RWF_SYNC))));
}

void op_lseek(void)
{
	int fd = any_fd();
	long at = any_offset();

	long whence = told(OF(SEEK_SET, SEEK_CUR, SEEK_END, 17));
	struct stat st;

	native_differs = whence == SEEK_END && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	result(syscall(SYS_lseek, fd, at, whence));
	if (native_differs)
		syscall(SYS_lseek, fd, 0, SEEK_SET);
}

void op_ftruncate(void)
{
	int fd = any_fd();

	result(syscall(SYS_ftruncate, fd, told(OF(0, 1, 100, 5000, 70000, -1))));
}

void op_truncate(void)
{
	const char *p = any_path();

	result(syscall(SYS_truncate, p, told(OF(0, 1, 100, 5000, 70000, -1))));
}

void op_fallocate(void)
{
	int fd = any_fd();
	long m = told(OF(0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE));
	long at = told(OF(0, 10, 4096, -1));

	result(syscall(SYS_fallocate, fd, m, at, told(OF(0, 1, 5000, 8192, -1))));
}

void op_fsync(void)
{
	native_differs = true; /* of queues and pidfds */
	result(syscall(OF(SYS_fsync, SYS_fdatasync, SYS_syncfs), any_fd()));
}

void op_fadvise(void)
{
	int fd = any_fd();

	result(syscall(SYS_fadvise64, fd, 0, 0, told(OF(0, 1, 2, 3, 4, 5, 99))));
}

void op_readahead(void)
{
	int fd = any_fd();

	result(syscall(SYS_readahead, fd, 0, 100));
}

/* What of it is Linux's, and what is a world's. */
static void tell_stat(const struct stat *st)
{
	say(" %o", st->st_mode);
	if (S_ISREG(st->st_mode))
		say(" %ld", (long)st->st_size);
	if (!S_ISDIR(st->st_mode))
		say(" %ld", (long)st->st_nlink);
	stored_here(st, sizeof(*st));
}

void op_stat(void)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	const char *p = any_path();
	if (result(syscall(OF(SYS_stat, SYS_lstat), p, &st)) == 0)
		tell_stat(&st);
}

void op_fstat(void)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	int fd = any_fd();
	if (result(syscall(SYS_fstat, fd, chance(97) ? &st : (void *)1)) == 0)
		tell_stat(&st);
}

void op_fstatat(void)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	int d = dir_fd();
	const char *p = any_path();
	if (result(syscall(SYS_newfstatat, d, p, &st, told(BITS(AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT)) | bad_flag())) == 0)
		tell_stat(&st);
}

void op_statx(void)
{
	struct statx st;
	int d = dir_fd();
	const char *p = any_path();

	memset(&st, 0, sizeof(st));
	if (result(syscall(SYS_statx, d, p, told(BITS(AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_STATX_FORCE_SYNC)),
		    told(OF(STATX_BASIC_STATS, STATX_ALL, STATX_MODE, 0, (long)STATX__RESERVED)), &st)) == 0) {
		say(" %o", st.stx_mode);
		stored_here(&st, sizeof(st));
	}
}

void op_statfs(void)
{
	uint64_t s[15] = { 0 };
	const char *p = any_path();

	if (result(syscall(SYS_statfs, p, s)) == 0)
		stored_here(s, sizeof(s));
}

void op_fstatfs(void)
{
	uint64_t s[15] = { 0 };
	int fd = any_fd();

	if (result(syscall(SYS_fstatfs, fd, s)) == 0)
		stored_here(s, sizeof(s));
}

void op_access(void)
{
	const char *p = any_path();

	result(syscall(SYS_access, p, told(OF(F_OK, R_OK, W_OK, X_OK, R_OK | W_OK, 9))));
}

void op_faccessat2(void)
{
	int d = dir_fd();
	const char *p = any_path();
	long m = told(OF(F_OK, R_OK, W_OK, X_OK, 9));

	result(syscall(SYS_faccessat2, d, p, m, told(OF(0, AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 1))));
}

void op_mkdir(void)
{
	const char *p = any_path();

	result(syscall(SYS_mkdir, p, any_mode()));
}

void op_mkdirat(void)
{
	int d = dir_fd();
	const char *p = any_path();

	result(syscall(SYS_mkdirat, d, p, any_mode()));
}

void op_rmdir(void) { result(syscall(SYS_rmdir, any_path())); }
void op_unlink(void) { result(syscall(SYS_unlink, any_path())); }
void op_unlinkat(void)
{
	int d = dir_fd();
	const char *p = any_path();

	result(syscall(SYS_unlinkat, d, p, told(OF(0, AT_REMOVEDIR, 1))));
}

void op_rename(void)
{
	const char *a = any_path(), *b = any_path();

	result(syscall(SYS_rename, a, b));
}

void op_renameat2(void)
{
	int d = dir_fd();
	const char *a = any_path();
	int f = dir_fd();
	const char *b = any_path();

	result(syscall(SYS_renameat2, d, a, f, b, told(OF(0, RENAME_NOREPLACE, RENAME_EXCHANGE, 3, 64))));
}

void op_link(void)
{
	const char *a = any_path(), *b = any_path();

	result(syscall(SYS_link, a, b));
}

void op_linkat(void)
{
	int d = dir_fd();
	const char *a = any_path();
	int f = dir_fd();
	const char *b = any_path();

	result(syscall(SYS_linkat, d, a, f, b, told(OF(0, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, 1))));
}

void op_symlink(void)
{
	static const char *const to[] = { "a", "d", "nothing", "l", "d/a", "/", "", "." };
	const char *a = to[below(8)];

	say(" \"%s\"", a);
	result(syscall(SYS_symlink, a, any_path()));
}

void op_readlink(void)
{
	native_differs = true;
	const char *p = any_path();
	long n = told(OF(1, 100, 0, 4096));
	memset(buffer, 0, 100);
	long r = result(syscall(SYS_readlink, p, buffer, n));
	if (r > 0)
		stored(buffer, (size_t)r);
}

void op_mknod(void)
{
	const char *p = any_path();
	long m = told(OF(S_IFIFO | 0644, S_IFREG | 0600, S_IFSOCK | 0777, S_IFDIR | 0755, 0644, S_IFCHR | 0600));

	result(syscall(SYS_mknod, p, m, 0));
}

void op_chmod(void)
{
	const char *p = any_path();

	result(syscall(SYS_chmod, p, any_mode()));
}

void op_fchmod(void)
{
	int fd = any_fd();

	native_differs = is_anonymous(fd); /* root may, or nobody */
	result(syscall(SYS_fchmod, fd, any_mode()));
}

void op_fchmodat(void)
{
	int d = dir_fd();
	const char *p = any_path();

	result(syscall(SYS_fchmodat, d, p, any_mode()));
}

void op_chown(void)
{
	const char *p = any_path();

	result(syscall(OF(SYS_chown, SYS_lchown), p, -1, -1));
}

void op_utimensat(void)
{
	struct timespec t[2] = { { told(OF(0, 1000000000, -5, 1L << 40)), told(OF(0, 5, UTIME_NOW, UTIME_OMIT, 1000000000)) },
		{ 7, told(OF(0, UTIME_NOW, UTIME_OMIT)) } };
	int d = dir_fd();
	const char *p = any_path();

	native_differs = true; /* of a device of the host: the box says what the device would */
	result(syscall(SYS_utimensat, d, p, chance(80) ? t : NULL, told(OF(0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH))));
}

/* Natively the order is another. */
void op_getdents(void)
{
	int fd = any_fd();

	memset(buffer, 0, 2000);
	long r = result_here(syscall(SYS_getdents64, fd, buffer, told(OF(2000, 2000, 24, 10))));
	if (r > 0)
		stored_here(buffer, (size_t)r);
}

void op_chdir(void)
{
	const char *p = any_path();

	if (chance(30))
		result(syscall(SYS_chdir, p));
}

void op_fchdir(void)
{
	int fd = any_fd();

	if (chance(30))
		result(syscall(SYS_fchdir, fd));
}

void op_getcwd(void)
{
	memset(buffer, 0, 300);
	if (result_here(syscall(SYS_getcwd, buffer, told(OF(300, 300, 1, 0, 5)))) > 0)
		stored(buffer, 300);
}

void op_umask(void) { result(syscall(SYS_umask, told(OF(022, 0, 077, 0777)))); }

/* The box answers that there are none. */
void op_setxattr(void)
{
	const char *p = any_path();

	fill(100);
	native_differs = true;
	result(syscall(SYS_setxattr, p, "user.x", buffer, told(OF(0, 5, 100)), told(OF(0, 1, 2))));
}

void op_getxattr(void)
{
	const char *p = any_path();

	native_differs = true;
	result(syscall(SYS_getxattr, p, "user.x", buffer, told(OF(0, 3, 200))));
}

void op_sendfile(void)
{
	int a = any_fd(), b = any_fd();
	long at = any_offset();

	result(syscall(SYS_sendfile, a, b, chance(50) ? &at : NULL, told(OF(0, 1, 100, 70000))));
	say(" @%ld", at);
}

void op_copy_range(void)
{
	int a = any_fd(), b = any_fd();
	long at = any_offset(), n = told(OF(0, 1, 100, 70000)), flags = told(OF(0, 0, 0, 1));
	bool from_there = chance(50);

	native_differs = true;
	if (!wild && (fcntl(a, F_GET_SEALS) >= 0 || fcntl(b, F_GET_SEALS) >= 0)) /* from one file system to another: in the box that is copied as well */
		return;
	result(syscall(SYS_copy_file_range, a, from_there ? &at : NULL, b, NULL, n, flags));
	say(" @%ld", at);
}

void op_splice(void)
{
	int a = any_fd(), b = any_fd();
	long at = any_offset();

	result(syscall(SYS_splice, a, NULL, b, chance(30) ? &at : NULL, told(OF(0, 1, 100, 70000)), told(OF(0, 3, 2, 64))));
	say(" @%ld", at);
}

void op_tee(void)
{
	int a = any_fd(), b = any_fd();

	result(syscall(SYS_tee, a, b, told(OF(0, 1, 100, 70000)), told(OF(0, 2))));
}

void op_close_range(void)
{
	long a = told(OF(3, 5, 10, 30));
	long b = told(OF(3, 8, 12, 40));

	result(syscall(SYS_close_range, a, b, told(OF(0, 0, 4, 8))));
}

void op_memfd(void) { result(syscall(SYS_memfd_create, "name", told(OF(0, MFD_CLOEXEC, MFD_ALLOW_SEALING, 0x100)))); }
void op_ioctl(void)
{
	int fd = any_fd();
	int v = 1;

	native_differs = fd <= 2;
	if (result(syscall(SYS_ioctl, fd, told(OF(FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ, TIOCGPGRP)), &v)) == 0)
		say(" %d", v);
}
