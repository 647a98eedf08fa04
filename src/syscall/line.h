/* line.h: text from the kernel, taken apart by lines and words without copying. For freestanding code. */
#ifndef DETBUILD_SYSCALL_LINE_H
#define DETBUILD_SYSCALL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line { const char *p; size_t n; };

/* The next line without its newline; false at the end. */
static inline bool next_line(const char **in, size_t *n, struct line *ret)
{
	size_t i = 0;

	if (!*n)
		return false;
	while (i < *n && (*in)[i] != '\n')
		i++;
	*ret = (struct line){ *in, i };
	*in += i < *n ? i + 1 : i;
	*n -= i < *n ? i + 1 : i;
	return true;
}

/* The next word, blanks before it skipped; its length is 0 at the end. */
static inline struct line next_word(struct line *l)
{
	struct line w;

	while (l->n && (*l->p == ' ' || *l->p == '\t'))
		l->p++, l->n--;
	w = (struct line){ l->p, 0 };
	while (l->n && *l->p != ' ' && *l->p != '\t')
		l->p++, l->n--, w.n++;
	return w;
}

static inline uint64_t parse_number(struct line w, unsigned base)
{
	uint64_t v = 0;

	for (size_t i = 0; i < w.n; i++) {
		char ch = w.p[i];
		unsigned digit = ch >= '0' && ch <= '9' ? (unsigned)(ch - '0') : ch >= 'a' && ch <= 'f' ? (unsigned)(ch - 'a' + 10) : 16;

		if (digit >= base)
			break;
		v = v * base + digit;
	}
	return v;
}

static inline bool line_is(struct line l, const char *text)
{
	size_t i = 0;

	for (; i < l.n && text[i]; i++)
		if (l.p[i] != text[i])
			return false;
	return i == l.n && !text[i];
}

#endif
