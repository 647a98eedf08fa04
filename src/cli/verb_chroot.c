/* verb_chroot.c: `detbuild chroot create|unpack|pack|list|remove|install`: passes on to chroot-tools/, one script a verb. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/script.h"
#include "cli/verb.h"

struct chroot_values {
	const char *suite, *variant, *mirror;
	char **include;
	bool json;
};

static const struct opt chroot_opts[] = {
	{ "suite", 's', OPT_STRING, offsetof(struct chroot_values, suite), "SUITE", "Debian suite; default: NAME, else bookworm", "create" },
	{ "variant", 0, OPT_STRING, offsetof(struct chroot_values, variant), "VARIANT", "debootstrap's variant; default: buildd", "create" },
	{ "include", 0, OPT_LIST, offsetof(struct chroot_values, include), "PKG,..", "more packages", "create" },
	{ "mirror", 0, OPT_STRING, offsetof(struct chroot_values, mirror), "URI",
	  "take packages from here instead of the machine's own APT sources", "create" },
	{ "json", 0, OPT_FLAG, offsetof(struct chroot_values, json), NULL, "write JSON on standard output", "list" },
	{ 0 },
};

static void add_value(char ***argv, const char *option, const char *value)
{
	if (!value)
		return;
	strv_add(argv, option);
	strv_add(argv, value);
}

static int chroot_create(const struct chroot_values *v, char **names, struct error *e)
{
	autostrv char **argv = NULL;

	add_value(&argv, "--suite", v->suite);
	add_value(&argv, "--variant", v->variant);
	add_value(&argv, "--mirror", v->mirror);
	if (v->include) {
		autofree char *include = strv_join(v->include, ",");
		add_value(&argv, "--include", include);
	}
	strv_extend(&argv, names);
	return script_exec("chroot-tools/create", argv, e);
}

static int chroot_run(void *values, char **args, struct error *e)
{
	static const char *const verbs[] = { "create", "unpack", "pack", "list", "remove", "install" };
	const struct chroot_values *v = values;
	const char *near;

	if (!args[0]) {
		usage_error(e, "chroot: say what to do: create, unpack, pack, list, remove or install");
		error_hint(e, "'detbuild help chroot' explains them");
		return -EINVAL;
	}
	if (strcmp(args[0], "create") == 0)
		return chroot_create(v, args + 1, e);
	if (v->suite || v->variant || v->include || v->mirror)
		return usage_error(e, "chroot %s takes none of --suite, --variant, --include and --mirror: they belong to create", args[0]);
	if (v->json && strcmp(args[0], "list") == 0) {
		char *json[] = { (char *)"--json", NULL };
		return script_exec("chroot-tools/list", json, e);
	}
	for (size_t i = 1; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(args[0], verbs[i]) == 0) {
			autofree char *path = xasprintf("chroot-tools/%s", verbs[i]);
			return script_exec(path, args + 1, e);
		}
	}
	usage_error(e, "chroot: '%s' is none of create, unpack, pack, list, remove, install", args[0]);
	near = nearest_word(args[0], verbs, ARRAY_SIZE(verbs));
	if (near)
		error_hint(e, "did you mean 'detbuild chroot %s'?", near);
	return -EINVAL;
}

const struct verb verb_chroot = {
	.name = "chroot",
	.synopsis = "create [NAME] | unpack FILE.tar[.gz|.xz|.zst] [NAME] | pack NAME FILE | list | remove NAME... | install NAME PKG...",
	.summary = "make and keep images of Debian systems, without root",
	.description = "Images live under the cache directory and are never changed by a build. They are made once.\n\n"
		"`create` runs debootstrap in a user namespace. The packages come from the Debian archive that the machine's own APT "
		"sources name: the suite, its updates and its security updates. It needs a range of subordinate ids (/etc/subuid) unless "
		"it runs as root. A chroot that exists already is left as it is.\n\n"
		"`unpack` makes a chroot from a tar archive; with a single id, all files become yours, and the tracer shows builds an "
		"ownership of its own.\n\n"
		"`pack` writes a chroot as a tar archive; the same chroot always gives the same bytes.\n\n"
		"`install` adds packages: a copy is changed and takes the chroot's place when it is whole.\n\n"
		"`remove` also removes the layers of build dependencies that were made on the chroot.\n\n"
		"Exit status: 0; 2 for a mistake in the call; 4 when a program, a range of ids or the archive is missing; 8 when a package "
		"cannot be installed.",
	.examples = "detbuild chroot create bookworm\tthe build system of Debian 12\n"
		"detbuild chroot create big --suite bookworm --include cmake,git\twith more packages\n"
		"detbuild chroot install bookworm cmake\tadd a package\n"
		"detbuild chroot pack bookworm bookworm.tar.zst\twrite it to a file\n"
		"detbuild chroot unpack bookworm.tar.zst other\tand make a chroot of it again",
	.tables = (const struct opt *const[]){ chroot_opts, NULL },
	.values_size = sizeof(struct chroot_values),
	.run = chroot_run,
};
