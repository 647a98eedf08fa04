/* hostile_device: nodes of disks and memory cannot be made, or cannot be opened once made; those that there are cannot be changed. */
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

static bool changed(const struct stat *a, const struct stat *b)
{
	return a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid || a->st_mtim.tv_sec != b->st_mtim.tv_sec;
}

/* What is changed is put back at once: it would be the host's. */
static void change(int fd, const char *what)
{
	const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	struct stat before, after;
	char path[64];

	if (fd < 0 || fstat(fd, &before) < 0 || !S_ISCHR(before.st_mode) || major(before.st_rdev) != 1)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fchmod(fd, 0600);
	chmod(path, 0600);
	fchown(fd, 1, 1);
	chown(path, 1, 1);
	futimens(fd, old);
	fstat(fd, &after);
	if (changed(&before, &after)) {
		fchown(fd, before.st_uid, before.st_gid);
		fchmod(fd, before.st_mode & 07777);
		futimens(fd, NULL);
	}
	verdict(changed(&before, &after), what);
}

static void change_all(void)
{
	static const char *const nodes[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom" };

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		int fd = open(nodes[i], O_RDWR | O_CLOEXEC);

		change(fd, nodes[i]);
		close(fd);
	}
	change(0, "standard input");
	change(1, "standard output");
	change(2, "standard error");
}

int main(void)
{
	change_all();
	node("disk 254:0", S_IFBLK, 254, 0);
	node("disk 8:0", S_IFBLK, 8, 0);
	node("disk 259:0", S_IFBLK, 259, 0);
	node("memory", S_IFCHR, 1, 1);
	node("kmsg", S_IFCHR, 1, 11);
	node("tun", S_IFCHR, 10, 200);
	return escapes != 0;
}
