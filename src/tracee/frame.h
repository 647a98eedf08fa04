/* frame.h: what the kernel lays on the stack for a signal's handler, and what the canonical machine's would have laid there. */
#ifndef DETBUILD_TRACEE_FRAME_H
#define DETBUILD_TRACEE_FRAME_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/world.h"
#include "syscall/executor.h"

enum {
	FRAME_STATE_MOST = 4096,    /* AVX-512 has 2700 bytes; only AMX, which nobody may use here, needs more */
	FRAME_NEW_MOST = 2048,
	FRAME_LEGACY = 512,         /* what FXSAVE writes */
	FRAME_HEADER = 64,          /* of XSAVE's, behind it */
	FRAME_AVX = 256,            /* upper halves of 16 registers, behind that */
};

/* struct rt_sigframe, arch/x86/include/asm/sigframe.h; the handler's stack pointer points to its first byte. */
struct frame_head {
	uint64_t return_to;
	uint64_t flags, link;                               /* struct ucontext */
	uint64_t stack_at;                                  /* the alternate stack, 0: none */
	uint32_t stack_flags, pad;
	uint64_t stack_size;
	uint64_t r8_to_15[8], rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags; /* struct sigcontext_64 */
	uint16_t cs, gs, fs, ss;
	uint64_t error, trap, old_mask, cr2, state_at, reserved[8];
	uint64_t mask;
	uint8_t info[128];
};
_Static_assert(sizeof(struct frame_head) == 440, "as the kernel has it");

struct frame {
	gaddr at;
	struct frame_head head;
	size_t size;                                        /* of the state of the vector registers, to its very end */
	uint8_t state[FRAME_STATE_MOST];
};

/* The frame as the canonical machine has it: n bytes at `at`. Below it, down to `low`, lies what only bigger frames would have covered. */
struct frame_new {
	gaddr at, low, top;                                 /* top: from there downwards the frame was laid */
	bool alternate;                                     /* on the alternate stack */
	size_t n;
	uint8_t bytes[FRAME_NEW_MOST];
};

/* A component of the state, by its bit in xstate_bv; size 0: the processor has none. */
struct frame_part { uint32_t at, size; };
enum { FRAME_PARTS = 64 };

/* How much there is of the state that begins with these bytes; 0: nothing that is known. */
size_t frame_state_size(const uint8_t legacy[FRAME_LEGACY]);
/* parts: of the processor that saved the state; model: enum machine_cpu_model; si: what the signal says; fault: the thread's own instruction caused it.
 * False: not a frame as it is known here, or with state in use that the model's processor has not. Then it is to stay. */
bool frame_canonical(const struct frame *f, const struct frame_part parts[FRAME_PARTS], uint32_t model, const siginfo_t *si, bool fault, struct frame_new *ret);

#endif
