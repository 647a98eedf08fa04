/* change.c: calls that make, cut and remove names. What could be in the way is looked at before the call is made: from then on nothing is given up
 * (pending.acting), and what the handler tells the model becomes effects of the record. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/procfs.h"
#include "syscall/table.h"

enum { MEMORY = 1 /* the major number of null, zero, full and the random devices */, EFFECTS_MOST = 10 };

/* With O_EXCL a link is never followed. */
static bool is_new_or_plain(const struct call *c)
{
	const uint64_t flags = c->nr == __NR_open ? c->arg[1] : c->arg[2];

	return (c->nr != __NR_open && c->nr != __NR_openat) || !(flags & (O_PATH | O_DIRECTORY | (flags & O_EXCL ? 0 : O_NOFOLLOW)));
}

/* Bytes of the path up to its last slash, which counts; -1: its last part is no plain name. */
static int64_t parent_length(const char *path, int64_t n)
{
	int64_t from = n;

	while (from && path[from - 1] != '/')
		from--;
	if (from == n || (path[from] == '.' && (n - from == 1 || (n - from == 2 && path[from + 1] == '.'))))
		return -1;
	return from;
}

static int64_t stat_parent(struct call *c, const struct at *at, struct stat *ret)
{
	char path[PATH_SIZE];
	int64_t n = x_read_string(c, at->path, path, sizeof(path)), r;

	n = n <= 0 ? -1 : parent_length(path, n);
	if (n < 0)
		agent_cannot();
	memcpy(path + n, n ? "" : ".", n ? 1 : 2);
	r = x_real(c, __NR_newfstatat, (uint64_t)at->dirfd, (uint64_t)(uintptr_t)path, (uint64_t)(uintptr_t)ret, 0, 0, 0);
	if (r == -EACCES) /* the supervisor may look there */
		agent_cannot();
	return r;
}

/* Its entry may be made: by the change, or before. */
static bool is_dead(struct call *c, const struct stat *st)
{
	return agent_entry_of(c->w, st->st_dev, st->st_ino) && !agent_known(c->w, st->st_dev, st->st_ino);
}

static void look_at_parent(struct call *c, const struct at *at)
{
	struct pending *p = &WINDOW->pending;
	struct stat st;

	if (stat_parent(c, at, &st) < 0 || !fs_is(st.st_mode, FS_DIR) || st.st_dev == c->w->proc_dev || procfs_is_cover(c->w, st.st_dev, st.st_ino) || is_dead(c, &st))
		agent_cannot();
	p->parents[p->n_parents].at = *at;
	p->parents[p->n_parents].dev = st.st_dev;
	p->parents[p->n_parents++].ino = st.st_ino;
}

static bool is_memory(const struct stat *st)
{
	return fs_is(st->st_mode, FS_CHR) && st->st_rdev >> 8 == MEMORY;
}

/* Which file keeps its number, only an entry tells. */
static void look_at_file(struct call *c, const struct stat *st, bool keeps)
{
	const struct inode *i;

	if (keeps && is_memory(st))
		return; /* nothing of it changes */
	i = agent_known(c->w, st->st_dev, st->st_ino);
	if (is_dead(c, st) || !st->st_nlink || st->st_dev == c->w->proc_dev || procfs_is_cover(c->w, st->st_dev, st->st_ino) || (keeps && !fs_is(st->st_mode, FS_REG)) ||
	    (keeps && (!i || fs_may_lose_number(c->w, i, st->st_mode))))
		agent_cannot();
}

/* /dev/tty where nobody ever had a terminal. */
static bool is_lone_terminal(const struct call *c, const struct stat *st)
{
	enum { TTY = 0x500 };

	return fs_is(st->st_mode, FS_CHR) && st->st_rdev == TTY && !c->w->terminal_seen;
}

/* mkdir, symlink: the name is taken, and the call fails. */
static bool is_taken(struct call *c, const struct at *at)
{
	const struct at link = { .dirfd = at->dirfd, .path = at->path, .flags = AT_SYMLINK_NOFOLLOW };
	struct stat st;

	return syscall_rows[c->nr].handle == do_create && x_path_stat(c, &link, &st) == 0;
}

/* What goes is no part of the way to where it was. */
static bool is_on_its_way(struct call *c, const struct at *at, const struct stat *st)
{
	char path[PATH_SIZE];

	if (fs_is(st->st_mode, FS_REG) || x_read_string(c, at->path, path, sizeof(path)) < 0)
		return false;
	for (const char *p = path; *p; p++)
		if (p[0] == '.' && p[1] == '.')
			return true;
	return false;
}

