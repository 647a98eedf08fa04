/* process_seccomp: a program's own filter is accepted; natively it bites. */
/* control: same */
/* traced: fixed */
#include "guest.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

int main(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = {4, code};
	uint32_t action = SECCOMP_RET_ERRNO;

	printf("available: %s\n", outcome(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action)));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	printf("no new privileges: %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	printf("filter: %s\n", outcome(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p)));
	printf("getppid: %s\n", outcome(syscall(SYS_getppid)));
	printf("unknown operation: %s\n", outcome(syscall(SYS_seccomp, 99, 0, NULL)));
	return 0;
}

/* expect:
available: ok
no new privileges: 1
filter: ok
getppid: ENOTTY
unknown operation: EINVAL
*/
