/* session.h: a child with a pseudo terminal, which may make it its own. */
#include <pty.h>

#include "guest.h"

/* `session` gets both sides and does not return; of this process's, the master is closed. Says how the child ended. */
static inline void in_session(void (*session)(int master, int slave))
{
	int m, s;
	pid_t child;

	MUST(openpty(&m, &s, NULL, NULL, NULL));
	child = (pid_t)MUST(fork());
	if (child == 0)
		session(m, s);
	close(m);
	printf("session: %s\n", status_words(wait_status(child)));
}
