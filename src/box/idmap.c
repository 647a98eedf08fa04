/* idmap.c: which ids exist in the box.
 *
 *	we are root over ids 0..65535      0..65535 -> the same ids         (a tree made by plain debootstrap just works)
 *	we have a subordinate range        0 -> us, 1..65535 -> the range   (newuidmap and newgidmap write it)
 *	neither                            0 -> us                          (ownership must be emulated)
 *
 * All of it runs in the supervisor with the caller's own rights; newuidmap(1) is the only setuid program involved. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "box/idmap.h"

#define BOX_ID_COUNT 65536

/* Are ids 0..65535 of our user namespace all mapped? */
static bool map_covers(const char *path)
{
	autofclose FILE *f = fopen(path, "re");
	unsigned long inside, outside, count, covered = 0;

	if (!f)
		return false;
	while (fscanf(f, "%lu %lu %lu", &inside, &outside, &count) == 3)
		if (inside < BOX_ID_COUNT)
			covered += count < BOX_ID_COUNT - inside ? count : BOX_ID_COUNT - inside;
	return covered >= BOX_ID_COUNT;
}

static bool have_setid_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint32_t need = 1u << CAP_SETUID | 1u << CAP_SETGID;

	return syscall(SYS_capget, &head, data) == 0 && (data[0].effective & need) == need;
}

bool idmap_is_global_root(void)
{
	autofclose FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned long inside, outside, count;

	if (geteuid() != 0 || !f || fscanf(f, "%lu %lu %lu", &inside, &outside, &count) != 3)
		return geteuid() == 0;
	return inside == 0 && outside == 0; /* also true in a namespace nested in one that maps 0 elsewhere: then it guards in vain */
}

/* "name:start:count" lines of /etc/subuid, name or number; extents for box ids from 1 on are added to argv. Returns ids mapped. */
static unsigned long add_extents(char ***argv, const char *path, const char *name, uid_t uid)
{
	autofclose FILE *f = fopen(path, "re");
	autofree char *line = NULL, *number = xasprintf("%u", (unsigned)uid);
	unsigned long next = 1, start, count;
	size_t size = 0;

	while (f && next < BOX_ID_COUNT && getline(&line, &size, f) > 0) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = 0;
		if (strcmp(line, number) != 0 && (!name || strcmp(line, name) != 0))
			continue;
		if (sscanf(colon + 1, "%lu:%lu", &start, &count) != 2 || count == 0)
			continue;
		if (count > BOX_ID_COUNT - next)
			count = BOX_ID_COUNT - next;
		strv_addf(argv, "%lu", next);
		strv_addf(argv, "%lu", start);
		strv_addf(argv, "%lu", count);
		next += count;
	}
	return next;
}

static char **mapper(const char *program, pid_t pid, unsigned long self, const char *subids, const char *name, uid_t uid)
{
	char **argv = NULL;

	strv_add(&argv, program);
	strv_addf(&argv, "%d", (int)pid);
	strv_add(&argv, "0");
	strv_addf(&argv, "%lu", self);
	strv_add(&argv, "1");
	if (add_extents(&argv, subids, name, uid) == BOX_ID_COUNT)
		return argv;
	strv_free(argv);
	return NULL;
}

