/* inode_show.c: what is known of a file, and how it looks. Only questions: nothing here changes the world, so that the agent, which may
 * only read it, asks them as well. */
#include "model/inode.h"

uint32_t inode_home(const struct world *w, uint64_t dev, uint64_t ino)
{
	return (uint32_t)(rng_hash(dev, ino) & (w->inode_slots - 1));
}

uint32_t inode_slot(const struct world *w, uint64_t dev, uint64_t ino)
{
	uint32_t s = inode_home(w, dev, ino);

	for (uint32_t n; (n = w->inode_index[inode_at(w, s)]); s = (s + 1) & (w->inode_slots - 1))
		if (w->inodes[n - 1].ino == ino && w->inodes[n - 1].dev == dev)
			break;
	return s;
}

struct inode *inode_find(struct world *w, uint64_t dev, uint64_t ino)
{
	uint32_t n = w->inode_index[inode_at(w, inode_slot(w, dev, ino))];

	return n ? &w->inodes[n - 1] : NULL;
}

uint64_t inode_device(const struct world *w, uint64_t dev)
{
	for (uint32_t i = 0; i < w->n_devs; i++)
		if (w->devs[i].dev == dev)
			return w->devs[i].vdev;
	return ROOT_VDEV;
}

/* 1: a volume whose files' times and owners are no inputs; 0: one that keeps them; -1: no volume. */
static int volume_policy(const struct world *w, uint64_t dev)
{
	for (uint32_t i = 0; i < w->n_mtime_devs; i++)
		if (w->mtime_devs[i].dev == dev)
			return w->mtime_devs[i].canonical != 0;
	return -1;
}

bool inode_on_volume(const struct world *w, uint64_t dev)
{
	return volume_policy(w, dev) >= 0;
}

static bool is_canonical(const struct world *w, uint64_t dev)
{
	int policy = volume_policy(w, dev);

	return policy < 0 ? w->image_canonical != 0 : policy == 1;
}

/* What the host's kernel stamped since the start, unseen by us, must not show either, even where the epoch lies in its future. */
static bool shows_own_time(const struct world *w, uint64_t dev, int64_t real_ns)
{
	return !is_canonical(w, dev) && real_ns < w->epoch_ns && (!w->host_start_ns || real_ns < w->host_start_ns);
}

void inode_show_owner(const struct world *w, const struct inode *i, uint64_t dev, uint32_t *uid, uint32_t *gid)
{
	bool born = i && (i->flags & INODE_BORN);

	if (i && (i->flags & INODE_HAS_OWNER)) {
		*uid = i->uid;
		*gid = i->gid;
		return;
	}
	if (!born && volume_policy(w, dev) == 1) {
		*uid = w->source_uid;
		*gid = w->source_gid;
		return;
	}
	if (w->in_place) {
		if (*uid == w->host_uid)
			*uid = w->source_uid;
		if (*gid == w->host_gid)
			*gid = w->source_gid;
	}
	if (born)
		return;
	/* Owners without an id in the box: which these are depends on who started the run. The image's are root's. */
	if (*uid == NO_OWNER)
		*uid = 0;
	if (*gid == NO_OWNER)
		*gid = 0;
}

struct inode_times inode_show_times(struct world *w, const struct inode *i, uint64_t dev, int64_t real_mtime_ns)
{
	struct inode_times t;
	int64_t untouched = w->epoch_ns;

	if (shows_own_time(w, dev, real_mtime_ns))
		untouched = real_mtime_ns;
	t.mtime_ns = i && (i->flags & INODE_HAS_MTIME) ? i->mtime_ns : untouched;
	t.ctime_ns = i && (i->flags & INODE_HAS_CTIME) ? i->ctime_ns : w->epoch_ns;
	/* Reading moves the real one, and mount options decide whether. */
	t.atime_ns = i && (i->flags & INODE_HAS_ATIME) ? i->atime_ns : t.mtime_ns;
	return t;
}
