/* option_words.c: the way back, from a verb's values to the words that gave them; for verbs that start detbuild again. */
#include <inttypes.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"

static void add_number(char ***argv, const char *prefix, const struct opt *o, uint64_t value, const char *unit)
{
	strv_addf(argv, "%s--%s=%" PRIu64 "%s", prefix, o->name, value, unit);
}

void option_words(char ***argv, const char *prefix, const struct opt *o, const void *values)
{
	const void *place = (const char *)values + o->offset;
	uint64_t number;

	switch (o->kind) {
	case OPT_FLAG:
		if (*(const bool *)place)
			strv_addf(argv, "%s--%s", prefix, o->name);
		return;
	case OPT_STRING:
	case OPT_CHOICE:
		if (*(char *const *)place)
			strv_addf(argv, "%s--%s=%s", prefix, o->name, *(char *const *)place);
		return;
	case OPT_LIST:
		for (char *const *p = *(char **const *)place; p && *p; p++)
			strv_addf(argv, "%s--%s=%s", prefix, o->name, *p);
		return;
	case OPT_U64:
	case OPT_SIZE:
	case OPT_INDEX:
	case OPT_DURATION:
		number = *(const uint64_t *)place;
		if (number == 0)
			return;
		if (o->kind == OPT_DURATION) /* nanoseconds; the finest unit of the command line is the millisecond */
			add_number(argv, prefix, o, number / 1000000 + (number % 1000000 != 0), "ms");
		else
			add_number(argv, prefix, o, o->kind == OPT_INDEX ? number - 1 : number, "");
		return;
	}
}
