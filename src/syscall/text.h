/* text.h: the few string functions that freestanding code needs. */
#ifndef DETBUILD_SYSCALL_TEXT_H
#define DETBUILD_SYSCALL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

static inline size_t text_len(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static inline bool text_starts(const char *s, const char *with)
{
	while (*with)
		if (*s++ != *with++)
			return false;
	return true;
}

static inline bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Order of strcmp: by bytes. */
static inline int text_compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static inline bool text_has(const char *s, const char *part)
{
	for (; *s; s++)
		if (text_starts(s, part))
			return true;
	return false;
}

/* How many characters at the start of s are among `set`. */
static inline size_t text_span(const char *s, const char *set)
{
	size_t n = 0;

	for (; s[n]; n++) {
		const char *k = set;

		while (*k && *k != s[n])
			k++;
		if (!*k)
			break;
	}
	return n;
}

#endif
