/* hostile_write: kernel settings and disks of the host must not be writable. Arguments: paths that only the host has. */
#include "hostile_common.h"

int main(int argc, char **argv)
{
	static const char *const settings[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger",
		"/proc/sys/kernel/hostname", "/sys/kernel/uevent_helper", "/sys/power/state", "/proc/irq/default_smp_affinity",
		"/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/kvm", "/dev/fuse", "/proc/kcore",
	};
	char name[256];
	size_t n;
	int i;

	for (n = 0; n < sizeof(settings) / sizeof(settings[0]); n++) {
		snprintf(name, sizeof(name), "write %s", settings[n]);
		verdict(can_write(settings[n]), name);
	}
	for (i = 1; i < argc; i++)
		verdict(access(argv[i], F_OK) == 0, "host path");
	/* These succeed in the box's own layer; the test looks at the host's files afterwards. */
	n = 0;
	for (i = 0; i < 3; i++) {
		static const char *const own[] = { "/etc/passwd", "/usr/detbuild-hostile", "/detbuild-hostile" };
		int fd = open(own[i], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

		if (fd >= 0 && write(fd, "hostile\n", 8) == 8)
			n++;
		if (fd >= 0)
			close(fd);
	}
	printf("wrote %zu files\n", n);
	return escapes != 0;
}
