/* mem.c: allocation that dies instead of failing, and the handlers of the cleanup attributes.
 *
 * 1. Cleanup handlers keep errno: they run between a failing call and the caller's look at errno. */
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"

static void *checked(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

void *xmalloc(size_t n)
{
	return checked(malloc(n ? n : 1));
}

void *xzalloc(size_t n)
{
	return checked(calloc(1, n ? n : 1));
}

void *xrealloc(void *p, size_t n)
{
	return checked(realloc(p, n ? n : 1));
}

void *xgrow(void *p, size_t *n, size_t at, size_t size)
{
	size_t more;

	if (at < *n)
		return p;
	more = 2 * at + 64;
	p = xrealloc(p, more * size);
	memset((char *)p + *n * size, 0, (more - *n) * size);
	*n = more;
	return p;
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	return s;
}

void cleanup_free(void *pp)
{
	int keep = errno;

	free(*(void **)pp);
	errno = keep;
}

void cleanup_close(int *fd)
{
	int keep = errno;

	if (*fd >= 0)
		close(*fd);
	errno = keep;
}

void cleanup_fclose(FILE **f)
{
	int keep = errno;

	if (*f)
		fclose(*f);
	errno = keep;
}

void cleanup_strv(char ***v)
{
	int keep = errno;

	strv_free(*v);
	errno = keep;
}
