/* chance.c: what is drawn, and how it is told. */
#include "random.h"

__thread uint64_t state;
__thread unsigned long number;
__thread char *buffer;
__thread int depth;
__thread bool native_differs;
char *arena, *edge;
bool wild;

uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

unsigned below(unsigned n) { return (unsigned)(draw() % n); }
bool chance(unsigned percent) { return below(100) < percent; }

long now_or(long flag) { return wild && chance(40) ? 0 : flag; }
long some_ms(void) { return wild ? (long[]){ 0, 1, 30, -1 }[below(4)] : 0; }

long one_of(const long *list, size_t n) { return list[below((unsigned)n)]; }

long some_bits(const long *list, size_t n)
{
	long bits = 0;

	for (unsigned k = below(4); k > 0; k--)
		bits |= list[below((unsigned)n)];
	return bits;
}

long soon(void) { return wild ? OF(0, 1, 50, -1) : OF(0, 0, -1); }

/* ---- telling ---- */

static __thread char line[4096];
static __thread size_t line_n;

void say(const char *fmt, ...)
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

void stored(const void *data, size_t n) { say(" [%zu %llx]", n, (unsigned long long)hash(data, n)); }

void stored_here(const void *data, size_t n)
{
	say(" ~[%zu %llx]", n, (unsigned long long)hash(data, n));
}

void line_begin(const char *name)
{
	line_n = 0;
	native_differs = false;
	say(" %d.%lu %s", depth, number, name);
}

void line_end(void)
{
	say(" c%d\n", (int)caught);
	line[0] = native_differs ? '~' : ' ';
	for (size_t at = 0; at < line_n;) {
		ssize_t n = write(OUT, line + at, line_n - at);

		if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ OUT, POLLOUT, 0 }, 1, -1);
		else if (n == 0 || (n < 0 && errno != EINTR))
			_exit(99);
		at += n < 0 ? 0 : (size_t)n;
	}
}

long result(long ret)
{
	int e = errno;

	if (ret < 0)
		say(" = -%d", e);
	else
		say(" = %ld", ret);
	errno = e;
	return ret;
}

long result_here(long ret)
{
	if (ret < 0)
		return result(ret);
	say(" ~= %ld", ret);
	return ret;
}

void keep_low(long fd)
{
	if (fd > 40)
		close((int)fd);
}

void fill(size_t n)
{
	for (size_t i = 0; i < n; i++)
		buffer[i] = (char)('a' + (number + i) % 26);
}

/* ---- arguments ---- */

int any_fd(void)
{
	int fd = chance(85) ? 3 + (int)below(14) : (int)OF(-1, 0, 1, 2, 99, AT_FDCWD, 400, -100000);

	say(" fd%d", fd);
	return fd;
}

int dir_fd(void) { return chance(75) ? (say(" cwd"), AT_FDCWD) : any_fd(); }

static const char long_name[] =
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	"9";

static bool is_link_to_nothing(const char *p)
{
	char to[8];

	return (!strncmp(p, "/proc/self/fd/", 14) || !strncmp(p, "/dev/fd/", 8)) && readlink(p, to, sizeof(to)) > 0 && to[0] != '/';
}

const char *any_path(void)
{
	static const char *const paths[] = { "a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "l", "m", "s", "a/x", "nothing", "nothing/x", ".", "..", "d/..",
		"./a", "d/", "a/", "/", "", "//", "/dev/null", "/dev/zero", "/dev/full", "d/../b", "l/a", "k", "/nowhere/a", "/dev/fd/3", "/proc/self/fd/4",
		"/proc/self/cwd/a", "/dev/nothing" };
	const char *p;

	if (chance(3)) {
		say(" bad");
		return (const char *)OF(0, 1, PAGE);
	}
	p = chance(2) ? long_name : chance(60) ? paths[below(11)] : paths[below(sizeof(paths) / sizeof(*paths))];
	if (is_link_to_nothing(p)) /* what is no file: whose it is, and whether it can be opened, is the kernel's version's affair */
		p = "a";
	if (chance(2)) { /* ends right before the page that is not there, or reaches into it */
		size_t n = strlen(p) + (chance(50) ? 1 : 0);

		say(" edge%zu", n);
		return memcpy(edge - n, p, n);
	}
	say(" \"%.20s\"", p);
	return p;
}

size_t any_size(void)
{
	size_t n = (size_t)(chance(70) ? OF(1, 7, 64, 100, 512) : OF(0, 4095, 4096, 4097, 20000, BUFFER, BUFFER));

	say(" %zu", n);
	return n;
}

void *any_place(size_t n)
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

bool is_buffer(const void *p) { return p == buffer; }

long any_offset(void)
{
	long at = chance(80) ? OF(0, 1, 10, 100, 4096, 5000) : OF(-1, 1L << 40, INT64_MIN, 1L << 43, 1L << 31);

	say(" @%ld", at);
	return at;
}

long told(long v)
{
	say(" %#lx", v);
	return v;
}

int any_signal(void)
{
	return (int)told(chance(85) ? OF(SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGURG, SIGWINCH, SIGRTMIN, SIGRTMIN + 1, SIGIO) : OF(0, -1, 64, 65, 33, SIGCONT));
}

char *any_arena(size_t *ret_len)
{
	size_t at = chance(90) ? below(60) * PAGE : below(ARENA);

	*ret_len = chance(90) ? (size_t)(1 + below(4)) * PAGE : (size_t)OF(0, 1, 100, 5000);
	say(" arena+%zu %zu", at, *ret_len);
	return arena + at;
}

int bad_flag(void) { return chance(3) ? (int)told(OF(0x40000000, 0x10, 1 << 28)) : 0; }

/* An eventfd, an epoll descriptor ...: they share one inode with all others of the machine, and what some calls say of them is the kernel's version's choice. */
bool is_anonymous(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && !(st.st_mode & S_IFMT);
}

uint64_t any_set(void)
{
	return (uint64_t)told(OF(1L << (SIGUSR1 - 1), 1L << (SIGUSR2 - 1), 1L << (SIGRTMIN - 1), 1L << (SIGUSR1 - 1) | 1L << (SIGCHLD - 1), 0));
}
