/* ids_caps: capabilities can be asked for and given up, but not won. */
/* control: same */
/* traced: fixed */
#include "guest.h"

#include <linux/capability.h>

int main(void)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0}, old = {0, 0};
	struct __user_cap_data_struct d[2] = {{0}}, all[2];

	printf("capget: %s\n", outcome(syscall(SYS_capget, &h, d)));
	printf("capget of an unknown version: %s, it is", outcome(syscall(SYS_capget, &old, d)));
	printf(" %x\n", old.version);
	printf("capset of the same: %s\n", outcome(syscall(SYS_capset, &h, d)));
	d[0].effective = d[0].inheritable = d[1].effective = 0;
	printf("capset, nothing effective: %s\n", outcome(syscall(SYS_capset, &h, d)));
	memcpy(all, d, sizeof(all));
	all[0].permitted = all[1].permitted = 0;
	printf("capset, nothing permitted: %s\n", outcome(syscall(SYS_capset, &h, all)));
	printf("capset, permitted again: %s\n", outcome(syscall(SYS_capset, &h, d)));
	MUST(syscall(SYS_capget, &h, d));
	printf("left: %x %x %x\n", d[0].effective, d[0].permitted, d[0].inheritable);
	h.pid = 999999;
	printf("capget of nobody: %s\n", outcome(syscall(SYS_capget, &h, d)));
	return 0;
}

/* expect:
capget: ok
capget of an unknown version: EINVAL, it is 20080522
capset of the same: ok
capset, nothing effective: ok
capset, nothing permitted: ok
capset, permitted again: EPERM
left: 0 0 0
capget of nobody: ESRCH
*/
