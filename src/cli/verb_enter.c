/* verb_enter.c: detbuild enter: an untraced command in the same box, for our own scripts (apt, dpkg-source).
 *
 * 1. It is `run --native --no-cwd --stdin`: the current directory is shown only when --build-path asks for it. */
#include "cli/run_verb.h"

static int run(void *values, char **args, struct error *e)
{
	struct run_options *o = values;
	struct run_defaults defaults = { .mount_cwd = o->build_path != NULL };

	o->native = true;
	o->with_stdin = true;
	return run_verb_command(o, &defaults, args, e);
}

static const struct opt *const tables[] = { run_opts, NULL };

const struct verb verb_enter = {
	.name = "enter",
	.synopsis = "[OPTION]... [--] COMMAND [ARG]...",
	.summary = "run a command in the box without the tracer",
	.description = "For detbuild's own scripts: an untraced run with the real /proc, standard input passed through, and no current "
		       "directory unless --build-path is given.",
	.tables = tables,
	.values_size = sizeof(struct run_options),
	.stop_at_positional = true,
	.hidden = true,
	.run = run,
};
