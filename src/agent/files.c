/* files.c: what calls do to files, in the model's eyes. The world can only be read here: the effects lie in the record, and window.seen[] holds each file as
 * the supervisor will know it when it has read the records so far.
 *
 * V1. seen[] is searched from the latest on: numbers of the file system are used again. What is not there is as the world has it.
 * V2. A number is given at first sight, behind seen[n_seen], and counts when the call does (agent_take()). Times change then, too, for nobody asks for them in between. */
#include "agent/internal.h"

#include <string.h>

enum { TYPE_MASK = 0170000, TYPE_DIR = 0040000 };

static struct inode *seen_here(uint64_t dev, uint64_t ino)
{
	struct window *w = WINDOW;
	uint32_t n = w->n_seen + w->pending.n_new;

	for (uint32_t i = n < WIRE_SEEN ? n : WIRE_SEEN; i-- > 0;)
		if (w->seen[i].ino == ino && w->seen[i].dev == dev)
			return &w->seen[i];
	return NULL;
}

struct inode *agent_entry_of(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = seen_here(dev, ino);

	return e ? e : inode_find(w, dev, ino);
}

struct inode *agent_known(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = agent_entry_of(w, dev, ino);

	return e && !(e->flags & INODE_DEAD) ? e : NULL;
}

bool agent_has_room(const struct world *w, uint32_t effects)
{
	const struct window *win = WINDOW;

	return win->n_seen + effects <= WIRE_SEEN && w->inode_count + win->n_new + effects < WORLD_MAX_INODES;
}

/* Each may need a place in seen[]. */
static void note(const struct world *w, enum wire_effect effect, uint64_t dev, uint64_t ino, uint64_t c)
{
	struct pending *p = &WINDOW->pending;

	if (!agent_has_room(w, p->n_more + 2))
		agent_cannot();
	if (p->effect == WIRE_NONE) {
		p->effect = effect;
		p->a = dev;
		p->b = ino;
		p->c = c;
		return;
	}
	if (p->n_more >= WIRE_MORE)
		agent_cannot();
	p->more[p->n_more++] = (struct wire_more){ effect, dev, ino, c };
}

/* The supervisor will give it the next number. */
static struct inode *next_number(const struct world *w, uint64_t dev, uint64_t ino, uint32_t flags)
{
	struct window *win = WINDOW;
	struct inode *e = &win->seen[win->n_seen + win->pending.n_new];

	memset(e, 0, sizeof(*e));
	e->dev = dev;
	e->ino = ino;
	e->vino = w->next_vino + win->n_new + win->pending.n_new++;
	e->flags = flags;
	return e;
}

static struct inode *see_first(const struct world *w, uint64_t dev, uint64_t ino)
{
	note(w, WIRE_SEE, dev, ino, 0);
	return next_number(w, dev, ino, 0);
}

/* A file about which the call brings no news, but perhaps that there is one. */
struct inode *inode_see(struct world *w, uint64_t dev, uint64_t ino, uint32_t mode, uint64_t nlink)
{
	struct inode *e = agent_entry_of(w, dev, ino);

	if ((mode & TYPE_MASK) != TYPE_DIR && !(e && (e->flags & INODE_DEAD)) == !nlink)
		agent_cannot();
	return e ? e : see_first(w, dev, ino);
}

struct inode *inode_get(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = agent_entry_of(w, dev, ino);

	return e ? e : see_first(w, dev, ino);
}

/* As inode_touch() of the model makes it known. */
static void make_known(struct world *w, uint64_t dev, uint64_t ino)
{
	if (!agent_entry_of(w, dev, ino))
		see_first(w, dev, ino);
}

void inode_touch(struct world *w, uint64_t dev, uint64_t ino)
{
	if (WINDOW->limited)
		agent_cannot();
	make_known(w, dev, ino);
	note(w, WIRE_TOUCH, dev, ino, 0);
}

/* Only where a file is changed (change.c): else the handler could be given up behind it. */
static void must_act(void)
{
	if (WINDOW->pending.acting != ACTING_DONE)
		agent_cannot();
}

void inode_touch_meta(struct world *w, uint64_t dev, uint64_t ino)
{
	must_act();
	make_known(w, dev, ino);
	note(w, WIRE_TOUCH_META, dev, ino, 0);
}

void inode_set_times(struct world *w, uint64_t dev, uint64_t ino, const int64_t times[2])
{
	must_act();
	if (times[0] != INT64_MIN)
		note(w, WIRE_ATIME, dev, ino, (uint64_t)times[0]);
	if (times[1] != INT64_MIN)
		note(w, WIRE_MTIME, dev, ino, (uint64_t)times[1]);
}

void inode_died(struct world *w, uint64_t dev, uint64_t ino)
{
	must_act();
	note(w, WIRE_DIED, dev, ino, 0);
}

/* Or one of which nothing is left when it is closed. */
void inode_born(struct world *w, uint64_t dev, uint64_t ino)
{
	if (WINDOW->pending.undo != UNDO_CLOSE)
		must_act();
	note(w, WIRE_BORN, dev, ino, 0);
	next_number(w, dev, ino, INODE_BORN);
}

/* ---- the call counts ---------------------------------------------------------------------------------------------------- */

/* Its entry in seen[]; NULL: the world does not know it, and will not. */
static struct inode *own_entry(struct world *w, uint64_t dev, uint64_t ino)
{
	struct window *win = WINDOW;
	struct inode *e = seen_here(dev, ino);

	if (e)
		return e;
	e = inode_find(w, dev, ino);
	if (!e)
		return NULL;
	win->seen[win->n_seen] = *e;
	return &win->seen[win->n_seen++];
}

static void take(struct world *w, const struct wire_more *m)
{
	const bool touch = m->effect == WIRE_BORN || m->effect == WIRE_TOUCH;
	const bool known = touch || m->effect == WIRE_TOUCH_META || m->effect == WIRE_ATIME || m->effect == WIRE_MTIME || m->effect == WIRE_DIED;
	struct inode *e = known ? own_entry(w, m->a, m->b) : NULL;

	if (!e)
		return;
	if (m->effect == WIRE_DIED)
		e->flags |= INODE_DEAD;
	if (touch || m->effect == WIRE_TOUCH_META) {
		e->ctime_ns = WINDOW->pending.now_ns;
		e->flags |= INODE_HAS_CTIME;
	}
	if (touch || m->effect == WIRE_MTIME) {
		e->mtime_ns = touch ? WINDOW->pending.now_ns : (int64_t)m->c;
		e->flags |= INODE_HAS_MTIME;
	}
	if (m->effect == WIRE_ATIME) {
		e->atime_ns = (int64_t)m->c;
		e->flags |= INODE_HAS_ATIME;
	}
}

void agent_take(struct world *w)
{
	struct window *win = WINDOW;
	const struct pending *p = &win->pending;
	const struct wire_more first = { p->effect, p->a, p->b, p->c };

	win->n_seen += p->n_new;
	win->n_new += p->n_new;
	win->pending.n_new = 0;
	take(w, &first);
	for (uint32_t i = 0; i < p->n_more; i++)
		take(w, &p->more[i]);
}