void x_will_change(struct call *c, const struct at *at, const void *struct_stat, bool keeps)
{
	struct window *w = WINDOW;

	if (w->limited || !is_new_or_plain(c) || !agent_has_room(c->w, EFFECTS_MOST))
		agent_cannot();
	if (struct_stat && keeps && is_lone_terminal(c, struct_stat))
		return; /* opening it fails (operations.c) */
	if ((!struct_stat || !keeps || !is_memory(struct_stat)) && !is_taken(c, at))
		look_at_parent(c, at);
	if (struct_stat && !keeps && is_on_its_way(c, at, struct_stat))
		agent_cannot();
	if (struct_stat)
		look_at_file(c, struct_stat, keeps);
	w->pending.acting = ACTING_NEXT;
}

/* Regular files: nothing lies below them. */
void x_will_rename(struct call *c, const struct at *from, const void *source, const struct at *to, const void *target)
{
	const struct stat *old = source, *new = target;

	if (WINDOW->limited || !agent_has_room(c->w, EFFECTS_MOST) || !old || !fs_is(old->st_mode, FS_REG) || (new && !fs_is(new->st_mode, FS_REG)))
		agent_cannot();
	look_at_file(c, old, true);
	if (new)
		look_at_file(c, new, false);
	look_at_parent(c, from);
	look_at_parent(c, to);
	WINDOW->pending.acting = ACTING_NEXT;
}

/* A directory's new mode may be in the way of what is asked for by this name afterwards. */
static bool is_plain_name(struct call *c, const struct at *at, const struct stat *st)
{
	const struct at link = { .dirfd = at->dirfd, .path = at->path, .flags = AT_SYMLINK_NOFOLLOW };
	char path[PATH_SIZE];
	struct stat own;
	int64_t n;

	if (!fs_is(st->st_mode, FS_DIR))
		return true;
	n = x_read_string(c, at->path, path, sizeof(path));
	return n > 0 && parent_length(path, n) >= 0 && !is_on_its_way(c, at, st) && x_path_stat(c, &link, &own) == 0 && fs_is(own.st_mode, FS_DIR);
}

/* Attributes of a file: its number, owner and mode are the kernel's, and it has names. */
void x_will_touch(struct call *c, int fd, const struct at *at)
{
	const struct inode *i;
	struct stat st;

	if (!agent_has_room(c->w, EFFECTS_MOST) || (at ? x_path_stat(c, at, &st) : x_fd_raw_stat(c, fd, &st)) < 0 ||
	    (!fs_is(st.st_mode, FS_REG) && !fs_is(st.st_mode, FS_DIR) && !fs_is(st.st_mode, FS_LNK)) || (at && !is_plain_name(c, at, &st)))
		agent_cannot();
	i = agent_known(c->w, st.st_dev, st.st_ino);
	if (!i || (i->flags & (INODE_HAS_OWNER | INODE_HAS_MODE | INODE_HAS_RDEV)) || (!fs_is(st.st_mode, FS_DIR) && !st.st_nlink) || st.st_dev == c->w->proc_dev ||
	    procfs_is_cover(c->w, st.st_dev, st.st_ino) || fs_may_lose_number(c->w, i, st.st_mode))
		agent_cannot();
	WINDOW->pending.acting = ACTING_NEXT;
}

void x_will_copy(struct call *c, int fd, const struct fd_stat *st, uint64_t most)
{
	const struct inode *i = agent_entry_of(c->w, st->dev, st->ino); /* a number only when something was copied */
	struct pending *p = &WINDOW->pending;

	p->copied = most;
	agent_check_room(c);
	if (WINDOW->limited || !fs_is(st->mode, FS_REG) || st->dev == c->w->proc_dev || !i || !(i->flags & INODE_DEAD) != !!st->nlink || !agent_has_room(c->w, EFFECTS_MOST))
		agent_cannot();
	if (WINDOW->log)
		x_fd_path(c, fd, (char *)WINDOW->scratch, PATH_SIZE); /* it can be told */
	p->acting = ACTING_NEXT;
}

int64_t x_parent_stat(struct call *c, const struct at *at, void *ret)
{
	const struct pending *p = &WINDOW->pending;
	struct stat *st = ret;

	for (uint32_t i = 0; i < p->n_parents; i++)
		if (p->parents[i].at.path == at->path && p->parents[i].at.dirfd == at->dirfd) {
			memset(st, 0, sizeof(*st));
			st->st_dev = p->parents[i].dev;
			st->st_ino = p->parents[i].ino;
			return 0;
		}
	return stat_parent(c, at, ret);
}
