/* ops.c: from a box_spec to the ordered array of steps. Runs in the supervisor, touches nothing.
 *
 * Invariants
 * 1. Everything taken from the host is taken (OP_TAKE) before the scratch tmpfs hides /tmp.
 * 2. Overlay options only ever contain names of ours (l0, l1, u/upper), so no path of the user needs escaping there.
 * 3. Nothing writable is shared by two runs but the volumes and the upper directory the caller asked for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/strv.h"
#include "box/ops.h"

static struct op *add(struct ops *o, enum op_kind kind, const char *from, const char *to)
{
	struct op *op;

	o->v = xrealloc(o->v, (o->n + 1) * sizeof(*o->v));
	op = &o->v[o->n++];
	*op = (struct op){ .kind = kind, .other = -1, .fd = -1 };
	op->from = from ? xstrdup(from) : NULL;
	op->to = to ? xstrdup(to) : NULL;
	return op;
}

static void add_dir(struct ops *o, const char *to, mode_t mode)
{
	add(o, OP_MKDIR, NULL, to)->mode = mode;
}

static int take(struct ops *o, const char *path, unsigned flags, struct error *e)
{
	autofree char *absolute = path_absolute(path);

	if (!absolute)
		return error_set(e, errno, "cannot use %s in the box", path);
	add(o, OP_TAKE, absolute, NULL)->flags = flags;
	return (int)o->n - 1;
}

static void put(struct ops *o, int taken, const char *to)
{
	add_dir(o, to, 0755);
	add(o, OP_PUT, NULL, to)->other = taken;
}

/* What is taken from the host, as indices of OP_TAKE steps. The host's own root is not among it: it is left to OP_HOST_DIRS. */
struct sources {
	int *taken;   /* layers and image: l0 (top), l1, ... in the scratch tmpfs */
	size_t n;
	int upper;    /* -1: none */
	int *volumes; /* as many as the spec has */
};

static int take_sources(struct ops *o, const struct box_spec *spec, struct sources *ret, struct error *e)
{
	size_t n = strv_len(spec->layers), i;
	int r;

	ret->taken = xzalloc((n + 1) * sizeof(int));
	ret->volumes = xzalloc((spec->n_volumes + 1) * sizeof(int));
	ret->upper = -1;
	for (i = 0; i < n; i++) {
		if ((r = take(o, spec->layers[i], 0, e)) < 0)
			return r;
		ret->taken[ret->n++] = r;
	}
	if (strcmp(spec->image, "/") != 0) {
		if ((r = take(o, spec->image, 0, e)) < 0)
			return r;
		ret->taken[ret->n++] = r;
	}
	if (spec->upper) {
		if ((r = take(o, spec->upper, 0, e)) < 0)
			return r;
		ret->upper = r;
	}
	for (i = 0; i < spec->n_volumes; i++) {
		if ((r = take(o, spec->volumes[i].source, OP_RECURSIVE, e)) < 0)
			return r;
		ret->volumes[i] = r;
	}
	return 0;
}

/* One tmpfs holds everything that ends with the run; its size is the disk limit. */
static void add_scratch(struct ops *o, const struct box_limits *limits)
{
	uint64_t size = limits->disk;
	struct op *op = add(o, OP_SCRATCH, NULL, NULL);

	if (size)
		op->text = xasprintf("mode=755,size=%llu,nr_inodes=%llu", (unsigned long long)size + (4 << 20),
				     (unsigned long long)(size / 1024 + 65536));
	else
		op->text = xstrdup("mode=755,size=90%,nr_inodes=0");
}

static void add_root(struct ops *o, const struct box_spec *spec, const struct sources *s)
{
	char *lower = xstrdup("");
	size_t i;

	for (i = 0; i < s->n; i++) {
		autofree char *name = xasprintf("l%zu", i), *old = lower;

		put(o, s->taken[i], name);
		lower = xasprintf("%s%s%s", old, i ? ":" : "", name);
	}
	if (s->upper >= 0)
		put(o, s->upper, "u");
	add_dir(o, "u/upper", 0755);
	add_dir(o, "u/work", 0755);
	add_dir(o, "root", 0755);
	if (strcmp(spec->image, "/") == 0) {
		add(o, OP_BIND, "u/upper", "root");
		add(o, OP_HOST_DIRS, NULL, "root")->count = (unsigned)s->n;
	} else {
		add(o, OP_OVERLAY, lower, "root");
	}
	free(lower);
}

