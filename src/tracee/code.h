/* code.h: guests' code is searched for instructions that ask the host, and these are replaced by traps (insn/insn.h).
 *
 * C1. A replacement is written through /proc/TID/mem into the guest's private copy of a page: files stay as they are, and so do other
 *     processes; a fork inherits it.
 *     Code that a program with the agent has just mapped is edited by the agent, before the program goes on (agent/edit.c): the same edits, which
 *     are collected in a list.
 * C2. Nothing is written unless the bytes there are the instruction that was found.
 * C3. The list of sites of a file is kept while device, inode, size, mtime and ctime stay the same, and is not used for files that
 *     changed just now: two changes within a tick of the kernel's clock have one time. Host values: keys only. Over runs: searches.h. */
#ifndef DETBUILD_TRACEE_CODE_H
#define DETBUILD_TRACEE_CODE_H

#include "tracee/tracee.h"

/* A program has just been loaded: it and its ELF interpreter. entry, base: AT_ENTRY and AT_BASE (0: none). True: the code where it begins is the agent's
 * to edit. */
bool tracee_code_exec(struct executor *x, struct tracee *t, gaddr entry, gaddr base);
/* True: the bytes there were old, and are new. */
bool tracee_code_swap(struct tracee *t, gaddr at, const uint8_t *old, const uint8_t *new, size_t len);
/* The same, whatever they were. */
bool tracee_code_put(struct tracee *t, gaddr at, const uint8_t *new, uint8_t *ret_old, size_t len);
/* What is left of the agent's list of edits is made from outside, and forgotten. */
void tracee_code_edit(struct executor *x);
/* These bytes are part of code that the list takes from the store. */
bool tracee_code_is_stored(const struct executor *x, gaddr at, size_t len);
/* Searches bytes that nobody describes, from an instruction's boundary. */
void tracee_code_search(struct executor *x, struct tracee *t, gaddr from, gaddr to);

/* The same in a page of a file that a guest calls by this path, which holds what lies at this offset. False: there is no such file. */
bool tracee_code_search_file(struct executor *x, struct tracee *t, const char *path, uint64_t offset, gaddr page);

/* ---- fresh.c ---- */
/* The thread was stopped by a fault at `at` when it wanted to execute at rip. True: it may now. */
bool fresh_code_runs(struct executor *x, uint32_t task, gaddr rip, gaddr at);

void code_cache_free(struct code_cache *c);

#endif
