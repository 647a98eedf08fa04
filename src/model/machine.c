/* machine.c: the files of the canonical machine that say the same for every number of CPUs, and how files are collected.
 * What depends on the CPUs is in machine_cpu.c. See machine.h. */
#include "model/machine_cpu.h"

#include "model/out.h"

static const struct { const char *path, *text; } constant_files[] = {
	{ "/proc/cmdline", "quiet\n" },
	{ "/proc/loadavg", "0.00 0.00 0.00 1/1 1\n" },
	{ "/proc/uptime", "100.00 100.00\n" },
	{ "/proc/version", MACHINE_SYSNAME " version " MACHINE_RELEASE " (detbuild@detbuild) (gcc, ld) " MACHINE_VERSION "\n" },
	{ "/proc/filesystems", "nodev\tsysfs\nnodev\ttmpfs\nnodev\tbdev\nnodev\tproc\nnodev\tcgroup2\nnodev\tdevtmpfs\nnodev\tsockfs\n"
		"nodev\tpipefs\nnodev\tramfs\nnodev\tdevpts\nnodev\tmqueue\n\text4\nnodev\toverlay\n" },
	{ "/proc/devices", "Character devices:\n  1 mem\n  4 /dev/vc/0\n  4 tty\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
		" 10 misc\n136 pts\n\nBlock devices:\n  7 loop\n253 virtblk\n" },
	{ "/proc/misc", "" },
	{ "/proc/kallsyms", "" },
	{ "/proc/crypto", "" },
	{ "/proc/diskstats", "" },
	{ "/proc/partitions", "" },
	{ "/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" },
	{ "/proc/buddyinfo", "" },
	{ "/proc/zoneinfo", "" },
	{ "/proc/locks", "" },
	{ "/proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" },
	{ "/proc/consoles", "" },
	{ "/proc/dma", " 4: cascade\n" },
	{ "/proc/iomem", "" },
	{ "/proc/ioports", "" },
	{ "/proc/execdomains", "0-0\tLinux           \t[kernel]\n" },
	{ "/proc/sys/kernel/ostype", MACHINE_SYSNAME "\n" },
	{ "/proc/sys/kernel/osrelease", MACHINE_RELEASE "\n" },
	{ "/proc/sys/kernel/version", MACHINE_VERSION "\n" },
	{ "/proc/sys/kernel/pid_max", "4194304\n" },
	{ "/proc/sys/kernel/threads-max", "32768\n" },
	{ "/proc/sys/kernel/cap_last_cap", "40\n" },
	{ "/proc/sys/kernel/overflowuid", "65534\n" },
	{ "/proc/sys/kernel/overflowgid", "65534\n" },
	{ "/proc/sys/kernel/ngroups_max", "65536\n" },
	{ "/proc/sys/kernel/shmmax", "18446744073692774399\n" },
	{ "/proc/sys/kernel/shmall", "18446744073692774399\n" },
	{ "/proc/sys/kernel/shmmni", "4096\n" },
	{ "/proc/sys/kernel/msgmax", "8192\n" },
	{ "/proc/sys/kernel/msgmnb", "16384\n" },
	{ "/proc/sys/kernel/msgmni", "32000\n" },
	{ "/proc/sys/kernel/sem", "32000\t1024000000\t500\t32000\n" },
	{ "/proc/sys/kernel/core_pattern", "core\n" },
	{ "/proc/sys/kernel/core_uses_pid", "0\n" },
	{ "/proc/sys/kernel/randomize_va_space", "0\n" },
	{ "/proc/sys/kernel/printk", "4\t4\t1\t7\n" },
	{ "/proc/sys/kernel/tainted", "0\n" },
	{ "/proc/sys/kernel/random/entropy_avail", "256\n" },
	{ "/proc/sys/kernel/random/poolsize", "256\n" },
	{ "/proc/sys/vm/overcommit_memory", "0\n" },
	{ "/proc/sys/vm/overcommit_ratio", "50\n" },
	{ "/proc/sys/vm/max_map_count", "65530\n" },
	{ "/proc/sys/vm/mmap_min_addr", "65536\n" },
	{ "/proc/sys/vm/swappiness", "60\n" },
	{ "/proc/sys/vm/nr_hugepages", "0\n" },
	{ "/proc/sys/fs/file-max", "9223372036854775807\n" },
	{ "/proc/sys/fs/file-nr", "1024\t0\t9223372036854775807\n" },
	{ "/proc/sys/fs/nr_open", "1048576\n" },
	{ "/proc/sys/fs/pipe-max-size", "1048576\n" },
	{ "/proc/sys/fs/aio-max-nr", "65536\n" },
	{ "/proc/sys/fs/aio-nr", "0\n" },
	{ "/proc/sys/fs/lease-break-time", "45\n" },
	{ "/proc/sys/fs/protected_hardlinks", "1\n" },
	{ "/proc/sys/fs/protected_symlinks", "1\n" },
	{ "/proc/sys/fs/inotify/max_queued_events", "16384\n" },
	{ "/proc/sys/fs/inotify/max_user_instances", "128\n" },
	{ "/proc/sys/fs/inotify/max_user_watches", "65536\n" },
	{ "/proc/sys/fs/mqueue/msg_max", "10\n" },
	{ "/proc/sys/fs/mqueue/msgsize_max", "8192\n" },
	{ "/proc/sys/fs/mqueue/queues_max", "256\n" },
	{ "/proc/sys/net/core/somaxconn", "4096\n" },
	{ "/proc/sys/net/core/rmem_default", "212992\n" },
	{ "/proc/sys/net/core/rmem_max", "212992\n" },
	{ "/proc/sys/net/core/wmem_default", "212992\n" },
	{ "/proc/sys/net/core/wmem_max", "212992\n" },
	{ "/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n" },
	{ "/proc/sys/net/ipv4/ip_forward", "0\n" },
	{ "/proc/sys/net/ipv4/tcp_fin_timeout", "60\n" },
	{ "/proc/sys/net/ipv4/tcp_syncookies", "1\n" },
	{ "/proc/sys/net/unix/max_dgram_qlen", "512\n" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n" },
	{ "/sys/kernel/mm/transparent_hugepage/defrag", "always defer defer+madvise [madvise] never\n" },
	{ "/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size advise [never] deny force\n" },
	{ "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n" },
	{ "/sys/kernel/mm/transparent_hugepage/use_zero_page", "1\n" },
	{ "/sys/class/net/lo/mtu", "65536\n" },
	{ "/sys/class/net/lo/address", "00:00:00:00:00:00\n" },
	{ "/sys/class/net/lo/flags", "0x9\n" },
	{ "/etc/resolv.conf", "" },
};

/* Files whose text is made below or in machine_cpu.c. */
static const char *const made_files[] = {
	"/proc/meminfo", "/proc/vmstat", "/proc/cpuinfo", "/proc/stat", "/proc/interrupts", "/proc/softirqs", "/proc/sys/kernel/hostname",
	"/proc/sys/kernel/domainname", "/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/random/uuid", "/etc/hostname", "/etc/hosts",
	"/sys/devices/system/cpu/",
};

/* path is `file` or a directory above it; a file that ends in a slash stands for everything below. */
static bool leads_to(const char *path, const char *file)
{
	while (*path && *path == *file)
		path++, file++;
	return *path ? !*file && file[-1] == '/' : !*file || *file == '/';
}

bool machine_shows(const char *path)
{
	for (size_t i = 0; i < sizeof(constant_files) / sizeof(constant_files[0]); i++)
		if (leads_to(path, constant_files[i].path))
			return true;
	for (size_t i = 0; i < sizeof(made_files) / sizeof(made_files[0]); i++)
		if (leads_to(path, made_files[i]))
			return true;
	return false;
}

/* In the order of their numbers: RLIMIT_CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME */
void machine_limit(uint32_t resource, uint64_t ret[2])
{
	static const uint64_t limits[MACHINE_LIMITS][2] = {
		{ UINT64_MAX, UINT64_MAX }, { UINT64_MAX, UINT64_MAX }, { UINT64_MAX, UINT64_MAX }, { 8 << 20, UINT64_MAX },
		{ 0, UINT64_MAX }, { UINT64_MAX, UINT64_MAX }, { MACHINE_THREADS, MACHINE_THREADS }, { MACHINE_NOFILE, MACHINE_NR_OPEN },
		{ 8 << 20, 8 << 20 }, { UINT64_MAX, UINT64_MAX }, { UINT64_MAX, UINT64_MAX }, { MACHINE_THREADS, MACHINE_THREADS },
		{ 819200, 819200 }, { 0, 0 }, { 0, 0 }, { UINT64_MAX, UINT64_MAX },
	};

	ret[0] = limits[resource % MACHINE_LIMITS][0];
	ret[1] = limits[resource % MACHINE_LIMITS][1];
}

void machine_uuid(uint64_t high, uint64_t low, char ret[36])
{
	struct out o = { .buf = ret, .size = 36 };

	high = (high & ~UINT64_C(0xf000)) | 0x4000;                                    /* version 4: random */
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;                        /* the variant of RFC 4122 */
	out_hex(&o, high >> 32, 8);
	out_char(&o, '-');
	out_hex(&o, high >> 16 & 0xffff, 4);
	out_char(&o, '-');
	out_hex(&o, high & 0xffff, 4);
	out_char(&o, '-');
	out_hex(&o, low >> 48, 4);
	out_char(&o, '-');
	out_hex(&o, low & UINT64_C(0xffffffffffff), 12);
}

/* ---- collecting ---------------------------------------------------------------------------------------------------- */

void machine_begin(struct machine_list *l, const char *path)
{
	struct machine_file *f = &l->files[l->n < MACHINE_FILES ? l->n : 0];

	l->o.full |= l->n >= MACHINE_FILES;
	f->path = l->o.buf + l->o.len;
	out_str(&l->o, path);
}

void machine_text(struct machine_list *l)
{
	struct machine_file *f = &l->files[l->n < MACHINE_FILES ? l->n : 0];

	out_char(&l->o, '\0');
	f->text = l->o.buf + l->o.len;
}

void machine_end(struct machine_list *l)
{
	struct machine_file *f = &l->files[l->n < MACHINE_FILES ? l->n : 0];

	f->len = (size_t)(l->o.buf + l->o.len - f->text);
	out_char(&l->o, '\0');
	l->n++;
}

void machine_add(struct machine_list *l, const char *path, const char *text)
{
	machine_begin(l, path);
	machine_text(l);
	out_str(&l->o, text);
	machine_end(l);
}

/* ---- what depends on the inputs ------------------------------------------------------------------------------------ */

static void memory_line(struct out *o, const char *name, uint64_t bytes)
{
	size_t from = o->len;

	out_str(o, name);
	out_char(o, ':');
	out_number(o, bytes / 1024, 10, (unsigned)(24 - (o->len - from)), ' ');
	out_str(o, " kB\n");
}

static void add_meminfo(struct machine_list *l, const struct machine *m)
{
	uint64_t total = machine_memory(m->memory), cached = machine_memory_cached(m->memory);
	uint64_t buffers = machine_memory_buffers(m->memory), available = machine_memory_free(m->memory);
	const struct { const char *name; uint64_t bytes; } lines[] = {
		{ "MemTotal", total }, { "MemFree", available }, { "MemAvailable", available + cached },
		{ "Buffers", buffers }, { "Cached", cached }, { "SwapCached", 0 }, { "Active", cached }, { "Inactive", buffers },
		{ "Active(anon)", 0 }, { "Inactive(anon)", 0 }, { "Active(file)", cached }, { "Inactive(file)", buffers },
		{ "Unevictable", 0 }, { "Mlocked", 0 }, { "SwapTotal", 0 }, { "SwapFree", 0 }, { "Dirty", 0 }, { "Writeback", 0 },
		{ "AnonPages", 0 }, { "Mapped", 0 }, { "Shmem", 0 }, { "KReclaimable", 0 }, { "Slab", 0 }, { "SReclaimable", 0 },
		{ "SUnreclaim", 0 }, { "KernelStack", 0 }, { "PageTables", 0 }, { "NFS_Unstable", 0 }, { "Bounce", 0 },
		{ "WritebackTmp", 0 }, { "CommitLimit", total / 2 }, { "Committed_AS", 0 }, { "VmallocTotal", UINT64_C(35184372087808) - 1024 },
		{ "VmallocUsed", 0 }, { "VmallocChunk", 0 }, { "Percpu", 0 }, { "AnonHugePages", 0 },
	};

	machine_begin(l, "/proc/meminfo");
	machine_text(l);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		memory_line(&l->o, lines[i].name, lines[i].bytes);
	out_str(&l->o, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n");
	memory_line(&l->o, "Hugepagesize", 2 << 20);
	memory_line(&l->o, "Hugetlb", 0);
	machine_end(l);
}

static void add_vmstat(struct machine_list *l, const struct machine *m)
{
	machine_begin(l, "/proc/vmstat");
	machine_text(l);
	out_str(&l->o, "nr_free_pages ");
	out_u64(&l->o, machine_memory_free(m->memory) / 4096);
	out_str(&l->o, "\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault 0\npgmajfault 0\n");
	machine_end(l);
}

static void add_named(struct machine_list *l, const char *path, const char *name)
{
	machine_begin(l, path);
	machine_text(l);
	out_str(&l->o, name);
	out_char(&l->o, '\n');
	machine_end(l);
}

static void add_names(struct machine_list *l, const struct machine *m)
{
	const char *domain = m->domainname && m->domainname[0] ? m->domainname : "(none)";

	add_named(l, "/proc/sys/kernel/hostname", m->hostname);
	add_named(l, "/proc/sys/kernel/domainname", domain);
	add_named(l, "/etc/hostname", m->hostname);
	machine_begin(l, "/etc/hosts");
	machine_text(l);
	out_str(&l->o, "127.0.0.1\tlocalhost\n127.0.1.1\t");
	out_str(&l->o, m->hostname);
	out_str(&l->o, "\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	machine_end(l);
}

/* One id for the boot, and one that, read as a plain file, is the same each time; procfs.c makes a fresh one per open. */
static void add_ids(struct machine_list *l, const struct machine *m)
{
	static const char *const paths[] = { "/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/random/uuid" };
	char text[36];

	for (unsigned i = 0; i < 2; i++) {
		machine_uuid(rng_hash(m->seed, 0xb007 + i), rng_hash(m->seed, 0x1d + i), text);
		machine_begin(l, paths[i]);
		machine_text(l);
		out_bytes(&l->o, text, sizeof(text));
		out_char(&l->o, '\n');
		machine_end(l);
	}
}

size_t machine_files(const struct machine *m, struct machine_file *ret, char *buf)
{
	struct machine_list l = { .files = ret, .o = { .buf = buf, .size = MACHINE_TEXT } };

	for (size_t i = 0; i < sizeof(constant_files) / sizeof(constant_files[0]); i++)
		machine_add(&l, constant_files[i].path, constant_files[i].text);
	add_meminfo(&l, m);
	add_vmstat(&l, m);
	add_names(&l, m);
	add_ids(&l, m);
	machine_cpu_files(&l, m);
	return l.o.full ? 0 : l.n;
}
