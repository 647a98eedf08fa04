/* strv.c: NULL-terminated vectors of malloc'ed strings.
 *
 * 1. A vector is always NULL-terminated; the empty vector may be NULL. No capacity is kept: vectors are
 *    short (arguments, environments), and one pointer is simpler than three. */
#include "base/strv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

size_t strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

static void add_owned(char ***v, char *s)
{
	size_t n = strv_len(*v);

	*v = xrealloc(*v, (n + 2) * sizeof(char *));
	(*v)[n] = s;
	(*v)[n + 1] = NULL;
}

void strv_add(char ***v, const char *s)
{
	add_owned(v, xstrdup(s));
}

void strv_addf(char ***v, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	add_owned(v, s);
}

void strv_extend(char ***v, char *const *more)
{
	for (; more && *more; more++)
		strv_add(v, *more);
}

char **strv_copy(char *const *v)
{
	char **copy = NULL;

	strv_extend(&copy, v);
	return copy;
}

void strv_free(char **v)
{
	for (size_t i = 0; v && v[i]; i++)
		free(v[i]);
	free(v);
}

bool strv_has(char *const *v, const char *s)
{
	for (; v && *v; v++)
		if (!strcmp(*v, s))
			return true;
	return false;
}

static bool names(const char *entry, const char *name, size_t n)
{
	return !strncmp(entry, name, n) && entry[n] == '=';
}

const char *strv_env_get(char *const *v, const char *name)
{
	size_t n = strlen(name);

	for (; v && *v; v++)
		if (names(*v, name, n))
			return *v + n + 1;
	return NULL;
}

void strv_env_set(char ***v, const char *name, const char *value)
{
	size_t n = strlen(name);
	char *entry = xasprintf("%s=%s", name, value);

	for (char **p = *v; p && *p; p++) {
		if (names(*p, name, n)) {
			free(*p);
			*p = entry;
			return;
		}
	}
	add_owned(v, entry);
}

char **strv_split(const char *s, const char *seps)
{
	char **v = NULL;

	while (*(s += strspn(s, seps))) {
		size_t n = strcspn(s, seps);

		add_owned(&v, xstrndup(s, n));
		s += n;
	}
	return v;
}

char *strv_join(char *const *v, const char *sep)
{
	size_t size = 1;
	char *joined, *p;

	for (size_t i = 0; v && v[i]; i++)
		size += strlen(v[i]) + strlen(sep);
	p = joined = xmalloc(size);
	*p = '\0';
	for (size_t i = 0; v && v[i]; i++)
		p = stpcpy(stpcpy(p, i ? sep : ""), v[i]);
	return joined;
}
