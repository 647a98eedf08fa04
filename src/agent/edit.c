/* edit.c: the supervisor's edits of code that was just mapped, made by the program itself: a page that is written to costs a fault here, and
 * ten times as much from outside. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"

enum { READ = 1, WRITE = 2, EXEC = 4 };

static bool protect(uint64_t at, uint64_t len, uint64_t prot)
{
	const uint64_t arg[6] = { at, len, prot };

	return !len || agent_syscall(__NR_mprotect, arg) == 0;
}

/* True: it was made. */
static bool edit(const struct wire_edit *e)
{
	const uint8_t *old = (const uint8_t *)(e + 1), *new = old + e->len;
	uint8_t *at = (uint8_t *)(uintptr_t)e->at;

	if (memcmp(at, old, e->len) != 0)
		return false;
	memcpy(at, new, e->len);
	return true;
}

bool agent_edit(void)
{
	const uint8_t *p = WINDOW->records, *end = p + WINDOW->edits;
	uint64_t at = 0, len = 0;
	bool head = false;

	for (const struct wire_edit *e; p < end; p += e->size) {
		e = (const struct wire_edit *)p;
		if (e->kind == WIRE_TEXT) {
			if (!protect(at, len, READ | EXEC) || !protect(e->at, e->len, READ | WRITE))
				return false;
			at = e->at;
			len = e->len;
		} else if (e->kind == WIRE_HEAD) {
			head = edit(e);
		} else if (head) {
			edit(e);
		}
	}
	return protect(at, len, READ | EXEC);
}
