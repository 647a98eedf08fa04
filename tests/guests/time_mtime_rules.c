/* time_mtime_rules: which calls set a file's or a directory's time of modification, and which leave it alone. */
/* control: same */
#include "guest.h"
#include <sys/sendfile.h>

static int64_t mtime(const char *p)
{
	struct stat st;
	MUST(lstat(p, &st));
	return st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec;
}

static int64_t last;

/* Between two steps the kernel's tick of up to 10 ms passes. */
static void step(const char *what, const char *path)
{
	int64_t m = mtime(path);
	if (what)
		printf("%s: %s\n", what, m > last ? "newer" : m == last ? "as it was" : "older");
	last = m;
	sleep_ns(15 * MS);
}

int main(void)
{
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0644)), r = (int)MUST(open("f", O_RDONLY)), g, p[2];
	step(NULL, "f");
	MUST(write(fd, "", 0)), step("nothing written", "f");
	CHECK(write(r, "x", 1) == -1), step("not open for writing", "f");
	MUST(write(fd, "12345", 5)), step("written", "f");
	MUST(truncate("f", 5)), step("truncate, same size", "f");
	MUST(ftruncate(fd, 5)), step("ftruncate, same size", "f");
	MUST(truncate("f", 3)), step("truncate", "f");
	close((int)MUST(open("f", O_WRONLY))), step("opened for writing", "f");
	close((int)MUST(open("f", O_WRONLY | O_TRUNC))), step("O_TRUNC", "f");
	close((int)MUST(open("f", O_WRONLY | O_TRUNC))), step("O_TRUNC of an empty file", "f");
	close((int)MUST(open("f", O_WRONLY | O_CREAT, 0644))), step("O_CREAT of an old file", "f");
	MUST(chmod("f", 0600)), step("chmod", "f");
	MUST(link("f", "f2")), step("link", "f");
	MUST(rename("f", "f2")), step("rename onto itself", "f");
	MUST(unlink("f2")), step("unlink of another name", "f");
	MUST(posix_fallocate(fd, 0, 4096)), step("fallocate", "f");
	MUST(pwrite(fd, "abc", 3, 0)), step("pwrite", "f");
	g = (int)MUST(open("g", O_RDWR | O_CREAT | O_APPEND, 0644));
	step(NULL, "g");
	MUST(write(g, "x", 1)), step("appended", "g");
	MUST(sendfile(fd, g, NULL, 1)), step("read by sendfile", "g");
	MUST(pipe(p));
	MUST(write(p[1], "y", 1));
	g = (int)MUST(open("g", O_RDWR));
	MUST(splice(p[0], NULL, g, NULL, 1, 0)), step("splice", "g");
	MUST(lseek(r, 0, SEEK_SET));
	MUST(copy_file_range(r, NULL, g, NULL, 2, 0)), step("copy_file_range", "g");
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r, 0) == MAP_FAILED);
	step(NULL, "f");
	char *m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, r, 0);
	printf("%c\n", m[0]), step("mapped for reading", "f");
	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(m != MAP_FAILED);
	m[0] = 'm';
	step(NULL, "f");
	MUST(msync(m, 4096, MS_SYNC)); /* from here on the kernel notices stores again */
	step(NULL, "f");
	m[1] = 'n';
	MUST(msync(m, 4096, MS_SYNC)), step("stored in a mapping, msync", "f");
	MUST(munmap(m, 8192));
	MUST(mkdir("d", 0755));
	step(NULL, "d");
	MUST(rename("g", "d/g")), step("file moved in", "d");
	MUST(chmod("d/g", 0600)), step("mode of a file in it", "d");
	MUST(symlink("x", "d/l")), step("link made", "d");
	MUST(rename("d/g", "d/h")), step("renamed in it", "d");
	MUST(link("d/h", "d/i")), step("linked in it", "d");
	put_file("d/h", "other"), step("file in it rewritten", "d");
	MUST(mkdir("d/e", 0755)), step("directory made", "d");
	MUST(rmdir("d/e")), step("directory removed", "d");
	CHECK(mkdir("d/l", 0755) == -1), step("mkdir fails", "d");
	MUST(unlink("d/i")), step("unlinked", "d");
	MUST(rename("d", "d2")), step("itself renamed", "d2");
	return 0;
}

/* expect:
nothing written: as it was
not open for writing: as it was
written: newer
truncate, same size: newer
ftruncate, same size: newer
truncate: newer
opened for writing: as it was
O_TRUNC: newer
O_TRUNC of an empty file: newer
O_CREAT of an old file: as it was
chmod: as it was
link: as it was
rename onto itself: as it was
unlink of another name: as it was
fallocate: newer
pwrite: newer
appended: newer
read by sendfile: as it was
splice: newer
copy_file_range: newer
a
mapped for reading: as it was
stored in a mapping, msync: newer
file moved in: newer
mode of a file in it: as it was
link made: newer
renamed in it: newer
linked in it: newer
file in it rewritten: as it was
directory made: newer
directory removed: newer
mkdir fails: as it was
unlinked: newer
itself renamed: as it was
*/
