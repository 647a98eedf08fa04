/* calls.c: random system calls, told one by one: tests/random/run.
 *
 *   calls SEED COUNT [wild] [FAMILY]...
 *
 * Makes COUNT calls that follow from SEED alone, most of them sensible, many of them not, and prints for each its number, its arguments as they were drawn, its
 * result, and a hash of what it stored. A line that begins with '~' may be another natively (numbers of inodes, ids, times); all others
 * are what Linux answers. wild: timers that come due, children that are not waited for; then nothing natively is what it is again. FAMILY takes only ops of
 * these families, or of these names (see ops[]). */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { OUT = 500, PAGE = 4096, ARENA = 64 * PAGE, BUFFER = 16 * PAGE };

static uint64_t state;
static unsigned long number;
static char *arena, *buffer, *edge; /* edge: the first byte of a page that is not there, behind one that is */
static int depth;
static bool wild;

/* ---- chance -------------------------------------------------------------------------------------------------------------- */

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

static unsigned below(unsigned n) { return (unsigned)(draw() % n); }
static bool chance(unsigned percent) { return below(100) < percent; }

#define OF(...) one_of((const long[]){ __VA_ARGS__ }, sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))

static long one_of(const long *list, size_t n) { return list[below((unsigned)n)]; }

/* Some of them, or none. */
#define BITS(...) some_bits((const long[]){ __VA_ARGS__ }, sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))

static long some_bits(const long *list, size_t n)
{
	long bits = 0;

	for (unsigned k = below(4); k > 0; k--)
		bits |= list[below((unsigned)n)];
	return bits;
}

/* ---- telling ------------------------------------------------------------------------------------------------------------- */

static char line[4096];
static size_t line_n;

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_n += (size_t)vsnprintf(line + line_n, sizeof(line) - line_n, fmt, ap);
	va_end(ap);
	if (line_n >= sizeof(line))
		line_n = sizeof(line) - 1;
}

