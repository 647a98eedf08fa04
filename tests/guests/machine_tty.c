/* machine_tty: no terminal: neither the standard descriptors nor /dev/tty. */
/* control: same */
#include "guest.h"
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
	struct winsize w;
	struct termios t;
	for (int fd = 0; fd < 3; fd++)
		printf("%d: isatty %d size %s attributes %s\n", fd, isatty(fd), outcome(ioctl(fd, TIOCGWINSZ, &w)), outcome(tcgetattr(fd, &t)));
	printf("/dev/tty: %s\n", outcome(open("/dev/tty", O_RDWR)));
	const char *name = ttyname(0);
	printf("ttyname %s\n", name ? name : "-");
	char c;
	printf("stdin %ld\n", (long)read(0, &c, 1));
	return 0;
}

/* expect:
0: isatty 0 size ENOTTY attributes ENOTTY
1: isatty 0 size ENOTTY attributes ENOTTY
2: isatty 0 size ENOTTY attributes ENOTTY
/dev/tty: ENXIO
ttyname -
stdin 0
*/
