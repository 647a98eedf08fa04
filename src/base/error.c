/* error.c: fills and prints struct error.
 *
 * Owns the wording of the prefix only; knows nothing of who fails or why.
 * 1. error_set() overwrites whatever was there, hint and command included: the innermost failure is set last only by
 *    someone who knows more than the callee did. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (e) {
		va_start(ap, fmt);
		vsnprintf(e->what, sizeof(e->what), fmt, ap);
		va_end(ap);
		n = strlen(e->what);
		if (errnum)
			snprintf(e->what + n, sizeof(e->what) - n, ": %s", strerror(errnum));
		e->errnum = errnum ? errnum : EINVAL;
		e->exit_code = 0;
		e->hint[0] = '\0';
		e->repeat = NULL;
	}
	return errnum ? -errnum : -EINVAL;
}

void error_hint(struct error *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return;
	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
}

void error_print(const struct error *e)
{
	fflush(stdout);
	fprintf(stderr, "detbuild: %s\n", e->what[0] ? e->what : "it failed without saying why");
	if (e->hint[0])
		fprintf(stderr, "detbuild: hint: %s\n", e->hint);
	if (e->repeat)
		fprintf(stderr, "to repeat it: %s\n", e->repeat);
}
