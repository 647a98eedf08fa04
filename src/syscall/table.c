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

#define ROW_HANDLED(name, class, near, handle, single, when, args, why) row_of_##name,
#define ROW_PLAIN(name, class, near, err, args, why) row_of_##name,
enum row_once {
#include "syscall/table.def"
	row_count
};
#undef ROW_HANDLED
#undef ROW_PLAIN

#define IS(n, mask_, value_) { .when = WHEN_IS, .arg = n, .mask = mask_, .value = value_ }
#define IS_NOT(n, mask_, value_) { .when = WHEN_IS_NOT, .arg = n, .mask = mask_, .value = value_ }
#define ABOVE(n, value_) { .when = WHEN_ABOVE, .arg = n, .value = value_ }
#define ABOVE_AND(n, value_) { .when = WHEN_ABOVE, .arg = n, .value = value_, .also = true }
#define LIST(...) __VA_ARGS__
#define NEAR_OF(how, n, below, also, other) .near = NEAR_##how, .near_arg = n, .near_below = below, .near_also = { also, other }
/* The program that makes the filter (filter_rows.c) has no handlers; the agent has those that may run there, and tells nobody anything. */
#if defined(TABLE_OF_FILTER)
#define HANDLE(near, function) NULL
#define TEXT(text) text
#elif defined(TABLE_OF_AGENT)
#define HANDLE(near, function) (NEAR_HAS_HANDLER(near) ? (function) : NULL)
#define TEXT(text) NULL
#else
#define HANDLE(near, function) function
#define TEXT(text) text
#endif
#define NEAR_HOW(how, n, below, also, other) NEAR_##how
#define ROW_HANDLED(call, kind, near_, handle_, single_, when_, args_, why_) \
	[__NR_##call] = { .name = TEXT(#call), .class = kind, NEAR_OF near_, .single = single_, .handle = HANDLE(NEAR_HOW near_, handle_), .when = { LIST when_ }, .args = args_, .why = TEXT(why_) },
#define ROW_PLAIN(call, kind, near_, err, args_, why_) \
	[__NR_##call] = { .name = TEXT(#call), .class = kind, .near = NEAR_##near_, .deny_errno = err, .args = args_, .why = TEXT(why_) },
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

static bool holds(const struct row_condition *k, const uint64_t arg[CALL_ARGS])
{
	uint64_t v = arg[k->arg];

	return k->when == WHEN_IS ? (v & k->mask) == k->value : k->when == WHEN_IS_NOT ? (v & k->mask) != k->value : v > k->value;
}

bool row_stops(const struct row *r, const uint64_t arg[CALL_ARGS], bool single_id)
{
	if (r->class == ROW_PASS || r->class == ROW_ASK || r->class == ROW_FIXED || (r->single && !single_id))
		return false;
	for (size_t i = 0; i < ROW_CONDITIONS && r->when[i].when != WHEN_NONE; i++) {
		bool all = holds(&r->when[i], arg);

		for (; r->when[i].also; i++)
			all &= holds(&r->when[i + 1], arg);
		if (all)
			return true;
	}
	return r->when[0].when == WHEN_NONE;
}

/* What failed has changed nothing; who asks for ids, or sets them to what they are, neither. */
bool row_repeats(const struct row *r, int64_t result)
{
	enum { ERRNO_MOST = 4095 }; /* MAX_ERRNO, include/linux/err.h */

	return r->class == ROW_ASK || r->class == ROW_FIXED || r->single || (result < 0 && result >= -ERRNO_MOST);
}

const char *syscall_class_name(uint8_t class)
{
	static const char *const names[ROW_CLASSES] = {
		[ROW_NONE] = "NONE", [ROW_PASS] = "PASS", [ROW_ASK] = "ASK", [ROW_EDIT] = "EDIT", [ROW_FAKE] = "FAKE",
		[ROW_BLOCK] = "BLOCK", [ROW_LIFE] = "LIFE", [ROW_DENY] = "DENY", [ROW_FIXED] = "FIXED",
	};

	return class < ROW_CLASSES ? names[class] : "?";
}