static pid_t spawn_quiet(char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_RDWR);

		dup2(fd, 1);
		dup2(fd, 2);
		execvp(argv[0], argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	return pid;
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

/* newuidmap and newgidmap, side by side. 0, or -errno when there is no range or no such program; -EAGAIN when
 * only one of the two worked: a map cannot be written twice. */
static int write_range(pid_t pid)
{
	struct passwd *pw = getpwuid(getuid());
	const char *name = pw ? pw->pw_name : NULL;
	autostrv char **u = mapper("newuidmap", pid, getuid(), "/etc/subuid", name, getuid());
	autostrv char **g = mapper("newgidmap", pid, getgid(), "/etc/subgid", name, getuid());
	pid_t up, gp;
	int ur, gr;

	if (!u || !g) {
		detail("no range of 65535 ids in %s for you: only one id exists in the box", u ? "/etc/subgid" : "/etc/subuid");
		return -ENOENT;
	}
	up = spawn_quiet(u);
	gp = spawn_quiet(g);
	ur = up < 0 ? 126 : wait_status(up);
	gr = gp < 0 ? 126 : wait_status(gp);
	if (ur == 0 && gr == 0)
		return 0;
	if (ur == 127 && gr == 127) {
		detail("newuidmap is not installed (package uidmap): only one id exists in the box");
		return -ENOENT;
	}
	detail("%s failed: only one id exists in the box", ur ? "newuidmap" : "newgidmap");
	return ur && gr ? -ENOENT : -EAGAIN;
}

static int write_proc(pid_t pid, const char *file, const char *text)
{
	autofree char *path = xasprintf("/proc/%d/%s", (int)pid, file);
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

static int write_single(pid_t pid, struct error *e)
{
	autofree char *u = xasprintf("0 %u 1\n", (unsigned)geteuid()), *g = xasprintf("0 %u 1\n", (unsigned)getegid());
	int r = write_proc(pid, "setgroups", "deny");

	if (r == 0 || r == -ENOENT)
		r = write_proc(pid, "gid_map", g);
	if (r == 0)
		r = write_proc(pid, "uid_map", u);
	if (r == 0)
		return 0;
	error_set(e, -r, "cannot map your user id into the box");
	error_hint(e, "a container or security module seems to forbid it: `unshare -r true` must work here");
	return r;
}

/* A map that leaves the ids of the map in `path` as they are, up to BOX_ID_COUNT. One line may only lie within one line of
 * the parent's map, hence line by line. */
static char *identity_of(const char *path)
{
	autofclose FILE *f = fopen(path, "re");
	unsigned long inside, outside, count;
	char *text = xstrdup("");

	while (f && fscanf(f, "%lu %lu %lu", &inside, &outside, &count) == 3) {
		autofree char *old = text;

		if (inside >= BOX_ID_COUNT)
			count = 0;
		else if (count > BOX_ID_COUNT - inside)
			count = BOX_ID_COUNT - inside;
		text = count ? xasprintf("%s%lu %lu %lu\n", old, inside, inside, count) : xstrdup(old);
	}
	return text;
}

static int write_identity(pid_t pid)
{
	autofree char *u = identity_of("/proc/self/uid_map"), *g = identity_of("/proc/self/gid_map");
	int r = write_proc(pid, "gid_map", g);

	if (r == 0 && write_proc(pid, "uid_map", u) < 0)
		return -EAGAIN;
	return r;
}

static bool is_full_root(void)
{
	return geteuid() == 0 && have_setid_caps() && map_covers("/proc/self/uid_map") && map_covers("/proc/self/gid_map");
}

int idmap_write(pid_t pid, bool single, enum box_ids *ret, struct error *e)
{
	int r = -ENOENT;

	if (!single && is_full_root())
		r = write_identity(pid);
	if (r < 0 && r != -EAGAIN && !single && geteuid() == getuid())
		r = write_range(pid);
	if (r == -EAGAIN)
		return r;
	if (r == 0) {
		*ret = BOX_IDS_FULL;
		return 0;
	}
	r = write_single(pid, e);
	if (r == 0)
		*ret = BOX_IDS_SINGLE;
	return r;
}

/* The writer must be a member of the parent namespace: a short-lived child of ours joins it. */
int idmap_write_nested(pid_t pid, int ns_fd, struct error *e)
{
	pid_t helper = fork();

	if (helper == 0)
		_exit(setns(ns_fd, CLONE_NEWUSER) < 0 || write_identity(pid) < 0);
	if (helper < 0 || wait_status(helper) != 0)
		return error_set(e, helper < 0 ? errno : EPERM, "cannot map the ids of the box's inner user namespace");
	return 0;
}
