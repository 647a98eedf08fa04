/* option.h: the parser behind every verb. The tables say what there is; nothing here knows a single verb or option
 * but those that all verbs share: --help, --quiet, --verbose, --no-config. */
#ifndef DETBUILD_CLI_OPTION_H
#define DETBUILD_CLI_OPTION_H

#include "cli/verb.h"

struct common_options {
	bool help, quiet, verbose, no_config;
};
extern const struct opt common_opts[]; /* offsets into struct common_options */

/* The options that have got a value, or were refused one: what was said further away does not count for them. */
struct options_given {
	const struct opt *opts[256];
	size_t n;
};
void options_given_add(struct options_given *g, const struct opt *o);
bool options_given_has(const struct options_given *g, const struct opt *o);

/* Parses argv (what follows the verb's name). values must be zeroed and v->values_size long. *ret_args: what is left
 * over, NULL-terminated, pointing into argv; ret_given: what it names. 0, or -EINVAL with e (exit status 2). The strings stay in argv. */
int options_parse(const struct verb *v, char **argv, void *values, struct common_options *ret_common,
		  struct options_given *ret_given, char ***ret_args, struct error *e);

/* The verb's option with this long name, or NULL; the name most like one that it has not, or NULL. */
const struct opt *option_find(const struct verb *v, const char *name);
const char *option_nearest(const struct verb *v, const char *typed);
/* Gives the option a value that is in no command line; a flag takes yes or no. The text is kept. 0, or -EINVAL with e. */
int option_set(const struct verb *v, const struct opt *o, char *value, void *values, struct common_options *common, struct error *e);

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
void help_config(void);
void help_verb(const struct verb *v);
void help_man(const struct verb *v);
void help_completion_bash(void);
void help_completion_zsh(void);

#endif
