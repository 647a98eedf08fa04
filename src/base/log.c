/* log.c: messages for people, on stderr.
 *
 * Owns the two switches (quiet, verbose) and the moment the program began, for the elapsed time of phase lines.
 * 1. A message is written with one write(2), so that lines of several processes do not mix.
 * 2. Nothing here goes to stdout. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

enum { LINE_MAX_BYTES = 2048 };

static bool quiet, verbose;
static int64_t began_ns;

__attribute__((constructor)) static void note_beginning(void)
{
	began_ns = monotonic_ns();
}

void log_quiet(bool on)
{
	quiet = on;
}

void log_verbose(bool on)
{
	verbose = on;
}

bool log_is_quiet(void)
{
	return quiet;
}

bool log_is_verbose(void)
{
	return verbose;
}

bool log_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDERR_FILENO) && !(no && *no);
}

static void emit(const char *prefix, const char *suffix, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];
	size_t room = sizeof(line) - strlen(suffix) - 2, n;
	ssize_t done;

	n = (size_t)snprintf(line, room, "%s", prefix);
	if (n < room)
		vsnprintf(line + n, room - n, fmt, ap);
	n = strlen(line);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s\n", suffix);
	do
		done = write(STDERR_FILENO, line, n);
	while (done < 0 && errno == EINTR);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("detbuild: warning: ", "", fmt, ap);
	va_end(ap);
}

void notice(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	emit("detbuild: ", "", fmt, ap);
	va_end(ap);
}

void detail(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	emit("detbuild: ", "", fmt, ap);
	va_end(ap);
}

void phase(const char *fmt, ...)
{
	char prefix[64];
	int64_t tenths;
	va_list ap;

	if (quiet || !(verbose || isatty(STDERR_FILENO)))
		return;
	tenths = (monotonic_ns() - began_ns) / 100000000;
	snprintf(prefix, sizeof(prefix), "%s[%4lld.%llds] ", log_colour() ? "\033[1m" : "",
		 (long long)(tenths / 10), (long long)(tenths % 10));
	va_start(ap, fmt);
	emit(prefix, log_colour() ? "\033[0m" : "", fmt, ap);
	va_end(ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("detbuild: ", "", fmt, ap);
	va_end(ap);
	_exit(125);
}

void die_errno(const char *fmt, ...)
{
	char suffix[256];
	va_list ap;

	snprintf(suffix, sizeof(suffix), ": %s", strerror(errno));
	va_start(ap, fmt);
	emit("detbuild: ", suffix, fmt, ap);
	va_end(ap);
	_exit(125);
}

void invariant_failed(const char *expr, const char *file, int line)
{
	char text[512];
	int n;

	n = snprintf(text, sizeof(text), "detbuild: %s:%d: broken invariant: %s\n", file, line, expr);
	if (n > 0 && write(STDERR_FILENO, text, strnlen(text, sizeof(text))) < 0)
		abort();
	abort();
}
