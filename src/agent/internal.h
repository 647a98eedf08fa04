/* internal.h: what the agent's files share. Private to src/agent. */
#ifndef DETBUILD_AGENT_INTERNAL_H
#define DETBUILD_AGENT_INTERNAL_H

#include "agent/wire.h"
#include "syscall/table.h"

/* Where wire.h says, by the linker's script: near enough to the code for short addresses. */
extern struct window agent_window __attribute__((visibility("hidden")));
extern struct world agent_world __attribute__((visibility("hidden"))); /* this one and the next to be read only */
extern struct texts agent_texts __attribute__((visibility("hidden")));
#define WINDOW (&agent_window)
#define WORLD (&agent_world)
#define TEXTS ((const struct texts *)&agent_texts)

/* The call cannot be answered here, and nothing of it is left: the guest makes it. Does not return. */
void agent_cannot(void) __attribute__((noreturn));
void agent_stop(void);                                              /* the supervisor takes the thread from here to where the frame says */
bool agent_protect(uint64_t at, uint64_t len, uint64_t prot);       /* mprotect(2); true: it is done */
void agent_edits(const uint8_t *p, uint64_t n, uint64_t base);      /* n bytes of struct wire_edit, `at` of each relative to base; where it may write */
bool agent_take_stored(uint64_t at, uint64_t len, uint64_t store);  /* code of the store, in the place of a mapping; false: it stays as it is */
bool agent_edit(void);                                              /* the window's edits; false: they cannot be made here */
void agent_tsc(struct frame *f);                                    /* site: of an rdtsc; where it goes on. rax, rdx: what was read */
bool agent_may_read_clock(uint64_t place);                          /* no timer comes due by that */
void agent_check_room(const struct call *c);                        /* for its record, whatever it will be */
int64_t agent_move(uint32_t nr, int fd, const void *buf, size_t n); /* bytes through a terminal, of which x_will_move() has told */
void agent_note_tty(uint64_t key, uint64_t held);                   /* WIRE_TTY was recorded */
void agent_call(struct frame *f);                                   /* rax and site, when it was answered */
void agent_check_room(const struct call *c);                        /* for its record */
void agent_undo(void);                                              /* what the handler did and giving up takes back */
void agent_take(struct world *w);                                   /* the call is answered: its effects on files */
bool agent_has_room(const struct world *w, uint32_t effects);       /* for so many on files */
struct inode *agent_entry_of(struct world *w, uint64_t dev, uint64_t ino); /* the file's entry, here or in the world; NULL */
struct inode *agent_known(struct world *w, uint64_t dev, uint64_t ino); /* the same, while it lives */
bool agent_fills(struct frame *f);                                  /* a call that passes, made here: rax and site. False: it is not */
int64_t agent_copy(void *to, const void *from, uint64_t n);         /* 0, or -EFAULT: one of them is the guest's */
int64_t agent_syscall(uint64_t nr, const uint64_t arg[6]);

#endif
