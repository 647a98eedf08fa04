/* verbs.c: the list of verbs, in the order in which the help shows them. */
#include <string.h>

#include "base/mem.h"
#include "cli/option.h"

extern const struct verb verb_run, verb_chroot, verb_pkg, verb_verify, verb_explain, verb_rebuild, verb_report, verb_diff, verb_log, verb_syscalls, verb_machine, verb_help,
	verb_enter;

const struct verb *const *verb_list(void)
{
	static const struct verb *const all[] = { &verb_run, &verb_chroot,   &verb_pkg,	    &verb_verify, &verb_explain, &verb_rebuild, &verb_report, &verb_diff,
						  &verb_log, &verb_syscalls, &verb_machine, &verb_help,	  &verb_enter,	NULL };

	return all;
}

const struct verb *verb_find(const char *name)
{
	for (const struct verb *const *v = verb_list(); *v; v++)
		if (!strcmp((*v)->name, name))
			return *v;
	return NULL;
}

const char *verb_nearest(const char *typed)
{
	const char *names[32];
	size_t n = 0;

	for (const struct verb *const *v = verb_list(); *v && n < ARRAY_SIZE(names); v++)
		if (!(*v)->hidden)
			names[n++] = (*v)->name;
	return nearest_word(typed, names, n);
}
