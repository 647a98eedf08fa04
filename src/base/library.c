/* library.c: see library.h. */
#include "base/library.h"

#include <dlfcn.h>
#include <link.h>
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
#endif
#ifndef SONAME_UNWIND_FIRST
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

static struct { void *first, *itself; bool tried; } loaded[LIBRARIES];

static void *open_library(enum library l)
{
	if (!loaded[l].tried) {
		loaded[l].tried = true;
		loaded[l].first = firsts[l] ? dlopen(firsts[l], RTLD_NOW | RTLD_GLOBAL) : NULL;
		loaded[l].itself = firsts[l] && !loaded[l].first ? NULL : dlopen(sonames[l], RTLD_NOW | RTLD_LOCAL);
		if (!loaded[l].itself)
			warn("cannot load a library: %s", dlerror());
	}
	return loaded[l].itself;
}

bool library_have(enum library l)
{
	return open_library(l) != NULL;
}

static void load(enum library l)
{
	if (!library_have(l))
		die("detbuild cannot go on without %s", sonames[l]);
}

static void *find(enum library l, const char *name)
{
	void *p;

	load(l);
	p = dlsym(loaded[l].itself, name);
	if (!p && firsts[l])
		p = dlsym(loaded[l].first, name);
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
		load((enum library)l);
	dl_iterate_phdr(print, f);
}
