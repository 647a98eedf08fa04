/* searches: what is kept comes back as it was, for the same file and question alone, and whatever stands in an entry is read with checks.
 * Works in a directory of its own below $TMPDIR or /tmp. */
#include <sys/vfs.h>

/* Where the test's directory lies nobody knows. */
static int fstatfs_here(int fd, struct statfs *ret);
#define fstatfs fstatfs_here
#include "tracee/searches.c" /* its sum, so that entries with a right one can be made of any bytes */
#undef fstatfs

#include "test.h"

static __typeof__(((struct statfs *)0)->f_type) type = EXT4_SUPER_MAGIC;
static char *root[] = { NULL, NULL }, **writable, *upper[] = { NULL, NULL };

static int fstatfs_here(int fd, struct statfs *ret)
{
	int r = fstatfs(fd, ret);

	ret->f_type = type;
	return r;
}

static struct searches *open_made(void)
{
	return searches_open("made/code", root, writable);
}

static const uint64_t asked[SEARCHES_ASKED] = { 1, 2, 3 }, asked_else[SEARCHES_ASKED] = { 1, 2, 4 };

static void write_file(const char *name, size_t n)
{
	autofree char *bytes = xzalloc(n);

	memset(bytes, 'a', n);
	file_write_atomic(name, bytes, n);
}

static struct code_file file_of(const char *name, int *ret_fd)
{
	struct code_file f = { .entry = 0x1234, .n_segments = 2 };
	struct stat st = { 0 };

	*ret_fd = open(name, O_RDWR | O_CLOEXEC);
	fstat(*ret_fd, &st);
	f.dev = st.st_dev;
	f.ino = st.st_ino;
	f.size = (uint64_t)st.st_size;
	f.mtime = st.st_mtim;
	f.ctime = st.st_ctim;
	return f;
}

static void fill(struct code_file *f)
{
	f->segments[0] = (struct segment){ 4096, 0x401000, 8192, true };
	f->segments[1] = (struct segment){ 16384, 0x405000, 100, false };
	f->interpreter = xstrdup("/lib64/ld.so");
	f->sites.n = 2;
	f->sites.cpuid = true;
	f->sites.list = xzalloc(2 * sizeof(*f->sites.list));
	f->sites.list[0] = (struct insn_site){ 5000, INSN_CPUID, 2, { 0x0f, 0xa2 }, { 0xcd, 0xa2 } };
	f->sites.list[1] = (struct insn_site){ 5010, INSN_XGETBV, 3, { 0x0f, 0x01, 0xd0 }, { 0xcd, 0xd0, 0xd0 } };
	f->calls.at = 12000;
	f->calls.len = 9;
	f->calls.code = xzalloc(9);
	memcpy(f->calls.code, "routine !", 9);
	f->calls.n = f->calls.room = 3;
	f->calls.list = xzalloc(3 * sizeof(*f->calls.list));
	for (unsigned i = 0; i < 3; i++)
		f->calls.list[i] = (struct insn_edit){ 6000 + i, 5, { 1, 2, 3, 4, 5 }, { 6, 7, 8, 9, 10 } };
}

static void clear(struct code_file *f)
{
	insn_sites_clear(&f->sites);
	insn_stubs_clear(&f->stubs);
	insn_stubs_clear(&f->calls);
	free(f->interpreter);
	f->interpreter = NULL;
}

static bool same_stubs(const struct insn_stubs *a, const struct insn_stubs *b)
{
	return a->at == b->at && a->n == b->n && a->len == b->len && (!a->n || memcmp(a->list, b->list, a->n * sizeof(*a->list)) == 0) && (!a->len || memcmp(a->code, b->code, a->len) == 0);
}

static bool same(const struct code_file *a, const struct code_file *b)
{
	return a->entry == b->entry && a->n_segments == b->n_segments && memcmp(a->segments, b->segments, sizeof(a->segments)) == 0 && a->sites.n == b->sites.n &&
	       a->sites.cpuid == b->sites.cpuid && a->sites.cut == b->sites.cut && (!a->sites.n || memcmp(a->sites.list, b->sites.list, a->sites.n * sizeof(*a->sites.list)) == 0) &&
	       same_stubs(&a->stubs, &b->stubs) && same_stubs(&a->calls, &b->calls) && !a->interpreter == !b->interpreter && (!a->interpreter || strcmp(a->interpreter, b->interpreter) == 0);
}

static bool finds(const struct searches *s, const struct search_key *key, const struct code_file *wanted)
{
	struct code_file got = { .size = wanted->size };
	bool found = searches_find(s, key, &got);

	if (found && !same(&got, wanted))
		test_ok(false, "what is found is what was kept");
	clear(&got);
	return found;
}

