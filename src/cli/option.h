/* option.h: the parser behind every verb. The tables say what there is; nothing here knows a single verb or option
 * but the three that all verbs share: --help, --quiet, --verbose. */
#ifndef DETBUILD_CLI_OPTION_H
#define DETBUILD_CLI_OPTION_H

#include "cli/verb.h"

struct common_options {
	bool help, quiet, verbose;
};
extern const struct opt common_opts[]; /* offsets into struct common_options */

/* Parses argv (what follows the verb's name). values must be zeroed and v->values_size long. *ret_args: what is left
 * over, NULL-terminated, pointing into argv. 0, or -EINVAL with e (exit status 2). The strings stay in argv. */
int options_parse(const struct verb *v, char **argv, void *values, struct common_options *ret_common, char ***ret_args,
		  struct error *e);

/* Calls f for each option of the verb, the common ones last. */
void options_each(const struct verb *v, void (*f)(const struct opt *o, void *data), void *data);

/* The option's value in a verb's values back into words, each after `prefix`: "--NAME=VALUE". Nothing when it was not given: 0, "" and
 * false are the defaults of their kinds. */
void option_words(char ***argv, const char *prefix, const struct opt *o, const void *values);

/* Nearest of the n words to `typed`, or NULL when none is near. */
const char *nearest_word(const char *typed, const char *const *words, size_t n);

/* A mistake in how detbuild was called: exit status 2. Returns -EINVAL. */
int usage_error(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* verbs.c: every verb, in the order of the help; NULL-terminated. */
const struct verb *const *verb_list(void);
const struct verb *verb_find(const char *name); /* NULL when there is none */
const char *verb_nearest(const char *typed);    /* for suggestions; NULL */

/* help.c and completion_zsh.c: all write on stdout. */
void help_general(void);
void help_verb(const struct verb *v);
void help_man(const struct verb *v);
void help_completion_bash(void);
void help_completion_zsh(void);

#endif
