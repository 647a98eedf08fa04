/* config.h: options from files: /etc/detbuild.conf and the user's own; detbuild.conf(5). */
#ifndef DETBUILD_CLI_CONFIG_H
#define DETBUILD_CLI_CONFIG_H

#include "cli/option.h"

/* Gives the verb's options that are not in *given what the files say, and tells which. Both files are checked as a whole, whatever the verb:
 * -EINVAL with e (exit status 2) names the line. detbuild started again by this one reads no file: it was handed the options. */
int config_apply(const struct verb *v, void *values, struct common_options *common, struct options_given *given, struct error *e);

#endif
