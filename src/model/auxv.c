/* auxv.c: see auxv.h. No vdso (its clocks would be read unseen), no rseq, nothing that a later kernel added. */
#include "model/auxv.h"

#include <linux/auxvec.h>

#include "model/machine.h"

enum { AUX_MINSIGSTKSZ = 51 }; /* AT_MINSIGSTKSZ, which is an architecture's */

/* Linux 6.1's order. */
static const uint64_t order[] = { AUX_MINSIGSTKSZ, AT_HWCAP, AT_PAGESZ, AT_CLKTCK, AT_PHDR, AT_PHENT, AT_PHNUM, AT_BASE, AT_FLAGS, AT_ENTRY,
	AT_UID, AT_EUID, AT_GID, AT_EGID, AT_SECURE, AT_RANDOM, AT_HWCAP2, AT_EXECFN, AT_PLATFORM };

static uint64_t value_of(const uint64_t (*from)[2], size_t n, uint64_t key)
{
	for (size_t i = 0; i < n && from[i][0] != AT_NULL; i++)
		if (from[i][0] == key)
			return from[i][1];
	return 0;
}

static uint64_t shown(const uint64_t (*from)[2], size_t n, const struct auxv_facts *f, uint64_t key)
{
	switch (key) {
	case AUX_MINSIGSTKSZ: return MACHINE_MINSIGSTKSZ;
	case AT_HWCAP: return machine_hwcap();
	case AT_HWCAP2: return 0;
	case AT_RANDOM: return f->random ? f->random : value_of(from, n, key);
	case AT_PLATFORM: return f->platform ? f->platform : value_of(from, n, key);
	case AT_UID: return f->ids ? f->ids[0] : value_of(from, n, key);
	case AT_EUID: return f->ids ? f->ids[1] : value_of(from, n, key);
	case AT_GID: return f->ids ? f->ids[4] : value_of(from, n, key);
	case AT_EGID: return f->ids ? f->ids[5] : value_of(from, n, key);
	case AT_SECURE: return f->ids ? f->secure : value_of(from, n, key);
	default: return value_of(from, n, key);
	}
}

size_t auxv_make(const uint64_t (*from)[2], size_t n, const struct auxv_facts *f, uint64_t (*ret)[2])
{
	size_t k = 0;

	for (; k < sizeof(order) / sizeof(order[0]); k++) {
		ret[k][0] = order[k];
		ret[k][1] = shown(from, n, f, order[k]);
	}
	ret[k][0] = AT_NULL;
	ret[k][1] = 0;
	return k + 1;
}