static void comes_back(void)
{
	struct search_key key, other;
	struct searches *s = open_made();
	autoclose int fd = -1;
	struct code_file f = file_of("f", &fd);

	test_ok(s != NULL && !path_exists("made"), "a directory that is not there yet is not made");
	test_ok(searches_key(s, &f, fd, asked, INT64_MAX, &key) && !finds(s, &key, &f), "nothing is kept yet");
	fill(&f);
	searches_keep(s, &key, &f, fd);
	test_ok(finds(s, &key, &f), "it is found");
	searches_close(s);
	s = open_made();
	test_ok(finds(s, &key, &f), "and by another run");
	test_ok(searches_key(s, &f, fd, asked_else, INT64_MAX, &other) && !finds(s, &other, &f), "asked something else");
	other = key;
	other.ctime_ns ^= 1;
	test_ok(!finds(s, &other, &f), "another time of status change");
	other = key;
	other.ino ^= 1;
	test_ok(!finds(s, &other, &f), "another inode");
	clear(&f);
	f.n_segments = 0;
	memset(f.segments, 0, sizeof(f.segments));
	searches_keep(s, &key, &f, fd);
	test_ok(finds(s, &key, &f), "no code at all is kept as well");
	searches_close(s);
}

static void not_kept(void)
{
	struct searches *s = open_made();
	struct search_key key;
	autoclose int fd = -1, small = -1, changing = -1;
	struct code_file f = file_of("f", &fd), g = file_of("small", &small), h;
	const int64_t ctime_ns = f.ctime.tv_sec * INT64_C(1000000000) + f.ctime.tv_nsec;

	test_ok(!searches_key(NULL, &f, fd, asked, INT64_MAX, &key) && !searches_open(NULL, root, NULL), "no directory");
	test_ok(!searches_key(s, &f, fd, asked, ctime_ns, &key) && searches_key(s, &f, fd, asked, ctime_ns + 1, &key), "a file that changed since the run began");
	test_ok(!searches_key(s, &g, small, asked, INT64_MAX, &key), "a small file");
	h = file_of("changes", &changing);
	test_ok(searches_key(s, &h, changing, asked, INT64_MAX, &key), "a file");
	usleep(20000);
	test_ok(chmod("changes", 0600) == 0, "it changes");
	fill(&h);
	searches_keep(s, &key, &h, changing);
	test_ok(!finds(s, &key, &h), "while it was searched");
	clear(&h);
	searches_close(s);
}

/* What is not in the image as the guest has it, or not on a file system that tells. */
static void elsewhere(void)
{
	struct searches *s = open_made();
	struct search_key key;
	autoclose int fd = -1;
	struct code_file f = file_of("f", &fd), g = f;

	test_ok(searches_key(s, &f, fd, asked, INT64_MAX, &key), "a file of the image");
	g.ino |= UINT64_C(1) << 63;
	test_ok(searches_key(s, &g, fd, asked, INT64_MAX, &key) && key.ino == f.ino, "with the layer in its number");
	g.ino ^= 1;
	test_ok(!searches_key(s, &g, fd, asked, INT64_MAX, &key), "another file in its place");
	g = f;
	g.ctime.tv_nsec ^= 1;
	test_ok(!searches_key(s, &g, fd, asked, INT64_MAX, &key), "changed in the box");
	type = TMPFS_MAGIC;
	test_ok(!searches_key(s, &f, fd, asked, INT64_MAX, &key), "memory");
	type = OVERLAYFS_SUPER_MAGIC;
	test_ok(!searches_key(s, &f, fd, asked, INT64_MAX, &key), "an overlay");
	type = EXT4_SUPER_MAGIC;
	searches_close(s);
	writable = upper;
	s = open_made();
	test_ok(!searches_key(s, &f, fd, asked, INT64_MAX, &key), "a volume that the run may write to");
	searches_close(s);
	writable = NULL;
	s = searches_open("made/code", upper, NULL);
	test_ok(!searches_key(s, &f, fd, asked, INT64_MAX, &key), "not in the image at all");
	searches_close(s);
}

/* The first page is looked at as well: bytes that change under the same times. */
static void other_page(void)
{
	struct searches *s = open_made();
	struct search_key key, other;
	autoclose int fd = -1;
	struct code_file f = file_of("paged", &fd);

	test_ok(searches_key(s, &f, fd, asked, INT64_MAX, &key), "a page");
	test_ok(pwrite(fd, "b", 1, 4000) == 1, "of which a byte changes");
	close(fd);
	f = file_of("paged", &fd);
	test_ok(searches_key(s, &f, fd, asked, INT64_MAX, &other) && key.page != other.page, "is another page");
	searches_close(s);
}

