/* verb_help.c: detbuild help [VERB]: help texts, man pages and completion for people and packagers. */
#include <stdio.h>
#include <string.h>

#include "base/library.h"
#include "cli/option.h"

struct help_values {
	const char *man, *completion;
	bool list, libraries;
};

static const struct opt help_opts[] = {
	{ "man", 0, OPT_STRING, offsetof(struct help_values, man), "VERB", "print the man page of a verb, in mdoc", NULL },
	{ "completion", 0, OPT_CHOICE, offsetof(struct help_values, completion), "bash|zsh", "print a completion script for the shell", NULL },
	{ "list", 0, OPT_FLAG, offsetof(struct help_values, list), NULL, "print the verbs, one a line, with their summaries", NULL },
	{ "libraries", 0, OPT_FLAG, offsetof(struct help_values, libraries), NULL, "print the paths of the shared libraries that detbuild has or may load, one a line", NULL },
	{ 0 },
};

static int find(const char *name, const struct verb **ret, struct error *e)
{
	const char *near = verb_nearest(name);
	const struct verb *v = verb_find(name);

	if (v) {
		*ret = v;
		return 0;
	}
	usage_error(e, "help: there is no verb '%s'", name);
	if (near)
		error_hint(e, "did you mean '%s'? 'detbuild help' lists the verbs", near);
	else
		error_hint(e, "'detbuild help' lists the verbs");
	return -1;
}

static void print_list(void)
{
	for (const struct verb *const *v = verb_list(); *v; v++)
		if (!(*v)->hidden)
			printf("%s\t%s\n", (*v)->name, (*v)->summary);
}

static int run(void *values, char **args, struct error *e)
{
	const struct help_values *h = values;
	const char *name = h->man ? h->man : args[0];
	const struct verb *v = NULL;

	if (args[0] && args[1])
		return usage_error(e, "help: one verb at a time");
	if (!h->man && name && !strcmp(name, "config")) {
		help_config();
		return 0;
	}
	if (name && find(name, &v, e) < 0)
		return -1;
	if (h->completion && !strcmp(h->completion, "zsh"))
		help_completion_zsh();
	else if (h->completion)
		help_completion_bash();
	else if (h->list)
		print_list();
	else if (h->libraries)
		library_list(stdout);
	else if (h->man)
		help_man(v);
	else if (v)
		help_verb(v);
	else
		help_general();
	return 0;
}

static const struct opt *const tables[] = { help_opts, NULL };

const struct verb verb_help = {
	.name = "help",
	.synopsis = "[OPTION]... [VERB|config]",
	.summary = "explain detbuild or one of its verbs",
	.description = "Without a verb: what detbuild is and which verbs there are. With one: its options and examples, as "
		       "'detbuild VERB --help' prints them. 'config' explains the configuration files.\n\n"
		       "The man pages and the shell completion are printed from the same tables.",
	.examples = "detbuild help verify\texplains the verb verify\n"
		    "detbuild help --man run | man -l -\tshows the man page of an uninstalled detbuild",
	.tables = tables,
	.values_size = sizeof(struct help_values),
	.unconfigured = true,
	.run = run,
};
