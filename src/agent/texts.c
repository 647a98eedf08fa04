/* texts.c: mappings of code of which it is known what is to be replaced in it (struct texts): made here, and edited before the guest sees them. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"
#include "syscall/fs.h"

enum { READ = 1, WRITE = 2, EXEC = 4, FIXED = 0x10, POPULATE = 0x8000, PAGE = 4096, REGULAR = 0100000, TYPE = 0170000 };

/* NULL: the supervisor has to look at it. */
static const struct text *known(struct call *c)
{
	struct text_key k = { .offset = c->arg[5], .len = c->arg[1] };
	const struct text *t;
	struct stat st;

	if (x_fd_raw_stat(c, (int)c->arg[4], &st) < 0 || (st.st_mode & TYPE) != REGULAR)
		return NULL;
	k.dev = st.st_dev;
	k.ino = st.st_ino;
	k.size = (uint64_t)st.st_size;
	k.mtime = (int64_t)st.st_mtime;
	k.mtime_ns = (int64_t)st.st_mtime_nsec;
	k.ctime = (int64_t)st.st_ctime;
	k.ctime_ns = (int64_t)st.st_ctime_nsec;
	t = text_find(TEXTS, &k);
	return t && t->state == TEXT_KNOWN ? t : NULL;
}

/* It cannot be edited here: the call follows once more, and what a mapping at a given place replaces it replaces again. */
static void give_up(const struct call *c, int64_t at) __attribute__((noreturn));

static void give_up(const struct call *c, int64_t at)
{
	const uint64_t arg[6] = { (uint64_t)at, c->arg[1] };

	if (!(c->arg[3] & FIXED))
		agent_syscall(__NR_munmap, arg);
	agent_cannot();
}

bool x_map_known_code(struct call *c)
{
	const struct text *t = known(c);
	const uint64_t len = (c->arg[1] + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	int64_t at;

	if (!t || (c->arg[3] & POPULATE) || !c->arg[1])
		agent_cannot();
	c->ret = at = agent_syscall(__NR_mmap, c->arg);
	if (at < 0 || (t->store && agent_take_stored((uint64_t)at, len, t->store)))
		return true;
	if (!t->store) {
		WINDOW->pending.effect = WIRE_MAPPED;
		WINDOW->pending.a = (uint64_t)(t - TEXTS->slots);
	}
	if (!t->n)
		return true;
	if (!agent_protect((uint64_t)at, len, READ | WRITE))
		give_up(c, at);
	agent_edits(TEXTS->edits + t->at, t->n, (uint64_t)at);
	if (!agent_protect((uint64_t)at, len, READ | EXEC))
		give_up(c, at);
	return true;
}
