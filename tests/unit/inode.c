/* The inode map: what guests see does not tell whether a file system uses its numbers again, and forgetting is bounded. */
#include <stdlib.h>

#include "model/world.h"
#include "test.h"

enum { DEV = 7, REG = 0100644, DIRECTORY = 0040755, LIVE = 3000, HELD = 50, STEPS = 400000 };

static struct world *start(void)
{
	struct world_config c = { .seed = 1, .epoch_ns = 1, .cpus = 1 };
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	world_init(w, &c);
	return w;
}

static uint64_t number(struct world *w, uint64_t ino, uint64_t nlink)
{
	const struct inode *i = inode_see(w, DEV, ino, REG, nlink);

	return i ? i->vino : 0;
}

static void born(struct world *w, uint64_t ino)
{
	inode_drop(w, DEV, ino);
	inode_touch(w, DEV, ino);
}

/* A file system that gives the number freed last, or one that only counts. */
struct disk { bool again; uint64_t next; uint64_t *free; size_t n_free; };

static uint64_t take(struct disk *d)
{
	return d->again && d->n_free ? d->free[--d->n_free] : d->next++;
}

static void give(struct disk *d, uint64_t ino)
{
	d->free[d->n_free++] = ino;
}

/* A life of files: made, looked at, removed, some of them held open meanwhile, some made unseen. The hash of all that was shown. */
static uint64_t life(bool again, uint32_t *ret_count, uint32_t *ret_entries)
{
	struct world *w = start();
	struct disk d = { .again = again, .next = 100, .free = calloc(STEPS + LIVE, sizeof(uint64_t)) };
	uint64_t *live = calloc(LIVE, sizeof(*live)), held[HELD] = { 0 }, shown = 0, dice = 5;

	for (int step = 0; step < STEPS; step++) {
		uint64_t *f, *h;

		dice = rng_hash(dice, 1);
		f = &live[dice % LIVE];
		h = &held[(dice >> 20) % HELD];
		if (*f == 0) {
			*f = take(&d);
			if (dice >> 60) /* else: nobody tells, but it is looked at */
				born(w, *f);
			shown = rng_hash(shown, number(w, *f, 1));
			continue;
		}
		shown = rng_hash(shown, number(w, *f, 1));
		if (*h)
			shown = rng_hash(shown, number(w, *h, 0));
		inode_died(w, DEV, *f);
		if (dice >> 40 & 1) {
			give(&d, *f);
		} else {
			if (*h)
				give(&d, *h);
			*h = *f;
		}
		*f = 0;
	}
	*ret_count = w->inode_count;
	*ret_entries = w->inode_high;
	free(d.free);
	free(live);
	free(w);
	return shown;
}

static void test_reuse(void)
{
	uint32_t count[2], entries[2];
	uint64_t a = life(false, &count[0], &entries[0]), b = life(true, &count[1], &entries[1]);

	test_ok(a == b, "numbers used again do not show");
	test_int(count[0], count[1], "how many are known does not depend on it either");
	test_ok(count[0] <= LIVE + HELD + WORLD_DEAD_KEPT, "the dead are forgotten");
	test_ok(entries[0] <= LIVE + HELD + WORLD_DEAD_KEPT && entries[1] <= entries[0], "entries are used again");
}

static void test_one_file(void)
{
	struct world *w = start();
	uint64_t a = number(w, 1, 1), b;

	inode_died(w, DEV, 1);
	test_int(number(w, 1, 0), a, "held open, it keeps its number");
	born(w, 1);
	b = number(w, 1, 1);
	test_ok(b != a, "a new file at the same place is another");
	inode_died(w, DEV, 1);
	test_ok(number(w, 1, 1) != b, "even if its birth was not seen");
	a = number(w, 2, 0);
	inode_revived(w, DEV, 2);
	test_int(number(w, 2, 1), a, "a nameless file that gets a name stays itself");
	a = inode_see(w, DEV, 3, DIRECTORY, 2)->vino;
	inode_died(w, DEV, 3);
	test_int(inode_see(w, DEV, 3, DIRECTORY, 1)->vino, a, "links of a removed directory say nothing");
	free(w);
}

/* Every file that is alive is found, whatever was removed around it. */
static void test_table(void)
{
	enum { FILES = 200000 };
	struct world *w = start();
	bool good = true;

	for (uint64_t k = 1; k <= FILES; k++) {
		inode_get(w, DEV, k);
		good &= inode_find(w, DEV, k / 2 + 1)->ino == k / 2 + 1;
	}
	test_ok(good, "as the table grows, who was in it is found");
	test_ok(w->inode_slots >= 2 * FILES && w->inode_slots < 8 * FILES, "it is as large as it has to be");
	for (uint64_t k = 1; k <= FILES; k += 3)
		inode_drop(w, DEV, k);
	for (uint64_t k = 1; k <= FILES; k++)
		good &= !inode_find(w, DEV, k) == (k % 3 == 1);
	test_ok(good, "removing entries hides no others");
	test_int(w->inode_count, FILES - (FILES + 2) / 3, "and is counted");
	free(w);
}

int main(void)
{
	test_one_file();
	test_reuse();
	test_table();
	return test_end();
}
