/* agent_place.h: what is ours in every guest, and where. Nothing but macros: a linker script reads it, too.
 *
 * The place is one that sanitizers take for a program's own (TSan's high application range, MSan's; they put PROT_NONE over what is nobody's), far below
 * where mappings begin. */
#ifndef DETBUILD_SYSCALL_AGENT_PLACE_H
#define DETBUILD_SYSCALL_AGENT_PLACE_H

/* The agent (agent/wire.h): code, window, world, store, one behind the other; with the world, in the same mapping, what is known of code in files.
 * Each begins and ends where a huge page does, in memory and in its file: one fault maps as much as 512 would, in every program and after every fork. */
#define AGENT_BASE 0x7ffd00000000
#define AGENT_CODE_SIZE 0x200000
#define AGENT_WINDOW 0x7ffd00200000
#define AGENT_WINDOW_SIZE 0x200000
#define AGENT_WORLD 0x7ffd00400000
#define AGENT_WORLD_SIZE 0xb000000
#define AGENT_TEXTS 0x7ffd0ae00000
#define AGENT_TEXTS_SIZE 0x600000
#define AGENT_STORE 0x7ffd0b400000
#define AGENT_STORE_SIZE 0x8000000
#define AGENT_END 0x7ffd13400000
#define AGENT_STACK 0x7ffd003fff00 /* its top, in the window */
#define AGENT_FRAME (AGENT_STACK - 128)
#define AGENT_SAVED (AGENT_STACK + 128) /* rcx and r11, where they are kept */

/* How a new program maps it: an openat(2) with this directory descriptor and the run's secret passes the filter (filter_agent.c), and so do these mappings. */
#define AGENT_DIRFD (-0x0de7b11d)
#define AGENT_DIR "/proc/driver" /* a name that the canonical machine does not show */
#define AGENT_CODE_FILE "code"
#define AGENT_WINDOW_FILE "window"
#define AGENT_STORE_TAKE (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) /* how code is mapped from the store */
#define AGENT_STORE_AT (AGENT_CODE_SIZE + AGENT_WORLD_SIZE) /* in the file of the code */
#define AGENT_MAP_FLAGS (MAP_SHARED | MAP_FIXED_NOREPLACE)
#define AGENT_STORE_FLAGS (MAP_PRIVATE | MAP_FIXED_NOREPLACE)
#define AGENT_CODE_PROT (PROT_READ | PROT_EXEC)
#define AGENT_WINDOW_PROT (PROT_READ | PROT_WRITE)
#define AGENT_WORLD_PROT PROT_READ

/* A page for the supervisor's own arguments of calls in the guest (executor.h). */
#define SCRATCH_BASE 0x7ffd20000000

/* Everything from here to the scratch page's end is ours in every guest, whether something is mapped there or not; /proc/PID/maps does not show it. */
#define OURS_BASE AGENT_BASE
#define OURS_END (SCRATCH_BASE + SCRATCH_SIZE)

#endif
