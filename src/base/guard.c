/* guard.c: see guard.h. */
#include "base/guard.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

static struct { uint8_t *volatile at; volatile size_t n; volatile bool fired; } places[GUARDS];
static struct sigaction before;

static void on_sigbus(int signo, siginfo_t *si, void *context)
{
	const uint8_t *at = si->si_addr;
	void *p = MAP_FAILED;

	(void)context;
	for (unsigned i = 0; i < GUARDS; i++)
		if (places[i].at && at >= places[i].at && (size_t)(at - places[i].at) < places[i].n) {
			places[i].fired = true;
			p = mmap(places[i].at, places[i].n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		}
	if (p == MAP_FAILED)
		signal(signo, SIG_DFL); /* it comes again */
}

void guard_on(bool on)
{
	const struct sigaction a = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	sigaction(SIGBUS, on ? &a : &before, on ? &before : NULL);
}

void guard_place(enum guard which, void *at, size_t n)
{
	places[which].at = NULL;
	places[which].n = n;
	places[which].fired = false;
	places[which].at = at;
}

bool guard_fired(enum guard which)
{
	return places[which].fired;
}
