/* executor.h: what a handler may do. Implemented twice: by tracee/ (ptrace, all of it) and by agent/ (in the process, what it can).
 *
 * A handler is a straight function: it reads the arguments, performs real calls on the guest's behalf, reads and writes guest
 * memory, asks the model, and returns an outcome. It never blocks: a call that would is tried without
 * blocking and, if it would block, the handler returns CALL_PARK; when the condition holds, or the deadline has passed
 * (call->timed_out), the SAME handler runs again from its start with the same arguments. call->mem keeps what it must
 * remember between tries (zero at the first).
 *
 * Freestanding rules: no libc except memcpy/memset/memcmp/memmove, no allocation, no static mutable data, no floating point.
 */
#ifndef DETBUILD_SYSCALL_EXECUTOR_H
#define DETBUILD_SYSCALL_EXECUTOR_H

#include "model/world.h"
#include "syscall/agent_place.h"

#define NSEC INT64_C(1000000000)

/* Codes by which a handler leaves the restart decision to the kernel (include/linux/errno.h). */
enum { ERESTARTSYS_CODE = 512, ERESTARTNOINTR_CODE = 513, ERESTARTNOHAND_CODE = 514, ERESTART_RESTARTBLOCK_CODE = 516 };

enum { PATH_SIZE = 4096 };

/* How an at-style call names a file: directory descriptor, path (guest address; 0 for the descriptor itself), lookup flags. */
struct at { int64_t dirfd; gaddr path; uint64_t flags; };

struct executor; /* opaque to handlers: the implementation's own state */

enum outcome {
	CALL_PASS,   /* the kernel executes the original call, nobody looks at its result */
	CALL_DONE,   /* call->ret is the result the guest sees */
	CALL_PARK,   /* call->cond / call->deadline_ns say for what; the handler runs again */
	CALL_YIELD,  /* like DONE, then the turn goes to the next runnable task */
};

/* What a call that was answered in the guest moved, for the event log: nothing of it is left to be read there. NO_INDEX: none. */
struct told {
	const char *path;           /* the row's path, or where the file lies that was written to */
	const uint8_t *data;
	uint32_t path_len, data_len;
};

struct call {
	struct executor *x;
	struct world *w;
	uint32_t task;              /* index of the calling task */
	uint32_t nr;
	uint64_t arg[6];            /* as the guest gave them; a handler may change them before CALL_PASS */
	int64_t ret;                /* result or -errno, for CALL_DONE */
	struct cond cond;           /* for CALL_PARK */
	int64_t deadline_ns;        /* for CALL_PARK; preset to NO_DEADLINE */
	bool timed_out;             /* this try happens because the deadline passed */
	bool retry;                 /* this is not the first try */
	bool tried;                 /* it was tried in the guest a moment ago, and has to wait (rows that may be tried there) */
	uint64_t *mem;              /* 6 words that survive parking */
	/* For the event log (filled by handlers that move bytes; the log does the hashing). */
	gaddr data;                 /* guest memory that holds the bytes read or written, or the structure that was filled in */
	uint64_t data_len;          /* how many when the call succeeds; 0: as many as its result says */
	uint32_t data_file;         /* not 0: no guest memory took part; the bytes lie in descriptor data_file - 1, from offset `data` on */
	const struct told *told;    /* not NULL: the call was answered in the guest */
	uint32_t data_pieces;       /* not 0: data is a vector (struct iovec) of so many buffers */
};

/* ---- operations (declared here, defined by the executor) ----------------------------------------------------------- */

/* Performs a call in the guest, now, with the guest's descriptors, memory and rights. Must not block. -errno or result.
 * When the guest died meanwhile x_dead() becomes true and the value means nothing: return CALL_DONE at once. */
