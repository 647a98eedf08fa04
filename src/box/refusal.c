/* refusal.c: finds the reason by what the kernel says of its settings. */
#include "box/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"

static long setting(const char *sysctls, const char *name)
{
	autofree char *path = xasprintf("%s/%s", sysctls, name), *text = NULL;

	return file_read(path, &text, 64) > 0 ? strtol(text, NULL, 10) : -1;
}

/* Since Linux 6.7, and in Ubuntu's kernels since 23.10: only programs that a profile names may. Elsewhere the namespace is made, and every
 * mount in it is refused. */
static bool apparmor_forbids(const char *sysctls, bool root)
{
	return !root && setting(sysctls, "kernel/apparmor_restrict_unprivileged_userns") == 1;
}

static void hint_apparmor(struct error *e)
{
	error_hint(e, "AppArmor allows user namespaces only to programs that a profile names: see APPARMOR in detbuild(1) for detbuild's, "
		      "/etc/apparmor.d/detbuild");
}

/* In a chroot the process's root is not the root of any mount it can see (mountinfo lists none at "/"). */
static bool in_chroot(void)
{
	autofclose FILE *f = fopen("/proc/self/mountinfo", "re");
	autofree char *line = NULL;
	size_t size = 0;
	char at[8];

	while (f && getline(&line, &size, f) > 0)
		if (sscanf(line, "%*s %*s %*s %*s %7s", at) == 1 && !strcmp(at, "/"))
			return false;
	return f != NULL;
}

void refusal_of_namespaces(int errnum, const char *sysctls, bool root, struct error *e)
{
	if (setting(sysctls, "user/max_user_namespaces") == 0)
		error_hint(e, "user namespaces are switched off: as root run `sysctl -w user.max_user_namespaces=15000`");
	else if (!root && setting(sysctls, "kernel/unprivileged_userns_clone") == 0)
		error_hint(e, "user namespaces are for root only here: as root run `sysctl -w kernel.unprivileged_userns_clone=1`");
	else if (apparmor_forbids(sysctls, root))
		hint_apparmor(e);
	else if (errnum == EPERM && in_chroot())
		error_hint(e, "inside a chroot the kernel allows no user namespaces: run detbuild outside of it, or enter it by pivot_root");
	else if (errnum == EPERM)
		error_hint(e, "a container's system call filter forbids it, or this is a chroot, where the kernel allows none: "
			      "`unshare -Ur true` must work here; leave the chroot or enter it by pivot_root");
	else if (errnum == ENOSPC || errnum == EUSERS)
		error_hint(e, "too many namespaces are in use or nested: see the limits in /proc/sys/user");
	else if (errnum == EINVAL)
		error_hint(e, "this kernel was built without one of the user, mount, pid, uts, ipc, net or cgroup namespaces");
}

void refusal_of_mount(const char *sysctls, struct error *e)
{
	if (apparmor_forbids(sysctls, false))
		hint_apparmor(e);
	else
		error_hint(e, "this process may make a user namespace but has no power in it: inside a container, or under a security module, "
			      "allow it to mount, or run detbuild on the host");
}
