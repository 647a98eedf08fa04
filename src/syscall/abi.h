/* abi.h: the x86-64 kernel ABI that handlers need, from the kernel's uapi headers; no libc types. */
#ifndef DETBUILD_SYSCALL_ABI_H
#define DETBUILD_SYSCALL_ABI_H

#include <asm/unistd_64.h>
#include <asm/errno.h>
#include <asm/stat.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <stdint.h>

#include "model/world.h"

#ifndef AT_FDCWD
#define AT_FDCWD (-100)
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef AT_SYMLINK_NOFOLLOW
#define AT_SYMLINK_NOFOLLOW 0x100
#endif
#ifndef AT_REMOVEDIR
#define AT_REMOVEDIR 0x200
#endif

#endif
