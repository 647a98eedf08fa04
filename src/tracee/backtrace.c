/* backtrace.c: the stack of a stopped thread, through libunwind-ptrace, which finds the guest's files below /proc/TID/root. */
#include "tracee/tracee.h"

#include "base/log.h"

#ifdef HAVE_LIBUNWIND
#include <libunwind-ptrace.h>

void tracee_backtrace(pid_t tid)
{
	enum { FRAMES = 24 };
	unw_addr_space_t space = unw_create_addr_space(&_UPT_accessors, 0);
	void *thread = space ? _UPT_create(tid) : NULL;
	unw_cursor_t cursor;

	if (thread && unw_init_remote(&cursor, space, thread) == 0)
		for (int n = 0; n < FRAMES; n++) {
			char name[128] = "?";
			unw_word_t ip = 0, offset = 0;

			if (unw_get_reg(&cursor, UNW_REG_IP, &ip) < 0)
				break;
			unw_get_proc_name(&cursor, name, sizeof(name), &offset);
			warn("    #%d %#llx %s+%#llx", n, (unsigned long long)ip, name, (unsigned long long)offset);
			if (unw_step(&cursor) <= 0)
				break;
		}
	if (thread)
		_UPT_destroy(thread);
	if (space)
		unw_destroy_addr_space(space);
}
#else
void tracee_backtrace(pid_t tid)
{
	(void)tid;
}
#endif
