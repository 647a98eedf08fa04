/* library.c: see library.h. */
#include "base/library.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"

/* The names are those that a linked program would have: the Makefile reads them from the libraries. Without it, as in tests/fuzz, what -dev packages install. */
#ifndef SONAME_CRYPTO
#define SONAME_CRYPTO "libcrypto.so"
#endif
#ifndef SONAME_ARCHIVE
#define SONAME_ARCHIVE "libarchive.so"
#endif
#ifndef SONAME_UNWIND
#define SONAME_UNWIND "libunwind-ptrace.so"
#define SONAME_UNWIND_FIRST "libunwind-x86_64.so"
#endif

static const char *const sonames[LIBRARIES] = {
	[LIBRARY_CRYPTO] = SONAME_CRYPTO, [LIBRARY_ARCHIVE] = SONAME_ARCHIVE,
#ifdef HAVE_LIBUNWIND
	[LIBRARY_UNWIND] = SONAME_UNWIND,
#endif
};
/* What a library needs and does not say so (Debian's libunwind-ptrace names the C library alone): it is loaded first, for all. */
static const char *const firsts[LIBRARIES] = {
#ifdef HAVE_LIBUNWIND
	[LIBRARY_UNWIND] = SONAME_UNWIND_FIRST,
#endif
};

static void *open_library(const char *soname, int flags)
{
	void *p = dlopen(soname, RTLD_NOW | flags);

	if (!p)
		die("cannot load a library: %s", dlerror());
	return p;
}

/* first: the other one's. */
static void *load(enum library l, bool first)
{
	static struct { void *first, *itself; } loaded[LIBRARIES];

	if (!loaded[l].itself) {
		loaded[l].first = firsts[l] ? open_library(firsts[l], RTLD_GLOBAL) : NULL;
		loaded[l].itself = open_library(sonames[l], RTLD_LOCAL);
	}
	return first ? loaded[l].first : loaded[l].itself;
}

static void *find(enum library l, const char *name)
{
	void *p = dlsym(load(l, false), name);

	if (!p && firsts[l])
		p = dlsym(load(l, true), name);
	if (!p)
		die("%s has no %s", sonames[l], name);
	return p;
}

void library_need(enum library l, const char *const names[], size_t n, void *pointers)
{
	void *first;

	memcpy(&first, pointers, sizeof(first));
	if (first)
		return;
	for (size_t i = n; i-- > 0;) { /* the first one comes last: it says that all are there */
		void *p = find(l, names[i]);

		memcpy((char *)pointers + i * sizeof(p), &p, sizeof(p));
	}
}

static int print(struct dl_phdr_info *info, size_t size, void *f)
{
	(void)size;
	if (info->dlpi_name && info->dlpi_name[0] == '/') /* neither the program nor the vdso */
		fprintf(f, "%s\n", info->dlpi_name);
	return 0;
}

void library_list(FILE *f)
{
	for (int l = 0; l < LIBRARIES; l++)
		load((enum library)l, false);
	dl_iterate_phdr(print, f);
}
