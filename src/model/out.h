/* out.h: building text in a caller's buffer, for freestanding code. What does not fit is dropped and `full` says so. */
#ifndef DETBUILD_MODEL_OUT_H
#define DETBUILD_MODEL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *buf;
	size_t size, len;
	bool full;
};

static inline void out_bytes(struct out *o, const char *s, size_t n)
{
	if (n > o->size - o->len) {
		n = o->size - o->len;
		o->full = true;
	}
	memcpy(o->buf + o->len, s, n);
	o->len += n;
}

static inline void out_str(struct out *o, const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	out_bytes(o, s, n);
}

static inline void out_char(struct out *o, char c)
{
	out_bytes(o, &c, 1);
}

/* Decimal or hexadecimal, at least `width` characters wide, filled with `fill` on the left. */
static inline void out_number(struct out *o, uint64_t v, unsigned base, unsigned width, char fill)
{
	char digits[24];
	unsigned n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	for (unsigned i = n; i < width; i++)
		out_char(o, fill);
	while (n)
		out_char(o, digits[--n]);
}

static inline void out_u64(struct out *o, uint64_t v)
{
	out_number(o, v, 10, 0, ' ');
}

static inline void out_hex(struct out *o, uint64_t v, unsigned width)
{
	out_number(o, v, 16, width, '0');
}

static inline void out_i64(struct out *o, int64_t v)
{
	if (v < 0)
		out_char(o, '-');
	out_u64(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

#endif
