/* wire.h: what the supervisor and the agent in the guests share: where things lie, and the records that go from one to the other. The only
 * header of this folder that others include.
 *
 * Where (syscall/agent_place.h):
 *   AGENT_BASE    code           read and executed by guests, written by nobody once the run has begun
 *   AGENT_WINDOW  struct window  read and written by guests: nothing in it is believed
 *   AGENT_WORLD   struct world   read by guests, written by the supervisor
 *   AGENT_TEXTS   struct texts   the same
 *   AGENT_STORE   code of files, edited; executed where it lies by nobody: it is mapped again, where the file's own code would be
 *
 * The window is open while one guest thread runs: then that thread may answer calls by itself, `left` of them, before `until_ns`, and leaves a
 * record of each. At its next stop the supervisor closes the window and does with every record what it would have done at the call's own stop.
 *
 * W1. What the agent computes decides what the guest sees, and nothing else: clock, files' times and log are made anew from the records. A guest
 *     that writes here spoils its own run, which shows when both clocks are compared.
 * W2. Records are judged by bounds and by the policy table before anything is done with them, and read once.
 * W3. One guest thread runs at a time, and one that stops inside the agent is resumed there before any other runs (engine_near_goes_on(); if it cannot be,
 *     the guest has spoilt its run, and the clocks tell): one stack and one pending call are enough for all. */
#ifndef DETBUILD_AGENT_WIRE_H
#define DETBUILD_AGENT_WIRE_H

#include <stdint.h>

#include "model/ramp.h"
#include "model/world.h"
#include "syscall/executor.h"

enum { WIRE_TSC = WORLD_NSYS }; /* a record's number: rdtsc was read, WIRE_CLOCK is its effect, no call was made */
/* Limits that may be set in the guest: of the stack, of core files, of descriptors. Others have consequences (a signal, a timer, memory of the agent's own). */
enum { WIRE_LIMITS = 1 << 3 | 1 << 4 | 1 << 7, WIRE_LIMITS_MOST = 8 };
enum { WIRE_RECORDS = 0xb8000, WIRE_ARENA = 0x20000, WIRE_RANDOM_MOST = 512, WIRE_CHANNELS = 16, WIRE_SEEN = 256, WIRE_MORE = 160, WIRE_TTYS = 8 };

/* The first bytes of the code: addresses. */
struct wire_image {
	uint64_t entry, tsc_entry;  /* from a call site, from an rdtsc; insn/stub.h says with what in which register */
	uint64_t edit_entry, edit_failed; /* edits are made, from struct frame's place as stack on; there it says that they could not be */
	uint64_t stopped;           /* there it says that a call was answered, because `stop` is set */
	uint64_t cannot;            /* from any place in a call that is being answered: it is left to the supervisor */
	uint64_t copy_from, copy_to, copy_fault; /* a fault of an instruction from .. to means that guest memory is not there: it goes on at copy_fault */
};

/* A guest's registers, as the agent's entry pushes them and as the way out takes them. */
struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r9, r8, r10, rdx, rsi, rdi, rax;
	uint64_t site;              /* of its syscall instruction; where it goes on */
	uint64_t flags, rsp;
};

enum wire_effect { WIRE_NONE /* b: so many more of the same call, one after the other, and nothing between */, WIRE_CLOCK /* a: place; b: the same */, WIRE_TOUCH /* a: device, b: inode */,
	WIRE_RANDOM /* a: words drawn */, WIRE_CLEAR_TID /* a: address */, WIRE_SIGCHLD /* a: caught */, WIRE_SEGV /* window.segv */, WIRE_FORK /* a: flags, b: where the child finds its id, and clears it */,
	WIRE_SEE /* a: device, b: inode, for the first time */, WIRE_BORN, WIRE_DIED, WIRE_TOUCH_META, /* a, b: the same */
	WIRE_CHANNEL /* a: key: who waits for a System V object is woken */, WIRE_MAPPED /* a: slot of texts: code that has no copy */,
	WIRE_REFUSED /* an ioctl */, WIRE_LIMIT /* a: which, b, c: soft and hard */, WIRE_ATIME, WIRE_MTIME /* a, b: as WIRE_TOUCH; c: the time that was set */,
	WIRE_TTY /* a: terminal * 2, and 1: to its slave; b: bytes under way */, WIRE_EFFECTS };

