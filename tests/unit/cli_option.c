/* cli_option: the parser, against a table of its own. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"

struct values {
	bool flag;
	const char *text, *choice;
	char **list;
	uint64_t number, size, duration, index_plus_1;
};

#define AT(m) offsetof(struct values, m)
static const struct opt first[] = {
	{ "flag", 'f', OPT_FLAG, AT(flag), NULL, "a flag", NULL },
	{ "text", 't', OPT_STRING, AT(text), "TEXT", "a text", NULL },
	{ "list", 'l', OPT_LIST, AT(list), "ITEM", "a list", NULL },
	{ 0 },
};
static const struct opt second[] = {
	{ "choice", 0, OPT_CHOICE, AT(choice), "red|green", "a colour", "More" },
	{ "number", 'n', OPT_U64, AT(number), "N", "a number", "More" },
	{ "size", 0, OPT_SIZE, AT(size), "SIZE", "a size", "More" },
	{ "duration", 0, OPT_DURATION, AT(duration), "TIME", "a time", "More" },
	{ "index", 0, OPT_INDEX, AT(index_plus_1), "N", "an index", "More" },
	{ 0 },
};
static const struct opt *const tables[] = { first, second, NULL };
static const struct verb any_order = { .name = "test", .tables = tables, .values_size = sizeof(struct values) };
static const struct verb stopping = { .name = "test", .tables = tables, .values_size = sizeof(struct values), .stop_at_positional = true };

static struct values values;
static struct common_options common;
static struct options_given given;
static struct error error;
static char **args;

static int parse(const struct verb *v, char **argv)
{
	free(args);
	args = NULL;
	strv_free(values.list);
	memset(&values, 0, sizeof(values));
	memset(&common, 0, sizeof(common));
	memset(&error, 0, sizeof(error));
	given.n = 0;
	return options_parse(v, argv, &values, &common, &given, &args, &error);
}
#define PARSE(verb, ...) parse(verb, (char *[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static void forms(void)
{
	test_int(PARSE(&any_order), 0, "nothing");
	test_ok(args && !args[0], "leaves nothing");
	test_int(PARSE(&any_order, "--text=a=b", "x", "--number", "0x10", "y", "-fq"), 0, "forms in any order");
	test_str(values.text, "a=b", "--name=value");
	test_int(values.number, 16, "--name value");
	test_ok(values.flag && common.quiet && !common.verbose, "a cluster of letters");
	test_ok(args[0] && !strcmp(args[0], "x") && args[1] && !strcmp(args[1], "y") && !args[2], "positionals");
	test_int(PARSE(&any_order, "-tabc", "-l", "1", "--list=2", "-fn7"), 0, "letters with values");
	test_ok(!strcmp(values.text, "abc") && values.number == 7 && strv_len(values.list) == 2, "their values");
	test_int(PARSE(&any_order, "--text", "--flag"), 0, "a value may look like an option");
	test_ok(!strcmp(values.text, "--flag") && !values.flag, "and is a value");
	test_int(PARSE(&any_order, "--text="), 0, "an empty value");
	test_str(values.text, "", "is empty");
	test_int(PARSE(&any_order, "-", "--", "--flag"), 0, "dashes");
	test_ok(!values.flag && !strcmp(args[0], "-") && !strcmp(args[1], "--flag"), "- is positional, -- ends the options");
}

static void stop(void)
{
	test_int(PARSE(&stopping, "-f", "make", "--number", "x", "--"), 0, "options of the command");
	test_ok(values.flag && args[0] && !strcmp(args[0], "make") && strv_len(args) == 4, "are left alone");
	test_int(PARSE(&stopping, "--", "log", "-f"), 0, "-- before a command");
	test_ok(!values.flag && !strcmp(args[0], "log") && strv_len(args) == 2, "is dropped");
}

static void kinds(void)
{
	test_int(PARSE(&any_order, "--choice=green", "--size=2K", "--duration=1m", "--index=0"), 0, "kinds");
	test_ok(!strcmp(values.choice, "green") && values.size == 2048 && values.duration == 60000000000ull && values.index_plus_1 == 1,
		"their values");
}

static void fails(char **argv, const char *text, const char *name)
{
	int r = parse(&any_order, argv);

	if (!test_ok(r == -EINVAL && error.exit_code == 2 && (strstr(error.what, text) || strstr(error.hint, text)), name))
		printf("# %d '%s' hint '%s'\n", r, error.what, error.hint);
}
#define FAILS(text, name, ...) fails((char *[]){ __VA_ARGS__, NULL }, text, name)

static void mistakes(void)
{
	FAILS("mean --choice", "a letter missing", "--chice=red");
	FAILS("mean --number", "letters swapped", "--nubmer", "1");
	FAILS("mean --duration", "a beginning is not accepted but suggested", "--dur=1");
	FAILS("help test", "nothing near", "--zzzzzzzz");
	FAILS("no option -z", "an unknown letter", "-fz");
	FAILS("takes no value", "a flag with a value", "--flag=1");
	test_int(PARSE(&any_order, "--flag", "--flag=no"), 0, "a flag is switched off");
	test_ok(!values.flag && options_given_has(&given, &first[0]) && !options_given_has(&given, &first[1]), "and counts as given");
	test_int(PARSE(&any_order, "--flag=yes"), 0, "a flag is switched on");
	test_ok(values.flag, "by yes");
	FAILS("needs a value", "no value", "--text");
	FAILS("needs a value", "no value for a letter", "-n");
	FAILS("red|green", "no such choice", "--choice", "re");
	FAILS("red|green", "an empty choice", "--choice=");
	FAILS("not what it takes", "a bad number", "--number=-1");
	FAILS("out of range", "a large number", "--number=99999999999999999999");
	FAILS("out of range", "a large index", "--index=18446744073709551615");
}

int main(void)
{
	forms();
	stop();
	kinds();
	mistakes();
	free(args);
	strv_free(values.list);
	return test_end();
}
