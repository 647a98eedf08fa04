/* completion_zsh.c: the completion script for zsh, made from the option tables as the one for bash is (help.c). */
#include <stdio.h>
#include <string.h>

#include "cli/option.h"

/* Text inside single quotes of the script; what _arguments and _describe would take for their own is escaped. */
static void quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text == '\n' ? ' ' : *text);
	}
}

static void value(const struct opt *o)
{
	putchar(':');
	quoted(o->kind == OPT_CHOICE ? o->name : o->arg);
	putchar(':');
	if (o->kind == OPT_CHOICE) {
		putchar('(');
		for (const char *c = o->arg; *c; c++)
			putchar(*c == '|' ? ' ' : *c);
		putchar(')');
	} else if (strstr(o->arg, "FILE") || strstr(o->arg, "DIR")) {
		fputs("_files", stdout);
	} else {
		putchar(' ');
	}
}

static void spec(const struct opt *o, const char *dashes, const char *name, const char *joint)
{
	printf(" \\\n\t\t\t'%s%s%s%s[", o->kind == OPT_LIST ? "*" : "", dashes, name, o->kind == OPT_FLAG ? "" : joint);
	quoted(o->help);
	putchar(']');
	if (o->kind != OPT_FLAG)
		value(o);
	putchar('\'');
}

static void option(const struct opt *o, void *data)
{
	const char letter[2] = { o->letter, '\0' };

	(void)data;
	if (!o->name[0]) /* a verb's own meaning of "--" */
		return;
	spec(o, "--", o->name, "=");
	if (o->letter)
		spec(o, "-", letter, "+");
}

void help_completion_zsh(void)
{
	puts("#compdef detbuild\n"
	     "# zsh completion for detbuild, made from its option tables by 'detbuild help --completion zsh'\n"
	     "_detbuild()\n{\n"
	     "\tlocal verb=run\n\tlocal -a verbs\n\tverbs=(");
	for (const struct verb *const *v = verb_list(); *v; v++) {
		if ((*v)->hidden)
			continue;
		printf("\t\t'%s:", (*v)->name);
		quoted((*v)->summary);
		puts("'");
	}
	puts("\t)\n"
	     "\tif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
	     "\t\t_describe verb verbs\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tif [[ -n ${verbs[(r)$words[2]:*]} ]]; then\n"
	     "\t\tverb=$words[2]\n"
	     "\t\tshift words\n"
	     "\t\t(( CURRENT-- ))\n"
	     "\tfi\n"
	     "\tcase $verb in");
	for (const struct verb *const *v = verb_list(); *v; v++) {
		if ((*v)->hidden)
			continue;
		printf("\t%s)\n\t\t_arguments", (*v)->name);
		options_each(*v, option, NULL);
		puts(" \\\n\t\t\t'*:argument:_files' ;;");
	}
	puts("\tesac\n}\n"
	     "(( $+functions[compdef] )) && compdef _detbuild detbuild");
}
