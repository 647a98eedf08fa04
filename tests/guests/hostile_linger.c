/* hostile_linger: leaves behind daemons that ignore every signal; the box must take them with it. Argument: a mark for ps. */
#include <signal.h>
#include <sys/prctl.h>

#include "hostile_common.h"

int main(int argc, char **argv)
{
	int i, sig;

	if (argc < 2)
		return 2;
	prctl(PR_SET_NAME, argv[1], 0, 0, 0);
	for (i = 0; i < 5; i++) {
		if (fork() != 0)
			continue;
		setsid();
		for (sig = 1; sig < 64; sig++)
			signal(sig, SIG_IGN);
		if (fork() != 0)
			_exit(0);
		for (;;)
			pause();
	}
	if (argc > 2)
		pause(); /* until somebody kills the box */
	return 0;
}
