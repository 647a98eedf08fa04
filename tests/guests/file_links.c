/* file_links: hard links share a number and a count, and the count falls when they go. */
/* control: same */
#include "guest.h"

static nlink_t links(const char *p, ino_t *ret_ino)
{
	struct stat st;
	MUST(lstat(p, &st));
	*ret_ino = st.st_ino;
	return st.st_nlink;
}

int main(void)
{
	ino_t a, b, c;
	put_file("a", "text");
	printf("alone %lu\n", (unsigned long)links("a", &a));
	MUST(link("a", "b"));
	MUST(mkdir("d", 0755));
	MUST(linkat(AT_FDCWD, "b", AT_FDCWD, "d/c", 0));
	printf("three %lu %lu %lu\n", (unsigned long)links("a", &a), (unsigned long)links("b", &b), (unsigned long)links("d/c", &c));
	CHECK(a == b && b == c);
	MUST(unlink("a"));
	printf("two %lu\n", (unsigned long)links("b", &b));
	CHECK(b == c);
	put_file("a", "other");
	links("a", &a);
	CHECK(a != b);
	MUST(rename("b", "d/c")); /* two names of one file: nothing happens */
	printf("renamed onto itself: %s\n", outcome(access("b", F_OK)));
	MUST(symlink("b", "s"));
	printf("symlink %lu\n", (unsigned long)links("s", &a));
	CHECK(a != b);
	printf("again: %s; directory: %s\n", outcome(link("b", "s")), outcome(link("d", "e")));
	return 0;
}

/* expect:
alone 1
three 3 3 3
two 2
renamed onto itself: ok
symlink 1
again: EEXIST; directory: EPERM
*/
