/* code_file.h: what is known of a file with code: where it is executable, and what is to be replaced in it. For code.c only. */
#ifndef DETBUILD_TRACEE_CODE_FILE_H
#define DETBUILD_TRACEE_CODE_FILE_H

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
	bool as_loader;             /* the stubs were made */
	struct insn_stubs stubs;
	struct insn_stubs calls;    /* the ways to the agent, where there is one */
};

/* The file's entry, NULL for what cannot be read. Valid until the next call. */
struct code_file *code_file_look_at(struct executor *x, int fd);
/* It changed just now: nothing of it is kept (C3). */
bool code_file_is_fresh(const struct executor *x, const struct code_file *f);
/* It is a program's interpreter, for the first time. */
void code_file_make_stubs(struct executor *x, struct code_file *f, int fd);
/* It was some program's interpreter. */
bool code_file_was_loader(const struct executor *x, const struct code_file *f);

#endif
