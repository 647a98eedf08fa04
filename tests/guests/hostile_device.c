/* hostile_device: nodes of disks and memory cannot be made, or cannot be opened once made. */
#include <sys/sysmacros.h>

#include "hostile_common.h"

static void node(const char *name, mode_t type, unsigned major, unsigned minor)
{
	static const char *const where[] = { "/tmp/node", "/dev/node", "/var/tmp/node", "/run/node", "/node", "node" };
	char what[64];
	bool out = false;
	size_t i;

	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		unlink(where[i]);
		if (mknod(where[i], type | 0666, makedev(major, minor)) == 0)
			out |= open(where[i], O_RDONLY | O_CLOEXEC) >= 0;
		unlink(where[i]);
	}
	snprintf(what, sizeof(what), "mknod %s", name);
	verdict(out, what);
}

int main(void)
{
	node("disk 254:0", S_IFBLK, 254, 0);
	node("disk 8:0", S_IFBLK, 8, 0);
	node("disk 259:0", S_IFBLK, 259, 0);
	node("memory", S_IFCHR, 1, 1);
	node("kmsg", S_IFCHR, 1, 11);
	node("tun", S_IFCHR, 10, 200);
	return escapes != 0;
}