/* A call that was answered. Behind it its other effects, and, with `log` set: path_len bytes of its path (or of the file written to), data_len bytes that it moved. */
struct wire_record {
	uint32_t size;              /* with what lies behind it, a multiple of 8 */
	uint32_t nr;
	uint32_t effect;
	uint32_t path_len;          /* NO_INDEX: none */
	uint32_t data_len;          /* NO_INDEX: none */
	uint32_t more;              /* effects that follow: so many of struct wire_more come first behind it */
	uint64_t a, b, c;
	int64_t ret;
	uint64_t arg[6];
};
struct wire_more { uint64_t effect, a, b, c; };

/* An edit of code, which the agent makes before the guest goes on: `old` bytes, if they are there, become `new` ones. Both lie behind it. */
enum wire_edit_kind {
	WIRE_TEXT,                  /* what follows lies in this mapping of code, private and not writable: at, len; nothing lies behind it */
	WIRE_STORED,                /* the same, and what the store has at the address that lies behind it is all of it, edited */
	WIRE_HEAD,                  /* an edit */
	WIRE_BODY,                  /* an edit that goes with the latest head: not made when that was not */
};
struct wire_edit {
	uint64_t at, len;
	uint32_t kind, size;        /* size: with what lies behind it, a multiple of 8 */
};

/* The edits of code in a file's private mappings, by the file's identity, and size and times, and what of it is mapped: whoever maps that again need not ask.
 * Of what is mapped often there is a copy with the edits made. TEXT_WANTED: who maps it next is to ask, so that one is made. */
enum { TEXT_SLOTS = 4096, TEXT_NONE = 0, TEXT_KNOWN, TEXT_WANTED, TEXT_FORGOTTEN };
struct text_key { uint64_t dev, ino, size, offset, len; int64_t mtime, mtime_ns, ctime, ctime_ns; };
struct text {
	struct text_key key;
	uint32_t state;             /* TEXT_* */
	uint32_t at, n;             /* its edits, in texts.edits[], `at` of each relative to the mapping's begin; no WIRE_TEXT */
	uint32_t path_len;
	uint64_t store;             /* the copy: an address in AGENT_STORE, as many pages as the mapping has; 0: none */
	uint32_t path, pad;         /* with a copy: what /proc/PID/maps calls the file, in texts.edits[] */
};
struct texts {
	uint32_t used, n;           /* bytes of edits, slots that are not TEXT_NONE */
	struct text slots[TEXT_SLOTS];
	uint8_t edits[AGENT_TEXTS_SIZE - sizeof(struct text) * TEXT_SLOTS - 8];
};

/* Its slot, or the one where it would be; NULL: neither. */
static inline const struct text *text_find(const struct texts *t, const struct text_key *k)
{
	uint32_t slot = (uint32_t)(k->ino * 31 + k->dev + k->offset / 4096) % TEXT_SLOTS;

	for (uint32_t i = 0; i < TEXT_SLOTS; i++, slot = (slot + 1) % TEXT_SLOTS)
		if (t->slots[slot].state == TEXT_NONE || (t->slots[slot].state != TEXT_FORGOTTEN && __builtin_memcmp(&t->slots[slot].key, k, sizeof(*k)) == 0))
			return &t->slots[slot];
	return NULL;
}

/* The code of which a mapping of the agent's file at this offset is part; *ret_in: so many bytes from its begin. NULL: none. */
static inline const struct text *text_stored_at(const struct texts *t, uint64_t offset, uint64_t *ret_in)
{
	for (const struct text *s = t->slots; s < t->slots + TEXT_SLOTS; s++) {
		*ret_in = AGENT_STORE + (offset - AGENT_STORE_AT) - s->store;
		if (s->store && offset >= AGENT_STORE_AT && *ret_in < s->key.len)
			return s;
	}
	return NULL;
}

/* Of a call that changes names (agent/change.c), or moves bytes through a terminal: not, it is what comes next, it was made. */
enum acting { ACTING_NOT, ACTING_NEXT, ACTING_DONE };

/* What giving up takes back: a descriptor is closed, or its position put where it was. */
enum undo { UNDO_NOTHING, UNDO_CLOSE, UNDO_SEEK };

