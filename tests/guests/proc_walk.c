/* proc_walk: everything under /proc and /sys: type, mode, links, size, owner, times, what access says, targets of links, contents. */
/* control: differs */
#include "guest.h"
#include <ctype.h>

/* Natively there may be a hundred thousand files: the walk ends after a second of that. Its traced time is logical, and shorter. */
enum { DEPTH = 16, CONTENT = 1 << 18 };
static int64_t deadline;
static long seen;

static void print_text(const char *b, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++) {
		if (i == 0 || b[i - 1] == '\n')
			printf("    ");
		if (isprint((unsigned char)b[i]) || b[i] == '\n' || b[i] == '\t')
			putchar(b[i]);
		else
			printf("\\%02x", (unsigned char)b[i]);
	}
	if (n && b[n - 1] != '\n')
		printf("\\\n");
}

/* "rwx-": what access(2) answers for reading, writing, executing; '!' where another call for the same gives another answer. */
static const char *rights(int dir, const char *path)
{
	static const int modes[] = {R_OK, W_OK, X_OK, F_OK};
	static char s[5];

	for (int i = 0; i < 4; i++) {
		int at = faccessat(dir, path, modes[i], 0), own = (int)syscall(SYS_faccessat2, dir, path, modes[i], AT_EACCESS);

		s[i] = at != own ? '!' : at == 0 ? "rwxf"[i] : '-';
	}
	return s;
}

static void print_file(int dir, const char *name)
{
	static char b[CONTENT];
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	ssize_t n, len = 0;

	if (fd < 0) {
		printf("    open: %s\n", strerrorname_np(errno));
		return;
	}
	while (len < CONTENT && (n = read(fd, b + len, (size_t)(CONTENT - len))) > 0)
		len += n;
	if (n < 0)
		printf("    read: %s\n", strerrorname_np(errno));
	print_text(b, len);
	close(fd);
}

static void print_times(const struct stat *st)
{
	printf(" %lld.%09ld %lld.%09ld %lld.%09ld", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
	       st->st_ctim.tv_nsec, (long long)st->st_atim.tv_sec, st->st_atim.tv_nsec);
}

static void walk(int parent, const char *name, const char *path, int depth);

static void print_entry(int dir, const char *name, int type, const char *path, int depth)
{
	char target[4096];
	struct stat st;
	ssize_t n;

	seen++;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
		printf("%s %d: %s\n", path, type, strerrorname_np(errno));
		return;
	}
	printf("%s %d %o %lu %lld %lld %ld %u:%u %lx:%lu", path, type, st.st_mode, (unsigned long)st.st_nlink, (long long)st.st_size,
	       (long long)st.st_blocks, (long)st.st_blksize, st.st_uid, st.st_gid, (unsigned long)st.st_dev, (unsigned long)st.st_ino);
	print_times(&st);
	printf(" %s", rights(dir, name));
	if (S_ISLNK(st.st_mode) && (n = readlinkat(dir, name, target, sizeof(target))) >= 0)
		printf(" -> %.*s%s", (int)n, target, fstatat(dir, name, &st, 0) ? " dangling" : "");
	printf("\n");
	if (S_ISREG(st.st_mode) && type != DT_LNK)
		print_file(dir, name);
	if (S_ISDIR(st.st_mode) && type != DT_LNK && depth > 0)
		walk(dir, name, path, depth - 1);
}

static void walk(int parent, const char *name, const char *path, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		printf("    open: %s\n", strerrorname_np(errno));
		return;
	}
	while (clock_ns(CLOCK_MONOTONIC) < deadline && (e = readdir(d))) {
		char *below;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		MUST(asprintf(&below, "%s/%s", path, e->d_name));
		print_entry(fd, e->d_name, e->d_type, below, depth);
		free(below);
	}
	closedir(d);
}

int main(void)
{
	static const char *const roots[] = {"/proc", "/sys"};

	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	for (int i = 0; i < 2; i++) {
		deadline = clock_ns(CLOCK_MONOTONIC) + NS;
		print_entry(AT_FDCWD, roots[i], DT_DIR, roots[i], DEPTH);
	}
	printf("%ld entries\n", seen);
	return 0;
}
