/* internal.h: what the agent's files share. Private to src/agent. */
#ifndef DETBUILD_AGENT_INTERNAL_H
#define DETBUILD_AGENT_INTERNAL_H

#include "agent/wire.h"
#include "syscall/table.h"

#define WINDOW ((struct window *)(uintptr_t)AGENT_WINDOW)

/* The guest's registers at the call site, as entry.c pushes them. */
struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r9, r8, r10, rdx, rsi, rdi, rax;
	uint64_t site;              /* of its syscall instruction; where it goes on */
	uint64_t flags, rsp;
};

/* The call cannot be answered here, and nothing of it is left: the guest makes it. Does not return. */
void agent_cannot(void) __attribute__((noreturn));
void agent_tsc(struct frame *f);                                    /* site: of an rdtsc; where it goes on. rax, rdx: what was read */
bool agent_may_read_clock(uint64_t place);                          /* no timer comes due by that */
int agent_call(struct frame *f);                                    /* 1: answered */
int64_t agent_copy(void *to, const void *from, uint64_t n);         /* 0, or -EFAULT: one of them is the guest's */
int64_t agent_syscall(uint64_t nr, const uint64_t arg[6]);

#endif
