/* io.h: the buffers of a read or write, for those who move their bytes. */
#ifndef DETBUILD_SYSCALL_IO_H
#define DETBUILD_SYSCALL_IO_H

#include "syscall/executor.h"

struct iov { uint64_t base, len; };

int64_t io_vector(struct call *c, struct iov **ret);   /* the call's buffers, in arena memory; how many, or -errno */
uint64_t io_bytes(const struct iov *v, int64_t n);
/* The next piece (at most `most` bytes) after `skip` bytes of the vector, inside one element. */
struct iov io_next_piece(const struct iov *v, int64_t n, uint64_t skip, uint64_t most);
/* The caller waits: neither descriptor nor call say otherwise, and it is open for this (wrong_mode: O_RDONLY or O_WRONLY). */
bool io_blocks(const struct call *c, int64_t flags, int wrong_mode);

enum { IO_PIECE = 4096 }; /* what goes into a pipe at once */
bool io_may_wait(const struct fd_stat *st);
bool io_is_mem_device(const struct fd_stat *st);
bool io_is_random_device(const struct fd_stat *st);
bool io_is_anonymous(const struct fd_stat *st);        /* an eventfd or its like */
enum outcome io_interrupted_or(struct call *c, enum outcome otherwise);
int64_t io_without_waiting(struct call *c, int fd, const uint64_t arg[6]); /* the call as if the descriptor did not wait, nor any signal come; -EAGAIN: it would wait */

#define IO_UNKNOWN_IOCTL "ioctl request without a model" /* why it is refused */

#endif
