/* procfs.c: what a guest reads from /proc. Freestanding.
 *
 * Global files (cpuinfo, meminfo, sys/...) are the box's: fixed texts of the canonical machine. Here are the files of
 * processes, which only the kernel can make. Each has a rule; a file without one is refused and counted.
 *
 * Inputs: the kernel's text, of which procfs_text.c keeps what follows from past calls; the model (clock, limits, ids,
 * inode numbers); fixed texts for everything that a process says about the host (mounts, cgroups, network tables).
 *
 * Invariants
 *  P1. The content is made at the open and does not change while the descriptor lives.
 *  P2. The descriptor keeps its number and its close-on-exec flag: the real file is closed first, and the replacement takes the
 *      lowest free number, which is the same one because nobody else runs in between. */
#include "syscall/procfs.h"

#include <string.h>

#include "model/machine.h"
#include "syscall/fs.h"
#include "syscall/line.h"
#include "syscall/procfs_text.h"
#include "syscall/text.h"

typedef void filter(const struct proc_view *v, const char *in, size_t n, struct out *o);
typedef void generator(struct call *c, const struct proc_view *v, struct out *o);

enum { WRITABLE = 1, ANY_BELOW = 2, MEMORY = 4, SETTLED = 8 };

/* Exactly one of: text, filter, make, or none of them (the kernel's content is right). */
struct rule {
	const char *name;           /* below /proc/PID or /proc/PID/task/TID */
	unsigned flags;             /* WRITABLE: may be opened for writing; ANY_BELOW: name is a directory, whatever is in it; MEMORY: needs heap_start;
	                             * SETTLED: of the model it needs what no call changes that the agent answers */
	const char *text;
	filter *rewrite;
	generator *make;
};

enum { MOST_SIZE = 32 << 20, IN_PART = 4 /* of it, the kernel's text */ };

#define NO_LOGIN "4294967295"
#define FULL_MAP "         0          0 4294967295\n"

static const char mounts_text[] =
	"overlay / overlay rw,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"
	"sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs rw,nosuid,relatime,mode=755 0 0\n"
	"devpts /dev/pts devpts rw,nosuid,noexec,relatime,mode=620,ptmxmode=666 0 0\ntmpfs /dev/shm tmpfs rw,nosuid,nodev,relatime 0 0\n";
/* The device of / is ROOT_VDEV. */
static const char mountinfo_text[] =
	"21 1 0:32 / / rw,relatime - overlay overlay rw\n22 21 0:33 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
	"23 21 0:34 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro\n24 21 0:35 / /dev rw,nosuid,relatime - tmpfs tmpfs rw,mode=755\n"
	"25 24 0:36 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,mode=620,ptmxmode=666\n"
	"26 24 0:37 / /dev/shm rw,nosuid,nodev,relatime - tmpfs tmpfs rw\n";
static const char rollup_text[] =
	"00400000-7ffffffff000 ---p 00000000 00:00 0                              [rollup]\nRss:                4096 kB\nPss:                4096 kB\n"
	"Pss_Dirty:             0 kB\nShared_Clean:          0 kB\nShared_Dirty:          0 kB\nPrivate_Clean:      4096 kB\nPrivate_Dirty:         0 kB\n"
	"Referenced:         4096 kB\nAnonymous:          1024 kB\nSwap:                  0 kB\nSwapPss:               0 kB\nLocked:                0 kB\n";
static const char net_dev_text[] =
	"Inter-|   Receive                                                |  Transmit\n"
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
	"    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n";

static generator make_limits;

