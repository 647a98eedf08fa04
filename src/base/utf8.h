/* utf8.h: what of untrusted bytes is text. */
#ifndef DETBUILD_BASE_UTF8_H
#define DETBUILD_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed UTF-8 sequence (RFC 3629: shortest form, no surrogates, <= U+10FFFF) at s, which a NUL ends; 0 when there
 * is none. */
size_t utf8_length(const unsigned char *s);
/* The character of a well-formed sequence of n bytes. */
uint32_t utf8_character(const unsigned char *s, size_t n);

#endif
