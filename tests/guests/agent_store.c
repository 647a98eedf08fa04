/* Code that is mapped often comes from a copy: that nobody can tell. Each mapping is as private as any, can be written to, cut, moved and inherited, and is the
 * file's own in /proc/self/maps; a file that changed is not taken for what it was. */
/* control: same */
/* expect:
ok
*/
#include "guest.h"

#include <elf.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/wait.h>

enum { PAGE = 4096, TIMES = 9 };

static int failed;

static void check(bool good, const char *what, int i)
{
	if (good)
		return;
	printf("%s (%d): errno %d\n", what, i, errno);
	failed = 1;
}

struct code { int fd; off_t offset; size_t len; };

/* The executable segment of the program's interpreter, which is none of those that its own loading has mapped by this file's name. */
static struct code find_code(const char *path)
{
	struct code c = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
	Elf64_Ehdr head;
	Elf64_Phdr p;

	check(c.fd >= 0 && pread(c.fd, &head, sizeof(head), 0) == sizeof(head), "open", 0);
	for (int i = 0; i < head.e_phnum; i++)
		if (pread(c.fd, &p, sizeof(p), (off_t)(head.e_phoff + (size_t)i * sizeof(p))) == sizeof(p) && p.p_type == PT_LOAD && (p.p_flags & PF_X)) {
			c.offset = (off_t)(p.p_offset / PAGE * PAGE);
			c.len = (p.p_offset % PAGE + p.p_filesz + PAGE - 1) / PAGE * PAGE;
		}
	return c;
}

/* Whole lines of /proc/self/maps that lie in the range, to buf. */
static void lines_of(const char *at, size_t len, char *buf, size_t size)
{
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	buf[0] = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		uintptr_t from = strtoull(line, NULL, 16);

		if (from >= (uintptr_t)at && from < (uintptr_t)at + len && strlen(buf) + strlen(line) < size)
			strcat(buf, line);
	}
	if (f)
		fclose(f);
}

static void check_lines(const char *at, const struct code *c, const char *perms, const char *path, int i)
{
	char have[2048], want[128];

	lines_of(at, c->len, have, sizeof(have));
	snprintf(want, sizeof(want), "%lx-%lx %s %08lx ", (unsigned long)(uintptr_t)at, (unsigned long)(uintptr_t)at + c->len, perms, (long)c->offset);
	check(strncmp(have, want, strlen(want)) == 0 && strstr(have, path) && strchr(have, '\n') == have + strlen(have) - 1, have, i);
}

static char *map(const struct code *c, int i)
{
	char *p = mmap(NULL, c->len, PROT_READ | PROT_EXEC, MAP_PRIVATE, c->fd, c->offset);

	check(p != MAP_FAILED, "mmap", i);
	return p;
}

/* What is written to one mapping is in no other. */
static void check_private(const struct code *c, const char *path)
{
	char *p[TIMES];

	for (int i = 0; i < TIMES; i++) {
		p[i] = map(c, i);
		check_lines(p[i], c, "r-xp", path, i);
		check(mprotect(p[i], c->len, PROT_READ | PROT_WRITE) == 0, "mprotect", i);
		p[i][5] = (char)(100 + i);
		p[i][c->len - 1] = (char)i;
		check_lines(p[i], c, "rw-p", path, i);
	}
	for (int i = 0; i < TIMES; i++) {
		check(p[i][5] == (char)(100 + i) && p[i][c->len - 1] == (char)i, "written", i);
		check(memcmp(p[i] + 6, p[0] + 6, 64) == 0, "the rest", i);
	}
	for (int i = 0; i < TIMES; i++)
		munmap(p[i], c->len);
}

