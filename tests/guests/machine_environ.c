/* machine_environ: the whole environment, in order, the arguments and the working directory. */
/* control: differs */
#include "guest.h"

extern char **environ;

int main(int argc, char **argv)
{
	for (char **e = environ; *e; e++)
		printf("%s\n", *e);
	char cwd[PATH_MAX];
	printf("%d %s %s\n", argc, argv[0], getcwd(cwd, sizeof(cwd)));
	return 0;
}
