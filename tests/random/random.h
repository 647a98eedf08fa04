/* random.h: what the files of the random calls share (calls.c). */
#ifndef RANDOM_H
#define RANDOM_H
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { OUT = 500, PAGE = 4096, ARENA = 64 * PAGE, BUFFER = 16 * PAGE };

extern __thread uint64_t state;       /* of the chance: what is drawn follows from it alone */
extern __thread unsigned long number; /* of the call */
extern __thread char *buffer;         /* BUFFER bytes */
extern __thread int depth;            /* generations; threads count by hundreds */
extern __thread bool native_differs;  /* the whole line of this call may be another natively: "~" at its begin */
extern char *arena, *edge;            /* edge: the first byte of a page that is not there, behind one that is */
extern bool wild;
extern volatile sig_atomic_t caught;  /* follows from the signals that handlers have seen, in their order */

/* ---- chance.c: what is drawn ---- */
uint64_t draw(void);
unsigned below(unsigned n);
bool chance(unsigned percent);
long now_or(long flag);  /* a flag that keeps a call from waiting: a wild one may wait, until the next tick interrupts it */
long some_ms(void);
long soon(void);         /* nanoseconds or microseconds */
long one_of(const long *list, size_t n);
long some_bits(const long *list, size_t n);

#define OF(...) one_of((const long[]){ __VA_ARGS__ }, sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))
/* Some of them, or none. */
#define BITS(...) some_bits((const long[]){ __VA_ARGS__ }, sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))

/* Arguments, told as they are drawn. */
int any_fd(void);
int dir_fd(void);
const char *any_path(void);
size_t any_size(void);
void *any_place(size_t n); /* for n bytes, most of the time */
bool is_buffer(const void *p);
long any_offset(void);
int any_signal(void);
char *any_arena(size_t *ret_len);
int bad_flag(void);
uint64_t any_set(void);
long told(long v);

/* ---- telling ---- */
void line_begin(const char *name);
void line_end(void);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void stored(const void *data, size_t n);      /* what the call stored */
void stored_here(const void *data, size_t n); /* the same, where natively it may be something else: "~[...]" */
long result(long ret);
long result_here(long ret);                   /* "~= ...", but for an error */
bool is_anonymous(int fd);
void keep_low(long fd);                       /* descriptors beyond those that are drawn are closed again */
void tell_place(long r);                      /* an address */
void fill(size_t n);                          /* of the buffer */

void on_signal(int signo);
void some_calls(unsigned long n);

#define OP(family, name, weight) void op_##name(void);
#include "ops.def"
#undef OP
#endif