static uint64_t hash(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool native_differs;

/* What the call stored. */
static void stored(const void *data, size_t n) { say(" [%zu %llx]", n, (unsigned long long)hash(data, n)); }

/* The same, where natively it may be something else. */
static void stored_here(const void *data, size_t n)
{
	native_differs = true;
	stored(data, n);
}

static long result(long ret)
{
	int e = errno;

	if (ret < 0)
		say(" = -%d", e);
	else
		say(" = %ld", ret);
	errno = e;
	return ret;
}

static long result_here(long ret)
{
	native_differs |= ret >= 0;
	return result(ret);
}

/* ---- arguments ----------------------------------------------------------------------------------------------------------- */

/* Nanoseconds or microseconds. */
static long soon(void) { return wild ? OF(0, 1, 50, -1) : OF(0, 0, -1); }

static int any_fd(void)
{
	int fd = chance(85) ? 3 + (int)below(14) : (int)OF(-1, 0, 1, 2, 99, AT_FDCWD, 400, -100000);

	say(" fd%d", fd);
	return fd;
}

static int dir_fd(void)
{
	return chance(75) ? (say(" cwd"), AT_FDCWD) : any_fd();
}

static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	"012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

static const char *any_path(void)
{
	static const char *const paths[] = { "a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "l", "m", "s", "a/x", "nothing", "nothing/x", ".", "..", "d/..", "./a", "d/", "a/",
		"/", "", "//", "/dev/null", "/dev/zero", "/dev/full", "d/../b", "l/a", "k", "/nowhere/a", "/dev/fd/3", "/proc/self/fd/4", "/proc/self/cwd/a", "/dev/nothing" };
	const char *p;

	if (chance(3)) {
		say(" bad");
		return (const char *)OF(0, 1, PAGE);
	}
	p = chance(2) ? long_name : chance(60) ? paths[below(11)] : paths[below(sizeof(paths) / sizeof(*paths))];
	if (chance(2)) { /* ends right before the page that is not there, or reaches into it */
		size_t n = strlen(p) + (chance(50) ? 1 : 0);

		say(" edge%zu", n);
		return memcpy(edge - n, p, n);
	}
	say(" \"%.20s\"", p);
	return p;
}

static size_t any_size(void)
{
	size_t n = (size_t)(chance(70) ? OF(1, 7, 64, 100, 512) : OF(0, 4095, 4096, 4097, 20000, BUFFER, BUFFER));

	say(" %zu", n);
	return n;
}

/* A place for n bytes, most of the time. */
static void *any_place(size_t n)
{
	if (chance(3)) {
		long at = OF(0, 1, PAGE, -1, -PAGE);

		say(" bad%ld", at);
		return (void *)at;
	}
	if (chance(3) && n <= PAGE) {
		size_t k = chance(50) ? n : n / 2;

		say(" edge%zu", k);
		return edge - k;
	}
	return buffer;
}

static bool is_buffer(const void *p) { return p == buffer; }

static long any_offset(void)
{
	long at = chance(80) ? OF(0, 1, 10, 100, 4096, 5000) : OF(-1, 1L << 40, INT64_MIN, 1L << 43, 1L << 31);

	say(" @%ld", at);
	return at;
}

static long told(long v)
{
	say(" %#lx", v);
	return v;
}

static int any_signal(void) { return (int)told(chance(85) ? OF(SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGURG, SIGWINCH, SIGRTMIN, SIGRTMIN + 1, SIGIO) : OF(0, -1, 64, 65, 33, SIGCONT)); }

static char *any_arena(size_t *ret_len)
{
	size_t at = chance(90) ? below(60) * PAGE : below(ARENA);

	*ret_len = chance(90) ? (size_t)(1 + below(4)) * PAGE : (size_t)OF(0, 1, 100, 5000);
	say(" arena+%zu %zu", at, *ret_len);
	return arena + at;
}

static int bad_flag(void) { return chance(3) ? (int)told(OF(0x40000000, 0x10, 1 << 28)) : 0; }

/* All of a machine are one inode. */
static bool is_anonymous(int fd) { struct stat st; return fstat(fd, &st) == 0 && !(st.st_mode & S_IFMT); }

/* ---- ops: files ------------------------------------------------------------------------------------------------------------ */

static void keep_low(long fd)
{
	if (fd > 40)
		close((int)fd);
}

static int open_flags(void)
{
	return (int)told((chance(50) ? OF(O_RDONLY, O_WRONLY, O_RDWR) : O_RDWR | O_CREAT) |
		BITS(O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, wild ? O_PATH : 0, O_CLOEXEC, O_NOCTTY, O_SYNC, O_NOATIME) | O_NONBLOCK);
}

static long any_mode(void) { return told(chance(80) ? OF(0644, 0600, 0755, 0777) : OF(0, 04755, 0444, 01777, 02755, 0111)); }

static void op_open(void) { const char *p = any_path(); int f = open_flags(); keep_low(result(syscall(SYS_open, p, f, any_mode()))); }
static void op_openat(void) { int d = dir_fd(); const char *p = any_path(); int f = open_flags() | bad_flag(); keep_low(result(syscall(SYS_openat, d, p, f, any_mode()))); }
/* The box answers that its file system cannot. */
static void op_openat_tmpfile(void) { const char *p = any_path(); native_differs = true; long fd = result(syscall(SYS_openat, AT_FDCWD, p, O_TMPFILE | O_RDWR, any_mode())); if (fd >= 0) close((int)fd); }
/* Of a FIFO it waits. */
static void op_creat(void) { if (!wild) return; const char *p = any_path(); keep_low(result(syscall(SYS_creat, p, any_mode()))); }
static void op_close(void) { int fd = any_fd(); if (fd > 2) result(syscall(SYS_close, fd)); }
static void op_dup(void) { keep_low(result(syscall(SYS_dup, any_fd()))); }
static void op_dup2(void) { int a = any_fd(), b = any_fd(); if (b > 2 || b < 0) keep_low(result(syscall(SYS_dup2, a, b))); }
static void op_dup3(void) { int a = any_fd(), b = any_fd(); if (b > 2 || b < 0) keep_low(result(syscall(SYS_dup3, a, b, told(OF(0, O_CLOEXEC, 1))))); }

static void op_fcntl(void)
{
	int fd = any_fd();
	long cmd = told(OF(F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETPIPE_SZ, F_GET_SEALS, F_ADD_SEALS, F_GETSIG, F_GETLEASE, F_GETOWN, 999, F_NOTIFY));
	long arg = 0;

	native_differs = cmd == F_NOTIFY || cmd == F_ADD_SEALS; /* refused; what 6.1 does not know */
	if (cmd == F_SETFL)
		arg = told(BITS(O_APPEND, O_NOATIME, O_DSYNC)) | O_NONBLOCK;
	else if (cmd != F_NOTIFY)
		arg = told(OF(0, 1, 5, 30, -1, 600));
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		keep_low(result(syscall(SYS_fcntl, fd, cmd, arg)));
	else
		result(syscall(SYS_fcntl, fd, cmd, arg));
}

static void op_lock(void)
{
	struct flock l = { 0 };
	int fd = any_fd();
	long cmd = told(OF(F_SETLK, F_GETLK, F_OFD_SETLK, F_OFD_GETLK));

	l.l_type = (short)told(OF(F_RDLCK, F_WRLCK, F_UNLCK, 7));
	l.l_whence = (short)told(OF(SEEK_SET, SEEK_CUR, SEEK_END, 9));
	l.l_start = any_offset();
	l.l_len = told(OF(0, 1, 10, -1, -5));
	if (result(syscall(SYS_fcntl, fd, cmd, &l)) >= 0 && (cmd == F_GETLK || cmd == F_OFD_GETLK)) {
		say(" %d %d %ld %ld", l.l_type, l.l_whence, l.l_start, l.l_len);
		native_differs |= l.l_pid > 0;
		say(" %d", l.l_pid);
	}
}

static void op_flock(void) { int fd = any_fd(); native_differs = is_anonymous(fd); result(syscall(SYS_flock, fd, told(OF(LOCK_SH, LOCK_EX, LOCK_UN, 77)) | LOCK_NB)); }

static void op_read(void)
{
	int fd = any_fd();
	size_t n = any_size();
	void *p = any_place(n);
	long r = result(syscall(SYS_read, fd, p, n));

	if (r > 0 && is_buffer(p))
		stored(p, (size_t)r);
}

static void fill(size_t n)
{
	for (size_t i = 0; i < n; i++)
		buffer[i] = (char)('a' + (number + i) % 26);
}

static void op_write(void) { int fd = any_fd(); size_t n = any_size(); fill(n); result(syscall(SYS_write, fd, any_place(n), n)); }
static void op_pread(void) { int fd = any_fd(); size_t n = any_size(); void *p = any_place(n); long at = any_offset(); long r = result(syscall(SYS_pread64, fd, p, n, at)); if (r > 0 && is_buffer(p)) stored(p, (size_t)r); }
static void op_pwrite(void) { int fd = any_fd(); size_t n = any_size(); fill(n); void *p = any_place(n); result(syscall(SYS_pwrite64, fd, p, n, any_offset())); }

static unsigned any_iov(struct iovec v[4])
{
	unsigned n = below(5);

	for (unsigned i = 0; i < n; i++)
		v[i] = (struct iovec){ chance(95) ? buffer + i * PAGE : (void *)1, (size_t)told(chance(95) ? OF(0, 1, 10, 4096) : OF(wild ? -1 : 5, 1L << 40)) };
	return n;
}

static void op_readv(void) { struct iovec v[4]; int fd = any_fd(); unsigned n = any_iov(v); memset(buffer, 0, 4 * PAGE); native_differs = is_anonymous(fd); /* pieces of a record: 6.1 and 6.18 differ */ long r = result(syscall(SYS_readv, fd, v, n)); if (r > 0) stored(buffer, 4 * PAGE); }
static void op_writev(void) { struct iovec v[4]; int fd = any_fd(); fill(4 * PAGE); unsigned n = any_iov(v); result(syscall(SYS_writev, fd, chance(98) ? v : (void *)1, chance(98) ? n : 2000)); }
static void op_preadv2(void) { struct iovec v[4]; int fd = any_fd(); unsigned n = any_iov(v); long at = any_offset(); native_differs = is_anonymous(fd); result(syscall(SYS_preadv2, fd, v, n, at, 0, told(OF(0, 0, RWF_HIPRI)))); }
static void op_pwritev2(void) { struct iovec v[4]; int fd = any_fd(); fill(4 * PAGE); unsigned n = any_iov(v); long at = any_offset(); result(syscall(SYS_pwritev2, fd, v, n, at, 0, told(OF(0, 0, RWF_APPEND, RWF_SYNC)))); }
static void op_lseek(void) { int fd = any_fd(); long at = any_offset(); result(syscall(SYS_lseek, fd, at, told(OF(SEEK_SET, SEEK_CUR, SEEK_END, 17)))); }
static void op_ftruncate(void) { int fd = any_fd(); result(syscall(SYS_ftruncate, fd, told(OF(0, 1, 100, 5000, 70000, -1)))); }
static void op_truncate(void) { const char *p = any_path(); result(syscall(SYS_truncate, p, told(OF(0, 1, 100, 5000, 70000, -1)))); }
static void op_fallocate(void) { int fd = any_fd(); long m = told(OF(0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE)); long at = told(OF(0, 10, 4096, -1)); result(syscall(SYS_fallocate, fd, m, at, told(OF(0, 1, 5000, 8192, -1)))); }
static void op_fsync(void) { native_differs = true; /* of queues and pidfds */ result(syscall(OF(SYS_fsync, SYS_fdatasync, SYS_syncfs), any_fd())); }
static void op_fadvise(void) { int fd = any_fd(); result(syscall(SYS_fadvise64, fd, 0, 0, told(OF(0, 1, 2, 3, 4, 5, 99)))); }
static void op_readahead(void) { int fd = any_fd(); result(syscall(SYS_readahead, fd, 0, 100)); }

/* What of it is Linux's, and what is a world's. */
static void tell_stat(const struct stat *st)
{
	say(" %o", st->st_mode);
	if (S_ISREG(st->st_mode))
		say(" %ld", (long)st->st_size);
	if (!S_ISDIR(st->st_mode))
		say(" %ld", (long)st->st_nlink);
	native_differs = true;
	stored(st, sizeof(*st));
}

static void op_stat(void) { struct stat st; memset(&st, 0, sizeof(st)); const char *p = any_path(); if (result(syscall(OF(SYS_stat, SYS_lstat), p, &st)) == 0) tell_stat(&st); }
static void op_fstat(void) { struct stat st; memset(&st, 0, sizeof(st)); int fd = any_fd(); if (result(syscall(SYS_fstat, fd, chance(97) ? &st : (void *)1)) == 0) tell_stat(&st); }
static void op_fstatat(void) { struct stat st; memset(&st, 0, sizeof(st)); int d = dir_fd(); const char *p = any_path(); if (result(syscall(SYS_newfstatat, d, p, &st, told(BITS(AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT)) | bad_flag())) == 0) tell_stat(&st); }

static void op_statx(void)
{
	struct statx st;
	int d = dir_fd();
	const char *p = any_path();

	memset(&st, 0, sizeof(st));
	if (result(syscall(SYS_statx, d, p, told(BITS(AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_STATX_FORCE_SYNC)), told(OF(STATX_BASIC_STATS, STATX_ALL, STATX_MODE, 0, (long)STATX__RESERVED)), &st)) == 0) {
		say(" %o", st.stx_mode);
		stored_here(&st, sizeof(st));
	}
}

static void op_statfs(void) { uint64_t s[15] = { 0 }; const char *p = any_path(); if (result(syscall(SYS_statfs, p, s)) == 0) stored_here(s, sizeof(s)); }
static void op_fstatfs(void) { uint64_t s[15] = { 0 }; int fd = any_fd(); if (result(syscall(SYS_fstatfs, fd, s)) == 0) stored_here(s, sizeof(s)); }
static void op_access(void) { const char *p = any_path(); result(syscall(SYS_access, p, told(OF(F_OK, R_OK, W_OK, X_OK, R_OK | W_OK, 9)))); }
static void op_faccessat2(void) { int d = dir_fd(); const char *p = any_path(); long m = told(OF(F_OK, R_OK, W_OK, X_OK, 9)); result(syscall(SYS_faccessat2, d, p, m, told(OF(0, AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 1)))); }
static void op_mkdir(void) { const char *p = any_path(); result(syscall(SYS_mkdir, p, any_mode())); }
static void op_mkdirat(void) { int d = dir_fd(); const char *p = any_path(); result(syscall(SYS_mkdirat, d, p, any_mode())); }
static void op_rmdir(void) { result(syscall(SYS_rmdir, any_path())); }
static void op_unlink(void) { result(syscall(SYS_unlink, any_path())); }
static void op_unlinkat(void) { int d = dir_fd(); const char *p = any_path(); result(syscall(SYS_unlinkat, d, p, told(OF(0, AT_REMOVEDIR, 1)))); }
static void op_rename(void) { const char *a = any_path(), *b = any_path(); result(syscall(SYS_rename, a, b)); }
static void op_renameat2(void) { int d = dir_fd(); const char *a = any_path(); int f = dir_fd(); const char *b = any_path(); result(syscall(SYS_renameat2, d, a, f, b, told(OF(0, RENAME_NOREPLACE, RENAME_EXCHANGE, 3, 64)))); }
static void op_link(void) { const char *a = any_path(), *b = any_path(); result(syscall(SYS_link, a, b)); }
static void op_linkat(void) { int d = dir_fd(); const char *a = any_path(); int f = dir_fd(); const char *b = any_path(); result(syscall(SYS_linkat, d, a, f, b, told(OF(0, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, 1)))); }
static void op_symlink(void) { static const char *const to[] = { "a", "d", "nothing", "l", "d/a", "/", "", "." }; const char *a = to[below(8)]; say(" \"%s\"", a); result(syscall(SYS_symlink, a, any_path())); }
static void op_readlink(void) { native_differs = true; const char *p = any_path(); long n = told(OF(1, 100, 0, 4096)); memset(buffer, 0, 100); long r = result(syscall(SYS_readlink, p, buffer, n)); if (r > 0) stored(buffer, (size_t)r); }
static void op_mknod(void) { const char *p = any_path(); long m = told(OF(S_IFIFO | 0644, S_IFREG | 0600, S_IFSOCK | 0777, S_IFDIR | 0755, 0644, S_IFCHR | 0600)); result(syscall(SYS_mknod, p, m, 0)); }
static void op_chmod(void) { const char *p = any_path(); result(syscall(SYS_chmod, p, any_mode())); }
static void op_fchmod(void) { int fd = any_fd(); result(syscall(SYS_fchmod, fd, any_mode())); }
static void op_fchmodat(void) { int d = dir_fd(); const char *p = any_path(); result(syscall(SYS_fchmodat, d, p, any_mode())); }
static void op_chown(void) { const char *p = any_path(); result(syscall(OF(SYS_chown, SYS_lchown), p, -1, -1)); }

static void op_utimensat(void)
{
	struct timespec t[2] = { { told(OF(0, 1000000000, -5, 1L << 40)), told(OF(0, 5, UTIME_NOW, UTIME_OMIT, 1000000000)) }, { 7, told(OF(0, UTIME_NOW, UTIME_OMIT)) } };
	int d = dir_fd();
	const char *p = any_path();

	native_differs = true; /* of a device of the host: the box says what the device would */
	result(syscall(SYS_utimensat, d, p, chance(80) ? t : NULL, told(OF(0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH))));
}

/* Natively the order is another. */
static void op_getdents(void) { int fd = any_fd(); memset(buffer, 0, 2000); long r = result_here(syscall(SYS_getdents64, fd, buffer, told(OF(2000, 2000, 24, 10)))); if (r > 0) stored(buffer, (size_t)r); }
static void op_chdir(void) { const char *p = any_path(); if (chance(30)) result(syscall(SYS_chdir, p)); }
static void op_fchdir(void) { int fd = any_fd(); if (chance(30)) result(syscall(SYS_fchdir, fd)); }
static void op_getcwd(void) { memset(buffer, 0, 300); if (result_here(syscall(SYS_getcwd, buffer, told(OF(300, 300, 1, 0, 5)))) > 0) stored(buffer, 300); }
static void op_umask(void) { result(syscall(SYS_umask, told(OF(022, 0, 077, 0777)))); }

/* The box answers that there are none. */
static void op_setxattr(void) { const char *p = any_path(); fill(100); native_differs = true; result(syscall(SYS_setxattr, p, told(1) ? "user.x" : "", buffer, told(OF(0, 5, 100)), told(OF(0, 1, 2)))); }
static void op_getxattr(void) { const char *p = any_path(); native_differs = true; result(syscall(SYS_getxattr, p, "user.x", buffer, told(OF(0, 3, 200)))); }
static void op_sendfile(void) { int a = any_fd(), b = any_fd(); long at = any_offset(); result(syscall(SYS_sendfile, a, b, chance(50) ? &at : NULL, told(OF(0, 1, 100, 70000)))); say(" @%ld", at); }
static void op_copy_range(void) { int a = any_fd(), b = any_fd(); long at = any_offset(); native_differs = true; result(syscall(SYS_copy_file_range, a, chance(50) ? &at : NULL, b, NULL, told(OF(0, 1, 100, 70000)), told(OF(0, 0, 0, 1)))); say(" @%ld", at); }
static void op_splice(void) { int a = any_fd(), b = any_fd(); long at = any_offset(); result(syscall(SYS_splice, a, NULL, b, chance(30) ? &at : NULL, told(OF(0, 1, 100, 70000)), told(OF(2, 3, 2, 64)))); say(" @%ld", at); }
static void op_tee(void) { int a = any_fd(), b = any_fd(); result(syscall(SYS_tee, a, b, told(OF(0, 1, 100, 70000)), 2)); }
static void op_close_range(void) { long a = told(OF(3, 5, 10, 30)); long b = told(OF(3, 8, 12, 40)); result(syscall(SYS_close_range, a, b, told(OF(0, 0, 4, 8)))); }
static void op_memfd(void) { result(syscall(SYS_memfd_create, "name", told(OF(0, MFD_CLOEXEC, MFD_ALLOW_SEALING, 0x100)))); }
static void op_ioctl(void) { int fd = any_fd(); int v = 1; native_differs = fd <= 2; if (result(syscall(SYS_ioctl, fd, told(OF(FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ, TIOCGPGRP)), &v)) == 0) say(" %d", v); }

/* ---- ops: pipes, sockets, waiting ---------------------------------------------------------------------------------------- */

static void two(long r, const int fd[2])
{
	if (r < 0)
		return;
	say(" %d %d", fd[0], fd[1]);
	keep_low(fd[0]);
	keep_low(fd[1]);
}

static void op_pipe(void) { int fd[2]; two(result(syscall(SYS_pipe2, fd, O_NONBLOCK | told(OF(0, O_CLOEXEC, O_DIRECT, 1)))), fd); }
static void op_pair(void) { int fd[2]; long t = told(OF(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, 9)); two(result(syscall(SYS_socketpair, AF_UNIX, t | SOCK_NONBLOCK, 0, fd)), fd); }
static void op_socket(void) { long d = told(OF(AF_UNIX, AF_INET, AF_INET6, 99)); keep_low(result(syscall(SYS_socket, d, told(OF(SOCK_STREAM, SOCK_DGRAM)) | SOCK_NONBLOCK, told(OF(0, 0, 0, 6, 17, 255))))); }

static socklen_t any_address(struct sockaddr_storage *a)
{
	struct sockaddr_un *u = (void *)a;
	struct sockaddr_in *i = (void *)a;

	memset(a, 0, sizeof(*a));
	if (chance(50)) {
		static const char *const names[] = { "s", "t", "d/s", "a" };

		u->sun_family = AF_UNIX;
		snprintf(u->sun_path, sizeof(u->sun_path), "%s", names[below(4)]);
		if (chance(20))
			u->sun_path[0] = '\0';
		say(" un%d%s", u->sun_path[0], u->sun_path + 1);
		return (socklen_t)(sizeof(sa_family_t) + 4);
	}
	i->sin_family = AF_INET;
	i->sin_addr.s_addr = htonl((uint32_t)told(OF(INADDR_LOOPBACK, INADDR_LOOPBACK, 0)));
	i->sin_port = htons((uint16_t)told(OF(40001, 40002)));
	return (socklen_t)told(OF(sizeof(*i), sizeof(*i), sizeof(*i), 3));
}

static void op_bind(void) { struct sockaddr_storage a; int fd = any_fd(); socklen_t n = any_address(&a); result(syscall(SYS_bind, fd, &a, n)); }
static void op_connect(void) { struct sockaddr_storage a; int fd = any_fd(); socklen_t n = any_address(&a); result(syscall(SYS_connect, fd, &a, n)); }
static void op_listen(void) { int fd = any_fd(); result(syscall(SYS_listen, fd, told(OF(0, 1, 5, -1)))); }
static void op_accept(void) { int fd = any_fd(); keep_low(result(syscall(SYS_accept4, fd, NULL, NULL, SOCK_NONBLOCK | told(OF(0, SOCK_CLOEXEC, 1))))); }
static void op_getname(void) { struct sockaddr_storage a; socklen_t n = sizeof(a); int fd = any_fd(); memset(&a, 0, sizeof(a)); if (result(syscall(OF(SYS_getsockname, SYS_getpeername), fd, &a, &n)) == 0) { say(" %u", n); stored_here(&a, sizeof(a)); } }
static void op_shutdown(void) { int fd = any_fd(); result(syscall(SYS_shutdown, fd, told(OF(0, 1, 2, 9)))); }
static void op_send(void) { struct sockaddr_storage a; int fd = any_fd(); size_t n = any_size(); fill(n); void *p = any_place(n); long f = told(OF(0, 0, MSG_OOB, MSG_MORE, MSG_EOR)) | MSG_DONTWAIT | MSG_NOSIGNAL; socklen_t l = 0; if (chance(30)) l = any_address(&a); result(syscall(SYS_sendto, fd, p, n, f, l ? &a : NULL, l)); }
static void op_recv(void) { int fd = any_fd(); size_t n = any_size(); void *p = any_place(n); long r = result(syscall(SYS_recvfrom, fd, p, n, told(OF(0, 0, MSG_PEEK, MSG_TRUNC, MSG_OOB)) | MSG_DONTWAIT, NULL, NULL)); if (r > 0 && is_buffer(p)) stored(p, (size_t)r < n ? (size_t)r : n); }

static void op_sendmsg(void)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof(int))]; } c = { .h = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec v = { buffer, (size_t)told(OF(0, 1, 50)) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fd = any_fd(), passed = (int)told(OF(0, 99)); /* not the socket itself, or it is there until the kernel collects it */

	fill(50);
	memcpy(CMSG_DATA(&c.h), &passed, sizeof(int));
	if (chance(70)) {
		m.msg_control = &c;
		m.msg_controllen = sizeof(c);
	}
	result(syscall(SYS_sendmsg, fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void op_recvmsg(void)
{
	union { struct cmsghdr h; char room[64]; } c;
	struct iovec v = { buffer, 60 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };
	int fd = any_fd();

	memset(&c, 0, sizeof(c));
	if (result(syscall(SYS_recvmsg, fd, &m, MSG_DONTWAIT | told(OF(0, MSG_PEEK, MSG_CMSG_CLOEXEC)))) < 0)
		return;
	say(" %zu %#x %ld", (size_t)m.msg_controllen, m.msg_flags, m.msg_controllen ? (long)*(int *)CMSG_DATA(&c.h) : -1);
}

static void op_getsockopt(void) { int fd = any_fd(); uint8_t v[64] = { 0 }; socklen_t n = (socklen_t)told(OF(4, 64, 0, 2)); if (result(syscall(SYS_getsockopt, fd, SOL_SOCKET, told(OF(SO_TYPE, SO_ERROR, SO_SNDBUF, SO_RCVBUF, SO_REUSEADDR, SO_ACCEPTCONN, SO_PEERCRED, SO_DOMAIN, SO_LINGER, SO_PROTOCOL, 999)), v, &n)) == 0) { say(" %u", n); stored_here(v, sizeof(v)); } }
static void op_setsockopt(void) { int fd = any_fd(); int v = (int)told(OF(0, 1, 5000, -1)); native_differs = true; result(syscall(SYS_setsockopt, fd, SOL_SOCKET, told(OF(SO_REUSEADDR, SO_SNDBUF, SO_RCVBUF, SO_PASSCRED, SO_KEEPALIVE, SO_OOBINLINE, 999)), &v, told(OF(4, 4, 4, 1)))); }

/* In the box it is an eventfd, which has always room for more: where polls do not come. */
static int timer_fd(void) { return chance(50) ? any_fd() : (int)told(17 + below(4)); }
static void op_eventfd(void) { result(syscall(SYS_eventfd2, told(OF(0, 1, 5)), EFD_NONBLOCK | told(OF(0, EFD_SEMAPHORE, EFD_CLOEXEC, 64)))); }
static void op_write8(void) { int fd = any_fd(); uint64_t v = (uint64_t)told(OF(1, 2, 0, -1, -2)); result(syscall(SYS_write, fd, &v, 8)); }
static void op_read8(void) { int fd = timer_fd(); uint64_t v = 0; if (result(syscall(SYS_read, fd, &v, 8)) == 8) say(" %#llx", (unsigned long long)v); }
static void op_timerfd(void) { long fd = result(syscall(SYS_timerfd_create, told(OF(CLOCK_REALTIME, CLOCK_MONOTONIC, 99)), TFD_NONBLOCK | told(OF(0, TFD_CLOEXEC, 64)))); int to = 17 + (int)below(4); if (fd >= 0 && !wild && fd != to) { dup2((int)fd, to); close((int)fd); } }
static void op_timerfd_settime(void) { struct itimerspec s = { { told(OF(0, 1)), 0 }, { told(OF(0, 1000, 1000)), told(soon()) } }, old = { 0 }; int fd = timer_fd(); if (result(syscall(SYS_timerfd_settime, fd, told(OF(0, 0, 16)), &s, &old)) == 0) stored_here(&old, sizeof(old)); }
static void op_timerfd_gettime(void) { struct itimerspec s = { 0 }; int fd = timer_fd(); if (result(syscall(SYS_timerfd_gettime, fd, &s)) == 0) stored_here(&s, sizeof(s)); }
static uint64_t any_set(void) { return (uint64_t)told(OF(1L << (SIGUSR1 - 1), 1L << (SIGUSR2 - 1), 1L << (SIGRTMIN - 1), 1L << (SIGUSR1 - 1) | 1L << (SIGCHLD - 1), 0)); }
static void op_signalfd(void) { int fd = chance(70) ? -1 : any_fd(); uint64_t s = any_set(); result(syscall(SYS_signalfd4, fd, &s, 8, SFD_NONBLOCK | told(OF(0, SFD_CLOEXEC)))); }
static void op_epoll_create(void) { result(syscall(SYS_epoll_create1, told(OF(0, EPOLL_CLOEXEC, 1)))); }
static void op_epoll_ctl(void) { int e = any_fd(), fd = any_fd(); struct epoll_event v = { .events = (uint32_t)told(OF(EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT, 0)), .data.u64 = number }; result(syscall(SYS_epoll_ctl, e, told(OF(EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, 9)), fd, &v)); }

static void op_epoll_wait(void)
{
	struct epoll_event v[8];
	int e = any_fd();
	long n;

	memset(v, 0, sizeof(v));
	n = result(syscall(SYS_epoll_wait, e, v, told(OF(8, 8, 1, 0, -1)), 0));
	for (long i = 0; i < n; i++)
		say(" %#x:%llu", v[i].events, (unsigned long long)v[i].data.u64);
}

static void op_poll(void)
{
	struct pollfd p[5];
	unsigned n = below(6);

	for (unsigned i = 0; i < n; i++)
		p[i] = (struct pollfd){ any_fd(), (short)told(OF(POLLIN, POLLOUT, POLLIN | POLLOUT, POLLPRI, 0)), 0 };
	if (result(syscall(SYS_poll, p, n, 0)) >= 0)
		for (unsigned i = 0; i < n; i++)
			say(" %#x", (unsigned)p[i].revents);
}

static void op_select(void)
{
	fd_set r, w;
	struct timeval none = { 0, 0 };
	int n = (int)told(OF(20, 20, 5, 0, -1));

	memset(&r, 0, sizeof(r));
	memset(&w, 0, sizeof(w));
	for (unsigned i = below(5); i > 0; i--)
		FD_SET((unsigned)told(3 + below(14)), chance(50) ? &r : &w);
	if (result(syscall(SYS_select, n, &r, &w, NULL, &none)) >= 0) {
		stored(&r, 8);
		stored(&w, 8);
	}
}

static void op_inotify(void) { result(syscall(SYS_inotify_init1, IN_NONBLOCK | told(OF(0, IN_CLOEXEC, 1)))); }
static void op_inotify_add(void) { int fd = any_fd(); const char *p = any_path(); result(syscall(SYS_inotify_add_watch, fd, p, told(OF(IN_ALL_EVENTS, IN_MODIFY, IN_CREATE | IN_DELETE | IN_MOVE, IN_ATTRIB, IN_CLOSE, 0)))); }
static void op_inotify_rm(void) { int fd = any_fd(); result(syscall(SYS_inotify_rm_watch, fd, told(OF(1, 2, 99)))); }

/* ---- ops: memory --------------------------------------------------------------------------------------------------------- */

static void tell_place(long r)
{
	if (r < 0 && r > -PAGE)
		result(r);
	else if ((char *)r >= arena && (char *)r < arena + ARENA)
		say(" = arena+%ld", (long)((char *)r - arena));
	else
		result_here(r);
}

static void op_mmap(void)
{
	size_t n;
	char *at = any_arena(&n);
	long prot = told(OF(PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ | PROT_EXEC)), flags = told(OF(MAP_PRIVATE, MAP_SHARED)) | MAP_FIXED;
	int fd = -1;

	if (chance(50))
		flags |= MAP_ANONYMOUS;
	else
		fd = any_fd();
	tell_place(syscall(SYS_mmap, at, n, prot, flags, fd, told(OF(0, 0, PAGE, 1))));
}

static void op_munmap(void) { size_t n; char *at = any_arena(&n); result(syscall(SYS_munmap, at, n)); }
static void op_mprotect(void) { size_t n; char *at = any_arena(&n); result(syscall(SYS_mprotect, at, n, told(OF(PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, 99)))); }
static void op_mremap(void) { size_t n, m; char *at = any_arena(&n); char *to = any_arena(&m); tell_place(syscall(SYS_mremap, at, n, m, told(OF(MREMAP_MAYMOVE | MREMAP_FIXED, 0, MREMAP_FIXED)), to)); }
static void op_madvise(void) { size_t n; char *at = any_arena(&n); result(syscall(SYS_madvise, at, n, told(OF(MADV_NORMAL, MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK, 999)))); }
static void op_msync(void) { size_t n; char *at = any_arena(&n); result(syscall(SYS_msync, at, n, told(OF(MS_SYNC, MS_ASYNC, MS_INVALIDATE, 99)))); }
static void op_mincore(void) { size_t n; char *at = any_arena(&n); result(syscall(SYS_mincore, at, n, buffer)); }
/* Taken for done, so that pages are not there to stay. */
static void op_mlock(void) { if (!wild) return; size_t n; char *at = any_arena(&n); native_differs = true; result(syscall(OF(SYS_mlock, SYS_munlock), at, n)); }
static void op_from_arena(void) { size_t n; char *at = any_arena(&n); int fd = any_fd(); result(syscall(OF(SYS_read, SYS_write), fd, at, n)); }

/* ---- ops: processes, signals, time ------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t caught;

static void on_signal(int signo) { caught = caught * 31 + signo; }

static void op_sigaction(void)
{
	struct sigaction a = { .sa_flags = (int)told(BITS(SA_RESTART, SA_NODEFER, SA_RESETHAND, SA_NOCLDWAIT)) }, old;
	int signo = (int)told(OF(SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGRTMIN, SIGURG, SIGKILL));

	memset(&old, 0, sizeof(old));
	a.sa_handler = signo == SIGUSR2 || signo == SIGALRM || chance(70) ? on_signal : SIG_IGN;
	if (signo == SIGUSR2 || signo == SIGALRM || signo == SIGRTMIN)
		a.sa_flags &= ~SA_RESETHAND;
	say(" %d", a.sa_handler == SIG_IGN);
	if (result(sigaction(signo, &a, &old)) == 0)
		say(" %#x %d", old.sa_flags & ~0x04000000, old.sa_handler == SIG_IGN);
}

static void op_sigmask(void) { uint64_t s = any_set(), old = 0; result(syscall(SYS_rt_sigprocmask, told(OF(SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, 9)), &s, &old, told(OF(8, 8, 8, 4)))); say(" %#llx", (unsigned long long)old); }
static bool is_harmless(int signo) { return signo == SIGUSR2 || signo == SIGALRM || signo == SIGRTMIN || signo == SIGURG || signo == SIGWINCH || signo == SIGCHLD || signo == SIGCONT || signo <= 0 || signo > 64; }
static void op_kill(void) { int s = any_signal(); if (is_harmless(s)) result(syscall(SYS_kill, getpid(), s)); }
static void op_tgkill(void) { int s = any_signal(); if (is_harmless(s)) result(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), s)); }
static void op_sigqueue(void) { int s = any_signal(); siginfo_t i = { .si_signo = s, .si_code = (int)told(OF(SI_QUEUE, SI_MESGQ)) }; i.si_value.sival_int = 7; if (is_harmless(s)) result(syscall(SYS_rt_sigqueueinfo, getpid(), s, &i)); }
static void op_sigpending(void) { uint64_t s = 0; if (result(syscall(SYS_rt_sigpending, &s, 8)) == 0) say(" %#llx", (unsigned long long)s); }
static void op_sigtimedwait(void) { uint64_t s = any_set(); siginfo_t i; struct timespec t = { 0, 0 }; memset(&i, 0, sizeof(i)); if (result(syscall(SYS_rt_sigtimedwait, &s, &i, &t, 8)) > 0) say(" %d", i.si_code); }
static void op_sigaltstack(void) { static char s[16384]; stack_t a = { s, (int)told(OF(0, SS_DISABLE, 77)), (size_t)told(OF(sizeof(s), 100)) }, old; memset(&old, 0, sizeof(old)); if (result(syscall(SYS_sigaltstack, &a, &old)) == 0) say(" %d %zu", old.ss_flags, old.ss_size); }
static void op_itimer(void) { struct itimerval v = { { 0, 0 }, { told(OF(0, 1000, 1000)), told(soon()) } }, old = { 0 }; long w = told(OF(ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, 7)); if (result(syscall(SYS_setitimer, w, &v, &old)) == 0) stored_here(&old, sizeof(old)); }
static void op_getitimer(void) { struct itimerval v = { 0 }; if (result(syscall(SYS_getitimer, told(OF(0, 1, 2, 9)), &v)) == 0) stored_here(&v, sizeof(v)); }
static void op_alarm(void) { result_here(syscall(SYS_alarm, told(OF(0, 1000)))); }
static void op_timer_create(void) { int id = -1; struct sigevent e = { .sigev_notify = (int)told(OF(SIGEV_NONE, SIGEV_SIGNAL, 9)), .sigev_signo = SIGUSR2 }; if (result(syscall(SYS_timer_create, told(OF(CLOCK_REALTIME, CLOCK_MONOTONIC, 99)), &e, &id)) == 0) { native_differs = true; say(" %d", id); } }
static void op_timer_settime(void) { struct itimerspec s = { { 0, 0 }, { told(OF(0, 1000)), told(soon()) } }; result_here(syscall(SYS_timer_settime, told(OF(0, 1, 2)), 0, &s, NULL)); native_differs = true; }
static void op_timer_gettime(void) { struct itimerspec s = { 0 }; result(syscall(SYS_timer_gettime, told(OF(0, 1, 2)), &s)); stored_here(&s, sizeof(s)); }
static void op_timer_delete(void) { result(syscall(SYS_timer_delete, told(OF(0, 1, 9)))); native_differs = true; }
static void op_nanosleep(void) { struct timespec t = { told(OF(0, 0, 0, -1)), told(OF(0, 1, 1000, 2000000000)) }; result(syscall(SYS_nanosleep, &t, NULL)); }
static void op_clock_nanosleep(void) { struct timespec t = { 0, told(OF(0, 1, -1)) }; result(syscall(SYS_clock_nanosleep, told(OF(CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, 99)), told(OF(0, TIMER_ABSTIME)), &t, NULL)); }
static void op_clock(void) { struct timespec t = { 0 }; if (result(syscall(OF(SYS_clock_gettime, SYS_clock_getres), told(OF(0, 1, 2, 3, 4, 5, 6, 7, 11, 99)), chance(97) ? &t : (void *)1)) == 0) stored_here(&t, sizeof(t)); }
static void op_times(void) { uint64_t v[4] = { 0 }; result_here(syscall(SYS_times, v)); stored_here(v, sizeof(v)); }
static void op_time(void) { uint64_t v[2] = { 0 }; result_here(syscall(SYS_gettimeofday, v, NULL)); stored_here(v, sizeof(v)); }
static void op_getrusage(void) { uint64_t v[18] = { 0 }; if (result(syscall(SYS_getrusage, told(OF(0, -1, 1, 9)), v)) == 0) stored_here(v, sizeof(v)); }
static void op_getrlimit(void) { uint64_t v[2] = { 0 }; if (result(syscall(SYS_getrlimit, told(below(17)), v)) == 0) stored_here(v, sizeof(v)); }
static void op_setrlimit(void) { long w = told(OF(RLIMIT_CORE, RLIMIT_STACK, RLIMIT_NPROC, 99)); uint64_t v[2] = { 0, RLIM_INFINITY }; syscall(SYS_getrlimit, w, v); v[0] = w == RLIMIT_CORE ? 0 : 8 << 20; result_here(syscall(SYS_prlimit64, 0, w, v, v)); }
static void op_priority(void) { long w = told(OF(PRIO_PROCESS, PRIO_PGRP, PRIO_USER, 9)); result_here(syscall(SYS_getpriority, w, 0)); }
static void op_sched(void) { uint64_t m = 0; long s = told(OF(SYS_sched_getscheduler, SYS_sched_getparam, SYS_sched_yield, SYS_sched_get_priority_max, SYS_sched_getaffinity)); result_here(s == SYS_sched_getaffinity ? syscall(s, 0, 8, &m) : syscall(s, 0, &m)); native_differs = true; stored(&m, 8); }
static void op_ids(void) { result_here(syscall(OF(SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getpgrp), 0)); }
static void op_getpgid(void) { result_here(syscall(OF(SYS_getpgid, SYS_getsid), told(OF(0, -1, 1, 99999)))); native_differs = true; }
static void op_setpgid(void) { result_here(syscall(SYS_setpgid, told(OF(0, -1, 99999)), told(OF(0, -1)))); native_differs = true; }
static void op_uname(void) { char u[390] = ""; result(syscall(SYS_uname, chance(95) ? u : (void *)1)); stored_here(u, sizeof(u)); }
static void op_sysinfo(void) { char u[128] = ""; result(syscall(SYS_sysinfo, u)); stored_here(u, sizeof(u)); }
static void op_getcpu(void) { unsigned v[2] = { 9, 9 }; result(syscall(SYS_getcpu, v, v + 1, NULL)); stored_here(v, sizeof(v)); }
static void op_getrandom(void) { uint8_t v[32] = { 0 }; result(syscall(SYS_getrandom, v, told(OF(0, 1, 32)), told(OF(0, 1, 2, 3, 99)))); stored_here(v, sizeof(v)); }
static void op_prctl(void) { char v[16] = ""; result_here(syscall(SYS_prctl, told(OF(PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_PDEATHSIG, PR_GET_NO_NEW_PRIVS, PR_GET_TIMERSLACK, PR_GET_KEEPCAPS, 9999)), v, 0, 0, 0)); native_differs = true; stored(v, sizeof(v)); }
static void op_set_name(void) { result(syscall(SYS_prctl, PR_SET_NAME, "name", 0, 0, 0)); }
static void op_futex(void)
{
	static uint32_t w;
	const struct timespec t = { 0, 0 };
	long op = told(OF(FUTEX_WAKE, FUTEX_WAIT, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAIT_BITSET, 99)), n = told(OF(0, 1, 5, -1)), also = told(OF(0, 1, -1));

	result(syscall(SYS_futex, &w, op, n, op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET ? (long)&t : also, &w, told(OF(0, 1, -1))));
}
static void op_membarrier(void) { result_here(syscall(SYS_membarrier, told(OF(0, 1, 8, 16, 9999)), 0)); native_differs = true; }
static void op_refused(void) { result_here(syscall(told(OF(SYS_io_uring_setup, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_mount, SYS_kexec_load, 9999, SYS_swapon)), 0, 0, 0, 0, 0)); native_differs = true; }
static void op_pidfd(void) { long fd = syscall(SYS_pidfd_open, getpid(), 0); keep_low(result(fd)); }
static void op_pidfd_signal(void) { int fd = any_fd(); result(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0)); }
static void op_getgroups(void) { uint32_t g[64]; result_here(syscall(SYS_getgroups, told(OF(0, 64, -1)), g)); native_differs = true; }
static void op_capget(void) { uint32_t h[2] = { (uint32_t)told(OF(0x20080522, 0)), 0 }, d[6] = { 0 }; result_here(syscall(SYS_capget, h, d)); native_differs = true; stored(d, sizeof(d)); }

static void op_wait(void)
{
	int status = 0;
	long r = result_here(syscall(SYS_wait4, told(OF(-1, -1, 0, 99999)), &status, WNOHANG | told(OF(0, WUNTRACED, __WALL, 64)), NULL));

	if (r > 0)
		say(" %#x", (unsigned)status);
}

static void op_waitid(void) { siginfo_t i; memset(&i, 0, sizeof(i)); if (result(syscall(SYS_waitid, told(OF(P_ALL, P_PID, 9)), 0, &i, WNOHANG | told(OF(WEXITED, WEXITED | WNOWAIT, 0)), NULL)) == 0) { say(" %d %d", i.si_code, i.si_status); native_differs |= i.si_pid != 0; } }

/* ---- ops: System V, POSIX queues --------------------------------------------------------------------------------------------- */

static void op_msgget(void) { result_here(syscall(SYS_msgget, told(OF(7, 8, IPC_PRIVATE)), told(OF(IPC_CREAT | 0600, 0, IPC_CREAT | IPC_EXCL | 0600)))); native_differs = true; }
static void op_msgsnd(void) { struct { long type; char text[50]; } m = { told(OF(1, 2, 0, -1)), "" }; fill(50); memcpy(m.text, buffer, 50); result_here(syscall(SYS_msgsnd, told(OF(0, 1, 32768, -1)), &m, told(OF(0, 5, 50, -1)), IPC_NOWAIT)); native_differs = true; }
static void op_msgrcv(void) { struct { long type; char text[50]; } m; memset(&m, 0, sizeof(m)); if (result_here(syscall(SYS_msgrcv, told(OF(0, 1, 32768, -1)), &m, told(OF(0, 5, 50)), told(OF(0, 1, 2, -2)), IPC_NOWAIT | told(OF(0, MSG_NOERROR)))) >= 0) stored(&m, sizeof(m)); native_differs = true; }
static void op_semget(void) { result_here(syscall(SYS_semget, told(OF(7, 8, IPC_PRIVATE)), told(OF(1, 3, 0)), told(OF(IPC_CREAT | 0600, 0)))); native_differs = true; }
static void op_semop(void) { struct sembuf s[2] = { { (unsigned short)told(OF(0, 1, 9)), (short)told(OF(1, -1, 0, 5)), IPC_NOWAIT | SEM_UNDO }, { 0, 1, IPC_NOWAIT } }; result_here(syscall(SYS_semop, told(OF(0, 1, -1)), s, told(OF(1, 2, 0)))); native_differs = true; }
static void op_semctl(void) { result_here(syscall(SYS_semctl, told(OF(0, 1, -1)), told(OF(0, 1)), told(OF(GETVAL, SETVAL, GETNCNT, GETPID, IPC_RMID, 99)), 3)); native_differs = true; }
static void op_shmget(void) { result_here(syscall(SYS_shmget, told(OF(7, IPC_PRIVATE)), told(OF(4096, 8192, 0)), told(OF(IPC_CREAT | 0600, 0)))); native_differs = true; }
static void op_shmat(void) { size_t n; char *at = any_arena(&n); long r = syscall(SYS_shmat, told(OF(0, 1, -1)), at, told(OF(SHM_REMAP, SHM_RND | SHM_REMAP, SHM_RDONLY | SHM_REMAP))); native_differs = true; tell_place(r); }
static void op_shmdt(void) { size_t n; char *at = any_arena(&n); native_differs = true; result(syscall(SYS_shmdt, at)); }
static void op_mq(void) { struct mq_attr a = { .mq_maxmsg = told(OF(2, 10, 0)), .mq_msgsize = told(OF(10, 100)) }; native_differs = true; keep_low(result(syscall(SYS_mq_open, "q", O_RDWR | O_NONBLOCK | told(OF(O_CREAT, 0)), 0600, &a))); }
static void op_mq_send(void) { int fd = any_fd(); struct timespec t = { 0, 0 }; fill(20); native_differs = true; result(syscall(SYS_mq_timedsend, fd, buffer, told(OF(0, 5, 20)), told(OF(0, 1, 40000)), &t)); }
static void op_mq_receive(void) { int fd = any_fd(); struct timespec t = { 0, 0 }; unsigned p = 0; native_differs = true; if (result(syscall(SYS_mq_timedreceive, fd, buffer, told(OF(100, 5)), &p, &t)) >= 0) say(" %u", p); }

static void some_calls(unsigned long n);

/* Its part of the calls, and it ends. */
static void op_fork(void)
{
	long how = OF(SYS_fork, SYS_clone, SYS_vfork);
	unsigned n = below(12);
	int status = 0;
	pid_t pid;

	if (depth > 1)
		return;
	say(" %ld %u", how, n);
	native_differs = true;
	if (how == SYS_vfork) {
		pid = vfork();
		if (pid == 0)
			_exit((int)n);
	} else {
		fflush(NULL);
		pid = how == SYS_fork ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, NULL, NULL, 0);
		if (pid == 0) {
			depth++;
			line_n = 0;
			some_calls(n);
			_exit((int)n);
		}
	}
	result(pid);
	if (pid > 0 && (chance(80) || !wild)) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
		say(" %#x", (unsigned)status);
	}
}

/* ---- all of them ---------------------------------------------------------------------------------------------------------- */

struct op { const char *family, *name; void (*make)(void); unsigned weight; };

#define OP(family, name, weight) { #family, #name, op_##name, weight }

static const struct op ops[] = {
	OP(file, open, 4), OP(file, openat, 8), OP(file, openat_tmpfile, 1), OP(file, creat, 2), OP(fd, close, 6), OP(fd, dup, 3), OP(fd, dup2, 2), OP(fd, dup3, 1), OP(fd, fcntl, 4),
	OP(lock, lock, 3), OP(lock, flock, 2), OP(io, read, 8), OP(io, write, 8), OP(io, pread, 3), OP(io, pwrite, 3), OP(io, readv, 2), OP(io, writev, 2), OP(io, preadv2, 1),
	OP(io, pwritev2, 1), OP(io, lseek, 4), OP(io, ftruncate, 2), OP(file, truncate, 2), OP(io, fallocate, 1), OP(io, fsync, 1), OP(io, fadvise, 1), OP(io, readahead, 1),
	OP(file, stat, 4), OP(fd, fstat, 3), OP(file, fstatat, 4), OP(file, statx, 3), OP(file, statfs, 1), OP(fd, fstatfs, 1), OP(file, access, 2), OP(file, faccessat2, 2),
	OP(file, mkdir, 3), OP(file, mkdirat, 2), OP(file, rmdir, 2), OP(file, unlink, 3), OP(file, unlinkat, 2), OP(file, rename, 3), OP(file, renameat2, 3), OP(file, link, 2),
	OP(file, linkat, 2), OP(file, symlink, 3), OP(file, readlink, 2), OP(file, mknod, 2), OP(file, chmod, 2), OP(fd, fchmod, 1), OP(file, fchmodat, 1), OP(file, chown, 1),
	OP(file, utimensat, 2), OP(file, getdents, 3), OP(file, chdir, 2), OP(file, fchdir, 1), OP(file, getcwd, 1), OP(file, umask, 1), OP(file, setxattr, 1), OP(file, getxattr, 1),
	OP(io, sendfile, 2), OP(io, copy_range, 2), OP(io, splice, 2), OP(io, tee, 1), OP(fd, close_range, 1), OP(fd, memfd, 2), OP(fd, ioctl, 3),
	OP(pipe, pipe, 4), OP(socket, pair, 3), OP(socket, socket, 3), OP(socket, bind, 3), OP(socket, connect, 3), OP(socket, listen, 2), OP(socket, accept, 2),
	OP(socket, getname, 2), OP(socket, shutdown, 1), OP(socket, send, 4), OP(socket, recv, 4), OP(socket, sendmsg, 3), OP(socket, recvmsg, 3), OP(socket, getsockopt, 2),
	OP(socket, setsockopt, 2), OP(wait, eventfd, 2), OP(wait, write8, 3), OP(wait, read8, 3), OP(wait, timerfd, 2), OP(wait, timerfd_settime, 2), OP(wait, timerfd_gettime, 1),
	OP(wait, signalfd, 1), OP(wait, epoll_create, 2), OP(wait, epoll_ctl, 4), OP(wait, epoll_wait, 3), OP(wait, poll, 4), OP(wait, select, 2), OP(wait, inotify, 1),
	OP(wait, inotify_add, 2), OP(wait, inotify_rm, 1), OP(memory, mmap, 4), OP(memory, munmap, 2), OP(memory, mprotect, 2), OP(memory, mremap, 2), OP(memory, madvise, 2),
	OP(memory, msync, 1), OP(memory, mincore, 1), OP(memory, mlock, 1), OP(memory, from_arena, 3), OP(signal, sigaction, 2), OP(signal, sigmask, 3), OP(signal, kill, 3),
	OP(signal, tgkill, 2), OP(signal, sigqueue, 2), OP(signal, sigpending, 2), OP(signal, sigtimedwait, 2), OP(signal, sigaltstack, 1), OP(time, itimer, 1),
	OP(time, getitimer, 1), OP(time, alarm, 1), OP(time, timer_create, 1), OP(time, timer_settime, 1), OP(time, timer_gettime, 1), OP(time, timer_delete, 1),
	OP(time, nanosleep, 1), OP(time, clock_nanosleep, 1), OP(time, clock, 3), OP(time, times, 1), OP(time, time, 1), OP(process, getrusage, 1), OP(process, getrlimit, 1),
	OP(process, setrlimit, 1), OP(process, priority, 1), OP(process, sched, 1), OP(process, ids, 1), OP(process, getpgid, 1), OP(process, setpgid, 1), OP(process, uname, 1),
	OP(process, sysinfo, 1), OP(process, getcpu, 1), OP(process, getrandom, 2), OP(process, prctl, 2), OP(process, set_name, 1), OP(process, futex, 2),
	OP(process, membarrier, 1), OP(process, refused, 1), OP(process, pidfd, 1), OP(process, pidfd_signal, 1), OP(process, getgroups, 1), OP(process, capget, 1),
	OP(process, wait, 2), OP(process, waitid, 1), OP(process, fork, 2), OP(ipc, msgget, 1), OP(ipc, msgsnd, 1), OP(ipc, msgrcv, 1), OP(ipc, semget, 1), OP(ipc, semop, 1),
	OP(ipc, semctl, 1), OP(ipc, shmget, 1), OP(ipc, shmat, 1), OP(ipc, shmdt, 1), OP(ipc, mq, 1), OP(ipc, mq_send, 1), OP(ipc, mq_receive, 1),
};

enum { OPS = sizeof(ops) / sizeof(*ops) };

static unsigned char lot[OPS * 8];
static unsigned lots;

static void some_calls(unsigned long n)
{
	char *end;

	for (unsigned long k = 0; k < n; k++) {
		const struct op *o = &ops[lot[below(lots)]];

		number++;
		line_n = 0;
		native_differs = false;
		say(" %d.%lu %s", depth, number, o->name);
		o->make();
		say(" c%d\n", (int)caught);
		line[0] = native_differs ? '~' : ' ';
		for (end = line; end < line + line_n;) {
			ssize_t w = write(OUT, end, (size_t)(line + line_n - end));

			if (w == 0 || (w < 0 && errno != EINTR))
				_exit(99);
			end += w < 0 ? 0 : w;
		}
	}
}

int main(int argc, char **argv)
{
	const int harmless[] = { SIGUSR1, SIGUSR2, SIGALRM, SIGRTMIN, SIGRTMIN + 1, SIGIO, SIGPIPE, SIGXFSZ, SIGPROF, SIGVTALRM };
	struct sigaction a = { .sa_handler = on_signal };

	if (argc < 3)
		return 2;
	state = strtoull(argv[1], NULL, 0) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (int i = 0; i < 10; i++)
		draw();
	wild = argc > 3 && !strcmp(argv[3], "wild");
	for (unsigned i = 0; i < OPS; i++) {
		bool wanted = argc == 3 + wild;

		for (int k = 3 + wild; k < argc; k++)
			wanted |= !strcmp(argv[k], ops[i].family) || !strcmp(argv[k], ops[i].name);
		for (unsigned k = 0; wanted && k < ops[i].weight; k++)
			lot[lots++] = (unsigned char)i;
	}
	if (!lots || dup2(1, OUT) < 0)
		return 2;
	for (int fd = 3; fd < OUT; fd++)
		close(fd);
	for (unsigned i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		sigaction(harmless[i], &a, NULL);
	arena = mmap((void *)0x200000000, ARENA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	buffer = mmap((void *)0x300000000, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	edge = mmap((void *)0x400000000, (size_t)2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(edge + PAGE, PAGE);
	edge += PAGE;
	umask(022);
	some_calls(strtoul(argv[2], NULL, 0));
	return 0;
}
