/* hostile_mount: no mount may be made, removed or changed so that something below comes to light or becomes writable, also not
 * from a user namespace of one's own. Argument: a read-only volume, if there is one. */
#include <sched.h>
#include <sys/mount.h>

#include "hostile_common.h"

static const char *volume;

static void attacks(const char *where)
{
	char name[128];
	int fd;

#define TRY(what, call) (snprintf(name, sizeof(name), "%s %s", where, what), verdict((call), name))
	TRY("umount /proc/sys", umount2("/proc/sys", MNT_DETACH) == 0);
	TRY("umount /proc/cpuinfo", umount2("/proc/cpuinfo", MNT_DETACH) == 0);
	TRY("umount /", umount2("/", MNT_DETACH) == 0);
	TRY("umount /dev/null", umount2("/dev/null", MNT_DETACH) == 0);
	TRY("remount /proc/sys", mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL) == 0 && can_write("/proc/sys/kernel/core_pattern"));
	if (volume) {
		mount(NULL, volume, NULL, MS_REMOUNT | MS_BIND, NULL);
		snprintf(name, sizeof(name), "%s/hostile", volume);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		TRY("read-only volume", fd >= 0);
	}
	mkdir("/tmp/m", 0700);
	TRY("new procfs", mount("proc", "/tmp/m", "proc", 0, NULL) == 0 && access("/tmp/m/cpuinfo", F_OK) == 0);
	TRY("new sysfs", mount("sysfs", "/tmp/m", "sysfs", 0, NULL) == 0 && can_write("/tmp/m/kernel/uevent_helper"));
	TRY("disk", mount("/dev/vda", "/tmp/m", "ext4", 0, NULL) == 0);
	TRY("bind /proc/1/root", mount("/proc/1/root", "/tmp/m", NULL, MS_BIND, NULL) == 0 && !same_file("/tmp/m", "/"));
	TRY("pivot_root", syscall(SYS_pivot_root, "/tmp/m", "/tmp/m") == 0);
}

static void join(const char *ns)
{
	char path[64], name[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/1/ns/%s", ns);
	snprintf(name, sizeof(name), "setns %s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	verdict(fd >= 0 && setns(fd, 0) == 0, name);
}

int main(int argc, char **argv)
{
	char map[32];
	uid_t uid = geteuid();
	int fd, status;
	pid_t pid;

	volume = argc > 1 ? argv[1] : NULL;
	attacks("plain");
	join("user");
	join("mnt");
	join("net");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
			verdict(false, "own user namespace");
			_exit(0);
		}
		snprintf(map, sizeof(map), "0 %u 1", uid);
		fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, map, strlen(map)) < 0)
			printf("no id map\n");
		attacks("own user namespace");
		_exit(escapes != 0);
	}
	waitpid(pid, &status, 0);
	return escapes != 0 || status != 0;
}
