/* machine_cpu.c: the canonical machine's CPUs: /proc/cpuinfo, /proc/stat, /proc/interrupts and /sys/devices/system/cpu.
 *
 * One socket, one thread per core, no NUMA (so /sys/devices/system/node does not exist). A level-3 cache is shared by all. */
#include "model/machine_cpu.h"

/* "0" or "0-N". */
static void cpu_list(struct out *o, uint32_t first, uint32_t last)
{
	out_u64(o, first);
	if (last > first) {
		out_char(o, '-');
		out_u64(o, last);
	}
	out_char(o, '\n');
}

/* As the kernel prints masks: 32 bits a group, commas between. */
static void cpu_map(struct out *o, uint64_t mask, uint32_t cpus)
{
	if (cpus > 32) {
		out_hex(o, mask >> 32, (cpus - 32 + 3) / 4);
		out_char(o, ',');
		out_hex(o, mask & 0xffffffff, 8);
	} else {
		out_hex(o, mask, (cpus + 3) / 4);
	}
	out_char(o, '\n');
}

static void add_flags(struct out *o, uint32_t model)
{
	const char *flag;

	for (size_t i = 0; (flag = machine_cpu_flag(model, &i));) {
		out_char(o, ' ');
		out_str(o, flag);
	}
}

static void add_cpuinfo(struct machine_list *l, uint32_t model, uint32_t cpus)
{
	uint32_t number, stepping;

	machine_cpu_signature(model, &number, &stepping);
	machine_begin(l, "/proc/cpuinfo");
	machine_text(l);
	for (uint32_t i = 0; i < cpus; i++) {
		out_str(&l->o, "processor\t: ");
		out_u64(&l->o, i);
		out_str(&l->o, "\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: ");
		out_u64(&l->o, number);
		out_str(&l->o, "\nmodel name\t: " MACHINE_CPU_NAME "\nstepping\t: ");
		out_u64(&l->o, stepping);
		out_str(&l->o, "\nmicrocode\t: 0x1\ncpu MHz\t\t: 1000.000\ncache size\t: 16384 KB\nphysical id\t: 0\nsiblings\t: ");
		out_u64(&l->o, cpus);
		out_str(&l->o, "\ncore id\t\t: ");
		out_u64(&l->o, i);
		out_str(&l->o, "\ncpu cores\t: ");
		out_u64(&l->o, cpus);
		out_str(&l->o, "\napicid\t\t: ");
		out_u64(&l->o, i);
		out_str(&l->o, "\ninitial apicid\t: ");
		out_u64(&l->o, i);
		out_str(&l->o, "\nfpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\nflags\t\t:");
		add_flags(&l->o, model);
		out_str(&l->o, "\nbugs\t\t:\nbogomips\t: 2000.00\nclflush size\t: 64\ncache_alignment\t: 64\n"
			"address sizes\t: 40 bits physical, 48 bits virtual\npower management:\n\n");
	}
	machine_end(l);
}

static void add_stat(struct machine_list *l, const struct machine *m)
{
	machine_begin(l, "/proc/stat");
	machine_text(l);
	out_str(&l->o, "cpu  0 0 0 0 0 0 0 0 0 0\n");
	for (uint32_t i = 0; i < m->cpus; i++) {
		out_str(&l->o, "cpu");
		out_u64(&l->o, i);
		out_str(&l->o, " 0 0 0 0 0 0 0 0 0 0\n");
	}
	out_str(&l->o, "intr 0\nctxt 0\nbtime ");
	out_i64(&l->o, m->epoch_ns / 1000000000 - CLOCK_BOOT_S);
	out_str(&l->o, "\nprocesses 1\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n");
	machine_end(l);
}

static void add_interrupts(struct machine_list *l, uint32_t cpus)
{
	machine_begin(l, "/proc/interrupts");
	machine_text(l);
	out_str(&l->o, "    ");
	for (uint32_t i = 0; i < cpus; i++) {
		out_str(&l->o, "       CPU");
		out_u64(&l->o, i);
	}
	out_char(&l->o, '\n');
	machine_end(l);
	machine_add(l, "/proc/softirqs", "");
}

static void begin_cpu(struct machine_list *l, uint32_t cpu, const char *rest)
{
	machine_begin(l, "/sys/devices/system/cpu/cpu");
	out_u64(&l->o, cpu);
	out_str(&l->o, rest);
	machine_text(l);
}

