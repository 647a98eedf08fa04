/* Why there is no box: by the kernel's settings, from a directory that stands for /proc/sys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "box/refusal.h"
#include "test.h"

static char dir[] = "/tmp/detbuild-unit-XXXXXX";

static void set(const char *name, const char *value)
{
	autofree char *path = xasprintf("%s/%s", dir, name);

	file_write(path, value);
}

static bool says(int errnum, bool root, const char *words)
{
	struct error e = { 0 };

	refusal_of_namespaces(errnum, dir, root, &e);
	return strstr(e.hint, words) != NULL;
}

static bool mount_says(const char *words)
{
	struct error e = { 0 };

	refusal_of_mount(dir, &e);
	return strstr(e.hint, words) != NULL;
}

int main(void)
{
	autofree char *kernel = NULL, *user = NULL;

	if (!mkdtemp(dir))
		return 1;
	kernel = xasprintf("%s/kernel", dir);
	user = xasprintf("%s/user", dir);
	mkdir_p(kernel, 0755);
	mkdir_p(user, 0755);
	test_ok(says(ENOSPC, false, "too many namespaces"), "no settings: by the error");
	test_ok(mount_says("has no power in it"), "a mount refused, no settings");
	set("kernel/apparmor_restrict_unprivileged_userns", "0\n");
	test_ok(!says(EACCES, false, "AppArmor"), "not restricted");
	set("kernel/apparmor_restrict_unprivileged_userns", "1\n");
	test_ok(says(EACCES, false, "/etc/apparmor.d/detbuild"), "restricted: the profile is named");
	test_ok(says(EPERM, false, "APPARMOR in detbuild(1)"), "and where to read");
	test_ok(!says(EACCES, true, "AppArmor"), "root is not restricted");
	test_ok(mount_says("/etc/apparmor.d/detbuild"), "also where the namespace was made and only mounts are refused");
	set("kernel/unprivileged_userns_clone", "0\n");
	test_ok(says(EPERM, false, "unprivileged_userns_clone=1"), "switched off for users");
	set("user/max_user_namespaces", "0\n");
	test_ok(says(ENOSPC, true, "max_user_namespaces"), "switched off for all");
	remove_tree(dir);
	return test_end();
}