static const struct rule rules[] = {
	{ "stat", .rewrite = proc_text_stat },
	{ "status", .rewrite = proc_text_status },
	{ "maps", MEMORY | SETTLED, .rewrite = proc_text_maps },
	{ "smaps", MEMORY, .rewrite = proc_text_smaps },
	{ "auxv", .rewrite = proc_text_auxv },
	{ "fdinfo", ANY_BELOW, .rewrite = proc_text_fdinfo },
	{ "limits", .make = make_limits },
	{ "cmdline", 0, NULL, NULL, NULL },
	{ "environ", 0, NULL, NULL, NULL },
	{ "children", 0, NULL, NULL, NULL },
	{ "comm", WRITABLE, NULL, NULL, NULL },
	{ "mem", WRITABLE, NULL, NULL, NULL },
	{ "clear_refs", WRITABLE, NULL, NULL, NULL },
	{ "oom_score_adj", WRITABLE, .text = "0\n" },
	{ "oom_adj", WRITABLE, .text = "0\n" },
	{ "coredump_filter", WRITABLE, .text = "00000033\n" },
	{ "timerslack_ns", WRITABLE, .text = "50000\n" },
	{ "personality", .text = "00000000\n" },
	{ "statm", .text = "4096 1024 768 16 0 1024 0\n" },
	{ "smaps_rollup", .text = rollup_text },
	{ "io", .text = "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n" },
	{ "schedstat", .text = "0 0 0\n" },
	{ "mounts", .text = mounts_text },
	{ "mountinfo", .text = mountinfo_text },
	{ "mountstats", .text = "device overlay mounted on / with fstype overlay\n" },
	{ "cgroup", .text = "0::/\n" },
	{ "oom_score", .text = "0\n" },
	{ "wchan", .text = "0" },
	{ "loginuid", .text = NO_LOGIN },
	{ "sessionid", .text = NO_LOGIN },
	{ "uid_map", .text = FULL_MAP },
	{ "gid_map", .text = FULL_MAP },
	{ "projid_map", .text = FULL_MAP },
	{ "setgroups", .text = "allow\n" },
	{ "net/dev", .text = net_dev_text },
	{ "net/tcp", .rewrite = proc_text_tcp },
	{ "net/tcp6", .rewrite = proc_text_tcp6 },
	{ "net/udp", .rewrite = proc_text_udp },
	{ "net/udp6", .rewrite = proc_text_udp6 },
	{ "net/raw", .text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" },
	{ "net/unix", .rewrite = proc_text_unix },
	{ "net/netlink", .text = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n" },
	{ "net/route", .text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n" },
	{ "net/arp", .text = "IP address       HW type     Flags       HW address            Mask     Device\n" },
	{ "net/if_inet6", .text = "00000000000000000000000000000001 01 80 10 80       lo\n" },
	{ "net/ipv6_route", .text = "" },
	{ "net/sockstat", .text = "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\n" },
};

/* ---- generated files ----------------------------------------------------------------------------------------------- */

static void limit_value(struct out *o, uint64_t v)
{
	size_t from = o->len;

	if (v == UINT64_MAX)
		out_str(o, "unlimited");
	else
		out_u64(o, v);
	while (o->len - from < 21 && !o->full)
		out_char(o, ' ');
}

static void make_limits(struct call *c, const struct proc_view *v, struct out *o)
{
	static const char *const names[MACHINE_LIMITS][2] = {
		{ "Max cpu time              ", "seconds   " }, { "Max file size             ", "bytes     " },
		{ "Max data size             ", "bytes     " }, { "Max stack size            ", "bytes     " },
		{ "Max core file size        ", "bytes     " }, { "Max resident set          ", "bytes     " },
		{ "Max processes             ", "processes " }, { "Max open files            ", "files     " },
		{ "Max locked memory         ", "bytes     " }, { "Max address space         ", "bytes     " },
		{ "Max file locks            ", "locks     " }, { "Max pending signals       ", "signals   " },
		{ "Max msgqueue size         ", "bytes     " }, { "Max nice priority         ", "" },
		{ "Max realtime priority     ", "" }, { "Max realtime timeout      ", "us        " },
	};
	const struct proc *p = v->limits;

	(void)c;
	out_str(o, "Limit                     Soft Limit           Hard Limit           Units     \n");
	for (uint32_t i = 0; i < MACHINE_LIMITS; i++) {
		uint64_t limit[2];

		machine_limit(i, limit);
		if (p && p->limits_set >> i & 1)
			memcpy(limit, p->limits[i], sizeof(limit));
		out_str(o, names[i][0]);
		limit_value(o, limit[0]);
		limit_value(o, limit[1]);
		out_str(o, names[i][1]);
		out_char(o, '\n');
	}
}

/* Nobody is ever idle in the canonical machine. */
static void make_uptime(struct call *c, struct out *o)
{
	uint64_t centiseconds = (uint64_t)clock_monotonic(c->w) / 10000000;

	out_u64(o, centiseconds / 100);
	out_char(o, '.');
	out_number(o, centiseconds % 100, 10, 2, '0');
	out_str(o, " 0.00\n");
}

static void make_uuid(struct call *c, struct out *o)
{
	char text[36];
	uint64_t high = rng_next(c->w, c->task);

	machine_uuid(high, rng_next(c->w, c->task), text);
	out_bytes(o, text, sizeof(text));
	out_char(o, '\n');
}

/* ---- which file ---------------------------------------------------------------------------------------------------- */

static const struct rule *find_rule(const char *name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		size_t n = text_len(rules[i].name);

		if (rules[i].flags & ANY_BELOW ? text_starts(name, rules[i].name) && name[n] == '/' : text_equal(name, rules[i].name))
			return &rules[i];
	}
	return NULL;
}

const char *procfs_fixed(size_t i, const char **ret_name)
{
	for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
		if (rules[k].text && !i--) {
			*ret_name = rules[k].name;
			return rules[k].text;
		}
	return NULL;
}

bool procfs_has_rule(const char *below, const char *name)
{
	size_t skip = text_len(below), n = text_len(name);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const char *r = rules[i].name;

		if (text_starts(r, below) && text_starts(r + skip, name) && (r[skip + n] == '\0' || r[skip + n] == '/'))
			return true;
	}
	return false;
}

/* ---- replacing ----------------------------------------------------------------------------------------------------- */

static int64_t refuse(struct call *c, int fd)
{
	x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
	x_refused(c, "a file of /proc that shows the host");
	return -EACCES;
}

static int64_t give_up(struct call *c, int fd, int64_t err)
{
	x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
	return err;
}

static int64_t fill(struct call *c, int fd, const struct out *o)
{
	struct fd_stat st;

	for (size_t at = 0; at < o->len;) {
		int64_t n = x_fd_write(c, fd, o->buf + at, o->len - at);

		if (n <= 0)
			return give_up(c, fd, n ? n : -EIO);
		at += (size_t)n;
	}
	x_fd_seek(c, fd, 0, 0);
	if (x_fd_stat(c, fd, &st) == 0)
		fs_born(c, st.dev, st.ino);
	return fd;
}

/* P2. */
static int64_t replace(struct call *c, const char *path, int fd, const struct out *o)
{
	enum { CLOEXEC = 1, NAME_MAX_MEMFD = 249 };
	gaddr page = x_scratch(c);
	size_t n = text_len(path);
	char name[NAME_MAX_MEMFD + 1] = { 0 };
	bool closes = x_fd_closes_at_exec(c, fd);
	int64_t other;

	if (o->full)
		return refuse(c, fd);
	memcpy(name, path, n < NAME_MAX_MEMFD ? n : NAME_MAX_MEMFD);
	if (!page || x_write(c, page, name, sizeof(name)) < 0)
		return give_up(c, fd, -ENOMEM);
	x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
	other = x_real(c, __NR_memfd_create, page, closes ? CLOEXEC : 0, 0, 0, 0, 0);
	return other < 0 ? other : fill(c, (int)other, o);
}

/* The whole content of fd, at most `size` bytes; -EFBIG beyond. */
static int64_t read_all(struct call *c, int fd, char *buf, size_t size)
{
	size_t n = 0;

	for (;;) {
		int64_t r = n < size ? x_fd_read(c, fd, buf + n, size - n) : -EFBIG;

		if (r < 0)
			return r;
		if (!r)
			return (int64_t)n;
		n += (size_t)r;
	}
}

/* ---- inode numbers of mappings ------------------------------------------------------------------------------------- */

/* The kernel shows the file below the overlay in some versions and the overlay's in others: ask by name, as stat would.
 * Files without a name have a number that follows from what the kernel calls them. */
static uint64_t mapping_inode(void *arg, const char *path, size_t len)
{
	struct call *c = arg;
	gaddr page = x_scratch(c);
	struct at at = { .dirfd = AT_FDCWD, .path = page + SCRATCH_PATH2 };
	struct inode *i = NULL;
	struct stat st;
	uint64_t hash = len;
	char name[PATH_SIZE];

	if (page && len < sizeof(name)) {
		memcpy(name, path, len);
		name[len] = '\0';
		if (x_write(c, at.path, name, len + 1) == 0 && x_path_stat(c, &at, &st) == 0)
			i = inode_get(c->w, st.st_dev, st.st_ino);
	}
	if (i)
		return i->vino;
	for (size_t k = 0; k < len; k++)
		hash = rng_hash(hash, (unsigned char)path[k]);
	return (hash & 0x7fffffff) | 0x80000000;
}

static const char *stored_code(void *arg, uint64_t offset, size_t *ret_n, uint64_t *ret_offset)
{
	return x_stored_code(arg, offset, ret_n, ret_offset);
}

static uint64_t socket_inode(void *arg, uint64_t ino)
{
	struct call *c = arg;
	const struct inode *i = inode_get(c->w, c->w->sock_dev, ino);

	return i ? i->vino : 0;
}

/* ---- opening ------------------------------------------------------------------------------------------------------- */

static struct proc_view view_of(struct call *c, int64_t pid)
{
	enum { TICK = 10000000 };
	bool own = pid == x_pid(c);
	uint32_t task = own ? c->task : x_task_of(c, (int32_t)pid);
	struct proc_view v = {
		.own = own, .cpus = c->w->cpus, .hide_from = OURS_BASE, .hide_to = OURS_END,
		.inode = mapping_inode, .socket = socket_inode, .stored = stored_code, .arg = c, .device = ROOT_VDEV, .start_ticks = CLOCK_BOOT_S * 100UL,
	};
	const struct proc *p;

	if (task == NO_INDEX) /* dead, and not yet waited for */
		return v;
	p = world_proc(c->w, task);
	v.nice = p->nice;
	v.cpu_ticks = (uint64_t)p->cpu_ns / TICK;
	v.children_ticks = (uint64_t)p->children_cpu_ns / TICK;
	v.start_ticks += (uint64_t)(p->start_ns - c->w->epoch_ns) / TICK;
	v.cpu_mask = c->w->tasks[task].affinity;
	v.ids = c->w->single_id ? &p->ruid : NULL;
	v.groups = p->groups;
	v.ngroups = p->ngroups;
	v.caps[0] = p->cap_inheritable;
	v.caps[1] = p->cap_permitted;
	v.caps[2] = p->cap_effective;
	v.limits = p;
	v.start_stack = p->start_stack;
	v.aux_data = p->aux_data;
	return v;
}

static uint64_t file_numbers(void *arg, uint64_t dev, uint64_t ino, uint64_t *ret_dev)
{
	struct call *c = arg;
	const struct inode *i = inode_find(c->w, dev, ino);

	if (!i)
		i = inode_get(c->w, dev, ino);
	*ret_dev = inode_device(c->w, dev);
	return i ? i->vino : 0;
}

static void make_locks(struct call *c, char *raw, size_t size, struct out *o)
{
	struct proc_view v = { .file = file_numbers, .arg = c };

	proc_text_locks(&v, raw, (size_t)x_locks(c, raw, size), o);
}

static int64_t open_changing(struct call *c, const char *path, int fd)
{
	enum { SIZE = 256 << 10 };
	char *arena = x_arena(c, SIZE * 2);
	struct out o = { .size = SIZE };

	if (!arena)
		return give_up(c, fd, -ENOMEM);
	o.buf = arena + SIZE;
	if (text_equal(path, "/proc/uptime"))
		make_uptime(c, &o);
	else if (text_equal(path, "/proc/locks"))
		make_locks(c, arena, SIZE, &o);
	else
		make_uuid(c, &o);
	return replace(c, path, fd, &o);
}

int64_t procfs_open_machine(struct call *c, const char *path, int fd)
{
	enum { FILES = MACHINE_FILES * sizeof(struct machine_file) };
	struct machine_file *files = x_arena(c, FILES + 2 * MACHINE_TEXT);
	const struct machine m = machine_of(c->w);
	struct out o = { .size = MACHINE_TEXT };
	char *texts;
	size_t n;

	if (!files)
		return give_up(c, fd, -ENOMEM);
	texts = (char *)files + FILES;
	o.buf = texts + MACHINE_TEXT;
	n = (x_fd_flags(c, fd) & O_ACCMODE) == O_RDONLY ? machine_files(&m, files, texts) : 0;
	for (size_t i = 0; i < n; i++)
		if (text_equal(files[i].path, path)) {
			out_bytes(&o, files[i].text, files[i].len);
			return replace(c, path, fd, &o);
		}
	return refuse(c, fd);
}

int64_t procfs_open(struct call *c, const char *path, int fd)
{
	int64_t pid = 0, flags = x_fd_flags(c, fd), n = 0;
	const char *name = procfs_name_in_process(path, &pid);
	const struct rule *r = name ? find_rule(name) : NULL;
	struct proc_view v;
	struct out o;
	uint32_t task;
	size_t size;
	char *arena;

	if (c->w->real_proc)
		return fd;
	if (procfs_changes(path) && (flags & O_ACCMODE) == O_RDONLY)
		return open_changing(c, path, fd);
	if (flags < 0)
		return give_up(c, fd, flags);
	if (c->w->in_place && !name)
		return procfs_open_machine(c, path, fd);
	if (c->w->in_place && name && x_task_of(c, (int32_t)pid) == NO_INDEX)
		return give_up(c, fd, -ENOENT); /* somebody else on this machine */
	if (procfs_hides(c, path))
		return give_up(c, fd, -ENOENT);
	if (!r || ((flags & O_ACCMODE) != O_RDONLY && !(r->flags & WRITABLE)))
		return refuse(c, fd);
	if ((flags & O_ACCMODE) != O_RDONLY || (!r->text && !r->rewrite && !r->make))
		return fd;
	if ((r->rewrite || r->make) && !(r->flags & SETTLED))
		world_look(c->w);
	size = x_arena_most(c, MOST_SIZE);
	arena = x_arena(c, size);
	if (!arena)
		return give_up(c, fd, -ENOMEM);
	o = (struct out){ .buf = arena + size / IN_PART, .size = size - size / IN_PART };
	v = view_of(c, pid);
	task = v.own ? c->task : x_task_of(c, (int32_t)pid);
	if ((r->flags & MEMORY) && task != NO_INDEX)
		v.heap_start = x_heap_start(c, task);
	if (r->rewrite)
		n = read_all(c, fd, arena, size / IN_PART);
	if (n < 0)
		return give_up(c, fd, n);
	if (r->rewrite)
		r->rewrite(&v, arena, (size_t)n, &o);
	else if (r->make)
		r->make(c, &v, &o);
	else
		out_str(&o, r->text);
	return replace(c, path, fd, &o);
}
