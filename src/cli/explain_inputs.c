/* explain_inputs.c: the table of inputs.
 *
 * 1. A row changes one thing that a build can observe and nothing else, so that what then differs is the work of that thing.
 * 2. The values differ from the defaults of `run` and `pkg` in length as well as in content where they can. */
#include "cli/explain_inputs.h"

#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define PATH "--build-path=/build/another/path-that-is-longer"
#define USER "--user-name=another-user", "--env=USER=another-user", "--env=LOGNAME=another-user"
#define HOME "/nonexistent/another-home"
/* Another language, collation and character set; an image without that locale falls back to C, which differs from C.UTF-8, too. */
#define LOCALE "et_EE"
#define NOISE "--env=CAPTURE_ENVIRONMENT=i capture the environment", "--env=BUILD_NUMBER=1234567"

const struct explain_input explain_inputs[] = {
	/* 398 days, as on the Reproducible Builds test farm: another year, month and day of the week; and another time of day. */
	{ "time", "the clock: 398 days, 5 hours, 7 minutes and 9 seconds later", WORDS("--clock-shift=34405629s"), WORDS("--clock-shift=34405629s"),
	  "take the date from SOURCE_DATE_EPOCH (date -u -d @$SOURCE_DATE_EPOCH), or do not write it down" },
	{ "path", "the build path: /build/another/path-that-is-longer", WORDS(PATH), WORDS(PATH),
	  "write relative paths; for compilers -ffile-prefix-map, but do not write down the flags themselves; no RPATH into the build tree" },
	{ "user", "the user: another-user", WORDS(USER), WORDS(USER, "--user=2222:2222"),
	  "write a fixed name instead of whoami, $USER or id; in archives: --owner=0 --group=0 --numeric-owner" },
	{ "hostname", "the host name: another-host", WORDS("--hostname=another-host"), WORDS("--hostname=another-host"),
	  "write a fixed name instead of hostname or uname" },
	{ "locale", "the locale: " LOCALE, WORDS("--env=LANG=" LOCALE, "--env=LC_ALL=" LOCALE, "--env=LANGUAGE=et"),
	  WORDS("--locale=" LOCALE, "--env=LANGUAGE=et"), "set LC_ALL=C.UTF-8 (or C) where the output is made: export LC_ALL=C.UTF-8 in debian/rules" },
	{ "dir-order", "the order of names in directories", WORDS("--dir-order=1"), WORDS("--dir-order=1"),
	  "sort what comes from a directory: find ... -print0 | LC_ALL=C sort -z, $(sort $(wildcard ...)), tar --sort=name" },
	{ "home", "the home directory: " HOME, WORDS("--env=HOME=" HOME), WORDS("--home=" HOME), "do not write down $HOME; set it in debian/rules where a tool needs one" },
	{ "umask", "the file creation mask: 0002", WORDS("--umask=0002"), WORDS("--umask=0002"), "set the modes of files (install -m, chmod, tar --mode=) instead of inheriting them" },
	{ "timezone", "the time zone: GMT-14", WORDS("--env=TZ=GMT-14"), WORDS("--timezone=GMT-14"), "format times in UTC: date -u, TZ=UTC, gmtime instead of localtime" },
	{ "environment", "two more variables: CAPTURE_ENVIRONMENT, BUILD_NUMBER", WORDS(NOISE), WORDS(NOISE), "write down chosen variables only, never the whole environment" },
	{ "random", "random numbers", WORDS("--seed=1"), WORDS("--seed=1"), "give the generator a fixed seed, make names and ids from content; PYTHONHASHSEED=0, PERL_HASH_SEED=0 for hash order" },
	{ "schedule", "the order of threads and processes", WORDS("--sched-seed=1"), WORDS("--sched-seed=1"),
	  "a race: wait for what runs at the same time, name prerequisites in make, sort what several jobs append to one file" },
	{ "cpus", "the number of CPUs: 4", WORDS("--cpus=4"), WORDS("--cpus=4", "--build-option=parallel=4"), "do not write down nproc; make results independent of the number of jobs" },
	{ "mtimes", "the times of the source's files", WORDS("--source-mtimes=keep"), WORDS("--source-time-shift=-1000003"),
	  "clamp file times: tar --mtime=@$SOURCE_DATE_EPOCH --clamp-mtime, touch -d @$SOURCE_DATE_EPOCH" },
};

size_t explain_input_count(void)
{
	return ARRAY_SIZE(explain_inputs);
}

input_set explain_input_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(explain_inputs); i++)
		if (strcmp(explain_inputs[i].name, name) == 0)
			return INPUT_BIT(i);
	return 0;
}

static const char *const *words_of(size_t i, bool package)
{
	return package ? explain_inputs[i].package : explain_inputs[i].command;
}

/* Does `list` have an entry that begins with the first n bytes of `with`? */
static bool has_start(char *const *list, const char *with, size_t n)
{
	for (; list && *list; list++)
		if (strncmp(*list, with, n) == 0)
			return true;
	return false;
}

/* The user's own word for the same thing comes later and wins: the input would not change. */
static bool is_given(const char *word, const struct run_options *o, char *const *build_options)
{
	static const char env[] = "--env=", build_option[] = "--build-option=";
	autostrv char **all = NULL;

	if (strncmp(word, env, strlen(env)) == 0)
		return has_start(o->env, word + strlen(env), strcspn(word + strlen(env), "=") + 1);
	if (strncmp(word, build_option, strlen(build_option)) == 0)
		return has_start(build_options, word + strlen(build_option), strcspn(word + strlen(build_option), "=") + 1);
	for (const struct opt *r = run_opts; r->name; r++)
		option_words(&all, "", r, o);
	return has_start(all, word, strcspn(word, "=") + 1);
}

const char *explain_input_fixed(size_t i, bool package, const struct run_options *o, char *const *build_options)
{
	for (const char *const *w = words_of(i, package); *w; w++)
		if (is_given(*w, o, build_options))
			return *w;
	return NULL;
}

void explain_input_words(input_set set, bool package, char ***argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(explain_inputs); i++)
		if (set & INPUT_BIT(i))
			for (const char *const *w = words_of(i, package); *w; w++)
				strv_add(argv, *w);
}
