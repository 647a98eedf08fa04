/* counter.h: counts something that a thread does, and stops it when there was enough of it. What is to happen then is sched/preempt.h's.
 *
 * COUNTER_PLACES: executions of up to four instructions, met by the debug registers, or by breakpoints in the code. Every hit stops the thread before the instruction; no
 * skid, everywhere, slow (about 20 us a hit). Not perf's breakpoint events: Debian forbids perf_event_open(2) to users, and a signal
 * that the guest blocks would not stop it; a forced trap does.
 * COUNTER_BRANCHES: retired conditional branches, by the processor's own counter. Tells late, by at most `margin`. */
#ifndef DETBUILD_TRACEE_COUNTER_H
#define DETBUILD_TRACEE_COUNTER_H

#include <signal.h>

#include "base/error.h"
#include "tracee/tracee.h"

/* Opens a counter on ourselves and counts a known loop. 0 and the margin; -errno with e when this machine cannot count. Call it on the CPU
 * that the run will stay on. */
int counter_probe_branches(uint64_t *ret_margin, struct error *e);

/* Tries whether the debug registers stop anybody: behind those of some virtual machines (PVM) is nothing, and the kernel does not know. Places are then met by
 * breakpoints in the code. To be called before places are chosen; until then the registers are believed. */
void counter_probe_places(void);

/* Chooses what is counted of a thread that is stopped; counting begins at 0. n = 0: nothing. under: of its process, whose child inherits it with the memory. */
void counter_set_places(struct tracee *t, const uint64_t *places, unsigned n, uint8_t under[COUNTER_PLACES_MOST]);
int counter_set_branches(struct tracee *t);  /* 0 or -errno */
void counter_close(struct tracee *t);

/* Stop me after so many counts more; at most once. For places: at the next. */
void counter_arm(struct tracee *t, uint64_t counts);
void counter_disarm(struct tracee *t);
uint64_t counter_read(struct tracee *t);
/* The signal that t stopped with is the counter's: it has been counted, and is not the guest's. */
bool counter_stopped(struct tracee *t, const siginfo_t *si);
/* A new program has neither breakpoints nor debug registers. */
void counter_forget(struct tracee *t);
/* It stands at a place that was counted, where a breakpoint would stop it once more: a step comes first. */
bool counter_must_step(struct tracee *t);
/* The thread is about to be stepped from these registers, the counter being disarmed. */
void counter_step(struct tracee *t, const struct user_regs_struct *r);

#endif
