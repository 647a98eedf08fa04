/* procfs_names.c: which names of /proc there are. Freestanding.
 *
 * The kernel's names depend on its version and configuration. The canonical machine has those that procfs.c has a rule for or
 * machine.c a text; every other name is hidden from open, stat, access, readlink, chdir and listings, by this one list: the call finds
 * nothing, whether the kernel has the file or not.
 *
 * A path is judged as it is written (procfs_hides): nothing is asked of the kernel, and no result of it comes near the guest. Where a name
 * leads to /proc in another way (relative, through a link), what was found is judged: by its path (procfs_hides), or, outside
 * the directories of processes, by its being one of the box's two covers (procfs_is_cover). */
#include "syscall/procfs.h"

#include <string.h>

#include "model/machine.h"
#include "syscall/text.h"

bool procfs_wants(const char *path)
{
	for (const char *p = path;; p++) { /* nearly every call with a path asks: one look at each byte */
		if ((*p == 'p' || *p == 'm') && (text_starts(p, "proc") || text_starts(p, "mtab")) && (p[4] == '\0' || p[4] == '/'))
			return true;
		while (*p && *p != '/')
			p++;
		if (!*p)
			return false;
	}
}

bool procfs_changes(const char *path)
{
	return text_equal(path, "/proc/uptime") || text_equal(path, "/proc/sys/kernel/random/uuid") || text_equal(path, "/proc/locks");
}

static const char *skip_number(const char *s, int64_t *ret)
{
	int64_t v = 0;
	const char *p = s;

	if (text_starts(s, "self/") || text_starts(s, "thread-self/")) { /* a path as written; resolved ones have the number */
		*ret = 0;
		return s + (*s == 's' ? 5 : 12);
	}
	for (; *p >= '0' && *p <= '9' && v < INT32_MAX; p++)
		v = v * 10 + (*p - '0');
	if (p == s || *p != '/')
		return NULL;
	*ret = v;
	return p + 1;
}

const char *procfs_name_in_process(const char *path, int64_t *ret_pid)
{
	int64_t tid;
	const char *name, *in_task;

	if (!text_starts(path, "/proc/"))
		return NULL;
	name = skip_number(path + 6, ret_pid);
	if (!name || !text_starts(name, "task/"))
		return name;
	in_task = skip_number(name + 5, &tid);
	return in_task ? in_task : name;
}

static bool listed_in_root(const char *name)
{
	static const char prefix[] = "/proc/";
	char path[300];
	size_t n = text_len(name);

	if ((*name >= '0' && *name <= '9') || text_equal(name, "self") || text_equal(name, "thread-self") || text_equal(name, "mounts") || text_equal(name, "net"))
		return true;
	if (n >= sizeof(path) - sizeof(prefix))
		return false;
	memcpy(path, prefix, sizeof(prefix) - 1);
	memcpy(path + sizeof(prefix) - 1, name, n + 1);
	return machine_shows(path);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* map_files is not among the directories: who may read its links depends on capabilities outside the box, and the mappings of the
 * first process lie where the host put them. Nor is fdinfo of the first process, which it lets nobody trace: whom the kernel lets in
 * depends on its version. */
static bool listed_in_process(int64_t pid, const char *name)
{
	static const char *const directories[] = { "cwd", "exe", "fd", "ns", "root", "task" };

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (text_equal(name, directories[i]))
			return true;
	return procfs_has_rule("", name) && !(pid == 1 && text_equal(name, "fdinfo"));
}

bool procfs_lists(const char *dir, const char *name)
{
	int64_t pid;
	char in[PATH_SIZE];
	const char *rest;
	size_t n = text_len(dir);

	if (is_dots(name))
		return true;
	if (text_equal(dir, "/proc"))
		return listed_in_root(name);
	if (text_equal(dir, "/proc/net")) /* as written: it is a link */
		return procfs_has_rule("net/", name);
	if (n + 2 > sizeof(in))
		return true;
	memcpy(in, dir, n);
	memcpy(in + n, "/", 2);
	rest = procfs_name_in_process(in, &pid);
	if (!rest)
		return true;
	if (text_equal(rest, "net/"))
		return procfs_has_rule("net/", name);
	return *rest || listed_in_process(pid, name);
}

/* The next component of *path into name[size], and *path behind it; false at the end, and when it does not fit. */
static bool next_component(const char **path, char *name, size_t size)
{
	size_t n = 0;

	while (**path == '/')
		++*path;
	while ((*path)[n] && (*path)[n] != '/')
		n++;
	if (!n || n >= size)
		return false;
	memcpy(name, *path, n);
	name[n] = '\0';
	*path += n;
	return true;
}

/* Every component is judged with the directory before it. A link on the way (fd/3, root, cwd) leads out of what letters
 * say, and so does "..": what lies behind is not judged here. path: begins with /proc/. */
static bool hides_in_proc(const char *path)
{
	enum { NAME_SIZE = 256 };
	char dir[PATH_SIZE] = "/proc", name[NAME_SIZE];
	size_t n = 5;

	for (path += n; next_component(&path, name, sizeof(name)) && n + NAME_SIZE + 1 < sizeof(dir);) {
		size_t len = text_len(name);

		if (text_equal(name, "."))
			continue;
		if (text_equal(name, ".."))
			return false;
		if (!procfs_lists(dir, name))
			return true;
		dir[n] = '/';
		memcpy(dir + n + 1, name, len + 1);
		n += len + 1;
	}
	return false;
}

bool procfs_hides(const struct call *c, const char *path)
{
	return !c->w->real_proc && text_starts(path, "/proc/") && hides_in_proc(path);
}

bool procfs_is_cover(const struct world *w, uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; dev && i < sizeof(w->agent_devs) / sizeof(w->agent_devs[0]); i++)
		if (dev == w->agent_devs[i])
			return true;
	return dev && dev == w->hidden_dev && (ino == w->hidden_ino[0] || ino == w->hidden_ino[1]);
}
