/* table.c: table.def as data. Freestanding; the supervisor and an executor inside the guest link the same array.
 *
 * Invariants
 *  T1. A number has at most one row: a doubled designator is an error (-Woverride-init, -Winitializer-overrides), and so is
 *      a name that is used twice, because it would define its enumerator twice.
 *  T2. A name that no header knows does not compile. */
#include "syscall/table.h"

#include <asm/errno.h>

#include "syscall/numbers.h"

#ifdef __clang__
#pragma clang diagnostic error "-Winitializer-overrides"
#else
#pragma GCC diagnostic error "-Woverride-init"
#endif

#define ROW_HANDLED(name, class, handle, single, when, arg, mask, value, args, why) row_of_##name,
#define ROW_PLAIN(name, class, err, args, why) row_of_##name,
enum row_once {
#include "syscall/table.def"
	row_count
};
#undef ROW_HANDLED
#undef ROW_PLAIN

#define ROW_HANDLED(call, kind, handle_, single_, when_, arg_, mask_, value_, args_, why_) \
	[__NR_##call] = { .name = #call, .class = kind, .when = when_, .when_arg = arg_, .single = single_, .handle = handle_, \
			  .when_mask = mask_, .when_value = value_, .args = args_, .why = why_ },
#define ROW_PLAIN(call, kind, err, args_, why_) \
	[__NR_##call] = { .name = #call, .class = kind, .when_arg = -1, .deny_errno = err, .args = args_, .why = why_ },
const struct row syscall_rows[WORLD_NSYS] = {
#include "syscall/table.def"
};
#undef ROW_HANDLED
#undef ROW_PLAIN

_Static_assert((unsigned)row_count < (unsigned)WORLD_NSYS, "per-call counters are too short");

const char *syscall_name(uint32_t nr)
{
	return nr < WORLD_NSYS && syscall_rows[nr].name ? syscall_rows[nr].name : "?";
}

const char *syscall_class_name(uint8_t class)
{
	static const char *const names[ROW_CLASSES] = {
		[ROW_NONE] = "NONE", [ROW_PASS] = "PASS", [ROW_EDIT] = "EDIT", [ROW_FAKE] = "FAKE",
		[ROW_BLOCK] = "BLOCK", [ROW_LIFE] = "LIFE", [ROW_DENY] = "DENY", [ROW_FIXED] = "FIXED",
	};

	return class < ROW_CLASSES ? names[class] : "?";
}
