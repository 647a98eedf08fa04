/* pipe_wrong_end: reading where one can only write, writing where one can only read, and moving nothing: answered at once. */
/* control: same */
#include "guest.h"

#include <sys/uio.h>

int main(void)
{
	char byte = 'x';
	struct iovec none[2] = { { &byte, 0 }, { &byte, 0 } };
	volatile int too_many = 2000;
	int p[2], q[2];

	MUST(pipe(p));
	MUST(pipe(q));
	alarm(2);
	printf("read from the end for writing: %s\n", outcome(read(p[1], &byte, 1)));
	printf("write to the end for reading: %s\n", outcome(write(p[0], &byte, 1)));
	printf("splice from the end for writing: %s\n", outcome(splice(p[1], NULL, q[1], NULL, 1, 0)));
	printf("splice to the end for reading: %s\n", outcome(splice(p[0], NULL, q[0], NULL, 1, 0)));
	printf("tee to the end for reading: %s\n", outcome(tee(p[0], q[0], 1, 0)));
	printf("read of nothing: %zd\n", read(p[0], &byte, 0));
	printf("readv of nothing: %zd\n", readv(p[0], none, 2));
	printf("write of nothing: %zd\n", write(p[1], &byte, 0));
	printf("read of too long a vector: %s\n", outcome(readv(p[0], none, too_many)));
	return 0;
}
/* expect:
read from the end for writing: EBADF
write to the end for reading: EBADF
splice from the end for writing: EBADF
splice to the end for reading: EBADF
tee to the end for reading: EBADF
read of nothing: 0
readv of nothing: 0
write of nothing: 0
read of too long a vector: EINVAL
*/
