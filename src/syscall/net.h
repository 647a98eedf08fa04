/* net.h: what the socket handlers share. */
#ifndef DETBUILD_SYSCALL_NET_H
#define DETBUILD_SYSCALL_NET_H

#include "syscall/abi.h"
#include "syscall/table.h"

/* From linux/socket.h and asm-generic/socket.h, which libc's headers would collide with. */
enum { NET_UNSPEC = 0, NET_UNIX = 1, NET_INET = 2, NET_INET6 = 10, NET_NETLINK = 16 };
enum { NET_STREAM = 1, NET_DGRAM = 2, NET_RAW = 3, NET_SEQPACKET = 5, NET_TYPE_MASK = 15 };
enum { LEVEL_SOCKET = 1, LEVEL_TCP = 6 };
enum {
	OPT_TYPE = 3, OPT_SNDBUF = 7, OPT_RCVBUF = 8, OPT_PASSCRED = 16, OPT_RCVTIMEO = 20, OPT_SNDTIMEO = 21, OPT_ACCEPTCONN = 30,
	OPT_PROTOCOL = 38, OPT_DOMAIN = 39, OPT_RCVTIMEO_NEW = 66, OPT_SNDTIMEO_NEW = 67,
};
enum { TCP_OPT_NODELAY = 1, TCP_OPT_CORK = 3 };
enum { NET_BUFFER = 212992 };           /* size of socket buffers, what Linux has by default */

/* Words of call->mem that all socket calls use alike. */
enum { NET_MEM_DONE, NET_MEM_INDEX, NET_MEM_WAITS, NET_MEM_DEADLINE, NET_MEM_STARTED, NET_MEM_BATCH_DEADLINE };

/* An int option of the guest's descriptor. 0 or -errno. */
int64_t net_option(struct call *c, int fd, uint32_t level, uint32_t name, int32_t *ret_value);
int64_t net_set_option(struct call *c, int fd, uint32_t level, uint32_t name, int32_t value);

/* TCP_NODELAY and TCP_CORK are the model's (see net_option.c): for a fresh socket, and for one that was accepted. */
void net_disable_delays(struct call *c, int fd);
void net_inherit_delays(struct call *c, int from_fd, int to_fd);

/* write(2) and its relatives on a socket that blocks, or on a TCP connection; read(2) on what net_reads() names, and
 * one that may have to wait. */
enum outcome net_write(struct call *c, bool vector);
bool net_reads(struct call *c, int fd);
enum outcome net_read(struct call *c, bool vector);

/* Gives a socket without a name the one that the kernel would give it at random: port, abstract name, netlink id.
 * `implicit`: the kernel would do so by itself, at a connect or send (unix sockets: only those that pass credentials). */
bool net_outside(struct call *c, gaddr name, uint64_t len);   /* a unix socket's name in the file system that no guest bound: who serves it is no part of the run */
int64_t net_ensure_bound(struct call *c, int fd, bool implicit);
/* Before something is sent, by whatever call: datagram sockets of the internet and netlink's get a name whatever they send, also where it is refused then;
 * unix sockets when they pass credentials. */
void net_name_sender(struct call *c, int fd);

bool net_is_netlink(struct call *c, int fd);
/* Answers of the kernel, n bytes, as guests are to see them; how many bytes stay. */
size_t netlink_edit(uint8_t *data, size_t n);
/* Such an answer is not complete: its end comes with the next piece. */
bool netlink_goes_on(const uint8_t *data, size_t n);

/* The guest accepts to wait on this descriptor. */
bool net_blocks(struct call *c, int fd);

/* The try said that it would block. `events` 0: any event may change that; `timeout_option`: SO_RCVTIMEO or SO_SNDTIMEO.
 * What was done so far is the result when a signal or the socket's own timeout ends the waiting; else -errno. */
enum outcome net_wait(struct call *c, int fd, uint32_t events, uint32_t timeout_option, int64_t done_so_far, int timeout_errno);
/* The same of who sends. */
enum outcome net_wait_to_send(struct call *c, int fd, int64_t so_far);
/* How much a sender may give to the socket at once (net_io.c, D5). */
uint64_t net_most_to_send(struct call *c, int fd);
bool net_is_stream(struct call *c, int fd);
/* n bytes of the guest's memory, as many as go without waiting, or a signal: what is wrong may be asked again. */
int64_t net_send_now(struct call *c, int fd, gaddr from, uint64_t n);

#endif