static void add_dev(struct ops *o)
{
	static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },     { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" },
	};
	struct op *op;
	size_t i;

	add_dir(o, "dev", 0755);
	add(o, OP_BIND, "dev", "dev")->attr = MOUNT_ATTR_NOSUID;
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		autofree char *from = xasprintf("/dev/%s", nodes[i]), *to = xasprintf("dev/%s", nodes[i]);

		add(o, OP_DEVICE, from, to);
	}
	for (i = 0; i < ARRAY_SIZE(links); i++)
		add(o, OP_SYMLINK, links[i][0], links[i][1]);
	add_dir(o, "dev/pts", 0755);
	add(o, OP_DEVPTS, NULL, "dev/pts");
	add_dir(o, "dev/shm", 01777);
	add(o, OP_BIND, "dev/shm", "dev/shm")->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	op = add(o, OP_SHOW, "dev", "/dev");
	op->flags = OP_MOVE;
}

/* Model files are written once into one read-only tree; a bind mount of each inherits "read-only" from it. */
static int add_files(struct ops *o, const struct box_spec *spec, struct error *e)
{
	size_t i;

	add_dir(o, "files", 0755);
	add_dir(o, "files/proc", 0555);
	add_dir(o, "files/sys", 0555);
	add_dir(o, "files/.dir", 0555);
	add(o, OP_WRITE, NULL, "files/.file")->text = xstrdup("");
	for (i = 0; i < spec->n_files; i++) {
		const struct box_file *f = &spec->files[i];
		autofree char *to = xasprintf("files%s", f->path);
		struct op *op;

		if (f->path[0] != '/' || strstr(f->path, "/../"))
			return error_set(e, EINVAL, "the path %s of a model file is not absolute", f->path);
		op = add(o, OP_WRITE, NULL, to);
		op->text = xmalloc(f->len + 1);
		memcpy(op->text, f->text, f->len);
		op->text[f->len] = 0;
		op->len = f->len;
	}
	add(o, OP_BIND, "files", "files")->attr =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	return 0;
}

static void add_proc(struct ops *o, const struct box_spec *spec, bool global_root)
{
	struct op *op;

	add_dir(o, "proc", 0555);
	add(o, OP_PROC, NULL, "proc");
	if (spec->canonical && !spec->real_proc)
		add(o, OP_MASK_PROC, "files/proc", "proc");
	else if (global_root)
		add(o, OP_GUARD_PROC, NULL, "proc");
	op = add(o, OP_SHOW, "proc", "/proc");
	op->flags = OP_MOVE;
	/* Keys are told apart by user id alone here: names of the caller's keys would be listed. */
	add(o, OP_SHOW, "files/.file", "/proc/keys")->flags = OP_FILE | OP_OPTIONAL;
	add(o, OP_SHOW, "files/.file", "/proc/key-users")->flags = OP_FILE | OP_OPTIONAL;
	if (spec->canonical)
		add(o, OP_SHOW, "files/sys", "/sys");
}

/* Each in a tmpfs of its own, so that none can be filled through the other; and what guests may write to is a mount of its file alone, over an
 * empty one in the directory, which nobody can write to. */
static void add_shared(struct ops *o, const struct box_spec *spec)
{
	size_t i;

	if (!spec->shared_dir)
		return;
	add_dir(o, "shared", 0755);
	add(o, OP_TMPFS, NULL, "shared")->text = xasprintf("mode=755,nr_inodes=8,size=64k");
	for (i = 0; i < BOX_SHARED; i++) {
		autofree char *to = xasprintf("shared/%s", spec->shared[i].name);

		add(o, OP_WRITE, NULL, to)->text = xstrdup("");
	}
	add(o, OP_BIND, "shared", "shared")->attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	for (i = 0; i < BOX_SHARED; i++) {
		const struct box_shared *s = &spec->shared[i];
		autofree char *own = xasprintf("shared-%s", s->name), *from = xasprintf("%s/%s", own, s->name), *to = xasprintf("shared/%s", s->name);

		struct op *op;

		add_dir(o, own, 0755);
		op = add(o, OP_TMPFS, NULL, own);
		op->text = xasprintf("mode=755,nr_inodes=8,size=%llu", (unsigned long long)s->size);
		op->flags = OP_HUGE;
		add(o, OP_SHARED, NULL, from)->len = s->size;
		add(o, OP_BIND, from, to)->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (s->writable ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_RDONLY);
	}
	add(o, OP_SHOW, "shared", spec->shared_dir)->flags = OP_RECURSIVE;
}

