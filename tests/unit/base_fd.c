/* base_fd: files, directories, removal of trees. Works in a directory of its own below $TMPDIR or /tmp. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"

static void files(void)
{
	autofree char *text = NULL;
	char *untouched = NULL;
	struct stat st;

	test_int(file_write("f", "hello"), 0, "write");
	test_int(file_read("f", &text, 100), 5, "read");
	test_str(text, "hello", "what was written");
	test_int(file_read("f", &untouched, 4), -EFBIG, "a limit");
	test_ok(untouched == NULL, "untouched on failure");
	test_int(file_read("absent", &untouched, 4), -ENOENT, "absent");
	test_int(file_write_atomic("f", "new\0x", 5), 0, "atomic write");
	test_ok(stat("f", &st) == 0 && st.st_size == 5 && (st.st_mode & 0777) == 0644, "its size and mode");
	test_int(file_write_atomic("no/such", "x", 1), -ENOENT, "atomic write without a directory");
}

static void directories(void)
{
	test_int(mkdir_p("a/b/c", 0755), 0, "mkdir -p");
	test_int(mkdir_p("a/b/c", 0755), 0, "again");
	test_ok(path_is_dir("a/b/c") && path_exists("f") && !path_is_dir("f"), "what is what");
	test_int(mkdir_p("f/x", 0755), -ENOTDIR, "below a file");
	test_int(mkdir_p("f", 0755), -ENOTDIR, "a file of that name");
}

static void removal(void)
{
	test_int(mkdir_p("keep", 0755) + file_write("keep/me", "x"), 0, "a bystander");
	test_int(symlink("../keep", "a/link") + symlink("nowhere", "a/b/dangling"), 0, "links");
	test_int(file_write("a/b/c/file", "x"), 0, "a file deep down");
	test_int(chmod("a/b/c", 0500), 0, "an unwritable directory");
	test_int(remove_tree("a"), 0, "rm -rf");
	test_ok(!path_exists("a"), "gone");
	test_ok(path_exists("keep/me"), "links were not followed");
	test_int(remove_tree("a"), 0, "nothing to remove");
	test_int(symlink("keep", "link") + remove_tree("link"), 0, "the link itself");
	test_ok(path_exists("keep/me"), "not what it points to");
}

static void hashes(void)
{
	struct sha256 h = sha256_of("abc", 3), of_file;
	uint64_t size = 0;
	char hex[65];
	int fd;

	sha256_hex(&h, hex);
	test_str(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc (FIPS 180-2)");
	file_write("abc", "abc");
	fd = open("abc", O_RDONLY | O_CLOEXEC);
	test_int(sha256_of_fd(fd, &of_file, &size), 0, "hash of a file");
	close(fd);
	test_ok(!memcmp(&h, &of_file, sizeof(h)) && size == 3, "the same");
	test_int(sha256_of_fd(-1, &of_file, &size), -EBADF, "no file");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	autofree char *dir = xasprintf("%s/detbuild-unit-XXXXXX", tmp ? tmp : "/tmp");

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	files();
	directories();
	removal();
	hashes();
	test_int(chdir("/") + remove_tree(dir), 0, "the test's own directory goes");
	return test_end();
}