/* Cut in two, moved, over another mapping, in a child. */
static void check_pieces(const struct code *c)
{
	char *p = map(c, 0), *q = map(c, 1), *moved, byte = p[c->len - PAGE];
	int status = -1;
	pid_t pid;

	check(mprotect(p + PAGE, PAGE, PROT_NONE) == 0 && munmap(p + PAGE, PAGE) == 0, "cut", 0);
	moved = mremap(p + 2 * PAGE, c->len - 2 * PAGE, c->len - 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 2 * PAGE);
	check(moved == q + 2 * PAGE && moved[c->len - 3 * PAGE] == byte, "moved", 0);
	check(mmap(q, c->len, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, c->fd, c->offset) == q, "fixed", 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(q[c->len - PAGE] == byte && mprotect(q, c->len, PROT_READ | PROT_WRITE) == 0 && (q[0] ^= 1) != p[0] ? 3 : 4);
	check(waitpid(pid, &status, 0) == pid && status == 3 << 8, "child", status);
	check(q[0] == p[0], "after the child", 0);
	munmap(p, PAGE);
	munmap(q, c->len);
}

static void check_advice(const struct code *c)
{
	char *p = map(c, 0), was = p[7];

	check(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect", 0);
	p[7] = (char)~was;
	check(madvise(p, PAGE, MADV_DONTNEED) == 0 && p[7] == was, "MADV_DONTNEED", 0);
	munmap(p, c->len);
}

static int copy_of(const char *from)
{
	char buf[PAGE];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open("copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		check(write(out, buf, (size_t)n) == n, "write", 0);
	close(in);
	return out;
}

/* Another content under the same name and number: what was known of the first is forgotten. */
static void check_changed(const char *from)
{
	char *p = NULL;
	int out = copy_of(from);
	struct code c = find_code("copy");

	for (int i = 0; i < TIMES; i++) {
		p = map(&c, i);
		munmap(p, c.len);
	}
	check(pwrite(out, "changed", 7, c.offset + 64) == 7, "pwrite", 0);
	p = map(&c, 0);
	check(memcmp(p + 64, "changed", 7) == 0, "changed file", 0);
	munmap(p, c.len);
	close(c.fd);
	close(out);
	unlink("copy");
}

/* A file that is mapped shared changes without a call, and without another time. Before that it lies still until it counts as old, by the host's clock, for
 * which no sleep is long. */
static void check_shared(void)
{
	struct code c = { .fd = memfd_create("shared", MFD_CLOEXEC), .len = PAGE };
	char *p, *shared;

	check(ftruncate(c.fd, PAGE) == 0, "memfd", 0);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0);
	shared[1] = 77;
	for (volatile long i = 0; i < 300000000; i++)
		;
	for (int i = 0; i < 2 * TIMES; i++) {
		sched_yield();
		p = map(&c, i);
		check(p[1] == 77, "what was there", i);
		munmap(p, PAGE);
	}
	shared[1] = 78;
	p = map(&c, 0);
	check(p[1] == 78, "what another mapping changed", 0);
	munmap(p, PAGE);
	munmap(shared, PAGE);
	close(c.fd);
}

static sigjmp_buf out;

static void on_sigbus(int signo)
{
	siglongjmp(out, signo);
}

/* What lies behind a file's last page is nothing. */
static void check_end(void)
{
	struct code c = { .fd = memfd_create("short", MFD_CLOEXEC), .len = 2 * PAGE };
	volatile int beyond = 0;

	check(ftruncate(c.fd, PAGE) == 0, "memfd", 0);
	signal(SIGBUS, on_sigbus);
	for (volatile long i = 0; i < 300000000; i++)
		;
	for (volatile int i = 0; i < 2 * TIMES; i++) {
		volatile char *p;

		sched_yield();
		p = map(&c, i);
		if (sigsetjmp(out, 1) == SIGBUS)
			beyond++;
		else
			(void)p[PAGE];
		munmap((void *)(uintptr_t)p, c.len);
	}
	check(beyond == 2 * TIMES, "behind the end", beyond);
	signal(SIGBUS, SIG_DFL);
	close(c.fd);
}

/* Started often, a program and its interpreter come from the store as well. */
static void check_program(char **argv, int left)
{
	char maps[8192], *line, *name, number[16];
	int n = 0, fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t got, all = 0;

	while ((got = read(fd, maps + all, sizeof(maps) - 1 - (size_t)all)) > 0)
		all += got;
	close(fd);
	maps[all] = '\0';
	for (line = strtok(maps, "\n"); line; line = strtok(NULL, "\n"))
		n += strstr(line, " r-xp ") && (name = strchr(line, '/')) && access(name, R_OK) == 0 && strncmp(name, "/proc", 5) != 0;
	check(n == 3, "mapped code", n); /* the program, its C library, its interpreter */
	if (!left || failed)
		return;
	fflush(stdout);
	snprintf(number, sizeof(number), "%d", left - 1);
	execl("/proc/self/exe", argv[0], number, (char *)NULL);
	check(false, "exec", left);
}

int main(int argc, char **argv)
{
	const char *path = "/usr/lib/x86_64-linux-gnu/libm.so.6";
	struct code c;

	if (argc == 1) {
		c = find_code(path);
		check_private(&c, path);
		check_pieces(&c);
		check_advice(&c);
		check_changed(path);
		check_shared();
		check_end();
	}
	check_program(argv, argc == 1 ? TIMES : atoi(argv[1]));
	puts(failed ? "not ok" : "ok");
	return failed;
}
