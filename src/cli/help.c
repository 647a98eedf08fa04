/* help.c: everything people read about verbs and options, made from the tables: --help, man pages, completion.
 *
 * 1. A verb or an option is described in its table row only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"

enum { TEXT_WIDTH = 79, HELP_COLUMN = 30 };

static const char *group_of(const struct opt *o)
{
	return o->group ? o->group : "Options";
}

/* Wrapped text; the cursor stands at `column`, further lines begin at `indent`. Blank lines separate paragraphs. */
static void wrap(const char *text, int column, int indent)
{
	int at = column;

	while (*text) {
		int n = (int)strcspn(text, " \n");

		if (n > 0) {
			if (at > indent && at + 1 + n > TEXT_WIDTH) {
				printf("\n%*s", indent, "");
				at = indent;
			} else if (at > indent) {
				putchar(' ');
				at++;
			}
			fwrite(text, 1, (size_t)n, stdout);
			at += n;
			text += n;
		} else if (text[0] == '\n' && text[1] == '\n') {
			printf("\n\n%*s", indent, "");
			at = indent;
			text += 2;
		} else {
			text++;
		}
	}
	putchar('\n');
}

struct grouping {
	char **groups;
	const char *current;
	void (*print)(const struct opt *o);
};

static void note_group(const struct opt *o, void *data)
{
	struct grouping *g = data;

	if (!strv_has(g->groups, group_of(o)))
		strv_add(&g->groups, group_of(o));
}

static void print_in_group(const struct opt *o, void *data)
{
	struct grouping *g = data;

	if (!strcmp(group_of(o), g->current))
		g->print(o);
}

static void each_group(const struct verb *v, void (*heading)(const char *), void (*print)(const struct opt *), void (*end)(void))
{
	struct grouping g = { .print = print };

	options_each(v, note_group, &g);
	for (char **name = g.groups; name && *name; name++) {
		g.current = *name;
		heading(*name);
		options_each(v, print_in_group, &g);
		end();
	}
	strv_free(g.groups);
}

/* ---- --help -------------------------------------------------------------------------------------------------------- */

static void text_heading(const char *name)
{
	printf("\n%s:\n", name);
}

static void text_option(const struct opt *o)
{
	autofree char *help = o->kind == OPT_LIST ? xasprintf("%s (may be given again)", o->help) : xstrdup(o->help);
	int n;

	if (o->letter)
		n = printf("  -%c, --%s", o->letter, o->name);
	else
		n = printf("      --%s", o->name);
	if (o->kind != OPT_FLAG)
		n += printf(" %s", o->arg);
	if (n > HELP_COLUMN - 2) {
		putchar('\n');
		n = 0;
	}
	printf("%*s", HELP_COLUMN - n, "");
	wrap(help, HELP_COLUMN, HELP_COLUMN);
}

static void text_end(void)
{
}

static void text_examples(const char *examples)
{
	puts("\nExamples:");
	while (*examples) {
		int line = (int)strcspn(examples, "\n"), command = (int)strcspn(examples, "\t\n");

		printf("  %.*s\n", command, examples);
		if (command < line)
			printf("      %.*s\n", line - command - 1, examples + command + 1);
		examples += line + (examples[line] == '\n');
	}
}

void help_verb(const struct verb *v)
{
	printf("usage: detbuild %s %s\n\n", v->name, v->synopsis);
	wrap(v->description ? v->description : v->summary, 0, 0);
	each_group(v, text_heading, text_option, text_end);
	if (v->examples)
		text_examples(v->examples);
}

void help_general(void)
{
	puts("usage: detbuild [run] [OPTION]... [--] COMMAND [ARG]...\n"
	     "       detbuild VERB [OPTION]... [ARG]...\n\n"
	     "Runs Debian builds in a rootless box in which every observation is a function of\n"
	     "the inputs, and proves that builds give the same bytes.\n\nVerbs:");
	for (const struct verb *const *v = verb_list(); *v; v++)
		if (!(*v)->hidden)
			printf("  %-10s %s\n", (*v)->name, (*v)->summary);
	puts("\n'detbuild help VERB' or 'detbuild VERB --help' tells more, 'detbuild help config'\n"
	     "explains the configuration files; 'detbuild --version' prints the version.\n"
	     "Exit status: that of the command; else 0 success or identical,\n"
	     "1 something differs, 2 wrong use, 3 the build failed, 4 a tool or kernel feature is\n"
	     "missing, 5 refused with --strict, 6 deadlock, 7 source missing, 8 build dependency\n"
	     "missing, 9 a loop must be counted, 10 counter too late, 124 time-out, 125 internal error.");
}

void help_config(void)
{
	puts("Options can be given in files: $DETBUILD_CONFIG alone when it is set, else\n"
	     "~/.config/detbuild/config (or below $XDG_CONFIG_HOME) and /etc/detbuild.conf.\n\n"
	     "  # options of all verbs that have them\n"
	     "  seed = 7\n"
	     "  [pkg]\n"
	     "  chroot = trixie\n"
	     "  build-option = nocheck\n"
	     "  [rebuild]\n"
	     "  snapshot-mirror = http://mirror/archive/debian bookworm\n\n"
	     "Keys are long names of options ('detbuild help VERB'), a flag takes yes or no, an\n"
	     "option that may be given again may stand again. The command line counts before\n"
	     "environment variables, those before the user's file, that before the system's; a\n"
	     "verb's section before what stands above all sections. Each run says what it took;\n"
	     "--no-config takes nothing. See detbuild.conf(5).");
}

/* ---- man pages (mdoc) ------------------------------------------------------------------------------------------------ */

