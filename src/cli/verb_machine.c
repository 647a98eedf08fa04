/* verb_machine.c: `detbuild machine`: the canonical machine that every guest is shown. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/verb.h"
#include "model/machine.h"
#include "syscall/procfs.h"

struct machine_values {
	uint64_t cpus, seed;
	const char *hostname, *cpu;
	bool json;
};

static const struct opt machine_opts[] = {
	{ "cpus", 0, OPT_U64, offsetof(struct machine_values, cpus), "N", "the machine that --cpus N shows", NULL },
	{ "cpu", 0, OPT_CHOICE, offsetof(struct machine_values, cpu), "x86-64-v2|x86-64-v3", "the machine that --cpu shows (default: x86-64-v2)", NULL },
	{ "seed", 0, OPT_U64, offsetof(struct machine_values, seed), "N", "the machine of runs with --seed N", NULL },
	{ "hostname", 0, OPT_STRING, offsetof(struct machine_values, hostname), "NAME", "the machine of runs with --hostname NAME", NULL },
	{ "json", 0, OPT_FLAG, offsetof(struct machine_values, json), NULL, "write JSON on standard output", NULL },
	{ 0 },
};

static const struct opt *const machine_tables[] = { machine_opts, NULL };

static const char *const limit_names[MACHINE_LIMITS] = { "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks",
	"sigpending", "msgqueue", "nice", "rtprio", "rttime" };

static bool is_wanted(const char *path, char *const *prefixes)
{
	for (char *const *p = prefixes; *p; p++)
		if (!strncmp(path, *p, strlen(*p)))
			return true;
	return !prefixes[0];
}

static bool is_known(const struct machine_file *files, size_t n, const char *prefix)
{
	char *const one[] = { (char *)prefix, NULL };

	for (size_t i = 0; i < n; i++)
		if (is_wanted(files[i].path, one))
			return true;
	return false;
}

static void print_limit(uint64_t v)
{
	if (v == UINT64_MAX)
		printf(" unlimited");
	else
		printf(" %llu", (unsigned long long)v);
}

/* What calls answer; the files say the same. */
static void print_overview(const struct machine *m)
{
	printf("uname: %s %s %s %s %s\n", MACHINE_SYSNAME, m->hostname, MACHINE_RELEASE, MACHINE_VERSION, MACHINE_ARCH);
	printf("memory: %llu\nmemory free: %llu\n", (unsigned long long)machine_memory(m->memory), (unsigned long long)machine_memory_free(m->memory));
	printf("cpu: %s\ncpus: %u\ncpu mask: %llx\n", machine_cpu_model_name(m->cpu_model), m->cpus, (unsigned long long)machine_cpu_mask(m->cpus));
	printf("disk: ext4 %llu\ndisk free: %llu\ndisk files: %d\ndisk files free: %d\ndisk block: %d\nnuma nodes: none\n",
	       (unsigned long long)MACHINE_DISK_BLOCKS * MACHINE_BLOCK, (unsigned long long)MACHINE_DISK_FREE * MACHINE_BLOCK, MACHINE_DISK_FILES,
	       MACHINE_DISK_FILES_FREE, MACHINE_BLOCK);
	for (uint32_t i = 0; i < MACHINE_LIMITS; i++) {
		uint64_t v[2];

		machine_limit(i, v);
		printf("limit %s:", limit_names[i]);
		print_limit(v[0]);
		print_limit(v[1]);
		putchar('\n');
	}
}

static void print_text(const struct machine *m, const struct machine_file *files, size_t n, char *const *args)
{
	if (args[0] && !args[1])
		for (size_t i = 0; i < n; i++)
			if (!strcmp(files[i].path, args[0])) {
				fwrite(files[i].text, 1, files[i].len, stdout);
				return;
			}
	if (!args[0])
		print_overview(m);
	for (size_t i = 0; i < n; i++)
		if (is_wanted(files[i].path, args))
			printf("\n==> %s <==\n%s", files[i].path, files[i].text);
}

