/* verb_pkg.c: `detbuild pkg`: builds a Debian source package. The work is done by pkgbuild/build-package, which calls
 * `detbuild enter` and `detbuild run`; here options become its arguments.
 *
 * 1. Options that the driver itself must know are passed under their own name; every other option of a run is passed on as
 *    --run-option=--NAME=VALUE, made from the one option table, so a new run option needs no change here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/package_options.h"
#include "cli/script.h"
#include "cli/verb.h"

struct pkg_values {
	struct package_options package; /* first */
	const char *output, *reference, *reference_from, *environment_report;
	const char *home, *locale, *timezone, *faketime, *source_time_shift, *upper_fs, *work_dir;
	char **run_options;
	bool json, keep, clean;
};

#define AT(member) offsetof(struct pkg_values, member)
static const char package[] = "Package", variation[] = "Variations";
static const struct opt pkg_opts[] = {
	{ "output", 'o', OPT_STRING, AT(output), "DIR", "where the results go; default: the current directory", package },
	{ "work-dir", 0, OPT_STRING, AT(work_dir), "DIR", "where the build's files live meanwhile; default: in the cache", package },
	{ "reference", 0, OPT_STRING, AT(reference), "DIR", "before the build, put the published .debs of this version into DIR", package },
	{ "reference-from", 0, OPT_STRING, AT(reference_from), "WHERE", "take them from: archive (the default), a directory, a FILE.changes or FILE.buildinfo", package },
	{ "environment-report", 0, OPT_STRING, AT(environment_report), "FILE", "with a FILE.buildinfo: write the packages that have other versions here", package },
	{ "keep", 0, OPT_FLAG, AT(keep), NULL, "keep the build's files (always kept when it fails)", package },
	{ "clean", 0, OPT_FLAG, AT(clean), NULL, "remove what failed builds left, build nothing", package },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "write one JSON object about the build on standard output", package },
	{ "home", 0, OPT_STRING, AT(home), "DIR", "HOME of the build; default: /nonexistent/first-build", variation },
	{ "locale", 0, OPT_STRING, AT(locale), "NAME", "LANG and LC_ALL of the build; default: C.UTF-8", variation },
	{ "timezone", 0, OPT_STRING, AT(timezone), "TZ", "TZ of the build; default: UTC", variation },
	{ "upper-fs", 0, OPT_CHOICE, AT(upper_fs), "disk|tmpfs", "filesystem of the build's files", variation },
	{ "source-time-shift", 0, OPT_STRING, AT(source_time_shift), "SECONDS", "move the times of the source's files", variation },
	{ "run-option", 0, OPT_LIST, AT(run_options), "OPTION", "pass this option to 'detbuild run' for the build itself", variation },
	{ "faketime", 0, OPT_STRING, AT(faketime), "SPEC", "with --native: run under libfaketime, e.g. +398d", variation },
	{ 0 },
};

/* Passed under their own name; every other run option goes to `detbuild run` through the driver. */
static const char *const known[] = { "chroot", "native", "epoch", "seed", "user", "hostname", "umask", "build-path", "env" };

static bool is_one_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The option, if it was given, as the script takes it. */
static void add_given(char ***argv, const struct opt *o, bool of_run, const void *values)
{
	option_words(argv, of_run && !is_one_of(known, ARRAY_SIZE(known), o->name) ? "--run-option=" : "", o, values);
}

/* --env NAME takes the caller's value now: the script's environment is not the caller's. */
static void resolve_env(struct run_options *o)
{
	char **env = NULL;

	for (char **given = o->env; given && *given; given++) {
		const char *value = getenv(*given);

		if (strchr(*given, '='))
			strv_add(&env, *given);
		else if (value)
			strv_addf(&env, "%s=%s", *given, value);
	}
	strv_free(o->env);
	o->env = env;
}

