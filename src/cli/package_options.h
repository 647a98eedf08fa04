/* package_options.h: options of verbs that have `detbuild pkg` build one package: pkg itself, and rebuild, which passes them on. */
#ifndef DETBUILD_CLI_PACKAGE_OPTIONS_H
#define DETBUILD_CLI_PACKAGE_OPTIONS_H

#include "cli/verb.h"

/* Must be the FIRST member of such a verb's values struct. */
struct package_options {
	struct run_options run; /* first */
	char **build_options, **build_profiles;
	const char *build_dep_layer;
	char **snapshot_mirrors;
	const char *snapshot_time, *keyring, *buildinfo_out;
};
extern const struct opt package_opts[];
/* Rows for options of a run that mean something else in the build of a package: to stand before run_opts. */
extern const struct opt package_run_opts[];
/* Options of a run that the build of a package has not: the source is its only input, and its box is the driver's. */
#define PACKAGE_WITHOUT "upper", "directory", "as-root", "no-cwd", "stdin", "in-place"

/* Is there an image of this name, or is one made by the first build (which is announced, where builds are silent)? 0, or -EINVAL with e: it names
 * neither an image nor a release. */
int package_options_image(const struct run_options *o, bool announce, struct error *e);
/* A moment that the command line gives in any form becomes "@SECONDS", as the scripts take it; "none" stays where it means something. */
int package_options_times(struct package_options *o, struct error *e);

#endif
