/* change.c: calls that make, cut and remove names. What could be in the way is looked at before the call is made: from then on nothing is given up
 * (pending.acting), and what the handler tells the model becomes effects of the record. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/procfs.h"

enum { MEMORY = 1 /* the major number of null, zero, full and the random devices */, EFFECTS_MOST = 4 };

static bool is_new_or_plain(const struct call *c)
{
	const uint64_t flags = c->nr == __NR_open ? c->arg[1] : c->arg[2];

	return (c->nr != __NR_open && c->nr != __NR_openat) || !(flags & (O_PATH | O_NOFOLLOW | O_DIRECTORY));
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

static void look_at_parent(struct call *c, const struct at *at)
{
	struct world *w = c->w;
	struct pending *p = &WINDOW->pending;
	char path[PATH_SIZE];
	int64_t n = x_read_string(c, at->path, path, sizeof(path));
	struct stat st;

	n = n <= 0 ? -1 : parent_length(path, n);
	if (n < 0)
		agent_cannot();
	memcpy(path + n, n ? "" : ".", n ? 1 : 2);
	if (x_real(c, __NR_newfstatat, (uint64_t)at->dirfd, (uint64_t)(uintptr_t)path, (uint64_t)(uintptr_t)&st, 0, 0, 0) < 0 || !fs_is(st.st_mode, FS_DIR) ||
	    st.st_dev == w->proc_dev || procfs_is_cover(w, st.st_dev, st.st_ino) || !agent_known(w, st.st_dev, st.st_ino))
		agent_cannot();
	p->parent_dev = st.st_dev;
	p->parent_ino = st.st_ino;
}

static bool is_memory(const struct stat *st)
{
	return fs_is(st->st_mode, FS_CHR) && st->st_rdev >> 8 == MEMORY;
}

static void look_at_file(struct call *c, const struct stat *st, bool keeps)
{
	const struct inode *i;

	if (keeps && is_memory(st))
		return; /* nothing of it changes */
	i = agent_known(c->w, st->st_dev, st->st_ino);
	if (!i || !st->st_nlink || st->st_dev == c->w->proc_dev || procfs_is_cover(c->w, st->st_dev, st->st_ino) || (keeps && !fs_is(st->st_mode, FS_REG)) ||
	    (keeps && fs_may_lose_number(c->w, i, st->st_mode)))
		agent_cannot();
}

/* /dev/tty where nobody ever had a terminal. */
static bool is_lone_terminal(const struct call *c, const struct stat *st)
{
	enum { TTY = 0x500 };

	return fs_is(st->st_mode, FS_CHR) && st->st_rdev == TTY && !c->w->terminal_seen;
}

void x_will_change(struct call *c, const struct at *at, const void *struct_stat, bool keeps)
{
	struct window *w = WINDOW;

	if (w->limited || !is_new_or_plain(c) || !agent_has_room(c->w, EFFECTS_MOST))
		agent_cannot();
	if (struct_stat && keeps && is_lone_terminal(c, struct_stat))
		return; /* opening it fails (operations.c) */
	if (!struct_stat || !keeps || !is_memory(struct_stat))
		look_at_parent(c, at);
	if (struct_stat)
		look_at_file(c, struct_stat, keeps);
	w->pending.acting = ACTING_NEXT;
}

/* Attributes of a file: its number, owner and mode are the kernel's, and it has names. */
void x_will_touch(struct call *c, int fd, const struct at *at)
{
	const struct inode *i;
	struct stat st;

	if (!agent_has_room(c->w, EFFECTS_MOST) || (at ? x_path_stat(c, at, &st) : x_fd_raw_stat(c, fd, &st)) < 0 ||
	    (!fs_is(st.st_mode, FS_REG) && !fs_is(st.st_mode, FS_DIR) && !fs_is(st.st_mode, FS_LNK)))
		agent_cannot();
	i = agent_known(c->w, st.st_dev, st.st_ino);
	if (!i || (i->flags & (INODE_HAS_OWNER | INODE_HAS_MODE | INODE_HAS_RDEV)) || (!fs_is(st.st_mode, FS_DIR) && !st.st_nlink) || st.st_dev == c->w->proc_dev ||
	    procfs_is_cover(c->w, st.st_dev, st.st_ino) || fs_may_lose_number(c->w, i, st.st_mode))
		agent_cannot();
	WINDOW->pending.acting = ACTING_NEXT;
}

void x_will_copy(struct call *c, int fd, const struct fd_stat *st, uint64_t most)
{
	struct pending *p = &WINDOW->pending;

	p->copied = most;
	agent_check_room(c);
	if (WINDOW->limited || !fs_is(st->mode, FS_REG) || st->dev == c->w->proc_dev || !inode_see(c->w, st->dev, st->ino, st->mode, st->nlink) ||
	    !agent_has_room(c->w, EFFECTS_MOST))
		agent_cannot();
	if (WINDOW->log)
		x_fd_path(c, fd, (char *)WINDOW->scratch, PATH_SIZE); /* it can be told */
	p->acting = ACTING_NEXT;
}

int64_t x_parent_stat(struct call *c, const struct at *at, void *ret)
{
	struct stat *st = ret;

	(void)c;
	(void)at;
	if (!WINDOW->pending.acting)
		agent_cannot();
	memset(st, 0, sizeof(*st));
	st->st_dev = WINDOW->pending.parent_dev;
	st->st_ino = WINDOW->pending.parent_ino;
	return 0;
}
