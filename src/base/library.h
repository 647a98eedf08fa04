/* library.h: shared libraries that few runs need. They are loaded at their first use: together they have 15 others and most of the relocations, and
 * linking them took as long as a quarter of the start of a small run (docs/performance.md).
 *
 * A file that uses one lists what it calls, and calls it through a structure of pointers:
 *
 *     #define CALLS(X) X(EVP_MD_CTX_new) X(EVP_MD_CTX_free)
 *     static struct { CALLS(LIBRARY_POINTER) } crypto;
 *     static const char *const names[] = { CALLS(LIBRARY_NAME) };
 *     library_need(LIBRARY_CRYPTO, names, ARRAY_SIZE(names), &crypto);
 */
#ifndef DETBUILD_BASE_LIBRARY_H
#define DETBUILD_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum library {
	LIBRARY_CRYPTO, LIBRARY_ARCHIVE,
#ifdef HAVE_LIBUNWIND
	LIBRARY_UNWIND,
#endif
	LIBRARIES
};

#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name) LIBRARY_NAME_(name) /* libunwind's names are macros for others */
#define LIBRARY_NAME_(name) #name,

/* Whether there is such a library; a warning says why not, once. For those that detbuild can do without. */
bool library_have(enum library l);
/* pointers: n of them, filled in the order of the names; done once. A library that is missing, or has no such name, is a broken installation: die(). */
void library_need(enum library l, const char *const names[], size_t n, void *pointers);
/* The paths of all shared libraries that the program has or may load, its loader's too, one a line. */
void library_list(FILE *f);

#endif