int64_t x_real(struct call *c, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
/* The original call with its (possibly changed) arguments. */
int64_t x_original(struct call *c);
/* As x_real(), and no signal comes up meanwhile: some calls end at once for one that nobody would take. (Ignored ones are queued for traced threads all the same.) */
int64_t x_real_unsignalled(struct call *c, uint32_t nr, const uint64_t arg[6]);
bool x_dead(struct call *c);

/* Guest memory. 0, or -EFAULT when any byte is not accessible. */
int x_read(struct call *c, gaddr from, void *buf, size_t n);
int x_write(struct call *c, gaddr to, const void *buf, size_t n);
/* NUL-terminated string of at most size-1 bytes. Its length, -EFAULT, -ENAMETOOLONG. */
int64_t x_read_string(struct call *c, gaddr from, char *buf, size_t size);

/* The guest mapped code at `at`: from the descriptor's file at the offset, or, fd -1, whatever lies there. Instructions that ask the host
 * are replaced (tracee/code.h). private: the mapping is the guest's own, and may not be written. False: they are not, because the file has been some program's interpreter, which few programs map. */
bool x_code_mapped(struct call *c, gaddr at, uint64_t size, int fd, uint64_t offset, bool private);

/* The call maps code of a file, private, to be read and executed. True: how that is replaced was known, and the call is made, its result in ret. */
bool x_map_known_code(struct call *c);
/* From now on this file may change without a call. */
void x_code_may_change(struct call *c, uint64_t dev, uint64_t ino);

/* Is all of this the guest's own memory, private and without a file or a name? */
bool x_is_own_memory(struct call *c, gaddr at, uint64_t size);

/* A page of guest memory that belongs to us, for arguments of x_real (16 KiB; content is lost between calls). 0 when it cannot be had. */
gaddr x_scratch(struct call *c);
enum { SCRATCH_SIZE = 16384, SCRATCH_PATH = 0, SCRATCH_PATH2 = 4096, SCRATCH_STRUCT = 8192 };

/* Calls on the guest's descriptor with OUR buffers: the supervisor acts on a duplicate, the agent acts directly. -errno or result. */
struct fd_stat { uint64_t dev, ino, rdev, size; uint32_t mode, nlink; };
int64_t x_fd_stat(struct call *c, int fd, struct fd_stat *ret);
int64_t x_fd_poll(struct call *c, int fd, uint32_t events);         /* revents now, never waits */
void x_fd_settle(struct call *c, int fd);                           /* a terminal: what was written to it has arrived, as far as can be seen */
/* A TCP connection: bytes that have arrived and were not read. Negative: the descriptor is something else. */
int64_t x_fd_tcp_unread(struct call *c, int fd);
int64_t x_fd_socket_int(struct call *c, int fd, uint32_t name, int32_t *ret); /* an int option of SOL_SOCKET that follows from past calls; 0 or -errno */
bool x_fd_tcp_at_mark(struct call *c, int fd);                      /* the next byte to be read follows, or is, an urgent one: tcp(7), SIOCATMARK */
bool x_fd_is_epoll(struct call *c, int fd);
int64_t x_fd_flags(struct call *c, int fd);                         /* F_GETFL */
bool x_fd_closes_at_exec(struct call *c, int fd);                   /* FD_CLOEXEC */
int64_t x_fd_set_flags(struct call *c, int fd, uint64_t flags);     /* F_SETFL */
int64_t x_fd_seek(struct call *c, int fd, int64_t off, int whence);
int64_t x_fd_getdents(struct call *c, int fd, void *buf, size_t n);
int64_t x_fd_entry_stat(struct call *c, int fd, const char *name, void *ret_struct_stat); /* lstat of an entry of the directory fd */
int64_t x_fd_read(struct call *c, int fd, void *buf, size_t n);
int64_t x_fd_read_at(struct call *c, int fd, void *buf, size_t n, int64_t off);
int64_t x_fd_write(struct call *c, int fd, const void *buf, size_t n);
int64_t x_fd_raw_stat(struct call *c, int fd, void *ret_struct_stat); /* struct stat as the kernel gives it, 144 bytes */
/* A master's slave, opened for as long as a handler asks what the two sides hold. Negative: of one that was never opened (`opened`: it was), or that all
 * have closed, nothing can be known. The agent gives up then. */
int x_tty_peer(struct call *c, int fd, bool opened);
void x_tty_leave(struct call *c, int peer);
/* Whether the slave can be read, bytes there and here. */
struct tty_level { int64_t in, out; bool ready; };
void x_tty_level(struct call *c, int fd, int peer, struct tty_level *ret);
void x_tty_pause(struct call *c);                                    /* for a moment: 50 us */
/* True for the guest's standard output/error pipes: their reader is the supervisor, which has taken all that was in them before it answers: what one has room
 * for is a function of past calls. */
bool x_fd_is_output(struct call *c, int fd, const struct fd_stat *st);
/* True for descriptors whose readiness depends on the world outside (given standard input, --network). */
bool x_fd_is_external(struct call *c, int fd, const struct fd_stat *st);

/* An ioctl(2) that only asks, and gives everybody the same answer: n bytes, at most 64. 0 or -errno. */
int64_t x_fd_ask(struct call *c, int fd, uint32_t request, void *ret, size_t n);
bool x_is_in_background(struct call *c, uint32_t terminal);         /* terminal (device number) is the guest's controlling one, and others have it */
uint64_t x_heap_start(struct call *c, uint32_t task);               /* where the break of its process began; 0: not known */

int64_t x_fd_path(struct call *c, int fd, char *buf, size_t size);   /* where the descriptor's file lies, as /proc/self/fd shows it; length or -errno */

bool x_fd_takes(struct call *c, int fd, uint64_t n);                /* a pipe that holds nothing, and has room for so much */

/* Metadata of a path as the guest would resolve it, without the guest noticing (at.flags: AT_SYMLINK_NOFOLLOW). Used for the
 * model's book-keeping, never for answers about permission. ret_struct_stat: 144 bytes as the kernel gives them. 0 or -errno. */
int64_t x_path_stat(struct call *c, const struct at *at, void *ret_struct_stat);
/* The same for the directory that holds the last component. */
int64_t x_parent_stat(struct call *c, const struct at *at, void *ret_struct_stat);

/* The original call is next, and changes names: what is known of the file (NULL: there is none), and whether it is to keep its number if it is changed
 * (fs_keep_number). The agent gives up now, or not at all. */
void x_will_change(struct call *c, const struct at *at, const void *struct_stat, bool keeps);
void x_will_rename(struct call *c, const struct at *from, const void *source, const struct at *to, const void *target);
/* The same, of a call that changes the attributes of a file (at NULL: the descriptor's); and of sendfile(2), next, to the regular file of a descriptor:
 * at most so many bytes. */
void x_will_touch(struct call *c, int fd, const struct at *at);
void x_will_copy(struct call *c, int fd, const struct fd_stat *st, uint64_t most);

/* Bytes are moved next, by x_fd_read() or x_fd_write(); all: then the call is done. The agent gives up now, or not at all. */
void x_will_move(struct call *c, bool all);

/* Holds a reference to a file (at NULL: the descriptor's) until the run's end, or until many others were pinned after it. */
void x_pin(struct call *c, int fd, const struct at *at);

/* What is mapped in the guest, in order; SCRATCH_BASE always counts. grows: spans[].grows_down of every mapping is wanted, which costs
 * more; otherwise only the stack's is known. *ret lies in the arena. Number, or -errno. */
struct span;
int64_t x_spans(struct call *c, bool grows, struct span **ret);

/* Memory for one handler invocation, e.g. to sort a directory. Grows to at least n bytes; NULL when that is too much (64 MiB). */
void *x_arena(struct call *c, size_t n);
size_t x_arena_most(struct call *c, size_t n);                      /* so much of n can be had there */
/* Memory that outlives the handler, by number (1..255): the present content of the number is gone. Several of them stay, until the room
 * is needed for others: which ones is a function of past calls. NULL: too much; not kept any more. */
void *x_keep(struct call *c, uint32_t number, size_t n);
void *x_kept(struct call *c, uint32_t number);

/* Processes. */
int32_t x_tid(struct call *c);                                      /* the calling thread's id as the guest sees it */
int32_t x_pid(struct call *c);
uint32_t x_task_of(struct call *c, int32_t tid);                    /* the task with this thread id (a process id: its first thread); NO_INDEX: none alive */
void x_after_kill(struct call *c, int64_t pid, int signo);          /* a kill/tgkill/... succeeded: deaths are collected, sleepers woken */
void x_send_signal(struct call *c, uint32_t proc, uint32_t task, uint32_t signo); /* from a model timer; task NO_INDEX: to the process */
/* False, in the agent: to ask every file before it is opened is too dear there. Whoever then waits in the kernel is got out again, and world->fifo_seen set. */
bool x_looks_for_fifos(struct call *c);
/* True when a signal that the guest catches (or that ends it) is pending and not blocked, `mask` (or, when NULL, the thread's own) deciding. */
bool x_signal_pending(struct call *c, const uint64_t *mask);

/* Identities the kernel keeps. Host values: keys only, they never reach the guest or the log. */
int x_shared_key(struct call *c, gaddr uaddr, uint64_t *ret_key);   /* a word in a shared mapping, the same for all who map it; -ENOENT: private memory, -EFAULT: none */
int64_t x_eventfd_id(struct call *c, int fd);                       /* "eventfd-id" of /proc/PID/fdinfo/FD; -EBADF, -EINVAL: not an eventfd */
/* Locks on files that guests hold, in an order that follows from past calls, a line each: "POSIX ADVISORY WRITE 25 DEV INO 0 EOF" with
 * the guest's process id and the device and inode of stat, decimal. Length; what does not fit is left out. */
int64_t x_locks(struct call *c, char *buf, size_t size);
/* What a mapping of the agent's file at this offset stands for: *ret_offset in a file, whose path (as /proc/PID/maps says it, *ret_n bytes) is returned.
 * NULL: it is no code of the store's. */
const char *x_stored_code(struct call *c, uint64_t offset, size_t *ret_n, uint64_t *ret_offset);

/* The report. */
void x_refused(struct call *c, const char *why);                    /* counted; ends the run under --strict */

/* What do_fork leaves in call->mem for the engine: CLONE_* flags and the child_tid address, as checked. */
enum { FORK_FLAGS, FORK_CHILD_TID, FORK_STACK /* its end; 0: none */, FORK_SIGNAL };

/* ---- helpers shared by handlers (util.c) --------------------------------------------------------------------------- */

/* With a single id: not among those that a box with a range has. UINT32_MAX says "no id" to most calls, and is for them to judge. */
static inline bool ids_beyond_map(uint32_t id) { return id > 65535 && id != UINT32_MAX; }
static inline enum outcome done(struct call *c, int64_t ret) { c->ret = ret; return CALL_DONE; }
enum outcome park_fd(struct call *c, int fd, uint32_t events);
enum outcome park_any(struct call *c);
enum outcome park_child(struct call *c);
enum outcome park_until(struct call *c, int64_t deadline_ns);       /* adds a deadline to what was parked, or waits for it alone */
/* A signal interrupts a call with a deadline. A stop that ends again does not: the kernel then restarts the call, which goes on waiting for the
 * same moment (restart_block, kernel/time/hrtimer.c). Where a handler ran instead, the guest gets EINTR. */
enum outcome interrupted_until(struct call *c, int64_t deadline_ns);
bool resumed_until(struct call *c, int64_t *ret_deadline_ns); /* asked at the first try */
/* timespec/timeval in guest memory -> ns. -EFAULT, -EINVAL. */
int read_timespec(struct call *c, gaddr p, int64_t *ret_ns);
int read_timeval(struct call *c, gaddr p, int64_t *ret_ns);
int write_timespec(struct call *c, gaddr p, int64_t ns);
int write_timeval(struct call *c, gaddr p, int64_t ns);
/* An eventfd was made for the guest: whatever timerfd had its identity before is gone (timer.c). */
void timerfd_forget(struct call *c, int fd);
/* One that stands for a timerfd. */
bool is_timerfd(struct call *c, int fd);

#endif
