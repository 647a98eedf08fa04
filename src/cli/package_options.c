/* package_options.c: the table of these options, and the times among them. */
#include "cli/package_options.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "cli/option.h"

#define AT(member) offsetof(struct package_options, member)
#define GROUP "Package"

const struct opt package_opts[] = {
	{ "build-option", 'b', OPT_LIST, AT(build_options), "WORD", "for DEB_BUILD_OPTIONS: nocheck, parallel=N", GROUP },
	{ "build-profile", 0, OPT_LIST, AT(build_profiles), "NAME", "for DEB_BUILD_PROFILES", GROUP },
	{ "build-dep-layer", 0, OPT_CHOICE, AT(build_dep_layer), "reuse|fresh", "use installed build dependencies again, or install anew", GROUP },
	{ "snapshot-mirror", 0, OPT_LIST, AT(snapshot_mirrors), "'URI [SUITE]'",
	  "take packages and sources from this archive as it was, instead of the chroot's", GROUP },
	{ "snapshot-time", 0, OPT_STRING, AT(snapshot_time), "TIME",
	  "the moment of the snapshot; default: the .buildinfo's date; none: the mirror is one snapshot", GROUP },
	{ "keyring", 0, OPT_STRING, AT(keyring), "FILE", "take a .buildinfo only if a key of FILE signed it", GROUP },
	{ "buildinfo-out", 0, OPT_STRING, AT(buildinfo_out), "FILE", "write a .buildinfo of what is built, dated by the real clock, for other tools", GROUP },
	{ 0 },
};

const struct opt package_run_opts[] = {
	{ "chroot", 'c', OPT_STRING, offsetof(struct run_options, chroot), "NAME|DIR", "build in this Debian system (default: bookworm, which is made when it does not exist)", "Box" },
	{ "build-path", 0, OPT_STRING, offsetof(struct run_options, build_path), "DIR", "where the source is built in the box (default: /build/reproducible-path/NAME-VERSION)", "Box" },
	{ "user", 'u', OPT_STRING, offsetof(struct run_options, user), "builder|root|UID[:GID]", "build as this user of the box (default: builder)", "Box" },
	{ "epoch", 0, OPT_STRING, offsetof(struct run_options, epoch), "TIME",
	  "when the build begins: @SECONDS, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ (default: the date of the newest entry of debian/changelog)", "World" },
	{ 0 },
};

static int to_seconds(const char **time, const char *option, struct error *e)
{
	int64_t seconds;

	if (!*time)
		return 0;
	if (parse_epoch(*time, &seconds) < 0) {
		usage_error(e, "--%s: '%s' is no time", option, *time);
		error_hint(e, "--%s takes @SECONDS, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", option);
		return -EINVAL;
	}
	*time = xasprintf("@%" PRId64, seconds);
	return 0;
}

int package_options_times(struct package_options *o, struct error *e)
{
	int r = to_seconds(&o->run.epoch, "epoch", e);

	if (r == 0 && o->snapshot_time && strcmp(o->snapshot_time, "none") != 0)
		r = to_seconds(&o->snapshot_time, "snapshot-time", e);
	return r;
}
