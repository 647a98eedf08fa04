/* time_itimer_cpu: profiling and virtual timers fire while a program works and calls the system. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t prof, virt;
static void on_prof(int sig)
{
	(void)sig;
	prof++;
}
static void on_virt(int sig)
{
	(void)sig;
	virt++;
}

int main(void)
{
	handle(SIGPROF, on_prof, SA_RESTART);
	handle(SIGVTALRM, on_virt, SA_RESTART);
	struct itimerval it = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};
	MUST(setitimer(ITIMER_PROF, &it, NULL));
	for (long i = 0; prof < 2 && i < 20000000; i++)
		syscall(SYS_getppid);
	MUST(setitimer(ITIMER_PROF, &off, NULL));
	CHECK(prof >= 2);
	MUST(setitimer(ITIMER_VIRTUAL, &it, NULL));
	for (long i = 0; virt < 2 && i < 20000000; i++)
		syscall(SYS_getppid);
	MUST(setitimer(ITIMER_VIRTUAL, &off, NULL));
	CHECK(virt >= 2);
	printf("both fired\n");
	return 0;
}

/* expect:
both fired
*/
