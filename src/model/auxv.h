/* auxv.h: the auxiliary vector that programs of the canonical machine find: always the same entries, in the same order. Freestanding, pure. */
#ifndef DETBUILD_MODEL_AUXV_H
#define DETBUILD_MODEL_AUXV_H

#include <stddef.h>
#include <stdint.h>

enum { AUXV_MOST = 64 };

/* Values of it that the kernel has its own opinion about. */
struct auxv_facts {
	uint64_t random, platform;      /* addresses of 16 random bytes and of the platform's name; 0: the kernel's */
	const uint32_t *ids;            /* ruid euid suid fsuid rgid egid sgid fsgid; NULL: the kernel's */
	uint64_t secure;                /* with ids: AT_SECURE */
};

/* n pairs of the kernel's into at most AUXV_MOST pairs of ours, the last one AT_NULL. Their number. */
size_t auxv_make(const uint64_t (*from)[2], size_t n, const struct auxv_facts *f, uint64_t (*ret)[2]);

/* What the vector points to: random bytes, then the platform's name, in AUXV_DATA bytes. */
#define AUXV_PLATFORM "x86_64"
enum { AUXV_RANDOM = 16, AUXV_DATA = 32 };

#endif
