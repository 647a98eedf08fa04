/* owners.c: ids of files as the box sees them.
 *
 * The supervisor looks at files from outside the box's user namespace, where the kernel tells it the host's ids. Guests must see what
 * they would be told themselves: the ids of the box's own maps, or "nobody" for what these do not hold. The maps are written once,
 * before the first guest runs; only the filesystem's view of the supervisor's own namespace matters, which is how /proc shows them. */
#include "tracee/tracee.h"

#include <stdio.h>
#include <sys/stat.h>

static void read_map(pid_t pid, const char *name, struct id_range *ranges)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	f = fopen(path, "re");
	for (size_t i = 0; f && i < ID_RANGES; i++)
		if (fscanf(f, "%u %u %u", &ranges[i].inner, &ranges[i].outer, &ranges[i].count) != 3) {
			ranges[i].count = 0;
			break;
		}
	if (f)
		fclose(f);
}

static uint32_t inside(const struct id_range *ranges, uint32_t id)
{
	for (size_t i = 0; i < ID_RANGES && ranges[i].count; i++)
		if (id - ranges[i].outer < ranges[i].count)
			return ranges[i].inner + (id - ranges[i].outer);
	return NO_OWNER;
}

void executor_read_owners(struct executor *x, pid_t init)
{
	/* In place guest and supervisor live in one namespace and are told the same. Its map would lead to the namespace above. */
	if (x->w->in_place) {
		x->uids[0] = x->gids[0] = (struct id_range){ .count = UINT32_MAX };
		return;
	}
	read_map(init, "uid_map", x->uids);
	read_map(init, "gid_map", x->gids);
}

void executor_map_owner(const struct executor *x, struct stat *st)
{
	st->st_uid = inside(x->uids, st->st_uid);
	st->st_gid = inside(x->gids, st->st_gid);
}
