/* edit.c: edits of code that was just mapped, made by the program itself: a page that is written to costs a fault here, and ten times as much from
 * outside. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"

enum { READ = 1, WRITE = 2, EXEC = 4 };

bool agent_protect(uint64_t at, uint64_t len, uint64_t prot)
{
	const uint64_t arg[6] = { at, len, prot };

	return agent_syscall(__NR_mprotect, arg) == 0;
}

/* The store's pages lie there now as well, of the same file: private as they were, to be read and executed. */
bool agent_take_stored(uint64_t at, uint64_t len, uint64_t store)
{
	enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4 };
	const uint64_t arg[6] = { store, len, len, AGENT_STORE_TAKE, at };

	return agent_syscall(__NR_mremap, arg) == (int64_t)at;
}

/* True: it was made. */
static bool edit(const struct wire_edit *e, uint64_t base)
{
	const uint8_t *old = (const uint8_t *)(e + 1), *new = old + e->len;
	uint8_t *at = (uint8_t *)(uintptr_t)(base + e->at);

	__atomic_fetch_or(at, 0, __ATOMIC_RELAXED); /* read first, the page would fault twice */
	if (memcmp(at, old, e->len) != 0)
		return false;
	memcpy(at, new, e->len);
	return true;
}

void agent_edits(const uint8_t *p, uint64_t n, uint64_t base)
{
	const uint8_t *end = p + n;
	bool head = false;

	for (const struct wire_edit *e; p < end; p += e->size) {
		e = (const struct wire_edit *)p;
		if (e->kind == WIRE_HEAD)
			head = edit(e, base);
		else if (head)
			edit(e, base);
	}
}

static bool begins_text(const struct wire_edit *e)
{
	return e->kind == WIRE_TEXT || e->kind == WIRE_STORED;
}

/* Mapping by mapping. */
bool agent_edit(void)
{
	const uint8_t *p = WINDOW->records, *end = p + WINDOW->edits;

	while (p < end) {
		const struct wire_edit *text = (const struct wire_edit *)p;
		const uint8_t *from = p += text->size;

		if (text->kind == WIRE_STORED) {
			if (!agent_take_stored(text->at, text->len, *(const uint64_t *)(const void *)(text + 1)))
				return false;
			continue;
		}
		while (p < end && !begins_text((const struct wire_edit *)p))
			p += ((const struct wire_edit *)p)->size;
		if (!agent_protect(text->at, text->len, READ | WRITE))
			return false;
		agent_edits(from, (uint64_t)(p - from), 0);
		if (!agent_protect(text->at, text->len, READ | EXEC))
			return false;
	}
	return true;
}
