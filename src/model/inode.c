/* inode.c: which file is which, and when it was last changed, in the guest's eyes.
 *
 * An open-addressing hash table keyed by the host's (device, inode). Invariants:
 *  I1. The virtual number is given at first sight; first sights happen in the guests' own order, so the numbers do too.
 *  I2. A file that lost its last name (an orphan) keeps its entry for WORLD_ORPHANS further such losses, because it may still be
 *      open. How long is counted in the guests' own events, so which orphans have numbers is the same on every host. When a
 *      file with a name is seen under an orphan's host number, the number was recycled: it starts afresh.
 *  I3. Files that nobody changed have no times here: they show their own, cut off at the run's start. */
#include "model/world.h"

#include <string.h>

#define TOMB_DEV UINT64_C(0xffffffffffffffff)

static uint32_t slot_of(uint64_t dev, uint64_t ino)
{
	return (uint32_t)(rng_hash(dev, ino) & (WORLD_MAX_INODES - 1));
}

struct inode *inode_find(struct world *w, uint64_t dev, uint64_t ino)
{
	uint32_t i = slot_of(dev, ino);

	for (uint32_t n = 0; n < WORLD_MAX_INODES; n++, i = (i + 1) & (WORLD_MAX_INODES - 1)) {
		struct inode *e = &w->inodes[i];

		if (e->ino == 0 && e->dev == 0)
			return NULL;
		if (e->ino == ino && e->dev == dev)
			return e;
	}
	return NULL;
}

struct inode *inode_get(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_find(w, dev, ino);
	uint32_t i = slot_of(dev, ino);

	if (e && (e->flags & INODE_ORPHAN)) {
		inode_drop(w, dev, ino);
		e = NULL;
	}
	if (e)
		return e;
	if (w->inode_count >= WORLD_MAX_INODES / 4 * 3)
		return NULL;
	for (;; i = (i + 1) & (WORLD_MAX_INODES - 1)) {
		e = &w->inodes[i];
		if (e->dev == TOMB_DEV || (e->ino == 0 && e->dev == 0))
			break;
	}
	if (e->dev == TOMB_DEV)
		w->inode_tombs--;
	memset(e, 0, sizeof(*e));
	e->dev = dev;
	e->ino = ino;
	e->vino = w->next_vino++;
	w->inode_count++;
	return e;
}

/* Tombstones turn back into empty slots when nothing lies behind them. */
void inode_drop(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_find(w, dev, ino);
	uint32_t i;

	if (!e)
		return;
	memset(e, 0, sizeof(*e));
	e->dev = TOMB_DEV;
	w->inode_count--;
	w->inode_tombs++;
	i = (uint32_t)(e - w->inodes);
	e = &w->inodes[(i + 1) & (WORLD_MAX_INODES - 1)];
	if (e->ino != 0 || e->dev != 0)
		return;
	while (w->inodes[i].dev == TOMB_DEV) {
		w->inodes[i].dev = 0;
		w->inode_tombs--;
		i = (i - 1) & (WORLD_MAX_INODES - 1);
	}
}

void inode_orphan(struct world *w, uint64_t dev, uint64_t ino)
{
	struct world_orphan *o = &w->orphans[w->next_orphan++ % WORLD_ORPHANS];
	struct inode *e = inode_find(w, o->dev, o->ino);

	if (e && e->vino == o->vino && (e->flags & INODE_ORPHAN))
		inode_drop(w, o->dev, o->ino);
	memset(o, 0, sizeof(*o));
	e = inode_get(w, dev, ino);
	if (!e)
		return;
	e->flags |= INODE_ORPHAN;
	o->dev = dev;
	o->ino = ino;
	o->vino = e->vino;
}

void inode_adopt(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_find(w, dev, ino);

	if (e)
		e->flags &= ~(uint32_t)INODE_ORPHAN;
}

/* Layers of an overlay, a tmpfs upper or a disk upper, bind mounts from here or there: how many devices the host needs for the
 * guest's tree is the host's affair. Only the special mounts, registered at the start, are devices of their own. */
void inode_register_device(struct world *w, uint64_t dev)
{
	if (w->n_devs == WORLD_MAX_DEVS || inode_device(w, dev) != ROOT_VDEV)
		return;
	w->devs[w->n_devs].dev = dev;
	w->devs[w->n_devs].vdev = ROOT_VDEV + 1 + w->n_devs;
	w->n_devs++;
}

uint64_t inode_device(const struct world *w, uint64_t dev)
{
	for (uint32_t i = 0; i < w->n_devs; i++)
		if (w->devs[i].dev == dev)
			return w->devs[i].vdev;
	return ROOT_VDEV;
}

void inode_touch(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_get(w, dev, ino);

	if (!e)
		return;
	e->mtime_ns = e->ctime_ns = w->now_ns;
	e->flags |= INODE_HAS_MTIME | INODE_HAS_CTIME;
}

void inode_touch_meta(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_get(w, dev, ino);

	if (!e)
		return;
	e->ctime_ns = w->now_ns;
	e->flags |= INODE_HAS_CTIME;
}

static bool device_is_canonical(const struct world *w, uint64_t dev)
{
	for (uint32_t i = 0; i < w->n_canonical_devs; i++)
		if (w->canonical_devs[i] == dev)
			return true;
	return false;
}

struct inode_times inode_show_times(struct world *w, const struct inode *i, uint64_t dev, int64_t real_mtime_ns, int64_t real_atime_ns)
{
	struct inode_times t;
	int64_t untouched = w->epoch_ns;

	(void)real_atime_ns; /* reading moves it, and mount options decide whether: shown as the modification time */
	if (!device_is_canonical(w, dev) && real_mtime_ns < w->epoch_ns)
		untouched = real_mtime_ns;
	t.mtime_ns = i && (i->flags & INODE_HAS_MTIME) ? i->mtime_ns : untouched;
	t.ctime_ns = i && (i->flags & INODE_HAS_CTIME) ? i->ctime_ns : w->epoch_ns;
	t.atime_ns = i && (i->flags & INODE_HAS_ATIME) ? i->atime_ns : t.mtime_ns;
	return t;
}
