/* machine_features: calls that a kernel may or may not have, or that would escape the tracer: refused, always alike. */
/* control: host */
#include "guest.h"

#define SHOW(nr, ...) printf("%s: %s\n", #nr, outcome(syscall(nr, __VA_ARGS__)))

int main(void)
{
	char room[512] = {0};
	SHOW(SYS_io_uring_setup, 8, room);
	SHOW(SYS_userfaultfd, O_NONBLOCK);
	SHOW(SYS_perf_event_open, room, 0, -1, -1, 0);
	SHOW(SYS_bpf, 5, room, 16);
	SHOW(SYS_add_key, "user", "k", "v", 1, -2);
	SHOW(SYS_keyctl, 0, -3, 0);
	SHOW(SYS_ptrace, 0, 0, 0, 0);
	SHOW(SYS_fanotify_init, 0, 0);
	SHOW(SYS_quotactl, 0, "/", 0, 0);
	SHOW(SYS_kcmp, getpid(), getpid(), 0, 0, 1);
	SHOW(SYS_get_mempolicy, room, NULL, 0, NULL, 0);
	SHOW(SYS_pkey_alloc, 0, 0);
	SHOW(SYS_landlock_create_ruleset, NULL, 0, 1);
	SHOW(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
	SHOW(SYS_syslog, 10, NULL, 0);
	SHOW(SYS_iopl, 3);
	SHOW(SYS_modify_ldt, 0, room, 16);
	SHOW(SYS_lookup_dcookie, 0, room, 16);
	SHOW(SYS_uselib, "x");
	SHOW(451, 0, 0); /* cachestat, since 6.5 */
	SHOW(462, 0, 0); /* mseal, since 6.10 */
	SHOW(999, 0, 0);
	return 0;
}