static void print_json(const struct machine *m, const struct machine_file *files, size_t n, char *const *args)
{
	struct json j;

	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_string(&j, "sysname", MACHINE_SYSNAME);
	json_string(&j, "release", MACHINE_RELEASE);
	json_string(&j, "version", MACHINE_VERSION);
	json_string(&j, "machine", MACHINE_ARCH);
	json_uint(&j, "memory", machine_memory(m->memory));
	json_string(&j, "cpu", machine_cpu_model_name(m->cpu_model));
	json_uint(&j, "cpus", m->cpus);
	json_object(&j, "disk");
	json_string(&j, "type", "ext4");
	json_uint(&j, "block", MACHINE_BLOCK);
	json_uint(&j, "blocks", MACHINE_DISK_BLOCKS);
	json_uint(&j, "blocks_free", MACHINE_DISK_FREE);
	json_uint(&j, "files", MACHINE_DISK_FILES);
	json_uint(&j, "files_free", MACHINE_DISK_FILES_FREE);
	json_end(&j, '}');
	json_object(&j, "limits");
	for (uint32_t i = 0; i < MACHINE_LIMITS; i++) {
		uint64_t v[2];

		machine_limit(i, v);
		json_array(&j, limit_names[i]);
		for (int k = 0; k < 2; k++) {
			if (v[k] == UINT64_MAX)
				json_string(&j, NULL, "unlimited");
			else
				json_uint(&j, NULL, v[k]);
		}
		json_end(&j, ']');
	}
	json_end(&j, '}');
	json_object(&j, "files");
	for (size_t i = 0; i < n; i++)
		if (is_wanted(files[i].path, args))
			json_string(&j, files[i].path, files[i].text);
	json_end(&j, '}');
	json_end(&j, '}');
	json_finish(&j);
}

/* Behind the machine's files, those that say the same about every process. Their number; *paths keeps what their paths lie in. */
static size_t add_process_files(struct machine_file *files, size_t n, char ***paths)
{
	const char *text, *name;
	size_t k;

	for (k = 0; (text = procfs_fixed(k, &name)) && n + k < MACHINE_FILES; k++) {
		strv_addf(paths, "/proc/self/%s", name);
		files[n + k] = (struct machine_file){ .path = (*paths)[k], .text = text, .len = strlen(text) };
	}
	return n + k;
}

static int machine_run(void *values, char **args, struct error *e)
{
	const struct machine_values *v = values;
	struct machine m = { .cpus = v->cpus ? (uint32_t)v->cpus : 1, .hostname = v->hostname ? v->hostname : "detbuild", .domainname = "", .seed = v->seed };
	autofree struct machine_file *files = xmalloc(MACHINE_FILES * sizeof(*files));
	autofree char *texts = xmalloc(MACHINE_TEXT);
	autostrv char **paths = NULL;
	size_t n;

	if (v->cpus > MACHINE_MAX_CPUS)
		return usage_error(e, "machine: --cpus is at most %d", MACHINE_MAX_CPUS);
	if (v->cpu && !machine_cpu_model_find(v->cpu, &m.cpu_model))
		return usage_error(e, "machine: there is no model '%s'", v->cpu);
	n = machine_files(&m, files, texts);
	if (!n)
		return error_set(e, EOVERFLOW, "the description of the machine does not fit");
	n = add_process_files(files, n, &paths);
	for (char **arg = args; *arg; arg++)
		if (!is_known(files, n, *arg))
			return usage_error(e, "machine: no file of the machine begins with '%s': 'detbuild machine' prints all", *arg);
	if (v->json)
		print_json(&m, files, n, args);
	else
		print_text(&m, files, n, args);
	return 0;
}

const struct verb verb_machine = {
	.name = "machine",
	.synopsis = "[OPTION]... [PATH]...",
	.summary = "print the machine that every build is shown",
	.description = "Prints kernel name, memory, CPUs, disk (sizes in bytes), resource limits, and the files of /proc, /sys and /etc that the box shows instead of the host's. "
		"With arguments only the files whose path begins with one of them; the text alone when the only argument is the path of one.\n\n"
		"/proc/self stands for every process. Its files that follow from what the process did (stat, status, maps, limits ...) are not printed. "
		"Names of /proc that are not among all these are not found inside. With --real-proc a run shows the /proc of its box's kernel; /sys and what calls answer "
		"stay as printed here.\n\nTimes in these files are those of a run that starts in 1970; a run's own depend on its --epoch.",
	.examples = "detbuild machine /proc/cpuinfo\tthe CPU\ndetbuild machine /sys/devices/system/cpu/cpu0\ttopology and caches of one\ndetbuild machine --cpus 4 --json\tfour of them, for programs",
	.tables = machine_tables,
	.values_size = sizeof(struct machine_values),
	.run = machine_run,
};