struct window {
	/* Written by the supervisor when it opens the window; moved on by the agent: left, used, n_seen, n_new, the clocks, ramp, rng. */
	uint32_t open;              /* 0: every call goes to the supervisor */
	uint32_t left;              /* calls that may be answered */
	uint32_t task, proc;        /* whose turn it is */
	uint32_t log;               /* records say what moved */
	uint32_t stop;              /* a signal came up inside the agent: it stops as soon as the call is answered */
	uint32_t limited;           /* a write may raise a signal */
	uint32_t paths;             /* /proc/self/fd shows what the supervisor would see */
	uint32_t used;              /* bytes of records */
	uint32_t n_seen, n_new;     /* of seen[]: in use, with numbers that the world has not given yet */
	uint32_t edits;             /* bytes of struct wire_edit in records[], for agent_edit() */
	int64_t now_ns, until_ns;   /* no event may bring the clock to until_ns */
	int64_t task_cpu_ns, proc_cpu_ns;
	struct ramp ramp;
	uint64_t rng;
	struct { uint64_t dev, ino; } outputs[2]; /* pipes that the supervisor reads; 0: none */
	/* Written by the agent. */
	struct inode seen[WIRE_SEEN]; /* files that the world does not know yet, or not as they are now */
	struct pending {            /* of the call that is being answered */
		uint32_t effect, nr;
		uint64_t a, b, c;
		int64_t now_ns, task_cpu_ns, proc_cpu_ns;
		struct ramp ramp;
		uint64_t rng;
		uint64_t output;        /* address that a real call would have written to: it lies in `scratch`; 0: none */
		uint64_t told;          /* the kernel has answered into `scratch` */
		uint64_t copied;        /* at most so many bytes of a file are copied */
		uint64_t mem[6];
		struct signal_action segv; /* of WIRE_SEGV */
		uint32_t shows, shows_pad; /* it reads the clock: the world's, and offset_ns */
		int64_t offset_ns;
		uint32_t n_new;         /* behind window.seen[n_seen] */
		uint32_t acting;        /* enum acting */
		uint32_t n_more;
		uint32_t undo;          /* enum undo */
		int64_t undo_fd, undo_at;
		struct wire_more more[WIRE_MORE];
		uint32_t n_parents, parents_pad;
		struct { struct at at; uint64_t dev, ino; } parents[2]; /* of names that are to change */
	} pending;
	uint64_t limits[WIRE_LIMITS_MOST][2]; /* the process's, as far as limits_set has their bits */
	uint32_t limits_set, limits_pad;
	struct signal_action segv;  /* what SIGSEGV does, when segv_set */
	uint32_t segv_set;          /* the latest of WIRE_SEGV's */
	uint32_t retry;             /* the first call was parked before */
	uint32_t written, written_pad; /* the output that was written to, and 1: the supervisor reads one before the other; 0: none */
	uint32_t n_channels, n_woken;
	uint64_t channels[WIRE_CHANNELS]; /* that were changed since: who waited is awake */
	uint32_t woken[WIRE_CHANNELS]; /* processes of whom somebody was woken for that */
	struct { uint64_t key, held; } ttys[WIRE_TTYS]; /* WIRE_TTY's a and b: what the world does not know yet */
	uint32_t n_ttys, ttys_pad;
	/* The latest record, when it can stand for more of its call: `used` as it was then (0: it cannot), the number, and of a clock_gettime(2) its arguments. */
	struct { uint64_t id, at; int64_t offset_ns; uint32_t used, nr; } latest;
	uint32_t tried;             /* the number, and 1, of a call that was tried here, and has to wait: it comes next; 0: none */
	uint8_t records[WIRE_RECORDS];
	uint8_t arena[WIRE_ARENA];
	uint8_t scratch[SCRATCH_SIZE];
};

extern const uint8_t agent_image_begin[], agent_image_end[]; /* in the supervisor: image.S */

_Static_assert(AGENT_WINDOW + sizeof(struct window) < AGENT_STACK - 0x20000, "the window has no room for a stack");
_Static_assert(AGENT_WORLD + sizeof(struct world) <= AGENT_TEXTS, "the world has outgrown its place");
_Static_assert(offsetof(struct world, inodes) % 0x200000 > 0x40000 && offsetof(struct world, inodes) % 0x200000 < 0x180000, "files' entries and the slots before them share a huge page");
_Static_assert(sizeof(struct texts) == AGENT_TEXTS_SIZE && AGENT_TEXTS + AGENT_TEXTS_SIZE == AGENT_WORLD + AGENT_WORLD_SIZE, "texts end the world's mapping");
_Static_assert(AGENT_WORLD + AGENT_WORLD_SIZE == AGENT_STORE && AGENT_STORE + AGENT_STORE_SIZE == AGENT_END && AGENT_WINDOW + AGENT_WINDOW_SIZE == AGENT_WORLD, "no gaps");
_Static_assert(AGENT_BASE == OURS_BASE && AGENT_END <= SCRATCH_BASE, "among what is ours");
_Static_assert(AGENT_STACK - AGENT_FRAME == sizeof(struct frame), "the frame ends at the stack's top");
_Static_assert(sizeof(struct wire_record) % 8 == 0, "records follow each other");

#endif