static void show_files(struct ops *o, const struct box_spec *spec)
{
	size_t i;

	for (i = 0; i < spec->n_files; i++) {
		const char *path = spec->files[i].path;
		autofree char *from = xasprintf("files%s", path);
		bool in_proc = !strncmp(path, "/proc/", 6), in_sys = !strncmp(path, "/sys/", 5);
		struct op *op;

		if ((in_proc || in_sys) && spec->canonical)
			continue;
		if (in_sys)
			continue; /* there is no /sys then */
		op = add(o, OP_SHOW, from, path);
		op->flags = OP_FILE | (in_proc ? OP_OPTIONAL : 0);
	}
}

static void show_tmpfs_dir(struct ops *o, const char *name, const char *to, mode_t mode, uint64_t attr)
{
	add_dir(o, name, mode);
	add(o, OP_SHOW, name, to)->attr = attr | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
}

/* Where what is shown of `from` at `to` shows the hidden directory. */
static void hide_below(struct ops *o, const char *hidden, const char *from, const char *to)
{
	autofree char *absolute = path_absolute(from), *target = NULL;
	size_t n = absolute ? strlen(absolute) : 0;
	struct op *op;

	if (n == 1) /* the root */
		n = 0;
	if (!absolute || strncmp(hidden, absolute, n) != 0 || (hidden[n] != '/' && hidden[n] != '\0'))
		return;
	target = xasprintf("%s%s", strcmp(to, "/") == 0 ? "" : to, hidden + n);
	op = add(o, OP_SHOW, "hidden", target);
	op->flags = OP_OPTIONAL;
	op->attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
}

static void hide(struct ops *o, const struct box_spec *spec)
{
	if (!spec->hidden)
		return;
	add_dir(o, "hidden", 0755);
	hide_below(o, spec->hidden, spec->image, "/");
	for (size_t i = 0; i < spec->n_volumes; i++)
		hide_below(o, spec->hidden, spec->volumes[i].source, spec->volumes[i].target);
}

int ops_build(const struct box_spec *spec, bool global_root, struct ops *ret, struct error *e)
{
	struct ops o = { 0 };
	struct sources s = { 0 };
	struct op *op;
	size_t i;
	int r;

	r = take_sources(&o, spec, &s, e);
	if (r < 0)
		goto out;
	add_scratch(&o, &spec->limits);
	add_root(&o, spec, &s);
	r = add_files(&o, spec, e);
	if (r < 0)
		goto out;
	add_proc(&o, spec, global_root);
	add_shared(&o, spec);
	add_dev(&o);
	show_tmpfs_dir(&o, "tmp", "/tmp", 01777, 0);
	show_tmpfs_dir(&o, "run", "/run", 0755, 0);
	if (strcmp(spec->image, "/") == 0)
		show_tmpfs_dir(&o, "vartmp", "/var/tmp", 01777, 0);
	for (i = 0; i < spec->n_volumes; i++) {
		op = add(&o, OP_SHOW, NULL, spec->volumes[i].target);
		op->other = s.volumes[i];
		op->flags = OP_RECURSIVE;
		op->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (spec->volumes[i].writable ? 0 : MOUNT_ATTR_RDONLY);
	}
	hide(&o, spec);
	show_files(&o, spec);
	if (spec->cwd)
		add(&o, OP_CHECK_DIR, NULL, spec->cwd);
	add(&o, OP_PIVOT, NULL, NULL);
	op = add(&o, OP_HOST_NAME, NULL, spec->domainname);
	op->text = spec->hostname ? xstrdup(spec->hostname) : NULL;
	if (!spec->network)
		add(&o, OP_LOOPBACK, NULL, NULL);
	*ret = o;
	o = (struct ops){ 0 };
	r = 0;
out:
	free(s.taken);
	free(s.volumes);
	ops_clear(&o);
	return r;
}

void ops_clear(struct ops *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		free(o->v[i].from);
		free(o->v[i].to);
		free(o->v[i].text);
	}
	free(o->v);
	*o = (struct ops){ 0 };
}
