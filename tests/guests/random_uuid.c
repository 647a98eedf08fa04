/* random_uuid: fresh identifiers of the kernel. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/proc/sys/kernel/random/uuid", "/proc/sys/kernel/random/uuid", "/proc/sys/kernel/random/boot_id",
		"/proc/sys/kernel/random/entropy_avail", "/etc/machine-id"};
	for (int i = 0; i < 5; i++) {
		char b[128];
		if (slurp(names[i], b, sizeof(b)) < 0)
			printf("%s %s\n", names[i], strerrorname_np(errno));
		else
			printf("%s %s\n", names[i], b);
	}
	return 0;
}