/* Text into mdoc: "-" that people will copy stays ASCII, and nothing starts a request by accident. */
static void mdoc_text(const char *text)
{
	bool line_start = true;

	for (; *text; text++) {
		if (text[0] == '\n' && text[1] == '\n') {
			fputs("\n.Pp\n", stdout);
			line_start = true;
			text++;
			continue;
		}
		if (*text == ' ' && line_start)
			continue;
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		line_start = *text == '\n';
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		/* mandoc wants a sentence to end its line. */
		if (*text == '.' && text[1] == ' ') {
			putchar('\n');
			line_start = true;
		}
	}
	if (!line_start)
		putchar('\n');
}

static void mdoc_heading(const char *name)
{
	printf(".Ss %s\n.Bl -tag -width Ds\n", name);
}

/* One macro argument: quoted, because an argument such as "DIR" or "Fn" must not be taken for a macro. */
static void mdoc_argument(const char *text)
{
	fputs(" \"", stdout);
	for (; *text; text++) {
		if (*text == '"')
			fputs("\"\"", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
	putchar('"');
}

static void mdoc_option(const struct opt *o)
{
	fputs(".It", stdout);
	if (o->letter)
		printf(" Fl %c ,", o->letter);
	printf(" Fl \\-%s", o->name);
	if (o->kind != OPT_FLAG) {
		fputs(" Ar", stdout);
		mdoc_argument(o->arg);
	}
	putchar('\n');
	mdoc_text(o->help);
	if (o->kind == OPT_LIST)
		puts("(may be given again)");
}

static void mdoc_end(void)
{
	puts(".El");
}

static void mdoc_examples(const char *examples)
{
	puts(".Sh EXAMPLES\n.Bl -tag -width Ds");
	while (*examples) {
		size_t line = strcspn(examples, "\n"), command = strcspn(examples, "\t\n");
		autofree char *left = xstrndup(examples, command);

		fputs(".It Li", stdout);
		mdoc_argument(left);
		putchar('\n');
		if (command < line) {
			autofree char *right = xstrndup(examples + command + 1, line - command - 1);

			mdoc_text(right);
		}
		examples += line + (examples[line] == '\n');
	}
	puts(".El");
}

/* The date of the page is the version's, not the day's: the page is an output and must not change by itself. */
void help_man(const struct verb *v)
{
	autofree char *title = xasprintf("DETBUILD-%s", v->name);

	for (char *c = title; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	printf(".Dd January 1, 2024\n.Dt %s 1\n.Os Debian\n.Sh NAME\n.Nm detbuild\\-%s\n.Nd ", title, v->name);
	mdoc_text(v->summary);
	fputs(".Sh SYNOPSIS\n.Nm detbuild", stdout);
	mdoc_argument(v->name);
	fputs("\n.Ar", stdout);
	mdoc_argument(v->synopsis);
	puts("\n.Sh DESCRIPTION");
	mdoc_text(v->description ? v->description : v->summary);
	each_group(v, mdoc_heading, mdoc_option, mdoc_end);
	puts(".Sh EXIT STATUS\nThe statuses that all verbs share are listed in\n.Xr detbuild 1 .");
	if (v->examples)
		mdoc_examples(v->examples);
	puts(".Sh SEE ALSO\n.Xr detbuild 1");
}

/* ---- completion -------------------------------------------------------------------------------------------------------- */

static void completion_name(const struct opt *o, void *data)
{
	(void)data;
	printf(" --%s", o->name);
}

static void completion_value(const struct opt *o, void *data)
{
	const struct verb *v = data;
	bool file = o->arg && (strstr(o->arg, "FILE") || strstr(o->arg, "DIR"));

	if (o->kind != OPT_CHOICE && !file)
		return;
	printf("\t%s,--%s) ", v->name, o->name);
	if (file) {
		puts("mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;");
		return;
	}
	fputs("mapfile -t COMPREPLY < <(compgen -W '", stdout);
	for (const char *c = o->arg; c && *c; c++)
		putchar(*c == '|' ? ' ' : *c);
	puts("' -- \"$word\"); return ;;");
}

void help_completion_bash(void)
{
	puts("# shellcheck shell=bash\n"
	     "# bash completion for detbuild, made from its option tables by 'detbuild help --completion bash'\n"
	     "_detbuild()\n{\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=run options\n"
	     "\tCOMPREPLY=()");
	fputs("\tlocal verbs='", stdout);
	for (const struct verb *const *v = verb_list(); *v; v++)
		if (!(*v)->hidden)
			printf("%s%s", v == verb_list() ? "" : " ", (*v)->name);
	puts("'\n\t[[ \" $verbs \" == *\" ${COMP_WORDS[1]} \"* ]] && verb=${COMP_WORDS[1]}\n"
	     "\tcase $verb,$before in");
	for (const struct verb *const *v = verb_list(); *v; v++)
		if (!(*v)->hidden)
			options_each(*v, completion_value, (void *)(uintptr_t)*v);
	puts("\t*) ;;\n\tesac\n\tcase $verb in");
	for (const struct verb *const *v = verb_list(); *v; v++) {
		if ((*v)->hidden)
			continue;
		printf("\t%s) options='", (*v)->name);
		options_each(*v, completion_name, NULL);
		puts("' ;;");
	}
	puts("\t*) options= ;;\n\tesac\n"
	     "\tif [[ $word == -* ]]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
	     "\telif ((COMP_CWORD == 1)); then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$word\")\n"
	     "\telse\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	     "\tfi\n}\n"
	     "complete -o filenames -F _detbuild detbuild");
}
