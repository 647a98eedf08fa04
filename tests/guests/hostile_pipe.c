/* hostile_pipe: moves what never comes into the run's own output. While it waits for that in the kernel, it holds the pipe: natively its reader hangs as
 * well, and no signal reaches it. */
/* control: same */
#include "guest.h"

#include <sys/sendfile.h>

int main(void)
{
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	printf("at once: %s\n", outcome(splice(pair[0], NULL, 1, NULL, 100, SPLICE_F_NONBLOCK)));
	sendfile(1, pair[0], NULL, 100);
	return 1;
}