static void others_can_write(void)
{
	struct searches *s = open_made();
	struct search_key key;
	char name[NAME];
	autoclose int fd = -1;
	struct code_file f = file_of("f", &fd);

	searches_key(s, &f, fd, asked, INT64_MAX, &key);
	fill(&f);
	searches_keep(s, &key, &f, fd);
	name_of(&key, name);
	test_ok(finds(s, &key, &f) && fchmodat(s->dir_fd, name, 0664, 0) == 0 && !finds(s, &key, &f), "an entry that others may write to");
	test_ok(fchmodat(s->dir_fd, name, 0644, 0) == 0 && finds(s, &key, &f), "or not");
	searches_close(s);
	test_ok(chmod("made/code", 0775) == 0, "a directory that others may write to");
	s = open_made();
	test_ok(!finds(s, &key, &f), "is not read");
	searches_keep(s, &key, &f, fd);
	searches_close(s);
	test_ok(chmod("made/code", 0755) == 0, "nor written");
	if (geteuid() == 0) {
		test_ok(chown("made/code", 1, 1) == 0, "somebody else's");
		s = open_made();
		test_ok(!finds(s, &key, &f), "neither");
		searches_close(s);
		test_ok(chown("made/code", 0, 0) == 0, "it is ours again");
	}
	clear(&f);
}

static uint64_t state = 1;

static uint64_t draw(uint64_t below)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % below;
}

/* Any byte that is another one, any end: not found. With a right sum: found or not, and nothing else happens. */
static void damaged(void)
{
	struct searches *s = open_made();
	struct search_key key;
	char name[NAME];
	char *whole = NULL;
	autoclose int fd = -1, entry = -1;
	struct code_file f = file_of("f", &fd);
	unsigned found = 0, read = 0;
	ssize_t n;

	searches_key(s, &f, fd, asked, INT64_MAX, &key);
	fill(&f);
	searches_keep(s, &key, &f, fd);
	name_of(&key, name);
	entry = openat(s->dir_fd, name, O_RDWR | O_CLOEXEC);
	n = fd_read_all(entry, &whole, 1 << 20);
	test_ok(n > 500 && finds(s, &key, &f), "an entry");
	for (ssize_t i = 0; i < n; i++) {
		char other = (char)(whole[i] ^ (1 << i % 8));

		found += pwrite(entry, &other, 1, i) != 1 || finds(s, &key, &f);
		found += pwrite(entry, whole + i, 1, i) != 1;
	}
	test_int(found, 0, "found with one byte that is another one");
	for (ssize_t i = 0; i < n; i++)
		found += ftruncate(entry, i) < 0 || finds(s, &key, &f);
	test_int(found, 0, "found when cut");
	for (unsigned round = 0; round < 20000; round++) {
		autofree char *bytes = xmalloc((size_t)n);
		struct code_file got = { .size = f.size };
		struct entry_head head;
		size_t len = draw(4) ? (size_t)n : sizeof(head) + draw((uint64_t)n - sizeof(head) + 1);

		memcpy(bytes, whole, (size_t)n);
		for (unsigned k = (unsigned)draw(4); k-- > 0;)
			bytes[sizeof(head) + draw((uint64_t)n - sizeof(head))] = (char)(draw(2) ? draw(256) : draw(2) * 255);
		memcpy(&head, bytes, sizeof(head));
		head.n = len - sizeof(head);
		head.sum = sum_of(bytes + sizeof(head), head.n);
		memcpy(bytes, &head, sizeof(head));
		if (ftruncate(entry, (off_t)len) < 0 || pwrite(entry, bytes, len, 0) != (ssize_t)len)
			break;
		if (searches_find(s, &key, &got)) {
			read++;
			found += got.n_segments > CODE_SEGMENTS || got.sites.n > INSN_SITES_MOST;
		}
		clear(&got);
	}
	test_ok(read > 1000 && read < 19000 && !found, "any bytes with a right sum");
	free(whole);
	clear(&f);
	searches_close(s);
}

static size_t entries(void)
{
	DIR *d = opendir("made/code");
	struct dirent *de;
	size_t n = 0;

	while (d && (de = readdir(d)))
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

static void too_many(void)
{
	struct searches *s = open_made();
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	struct search_key key;
	char name[64];
	autoclose int fd = -1;
	struct code_file f = file_of("f", &fd);

	for (unsigned i = 0; i < ENTRIES_MOST; i++) {
		autoclose int one = -1;

		snprintf(name, sizeof(name), "made/code/%016x", i);
		one = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		futimens(one, old);
	}
	searches_key(s, &f, fd, asked, INT64_MAX, &key);
	searches_keep(s, &key, &f, fd);
	test_int(entries(), ENTRIES_MOST / 4 * 3, "the oldest go"); /* one is written anew */
	test_ok(finds(s, &key, &f), "the others stay");
	searches_close(s);
}

int main(void)
{
	char dir[] = "/tmp/searches.XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	root[0] = xstrdup("/");
	upper[0] = path_absolute(".");
	umask(022);
	write_file("f", 100000);
	write_file("changes", 100000);
	write_file("paged", 100000);
	write_file("small", LEAST - 1);
	comes_back();
	not_kept();
	elsewhere();
	other_page();
	others_can_write();
	damaged();
	too_many();
	if (chdir("/") == 0)
		remove_tree(dir);
	free(root[0]);
	free(upper[0]);
	return test_end();
}
