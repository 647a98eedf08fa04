/* locks.c: the locks that guests hold on files. The kernel's /proc/locks is in the order of its hash tables and names files by numbers
 * that stat(2) does not show on an overlay; /proc/PID/fdinfo says the same about each descriptor, whose file can be asked. */
#include "tracee/tracee.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

struct sink { char *buf; size_t size, len; };

/* Lines are "lock:\t1: POSIX  ADVISORY  WRITE 25 fe:00:11101151 0 EOF". A lock belongs to the process that took it: children that
 * inherited the descriptor show it as well, and are passed over. */
static void add_line(struct sink *s, const char *line, const struct stat *st, pid_t owner, int32_t shown_pid)
{
	char kind[16], mode[16], access[16], from[24], to[24];
	int pid, n;

	if (sscanf(line, "lock: %*d: %15s %15s %15s %d %*s %23s %23s", kind, mode, access, &pid, from, to) != 6)
		return;
	if (pid > 0 && pid != owner)
		return;
	n = snprintf(s->buf + s->len, s->size - s->len, "%s %s %s %d %llu %llu %s %s\n", kind, mode, access, pid > 0 ? shown_pid : -1,
		     (unsigned long long)st->st_dev, (unsigned long long)st->st_ino, from, to);
	if (n > 0 && (size_t)n < s->size - s->len)
		s->len += (size_t)n;
}

static void add_descriptor(struct sink *s, pid_t pid, int fd, int32_t shown_pid)
{
	char path[64], line[256];
	struct stat st;
	autofclose FILE *f = NULL;
	bool known = false;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "lock:", 5) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		if (!known && stat(path, &st) < 0)
			return;
		known = true;
		add_line(s, line, &st, pid, shown_pid);
	}
}

static void add_process(struct sink *s, pid_t pid)
{
	char path[64];
	struct dirent **list;
	int32_t shown_pid = tracee_inner_id(pid, true);
	int n;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	n = scandir(path, &list, NULL, versionsort);
	if (n < 0)
		return;
	for (int i = 0; i < n; i++) {
		if (isdigit((unsigned char)list[i]->d_name[0]))
			add_descriptor(s, pid, atoi(list[i]->d_name), shown_pid);
		free(list[i]);
	}
	free(list);
}

int64_t x_locks(struct call *c, char *buf, size_t size)
{
	struct sink s = { buf, size, 0 };

	if (size)
		buf[0] = '\0';
	for (uint32_t i = world_next_proc(c->w, NO_INDEX); i != NO_INDEX; i = world_next_proc(c->w, i))
		if (c->x->procs[i].tgid > 0)
			add_process(&s, c->x->procs[i].tgid);
	return (int64_t)s.len;
}