static int check(const struct pkg_values *v, char **args, struct error *e)
{
	if (strv_len(args) == 1 || v->clean)
		return 0;
	usage_error(e, args[0] ? "pkg builds one package at a time" : "pkg: say which source package");
	error_hint(e, "NAME, NAME=VERSION, FILE.dsc, FILE.buildinfo or a directory with debian/: 'detbuild pkg hello'");
	return -EINVAL;
}

static int pkg_run(void *values, char **args, struct error *e)
{
	struct pkg_values *v = values;
	autostrv char **argv = NULL;
	int r = check(v, args, e);

	if (r < 0)
		return r;
	r = package_options_times(&v->package, e);
	if (r == 0)
		r = run_options_check_pairs(&v->package.run, e);
	if (r == 0)
		r = package_options_image(&v->package.run, false, e);
	if (r < 0)
		return r;
	resolve_env(&v->package.run);
	for (const struct opt *o = run_opts; o->name; o++)
		add_given(&argv, o, true, values);
	for (const struct opt *o = package_opts; o->name; o++)
		add_given(&argv, o, false, values);
	for (const struct opt *o = pkg_opts; o->name; o++)
		add_given(&argv, o, false, values);
	strv_extend(&argv, args);
	return script_exec("pkgbuild/build-package", argv, e);
}

const struct verb verb_pkg = {
	.name = "pkg",
	.synopsis = "[OPTION]... NAME|NAME=VERSION|FILE.dsc|FILE.buildinfo|DIR",
	.summary = "build a Debian source package",
	.description = "Fetches the source (its signature and hashes checked by APT), installs the build dependencies in a layer above the "
		"chroot, extracts the source at /build/reproducible-path/NAME-VERSION and runs the whole dpkg-buildpackage under the tracer, "
		"as the user builder, without network, beginning at the date of the newest entry of debian/changelog.\n\n"
		"The results go to --output: the .deb, .changes and .buildinfo files, the build's output NAME_VERSION_ARCH.detbuild.log, "
		"SHA256SUMS, and NAME_VERSION.detbuild.json, which says what the build was a function of and when it really happened.\n\n"
		"The default chroot is bookworm; it is created when it does not exist. The caller's environment has no influence: use "
		"--build-option, --build-profile and --env.\n\n"
		"A FILE.buildinfo is built as it was: source and version, the parts for one or all architectures, the path, the environment variables "
		"that it records, the changelog entry of a binary-only rebuild; its .dsc is taken from beside it, else from the archive. With "
		"--snapshot-mirror the very versions of the packages that were installed are; without, today's, and those that differ are listed.\n\n"
		"--snapshot-mirror names the directory of an archive in which dists/ lies for each moment in a directory such as "
		"20240131T120000Z/; a mirror that is one snapshot is taken with --snapshot-time none. A suite after a blank stands for the chroot's. "
		"A mirror without signatures must be a directory of this machine.\n\n"
		"When a build fails, its files are kept, and the command to look at them is printed.\n\n"
		"Exit status: 0; 2 a mistake in the call, or not a source package; 3 the build failed; 4 something is missing on this "
		"machine; 5 a refused call with --strict; 6 a deadlock in the build; 9, 10 see detbuild-run(1); 7 the source is missing on the mirror or damaged; 8 a "
		"build dependency is not installable; 11 no published .debs for --reference; 124 --timeout; 125 an internal error.",
	.examples = "detbuild pkg hello\tfrom the archive\n"
		"detbuild pkg hello=2.10-3 --output out\tthis version, results in out/\n"
		"detbuild pkg hello_2.10-3.dsc\tfrom files here\n"
		"detbuild pkg --build-option nocheck .\tthis source tree, without its test suite\n"
		"detbuild pkg --native hello\twithout the tracer, to see what it adds",
	.tables = (const struct opt *const[]){ package_run_opts, run_opts, package_opts, pkg_opts, NULL },
	.without = (const char *const[]){ PACKAGE_WITHOUT, NULL },
	.values_size = sizeof(struct pkg_values),
	.run = pkg_run,
};
