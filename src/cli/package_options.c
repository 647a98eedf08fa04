/* package_options.c: the table of these options, and the times among them. */
#include "cli/package_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
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

/* debootstrap has a script for each release that it can make. Without debootstrap the build says what is missing. */
static bool may_be_release(const char *name)
{
	const char *set = getenv("DEBOOTSTRAP_DIR"), *dir = set ? set : "/usr/share/debootstrap";
	autofree char *scripts = xasprintf("%s/scripts", dir), *script = xasprintf("%s/%s", scripts, name);

	return access(scripts, F_OK) < 0 || access(script, F_OK) == 0;
}

int package_options_image(const struct run_options *o, bool announce, struct error *e)
{
	const char *name = o->chroot ? o->chroot : "bookworm";
	autofree char *dir = xasprintf("%s/chroots/%s", dirs_cache(), name);

	if (strchr(name, '/') || access(dir, F_OK) == 0)
		return 0;
	if (!may_be_release(name)) {
		usage_error(e, "there is no chroot '%s', and no Debian release of that name to make one from", name);
		error_hint(e, "'detbuild chroot list' shows those that exist; 'detbuild chroot create %s --suite SUITE' makes one", name);
		return -EINVAL;
	}
	if (announce)
		notice("there is no chroot %s yet: the first build makes it, once; that takes some minutes", name);
	return 0;
}

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
