/* file_rename: the new name is the old file; what it replaced lives on only where it is open; flags do what they say. */
/* control: same */
#include "guest.h"

static ino_t ino(const char *p)
{
	struct stat st;
	MUST(lstat(p, &st));
	return st.st_ino;
}

int main(void)
{
	struct stat st;
	put_file("a", "A");
	put_file("b", "B");
	ino_t a = ino("a"), b = ino("b");
	int fd = (int)MUST(open("b", O_RDONLY));
	MUST(rename("a", "b"));
	CHECK(ino("b") == a);
	MUST(fstat(fd, &st));
	CHECK(st.st_ino == b);
	printf("replaced: links %lu\n", (unsigned long)st.st_nlink);
	put_file("c", "C");
	ino_t c = ino("c");
	printf("noreplace: %s\n", outcome(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_NOREPLACE)));
	if (renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE) == 0)
		CHECK(ino("b") == c && ino("c") == a);
	MUST(mkdir("d1", 0755));
	MUST(mkdir("d2", 0755));
	ino_t d = ino("d1");
	MUST(rename("d1", "d2"));
	CHECK(ino("d2") == d);
	put_file("d2/x", "x");
	MUST(mkdir("d3", 0755));
	printf("onto a full directory: %s\n", outcome(rename("d3", "d2")));
	printf("file onto directory: %s\n", outcome(rename("b", "d3")));
	printf("into itself: %s\n", outcome(rename("d2", "d2/y")));
	printf("missing: %s\n", outcome(rename("none", "x")));
	return 0;
}

/* expect:
replaced: links 0
noreplace: EEXIST
onto a full directory: ENOTEMPTY
file onto directory: EISDIR
into itself: EINVAL
missing: ENOENT
*/
