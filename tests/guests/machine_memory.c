/* machine_memory: growing and moving mappings, pages of files in another order, advice that is exact. */
/* control: same */
#include "guest.h"

enum { PAGE = 4096 };

static void fill(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		memset(p + i * PAGE, 'a' + (int)i, PAGE);
}

int main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;
	unsigned char in[4] = {9, 9, 9, 9};

	CHECK(p != MAP_FAILED);
	fill(p, 4);
	q = mremap(p, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	printf("grown: %c %c %d\n", q[0], q[3 * PAGE], q[4 * PAGE]);
	q = mremap(q, 64 * PAGE, 2 * PAGE, 0);
	printf("shrunk: %c %c\n", q[0], q[PAGE]);
	printf("msync of what is gone: %s\n", outcome(msync(q + 2 * PAGE, PAGE, MS_SYNC)));
	printf("mremap of nothing: %s\n", outcome((long)mremap(q + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE)));
	printf("mincore: %s", outcome(mincore(q, 2 * PAGE, in)));
	printf(" %d %d\n", in[0] & 1, in[1] & 1);
	printf("mincore of nothing: %s\n", outcome(mincore(q + 2 * PAGE, PAGE, in)));
	printf("MADV_DONTNEED: %s", outcome(madvise(q, PAGE, MADV_DONTNEED)));
	printf(" %d %c\n", q[0], q[PAGE]);
	printf("madvise of nothing: %s\n", outcome(madvise(q + 2 * PAGE, PAGE, MADV_DONTNEED)));

	int fd = (int)MUST(open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
	MUST(ftruncate(fd, 4 * PAGE));
	char *m = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(m != MAP_FAILED);
	fill(m, 4);
	printf("remap_file_pages: %s\n", outcome(syscall(SYS_remap_file_pages, m, PAGE, 0, 2, 0)));
	printf("%c%c%c%c\n", m[0], m[PAGE], m[2 * PAGE], m[3 * PAGE]);
	char back;
	MUST(pread(fd, &back, 1, 3 * PAGE));
	printf("in the file: %c\n", back);
	return 0;
}

/* expect:
grown: a d 0
shrunk: a b
msync of what is gone: ENOMEM
mremap of nothing: EFAULT
mincore: ok 1 1
mincore of nothing: ENOMEM
MADV_DONTNEED: ok 0 b
madvise of nothing: ENOMEM
remap_file_pages: ok
cbcd
in the file: d
*/
