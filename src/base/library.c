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

static const char *const sonames[LIBRARIES] = { [LIBRARY_CRYPTO] = SONAME_CRYPTO, [LIBRARY_ARCHIVE] = SONAME_ARCHIVE };

static void *load(enum library l)
{
	static void *loaded[LIBRARIES];

	if (!loaded[l])
		loaded[l] = dlopen(sonames[l], RTLD_NOW | RTLD_LOCAL);
	if (!loaded[l])
		die("cannot load a library: %s", dlerror());
	return loaded[l];
}

void library_need(enum library l, const char *const names[], size_t n, void *pointers)
{
	void *first;

	memcpy(&first, pointers, sizeof(first));
	if (first)
		return;
	for (size_t i = n; i-- > 0;) { /* the first one comes last: it says that all are there */
		void *p = dlsym(load(l), names[i]);

		if (!p)
			die("%s has no %s", sonames[l], names[i]);
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
