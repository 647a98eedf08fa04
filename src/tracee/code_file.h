/* code_file.h: what is known of files with code (code_file.c): for code.c alone. */
#ifndef DETBUILD_TRACEE_CODE_FILE_H
#define DETBUILD_TRACEE_CODE_FILE_H

#include <time.h>

#include "insn/stub.h"
#include "tracee/tracee.h"

enum { CODE_SEGMENTS = 16 };

struct segment { uint64_t offset, addr, size; bool only_file; }; /* only_file: what lies behind it is nobody's */

/* An ELF file's executable segments and interpreter, and the sites. */
struct code_file {
	struct code_file *next;
	uint64_t dev, ino, size;
	struct timespec mtime, ctime;
	uint64_t entry;
	struct segment segments[CODE_SEGMENTS];
	unsigned n_segments;
	char *interpreter;
	struct insn_sites sites;
	bool holes;                 /* it takes less room than it is long */
	bool fresh;                 /* it changed just now, and will not be kept */
	bool as_loader;             /* the stubs were made */
	struct insn_stubs stubs;
	struct insn_stubs calls;    /* the ways to the agent, where there is one */
};

struct stat;
/* The entry of a file that was looked at before, and is as it was; else NULL. */
struct code_file *code_known(struct executor *x, const struct stat *st);
/* The file's entry, NULL for what cannot be read. Valid until the next call. as_loader: it is a program's interpreter, its stubs are wanted. */
struct code_file *code_look_at(struct executor *x, int fd, bool as_loader);
bool code_was_loader(const struct executor *x, const struct code_file *f);

#endif
