/* Every call that the policy table lets the agent answer, made once with nonsense for arguments, from a place that it finds: a number moved to eax
 * directly before. tests/det/table.bats looks whether it did answer. */
/* control: same */
/* expect:
chdir EFAULT, clock_gettime EINVAL, read EBADF, wait4 ECHILD
others: 7 8 7
*/
#include "guest.h"

#include <spawn.h>

#include "../../src/syscall/numbers.h"

static long results[512];

/* The way to the agent lies behind the code, in its last page (insn/stub.h): there is to be room for all of them. */
__asm__(".text\n.skip 1536, 0x90");

/* Only SIGCHLD and SIGSEGV stop of rt_sigaction: its first argument is 17. All others get -1. Huge pages make mmap stop; of ioctl the
 * numbers of terminals are answered. */
#define CALL(nr) \
	do { \
		long r; \
		register long r10 __asm__("r10") = (nr) == __NR_mmap ? 0x40000 : 0, r8 __asm__("r8") = 0, r9 __asm__("r9") = 0; \
		__asm__ volatile("mov %1, %%eax\n\tsyscall" : "=&a"(r) : "i"(nr), "D"((nr) == __NR_rt_sigaction ? 17L : -1L), "S"((nr) == __NR_ioctl ? 0x5401L : 0L), "d"(0L), "r"(r10), "r"(r8), "r"(r9) \
				 : "rcx", "r11", "memory"); \
		results[nr] = r; \
	} while (0)

enum { NEVER_, SAYS_, HELPS_, LENDS_, ASKS_, TRIES_, ENDS_, BEGINS_, LIKENS_, ACTS_, MAPS_ };
#define KIND_NEVER NEVER_
#define KIND_SAYS SAYS_
#define KIND_HELPS HELPS_
#define KIND_LENDS LENDS_
#define KIND_ASKS ASKS_
#define KIND_TRIES TRIES_
#define KIND_ENDS ENDS_
#define KIND_BEGINS BEGINS_
#define KIND_LIKENS LIKENS_
#define KIND_ACTS ACTS_
#define KIND_MAPS MAPS_
#define KIND(how, n, most, also, other) KIND_##how

/* What makes processes and programs is not made with nonsense. */
static void begin(char *self)
{
	char *argv[] = { self, "again", NULL };
	int status[3] = { 0 };
	pid_t child;

	fflush(stdout);
	if (fork() == 0) {
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	wait(&status[0]);
	if (vfork() == 0)
		_exit(8);
	wait(&status[1]);
	MUST(posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, NULL));
	wait(&status[2]);
	printf("others: %d %d %d\n", WEXITSTATUS(status[0]), WEXITSTATUS(status[1]), WEXITSTATUS(status[2]));
}

#define MAKE(nr, a, b, c, d) \
	({ \
		long r; \
		register long r10 __asm__("r10") = (long)(d), r8 __asm__("r8") = 0; \
		__asm__ volatile("mov %1, %%eax\n\tsyscall" : "=&a"(r) : "i"(nr), "D"((long)(a)), "S"((long)(b)), "d"((long)(c)), "r"(r10), "r"(r8) : "rcx", "r11", "memory"); \
		r; \
	})

/* Attributes of a file that is known, and its names; what is ready. */
static void change_files(void)
{
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0644));
	struct pollfd ready = { fd, POLLIN, 0 };

	CHECK(MAKE(SYS_chmod, "f", 0600, 0, 0) == 0);
	CHECK(MAKE(SYS_fchmod, fd, 0644, 0, 0) == 0);
	CHECK(MAKE(SYS_fchmodat, AT_FDCWD, "f", 0600, 0) == 0);
	CHECK(MAKE(SYS_utime, "f", NULL, 0, 0) == 0);
	CHECK(MAKE(SYS_utimes, "f", NULL, 0, 0) == 0);
	CHECK(MAKE(SYS_utimensat, AT_FDCWD, "f", NULL, 0) == 0);
	CHECK(MAKE(SYS_rename, "f", "g", 0, 0) == 0);
	CHECK(MAKE(SYS_renameat, AT_FDCWD, "g", AT_FDCWD, "f") == 0);
	CHECK(MAKE(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "g") == 0);
	CHECK(MAKE(SYS_poll, &ready, 1, 0, 0) == 1);
	MUST(unlink("g"));
	close(fd);
}

/* And names are changed where they can be: the first time the directory is not known. */
static void change_names(void)
{
	for (int i = 0; i < 2; i++) {
		MUST(mkdir("a", 0755));
		MUST(mkdirat(AT_FDCWD, "b", 0755));
		MUST(symlink("x", "a/link"));
		MUST(symlinkat("x", AT_FDCWD, "b/link"));
		MUST(unlink("a/link"));
		MUST(unlinkat(AT_FDCWD, "b/link", 0));
		MUST(rmdir("a"));
		MUST(rmdir("b"));
	}
	MUST(symlink("x", "link"));
	MUST(symlinkat("x", AT_FDCWD, "other"));
	MUST(unlink("link"));
	MUST(unlinkat(AT_FDCWD, "other", 0));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 7;
#define ROW_PLAIN(name, class, near, err, args, why)
#define ROW_HANDLED(name, class, near, handle, single, when, args, why) \
	if (KIND near != NEVER_ && KIND near != HELPS_ && KIND near != LENDS_ && KIND near != ENDS_ && KIND near != BEGINS_ && KIND near != LIKENS_) \
		CALL(__NR_##name);
#include "../../src/syscall/table.def"
	printf("chdir %s, clock_gettime %s, read %s, wait4 %s\n", strerrorname_np((int)-results[__NR_chdir]), strerrorname_np((int)-results[__NR_clock_gettime]),
	       strerrorname_np((int)-results[__NR_read]), strerrorname_np((int)-results[__NR_wait4]));
	change_names();
	change_files();
	begin(argv[0]);
	return 0;
}
