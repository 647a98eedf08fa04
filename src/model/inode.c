/* inode.c: which file is which, and when it was last changed, in the guest's eyes.
 *
 * Entries lie in inodes[], found through an open-addressing hash table of the host's (device, inode). Invariants:
 *  I1. The virtual number is given at first sight; first sights happen in the guests' own order, so the numbers do too.
 *  I2. A file without names keeps its entry, for somebody may hold it open. A birth drops the entry that a dead file left at its
 *      host number (inode_drop): whether the file system uses numbers again does not show.
 *  I3. Births that nobody announces (an overlay copies a file up) are noticed at first sight: a dead file has no links.
 *  I4. The dead are forgotten in the order of their deaths, and inode_count counts the dead whose entry is gone
 *      already as well: when the table is full, and who is forgotten when, follows from the guests' calls alone.
 *  I5. Files that nobody changed have no times here: they show their own, cut off at the run's start. */
#include "model/inode.h"

#include <string.h>

enum { TYPE_MASK = 0170000, TYPE_DIR = 0040000 };

/* Twice as many slots. No entry is free. */
static void grow(struct world *w)
{
	const uint32_t old = w->inode_slots;

	memset(&w->inode_index[inode_at(w, old - 1)], 0, old * sizeof(w->inode_index[0]));
	w->inode_slots = old * 2;
	for (uint32_t n = 0; n < w->inode_high; n++)
		w->inode_index[inode_at(w, inode_slot(w, w->inodes[n].dev, w->inodes[n].ino))] = n + 1;
}

struct inode *inode_get(struct world *w, uint64_t dev, uint64_t ino)
{
	uint32_t n = w->inode_index[inode_at(w, inode_slot(w, dev, ino))];
	struct inode *e;

	if (n)
		return &w->inodes[n - 1];
	if (w->inode_count >= WORLD_MAX_INODES)
		return NULL;
	if (!w->inode_free && (w->inode_high + 1) * 2 > w->inode_slots)
		grow(w);
	n = w->inode_free ? w->inode_free : ++w->inode_high;
	e = &w->inodes[n - 1];
	if (w->inode_free)
		w->inode_free = (uint32_t)e->vino;
	memset(e, 0, sizeof(*e));
	e->dev = dev;
	e->ino = ino;
	e->vino = w->next_vino++;
	w->inode_index[inode_at(w, inode_slot(w, dev, ino))] = n;
	w->inode_count++;
	return e;
}

/* Entries that had to go round an occupied slot move back into the hole. */
static void close_hole(struct world *w, uint32_t hole)
{
	const uint32_t mask = w->inode_slots - 1;

	for (uint32_t s = (hole + 1) & mask, n; (n = w->inode_index[inode_at(w, s)]); s = (s + 1) & mask) {
		uint32_t home = inode_home(w, w->inodes[n - 1].dev, w->inodes[n - 1].ino);

		if (((s - home) & mask) < ((s - hole) & mask))
			continue;
		w->inode_index[inode_at(w, hole)] = n;
		hole = s;
	}
	w->inode_index[inode_at(w, hole)] = 0;
}

static void remove_entry(struct world *w, struct inode *e)
{
	close_hole(w, inode_slot(w, e->dev, e->ino));
	memset(e, 0, sizeof(*e));
	e->vino = w->inode_free;
	w->inode_free = (uint32_t)(e - w->inodes) + 1;
}

void inode_drop(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_find(w, dev, ino);

	if (!e)
		return;
	if (!(e->flags & INODE_DEAD)) /* the dead are counted until their turn (I4) */
		w->inode_count--;
	remove_entry(w, e);
}

static void forget(struct world *w, const struct inode_death *d)
{
	struct inode *e = inode_find(w, d->dev, d->ino);

	if (e && e->vino == d->vino && (e->flags & INODE_DEAD))
		remove_entry(w, e);
	w->inode_count--;
}

void inode_died(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_find(w, dev, ino);
	struct inode_death *d = &w->inode_dead[w->inode_deaths % WORLD_DEAD_KEPT];

	if (!e || (e->flags & INODE_DEAD))
		return;
	if (w->inode_deaths++ >= WORLD_DEAD_KEPT)
		forget(w, d);
	e->flags |= INODE_DEAD;
	d->dev = dev;
	d->ino = ino;
	d->vino = e->vino;
}

void inode_revived(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_find(w, dev, ino);

	if (!e || !(e->flags & INODE_DEAD))
		return;
	e->flags &= ~(uint32_t)INODE_DEAD;
	w->inode_count++; /* its death will be counted off all the same */
}

/* Whether a removed directory counts links is the file system's choice, so only files are judged by them. */
struct inode *inode_see(struct world *w, uint64_t dev, uint64_t ino, uint32_t mode, uint64_t nlink)
{
	struct inode *e = inode_find(w, dev, ino);
	bool dead = e && (e->flags & INODE_DEAD);

	if ((mode & TYPE_MASK) == TYPE_DIR)
		return e ? e : inode_get(w, dev, ino);
	if (dead && nlink)
		inode_drop(w, dev, ino);
	if (!e || (dead && nlink))
		e = inode_get(w, dev, ino);
	if (e && !nlink && !(e->flags & INODE_DEAD))
		inode_died(w, dev, ino);
	return e;
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

void inode_touch(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_get(w, dev, ino);

	if (!e)
		return;
	e->mtime_ns = e->ctime_ns = w->now_ns;
	e->flags |= INODE_HAS_MTIME | INODE_HAS_CTIME;
}

void inode_born(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e;

	inode_drop(w, dev, ino);
	inode_touch(w, dev, ino);
	e = inode_find(w, dev, ino);
	if (e)
		e->flags |= INODE_BORN;
}

void inode_touch_meta(struct world *w, uint64_t dev, uint64_t ino)
{
	struct inode *e = inode_get(w, dev, ino);

	if (!e)
		return;
	e->ctime_ns = w->now_ns;
	e->flags |= INODE_HAS_CTIME;
}

void inode_set_times(struct world *w, uint64_t dev, uint64_t ino, const int64_t times[2])
{
	struct inode *e = inode_find(w, dev, ino);

	if (e && times[0] != INT64_MIN) {
		e->atime_ns = times[0];
		e->flags |= INODE_HAS_ATIME;
	}
	if (e && times[1] != INT64_MIN) {
		e->mtime_ns = times[1];
		e->flags |= INODE_HAS_MTIME;
	}
}

void inode_mtime_policy(struct world *w, uint64_t dev, bool canonical)
{
	uint32_t i = 0;

	while (i < w->n_mtime_devs && w->mtime_devs[i].dev != dev)
		i++;
	if (i == sizeof(w->mtime_devs) / sizeof(w->mtime_devs[0]))
		return;
	if (i == w->n_mtime_devs) {
		w->n_mtime_devs++;
		w->mtime_devs[i] = (struct mtime_device){ dev, canonical };
	}
	w->mtime_devs[i].canonical &= canonical;
}
