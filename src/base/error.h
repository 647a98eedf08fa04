/* error.h: one error object, made where the failure happens, printed once near the top.
 *
 * A function that can fail for a reason the user can act on takes `struct error *e`, fills it with
 * error_set() and returns a negative errno. Callers pass it upward untouched; cli/main.c prints it. */
#ifndef DETBUILD_BASE_ERROR_H
#define DETBUILD_BASE_ERROR_H

#include <stdarg.h>

struct error {
	int errnum;     /* positive errno, 0 when nothing failed */
	int exit_code;  /* process exit status to use; 0 means "the default, 125" */
	char what[768]; /* one sentence: what failed, on what, why */
	char hint[512]; /* one sentence: what to do next; may be empty */
	const char *repeat; /* a command line that does again what failed, the owner's; NULL: none */
};

/* Fills e (when not NULL) with the sentence; when errnum is not 0 ": strerror" is appended. Returns -errnum (or -EINVAL for 0). */
int error_set(struct error *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Adds the sentence that says what to do next. */
void error_hint(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints "detbuild: what\ndetbuild: hint: ...\nto repeat it: ...\n" on stderr. */
void error_print(const struct error *e);

#endif
