/* Every call that the policy table refuses or answers with a constant is made once, with nonsense for arguments (so that
 * natively nothing happens, either): its answer. tests/det/table.bats compares the answers with `detbuild syscalls`. */
/* control: host */
#include "guest.h"

#include "../../src/syscall/numbers.h"

static const struct answered { long nr; const char *name; } answered[] = {
#define ROW_PLAIN(name, class, near, err, args, why) { class ? __NR_##name : -1, #name },
#define ROW_HANDLED(...)
#define ROW_PASS 0
#define ROW_ASK 0
#define ROW_DENY 1
#define ROW_FIXED 1
#include "../../src/syscall/table.def"
};

int main(void)
{
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++) {
		const struct answered *a = &answered[i];

		/* Kernels from 6.13 on let these two past every filter, and kill who makes them outside of a probe. */
		if (a->nr < 0 || a->nr == __NR_uretprobe || a->nr == __NR_uprobe)
			continue;
		errno = 0;
		long r = syscall(a->nr, -1L, -1L, -1L, -1L, -1L, -1L);
		if (r == -1)
			printf("%s %s\n", a->name, strerrorname_np(errno));
		else
			printf("%s %ld\n", a->name, r);
	}
	return 0;
}
