/* log.h: messages for people, on stderr. Nothing here goes to stdout. */
#ifndef DETBUILD_BASE_LOG_H
#define DETBUILD_BASE_LOG_H

#include <stdbool.h>

/* -q: only errors. Progress lines appear only when stderr is a terminal or log_verbose() was asked for. */
void log_quiet(bool on);
void log_verbose(bool on);
bool log_is_quiet(void);
bool log_is_verbose(void);
bool log_colour(void); /* terminal, and NO_COLOR is unset or empty */

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));   /* "detbuild: warning: ..." */
void notice(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* "detbuild: ..." unless quiet */
void detail(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* only when verbose */
/* A phase began: on a terminal a line "[  12.3s] building hello 2.10-3 (run 2 of 3)"; otherwise only when verbose. */
void phase(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* For half-built children, where no caller is left to tell. Exit status 125. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void die_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A broken invariant of ours. Stays on in release builds: prints the expression and the place, then abort(). */
#define invariant(x) ((x) ? (void)0 : invariant_failed(#x, __FILE__, __LINE__))
void invariant_failed(const char *expr, const char *file, int line) __attribute__((noreturn));

#endif
