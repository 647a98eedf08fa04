/* signal_core: a program may ask for a core dump; traced there is none, neither file nor flag. */
/* control: same */
/* traced: fixed */
#include "guest.h"

static void die(int sig, rlim_t core)
{
	pid_t c = (pid_t)MUST(fork());

	if (c == 0) {
		struct rlimit lim = {core, RLIM_INFINITY};

		getrlimit(RLIMIT_CORE, &lim);
		lim.rlim_cur = core < lim.rlim_max ? core : lim.rlim_max;
		setrlimit(RLIMIT_CORE, &lim);
		raise(sig);
		_exit(0);
	}
	int st = wait_status(c), files = 0;
	DIR *d = opendir(".");
	for (struct dirent *e; d && (e = readdir(d));) {
		files += strstr(e->d_name, "core") != NULL;
		if (strstr(e->d_name, "core"))
			unlink(e->d_name);
	}
	closedir(d);
	printf("signal %d, core flag %d, files %d\n", WTERMSIG(st), WCOREDUMP(st) != 0, files);
}

int main(void)
{
	die(SIGSEGV, 0);
	die(SIGABRT, 0);
	die(SIGTERM, 1 << 20);
	return 0;
}

/* expect:
signal 11, core flag 0, files 0
signal 6, core flag 0, files 0
signal 15, core flag 0, files 0
*/
