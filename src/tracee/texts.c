/* texts.c: what the agent is told of code in files (agent/wire.h), so that a mapping of it need not be looked at again. */
#include "tracee/texts.h"

#include <string.h>

#include "agent/wire.h"

/* The edits from list + from on, of a mapping at `base`, without those that say where the mapping lies. False: there is no room. */
static bool copy_edits(struct texts *t, const struct executor *x, gaddr base, size_t from)
{
	for (size_t k = from; k < x->edits.n;) {
		struct wire_edit e;

		memcpy(&e, x->edits.list + k, sizeof(e));
		if (e.kind != WIRE_TEXT) {
			if (e.size > sizeof(t->edits) - t->used)
				return false;
			memcpy(t->edits + t->used, x->edits.list + k, e.size);
			e.at -= base;
			memcpy(t->edits + t->used, &e, sizeof(e));
			t->used += e.size;
		}
		k += e.size;
	}
	return true;
}

void texts_know(struct executor *x, const struct text_key *key, gaddr base, size_t from)
{
	struct texts *t = x->texts;
	const struct text *found = t->n < TEXT_SLOTS / 2 ? text_find(t, key) : NULL;
	uint32_t used = t->used;
	struct text *slot;

	if (!found || found->state == TEXT_KNOWN)
		return;
	slot = &t->slots[found - t->slots];
	if (!copy_edits(t, x, base, from)) {
		t->used = used;
		return;
	}
	slot->key = *key;
	slot->at = used;
	slot->n = t->used - used;
	slot->state = TEXT_KNOWN;
	t->n++;
}

void texts_forget(struct executor *x, uint64_t dev, uint64_t ino)
{
	struct texts *t = x->texts;

	for (size_t i = 0; t && i < TEXT_SLOTS; i++)
		if (t->slots[i].state == TEXT_KNOWN && t->slots[i].key.dev == dev && t->slots[i].key.ino == ino)
			t->slots[i].state = TEXT_FORGOTTEN;
}
