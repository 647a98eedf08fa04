/* main.c: finds the verb, parses its options, runs it, prints what failed.
 *
 * 1. When the first word is not a verb, the verb is `run`: "detbuild --chroot bookworm/ make", "detbuild -- log".
 * 2. Errors are printed here and nowhere else. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/config.h"
#include "cli/option.h"

enum { EXIT_MISSING = 4, EXIT_INTERNAL = 125, EXIT_NOT_FOUND = 127 };

static int fail(const struct error *e)
{
	bool no_room = e->errnum == ENOSPC || e->errnum == EDQUOT;

	error_print(e);
	return e->exit_code ? e->exit_code : no_room ? EXIT_MISSING : EXIT_INTERNAL;
}

/* What stdio still holds goes out now, while a failure can be told. */
static int flush_output(int status)
{
	struct error e = { 0 };

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	error_set(&e, errno ? errno : EIO, "cannot write to standard output");
	return fail(&e);
}

static int run_verb(const struct verb *v, char **argv, struct common_options common)
{
	/* Reachable until the end: option values live as long as the process. */
	static void *values;
	static char **args;
	struct options_given given = { .n = 0 };
	struct error e = { 0 };
	int r;

	values = xzalloc(v->values_size);
	r = options_parse(v, argv, values, &common, &given, &args, &e);
	if (r == 0 && !common.help)
		r = config_apply(v, values, &common, &given, &e);
	if (r < 0)
		return fail(&e);
	log_quiet(common.quiet);
	log_verbose(common.verbose && !common.quiet);
	if (common.help) {
		help_verb(v);
		r = 0;
	} else {
		r = v->run(values, args, &e);
	}
	if (r < 0) {
		if (!e.what[0])
			error_set(&e, -r, "%s failed", v->name);
		return fail(&e);
	}
	return flush_output(r);
}

/* The verb is `run`, because the first word is none. A misspelt verb ends as a command that does not exist. */
static int run_command_line(char **words, struct common_options common)
{
	int r = run_verb(verb_find("run"), words, common);
	const char *near = r == EXIT_NOT_FOUND ? verb_nearest(*words) : NULL;

	if (near)
		fprintf(stderr, "detbuild: hint: did you mean the verb '%s'? '%s' was taken for a command to run\n", near, *words);
	return r;
}

/* "detbuild -q verify hello": what all verbs share may stand before the verb. */
static char **leading_options(char **argv, struct common_options *ret)
{
	for (; *argv; argv++) {
		if (!strcmp(*argv, "-q") || !strcmp(*argv, "--quiet"))
			ret->quiet = true;
		else if (!strcmp(*argv, "-v") || !strcmp(*argv, "--verbose"))
			ret->verbose = true;
		else if (!strcmp(*argv, "--no-config"))
			ret->no_config = true;
		else
			break;
	}
	return argv;
}

int main(int argc, char **argv)
{
	struct common_options common = { 0 };
	const struct verb *v;
	char **rest;

	/* A parent that closed 0, 1 or 2 must not make our files land there. */
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return EXIT_INTERNAL;
	if (argc < 1)
		return EXIT_INTERNAL;
	rest = leading_options(argv + 1, &common);
	if (!*rest) {
		struct error e = { 0 };

		usage_error(&e, "no verb and no command");
		error_hint(&e, "'detbuild help' shows what there is; 'detbuild -- date' runs a command");
		return fail(&e);
	}
	if (!strcmp(*rest, "--version")) {
		puts("detbuild " DETBUILD_VERSION);
		return flush_output(0);
	}
	if (!strcmp(*rest, "--help") || !strcmp(*rest, "-h")) {
		help_general();
		return flush_output(0);
	}
	v = verb_find(*rest);
	return v ? run_verb(v, rest + 1, common) : run_command_line(rest, common);
}
