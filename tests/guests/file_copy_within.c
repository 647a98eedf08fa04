/* file_copy_within: copy_file_range within one file, through one descriptor and its copy: whose place moves. */
/* control: same */
/* expect:
to a place: 4, at 6, place 14: 01234567892345efghij
from a place: 3, at 5, place 17: 01efg567892345efghij
copies of one descriptor: 2, at 2, place 14: 01efg567892301efghij
places that are none: EOVERFLOW EINVAL
*/
#include "guest.h"

static int make(const char *text)
{
	int fd = (int)MUST(open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));

	MUST(write(fd, text, strlen(text)));
	return fd;
}

static const char *text_of(int fd)
{
	static char text[64];

	text[MUST(pread(fd, text, sizeof(text) - 1, 0))] = '\0';
	return text;
}

static long at(int fd)
{
	return lseek(fd, 0, SEEK_CUR);
}

int main(void)
{
	int fd = make("0123456789abcdefghij"), other = (int)MUST(dup(fd));
	int64_t place = 10;
	ssize_t n;

	MUST(lseek(fd, 2, SEEK_SET));
	n = copy_file_range(fd, NULL, fd, &place, 4, 0);
	printf("to a place: %zd, at %ld, place %" PRId64 ": %s\n", n, at(fd), place, text_of(fd));
	place = 14;
	MUST(lseek(fd, 2, SEEK_SET));
	n = copy_file_range(fd, &place, fd, NULL, 3, 0);
	printf("from a place: %zd, at %ld, place %" PRId64 ": %s\n", n, at(fd), place, text_of(fd));
	place = 12;
	MUST(lseek(fd, 0, SEEK_SET));
	n = copy_file_range(other, NULL, fd, &place, 2, 0);
	printf("copies of one descriptor: %zd, at %ld, place %" PRId64 ": %s\n", n, at(other), place, text_of(fd));
	place = -1;
	printf("places that are none: %s", outcome(copy_file_range(fd, &place, fd, NULL, 3, 0)));
	place = INT64_MIN;
	printf(" %s\n", outcome(copy_file_range(fd, &place, fd, NULL, 3, 0)));
	MUST(unlink("file"));
	return 0;
}
