/* The canonical machine: files are complete, well formed, in agreement with each other, and say nothing about this host. */
#include <stdlib.h>

#include "model/machine.h"
#include "test.h"

static struct machine_file files[MACHINE_FILES];
static char texts[MACHINE_TEXT];

static const char *text_of(size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(files[i].path, path))
			return files[i].text;
	return NULL;
}

static int count(const char *text, const char *part)
{
	int n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text++;
	}
	return n;
}

static size_t make(uint32_t cpus, uint64_t seed)
{
	struct machine m = { .cpus = cpus, .hostname = "host", .domainname = "", .epoch_ns = INT64_C(1000000000) * 1000, .seed = seed };

	return machine_files(&m, files, texts);
}

static void test_sizes(void)
{
	for (uint32_t cpus = 1; cpus <= MACHINE_MAX_CPUS; cpus *= 2) {
		size_t n = make(cpus, 1);
		int bad = 0;

		if (!test_ok(n > 90, "the files fit"))
			continue;
		for (size_t i = 0; i < n; i++) {
			bad += files[i].path[0] != '/' || files[i].len != strlen(files[i].text);
			bad += files[i].len && files[i].text[files[i].len - 1] != '\n';
			bad += !machine_shows(files[i].path);
			for (size_t k = i + 1; k < n; k++)
				bad += !strcmp(files[i].path, files[k].path);
		}
		test_int(bad, 0, "absolute and distinct paths, whole lines");
		test_int(count(text_of(n, "/proc/cpuinfo"), "processor\t"), cpus, "so many CPUs in cpuinfo");
		test_int(count(text_of(n, "/proc/stat"), "\ncpu"), cpus, "so many CPUs in stat");
	}
}

int main(void)
{
	size_t n = make(1, 1);
	char first[40], uuid[36];
	uint64_t limit[2];

	test_str(text_of(n, "/sys/devices/system/cpu/online"), "0\n", "one CPU");
	test_ok(strstr(text_of(n, "/proc/meminfo"), "MemTotal:        8388608 kB\n") != NULL, "memory in the kernel's columns");
	test_ok(strstr(text_of(n, "/proc/stat"), "\nbtime 900\n") != NULL, "the boot was 100 s before the epoch");
	test_str(text_of(n, "/etc/hostname"), "host\n", "the host name");
	snprintf(first, sizeof(first), "%s", text_of(n, "/proc/sys/kernel/random/boot_id"));
	test_int(strlen(first), 37, "a boot id");
	n = make(33, 2);
	test_ok(strcmp(first, text_of(n, "/proc/sys/kernel/random/boot_id")) != 0, "another seed, another boot id");
	test_str(text_of(n, "/sys/devices/system/cpu/online"), "0-32\n", "many CPUs");
	test_str(text_of(n, "/sys/devices/system/cpu/cpu0/topology/core_siblings"), "1,ffffffff\n", "a wide mask");
	test_str(text_of(n, "/sys/devices/system/cpu/cpu32/topology/core_cpus"), "1,00000000\n", "its last bit");
	test_sizes();
	test_ok(machine_shows("/proc/sys/kernel") && machine_shows("/proc/cpuinfo") && machine_shows("/proc"), "what the machine shows");
	test_ok(!machine_shows("/proc/sys/kern") && !machine_shows("/proc/config.gz") && !machine_shows("x") && !machine_shows("/proc/cpuinfo2"), "and what not");
	machine_uuid(UINT64_MAX, UINT64_MAX, uuid);
	test_ok(!memcmp(uuid, "ffffffff-ffff-4fff-bfff-ffffffffffff", 36), "version and variant of a UUID");
	machine_limit(7, limit);
	test_int(limit[0], 1024, "descriptors");
	return test_end();
}