static void cpu_number(struct machine_list *l, uint32_t cpu, const char *rest, uint64_t value)
{
	begin_cpu(l, cpu, rest);
	out_u64(&l->o, value);
	out_char(&l->o, '\n');
	machine_end(l);
}

static void cpu_set(struct machine_list *l, uint32_t cpu, const char *map, const char *list, bool all, uint32_t cpus)
{
	begin_cpu(l, cpu, map);
	cpu_map(&l->o, all ? machine_cpu_mask(cpus) : UINT64_C(1) << cpu, cpus);
	machine_end(l);
	begin_cpu(l, cpu, list);
	cpu_list(&l->o, all ? 0 : cpu, all ? cpus - 1 : cpu);
	machine_end(l);
}

static void add_topology(struct machine_list *l, uint32_t cpu, uint32_t cpus)
{
	cpu_number(l, cpu, "/topology/core_id", cpu);
	cpu_number(l, cpu, "/topology/physical_package_id", 0);
	cpu_number(l, cpu, "/topology/die_id", 0);
	cpu_set(l, cpu, "/topology/core_siblings", "/topology/core_siblings_list", true, cpus);
	cpu_set(l, cpu, "/topology/package_cpus", "/topology/package_cpus_list", true, cpus);
	cpu_set(l, cpu, "/topology/die_cpus", "/topology/die_cpus_list", true, cpus);
	cpu_set(l, cpu, "/topology/thread_siblings", "/topology/thread_siblings_list", false, cpus);
	cpu_set(l, cpu, "/topology/core_cpus", "/topology/core_cpus_list", false, cpus);
}

struct cache { const char *type; unsigned level, kilobytes, ways; };

static void cache_path(struct machine_list *l, uint32_t cpu, unsigned index, const char *name)
{
	machine_begin(l, "/sys/devices/system/cpu/cpu");
	out_u64(&l->o, cpu);
	out_str(&l->o, "/cache/index");
	out_u64(&l->o, index);
	out_char(&l->o, '/');
	out_str(&l->o, name);
	machine_text(l);
}

static void cache_number(struct machine_list *l, uint32_t cpu, unsigned index, const char *name, unsigned value, const char *unit)
{
	cache_path(l, cpu, index, name);
	out_u64(&l->o, value);
	out_str(&l->o, unit);
	machine_end(l);
}

static void add_cache(struct machine_list *l, uint32_t cpu, uint32_t cpus)
{
	static const struct cache caches[] = { { "Data\n", 1, 32, 8 }, { "Instruction\n", 1, 32, 8 }, { "Unified\n", 2, 512, 8 }, { "Unified\n", 3, 16384, 16 } };

	for (unsigned i = 0; i < 4; i++) {
		const struct cache *k = &caches[i];
		bool all = k->level == 3;

		cache_path(l, cpu, i, "type");
		out_str(&l->o, k->type);
		machine_end(l);
		cache_number(l, cpu, i, "level", k->level, "\n");
		cache_number(l, cpu, i, "size", k->kilobytes, "K\n");
		cache_number(l, cpu, i, "coherency_line_size", 64, "\n");
		cache_number(l, cpu, i, "ways_of_associativity", k->ways, "\n");
		cache_number(l, cpu, i, "number_of_sets", k->kilobytes * 1024 / 64 / k->ways, "\n");
		cache_number(l, cpu, i, "physical_line_partition", 1, "\n");
		cache_path(l, cpu, i, "shared_cpu_map");
		cpu_map(&l->o, all ? machine_cpu_mask(cpus) : UINT64_C(1) << cpu, cpus);
		machine_end(l);
		cache_path(l, cpu, i, "shared_cpu_list");
		cpu_list(&l->o, all ? 0 : cpu, all ? cpus - 1 : cpu);
		machine_end(l);
	}
}

void machine_cpu_files(struct machine_list *l, const struct machine *m)
{
	static const char *const lists[] = { "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/present" };

	add_cpuinfo(l, m->cpu_model, m->cpus);
	add_stat(l, m);
	add_interrupts(l, m->cpus);
	for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		machine_begin(l, lists[i]);
		machine_text(l);
		cpu_list(&l->o, 0, m->cpus - 1);
		machine_end(l);
	}
	machine_add(l, "/sys/devices/system/cpu/offline", "\n");
	machine_add(l, "/sys/devices/system/cpu/isolated", "\n");
	machine_add(l, "/sys/devices/system/cpu/kernel_max", "63\n");
	for (uint32_t i = 0; i < m->cpus; i++) {
		add_topology(l, i, m->cpus);
		add_cache(l, i, m->cpus);
	}
}
