/* machine.h: the canonical machine: what every guest is told about the computer it runs on.
 *
 * Owns: the kernel's name, the memory figures, the limits, and the texts of the global files of /proc and /sys, of
 * /etc/hostname, /etc/hosts and /etc/resolv.conf. Freestanding. Must not know: the host.
 *
 * Invariants
 *  M1. Everything here is a function of struct machine, whose fields are inputs of the run.
 *  M2. What a system call says (sysinfo, uname, sched_getaffinity) and what a file says (/proc/meminfo, /proc/version,
 *      /sys/devices/system/cpu) is computed from the same constants. */
#ifndef DETBUILD_MODEL_MACHINE_H
#define DETBUILD_MODEL_MACHINE_H

#include <stdint.h>
#include <stddef.h>

#include "model/world.h"

#define MACHINE_SYSNAME "Linux"
#define MACHINE_RELEASE "6.1.0-detbuild"
#define MACHINE_VERSION "#1 SMP detbuild"
#define MACHINE_ARCH "x86_64"
#define MACHINE_CPU_NAME "Detbuild Virtual CPU"
#define MACHINE_MINSIGSTKSZ 3632 /* AT_MINSIGSTKSZ: with AVX-512 state, so that no buffer is too small */
#define MACHINE_DEFAULT_MEMORY (UINT64_C(8) << 30)

enum {
	MACHINE_MAX_CPUS = 64,          /* an affinity mask is one word */
	MACHINE_NOFILE = 1024,
	MACHINE_NR_OPEN = 1048576,
	MACHINE_THREADS = 32768,        /* RLIMIT_NPROC, RLIMIT_SIGPENDING, threads-max */
	MACHINE_PID_MAX = 4194304,
	MACHINE_BLOCK = 4096,           /* bytes; the one disk, an ext4 */
	MACHINE_DISK_BLOCKS = 64 << 18, /* 64 GiB */
	MACHINE_DISK_FREE = 48 << 18,
	MACHINE_DISK_FILES = 4 << 20,
	MACHINE_DISK_FILES_FREE = 3 << 20,
	MACHINE_NAME_MOST = 255,
	MACHINE_FILES = 4096,           /* room for machine_files() */
	MACHINE_TEXT = 1 << 20,
};

/* What --cpu chooses. */
enum machine_cpu_model { MACHINE_CPU_V2, MACHINE_CPU_V3, MACHINE_CPU_MODELS };

struct machine {
	uint32_t cpu_model;             /* enum machine_cpu_model */
	uint32_t cpus;                  /* 1 .. MACHINE_MAX_CPUS */
	uint64_t memory;                /* bytes; 0: MACHINE_DEFAULT_MEMORY */
	const char *hostname, *domainname;
	int64_t epoch_ns;
	uint64_t seed;
};

struct machine_file {
	const char *path;
	const char *text;
	size_t len;
};

/* Every file that the box shows, into ret[MACHINE_FILES] and buf[MACHINE_TEXT], which holds paths and texts. Their number, in a
 * fixed order; 0 when something did not fit (the sizes are right for every machine that the unit test tries). */
size_t machine_files(const struct machine *m, struct machine_file *ret, char *buf);

/* True for the path of such a file, and for the directories above it. */
bool machine_shows(const char *path);

/* The machine of a world. */
static inline struct machine machine_of(const struct world *w)
{
	struct machine m = { .cpu_model = w->cpu_model, .cpus = w->cpus, .memory = w->memory, .hostname = w->hostname, .domainname = w->domainname,
		.epoch_ns = w->epoch_ns, .seed = w->seed };

	return m;
}

/* ---- figures that calls and files share ---------------------------------------------------------------------------- */

static inline uint64_t machine_memory(uint64_t memory) { return memory ? memory & ~UINT64_C(0xfffff) : MACHINE_DEFAULT_MEMORY; }
static inline uint64_t machine_memory_free(uint64_t memory) { return machine_memory(memory) / 4 * 3; }
static inline uint64_t machine_memory_buffers(uint64_t memory) { return machine_memory(memory) / 64; }
static inline uint64_t machine_memory_cached(uint64_t memory) { return machine_memory(memory) / 8; }

static inline uint64_t machine_cpu_mask(uint32_t cpus) { return cpus >= 64 ? UINT64_MAX : (UINT64_C(1) << cpus) - 1; }

/* Resource limits a process is born with, by RLIMIT_* number. ret[0] soft, ret[1] hard; UINT64_MAX is infinity. */
enum { MACHINE_LIMITS = 16 };
void machine_limit(uint32_t resource, uint64_t ret[2]);

/* A random UUID's text (36 characters, no NUL) from 128 bits. */
void machine_uuid(uint64_t high, uint64_t low, char ret[36]);

/* ---- the processor (machine_cpuid.c) --------------------------------------------------------------------------------- */

const char *machine_cpu_model_name(uint32_t model);
bool machine_cpu_model_find(const char *name, uint32_t *ret);
/* What cpuid says: eax ebx ecx edx. */
void machine_cpuid(uint32_t model, uint32_t cpus, uint32_t leaf, uint32_t sub, uint32_t ret[4]);
uint32_t machine_hwcap(void);                   /* AT_HWCAP: what CPUID.1:EDX says, the same in every model */
uint64_t machine_xcr0(uint32_t model);          /* xgetbv of register 0; 0: there is no such instruction */
const char *machine_cpu_flag(uint32_t model, size_t *i); /* words of the flags line of /proc/cpuinfo: from *i = 0 on, until NULL */
void machine_cpu_signature(uint32_t model, uint32_t *ret_model, uint32_t *ret_stepping); /* of family 6 */

/* A processor that could show this model must have what programs may use of it: the first feature that the one described by
 * `cpuid` lacks, NULL: none. xcr0: what its system has enabled, 0 when it has no xgetbv. */
typedef void machine_cpuid_fn(uint32_t leaf, uint32_t sub, uint32_t ret[4]);
const char *machine_cpu_missing(uint32_t model, machine_cpuid_fn *cpuid, uint64_t xcr0);

#endif
