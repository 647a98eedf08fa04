/* run_options.c: the options of every verb that starts a run, and how they become a run_spec.
 *
 * 1. The environment of the command is made here, whole, from a fixed list; of the caller's environment only
 *    SOURCE_DATE_EPOCH, DEB_BUILD_OPTIONS and DEB_BUILD_PROFILES are looked at, and names asked for by --env NAME.
 * 2. What is not given has one documented default that is the same on every machine.
 * 3. The default user is the box's root: that id is the caller's own outside, so that what a build writes into the
 *    caller's directory belongs to the caller, with or without a range of subordinate ids. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/identity.h"
#include "cli/option.h"
#include "model/machine.h"
#include "model/world.h"

#define BUILD_PATH "/build/source"
enum { DEFAULT_EPOCH = 1704067200 }; /* 2024-01-01T00:00:00Z */

#define AT(member) offsetof(struct run_options, member)

const struct opt run_opts[] = {
	{ "chroot", 'c', OPT_STRING, AT(chroot), "NAME|DIR", "use this Debian system as the image (default: the host's own root, read-only)",
	  "Box" },
	{ "layer", 0, OPT_LIST, AT(layers), "DIR", "show DIR above the image, read-only; the first given is on top", "Box" },
	{ "upper", 0, OPT_STRING, AT(upper), "DIR", "keep what the run changes in the image below DIR (default: forget it)", "Box" },
	{ "volume", 'V', OPT_LIST, AT(volumes), "SRC:DST[:rw]", "show the host's SRC at DST, read-only unless :rw", "Box" },
	{ "build-path", 0, OPT_STRING, AT(build_path), "DIR",
	  "where the current directory appears in the box, writable (default: " BUILD_PATH ")", "Box" },
	{ "no-cwd", 0, OPT_FLAG, AT(no_cwd), NULL, "do not show the current directory in the box", "Box" },
	{ "directory", 'C', OPT_STRING, AT(cwd), "DIR", "start the command in DIR of the box (default: the build path)", "Box" },
	{ "user", 'u', OPT_STRING, AT(user), "NAME|UID[:GID]",
	  "run as this user of the box (default: root, which owns what belongs to the caller outside)", "Box" },
	{ "user-name", 0, OPT_STRING, AT(user_name), "NAME", "what the user is called in the box (default: as the image's /etc/passwd has it)", "Box" },
	{ "as-root", 0, OPT_FLAG, AT(as_root), NULL, "keep the capabilities that dpkg and apt need in the box", "Box" },
	{ "network", 0, OPT_FLAG, AT(network), NULL, "share the host's network; what comes from it is not deterministic", "Relaxations" },
	{ "real-proc", 0, OPT_FLAG, AT(real_proc), NULL, "show the host kernel's own /proc, as the box's namespaces have it (/sys stays canonical)", "Relaxations" },
	{ "aslr", 0, OPT_FLAG, AT(aslr), NULL, "let the kernel choose addresses at random, and AT_RANDOM with them", "Relaxations" },
	{ "real-cpu", 0, OPT_FLAG, AT(real_cpu), NULL, "let cpuid show the host's processor; results may depend on it", "Relaxations" },
	{ "stdin", 0, OPT_FLAG, AT(with_stdin), NULL, "let the command read detbuild's standard input (default: /dev/null)", "Box" },
	{ "in-place", 0, OPT_FLAG, AT(in_place), NULL,
	  "make no box: trace the command in this system as it is, for builders whose chroot allows no user namespaces", "Box" },
	{ "env", 'e', OPT_LIST, AT(env), "NAME[=VALUE]", "set a variable of the command; without a value, take the caller's", "World" },
	{ "epoch", 0, OPT_STRING, AT(epoch), "TIME",
	  "when the run begins: @SECONDS, YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ, or 'now', which is a relaxation (default: $SOURCE_DATE_EPOCH, else 2024-01-01)", "World" },
	{ "clock-shift", 0, OPT_DURATION, AT(clock_shift), "TIME",
	  "begin this much later, while SOURCE_DATE_EPOCH stays: does anything look at the clock?", "World" },
	{ "seed", 0, OPT_U64, AT(seed), "N", "seed of every random number (default: 0)", "World" },
	{ "sched-seed", 0, OPT_U64, AT(sched_seed), "N", "draw the order of threads and processes from N (default: 0, first in, first out)", "World" },
	{ "sched-until", 0, OPT_U64, AT(sched_until), "N", "with --sched-seed: first in, first out after N events of the scheduler (default: 0, never)", "World" },
	{ "dir-order", 0, OPT_U64, AT(dir_order), "N", "draw the order of the names in a directory from N (default: 0, by name)", "World" },
	{ "quantum", 0, OPT_U64, AT(quantum), "N", "ordered events (system calls that stop) in one turn of a thread (default: 2000)", "World" },
	{ "branches", 0, OPT_U64, AT(branches), "N",
	  "conditional branches in one turn of a thread, by the processor's counter; a warning where it has none, status 4 with --strict (default: not counted)", "World" },
	{ "spin-hints", 0, OPT_STRING, AT(spin_hints), "FILE", "loops whose rounds are counted, because their threads wait for others in them; found ones are added", "World" },
	{ "cpu", 0, OPT_CHOICE, AT(cpu), "x86-64-v2|x86-64-v3", "the processor that the command sees (default: x86-64-v2)", "World" },
	{ "cpus", 0, OPT_U64, AT(cpus), "N", "number of CPUs that the command sees (default: 1)", "World" },
	{ "hostname", 0, OPT_STRING, AT(hostname), "NAME", "host name in the box (default: detbuild)", "World" },
	{ "umask", 0, OPT_STRING, AT(umask), "OCTAL", "file creation mask (default: 022)", "World" },
	{ "source-mtimes", 0, OPT_CHOICE, AT(source_mtimes), "canonical|keep",
	  "times of files in the current directory and in volumes: the run's beginning, or their own (default: canonical)", "World" },
	{ "image-mtimes", 0, OPT_CHOICE, AT(image_mtimes), "canonical|keep", "times of the image's files (default: keep)", "World" },
	{ "native", 0, OPT_FLAG, AT(native), NULL, "the same box without the tracer: shows what the tracer adds", "Tracer" },
	{ "strict", 0, OPT_FLAG, AT(strict), NULL, "end the run at the first call that is not supported, with status 5", "Tracer" },
	{ "log", 0, OPT_STRING, AT(log), "FILE", "write the event log, for 'detbuild diff' and 'detbuild log'", "Tracer" },
	{ "stack-at", 0, OPT_INDEX, AT(stack_at_plus_1), "EVENT",
	  "show the stack at the call that has this number in the event log, and end the run there with status 12 (needs --log)", "Tracer" },
	{ "report", 0, OPT_STRING, AT(report), "FILE", "write how the run ended and what it counted, as JSON", "Tracer" },
	{ "html", 0, OPT_STRING, AT(html), "FILE", "write what there is to say about it as one page for a browser", "Tracer" },
	{ "count-calls", 0, OPT_FLAG, AT(count_calls), NULL, "count in the report the calls that pass unseen, too: slower, and nothing else changes", "Tracer" },
	{ "executor", 0, OPT_CHOICE, AT(executor), "agent|ptrace",
	  "who answers system calls: the agent in each program where it can, or the tracer alone; the results are the same (default: $DETBUILD_EXECUTOR, else agent)", "Tracer" },
	{ "on-cpu", 0, OPT_INDEX, AT(host_cpu_plus_1), "N", "run on this CPU of the host (default: detbuild chooses)", "Tracer" },
	{ "timeout", 't', OPT_DURATION, AT(timeout), "TIME", "end the run after this much real time, with status 124", "Limits" },
	{ "max-memory", 0, OPT_SIZE, AT(max_memory), "SIZE", "address space of each process", "Limits" },
	{ "max-processes", 0, OPT_U64, AT(max_processes), "N", "processes and threads in the box", "Limits" },
	{ "max-file-size", 0, OPT_SIZE, AT(max_file_size), "SIZE", "size of each file written", "Limits" },
	{ "max-disk", 0, OPT_SIZE, AT(max_disk), "SIZE", "what the run may write outside --upper and volumes", "Limits" },
	{ "max-cpu-time", 0, OPT_DURATION, AT(max_cpu_time), "TIME", "CPU time of each process", "Limits" },
	{ "pid-offset", 0, OPT_U64, AT(pid_offset), "N", "with --native: use up N process ids first", "Variations" },
	{ "boottime-offset", 0, OPT_DURATION, AT(boottime_offset), "TIME", "with --native: let the machine seem up this much longer",
	  "Variations" },
	{ 0 },
};

static bool is_now(const struct run_options *o)
{
	return o->epoch && !strcmp(o->epoch, "now");
}

char **run_options_relaxed(const struct run_options *o)
{
	static const struct { const char *name; size_t flag; } all[] = { { "network", AT(network) }, { "real-proc", AT(real_proc) }, { "real-cpu", AT(real_cpu) }, { "aslr", AT(aslr) } };
	char **ret = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (*(const bool *)((const char *)o + all[i].flag))
			strv_add(&ret, all[i].name);
	if (is_now(o))
		strv_add(&ret, "epoch");
	return ret;
}

static int host_path(const char *option, const char *path, char **ret, struct error *e)
{
	*ret = path_absolute(path);
	if (*ret)
		return 0;
	error_set(e, errno, "%s %s", option, path);
	e->exit_code = 2;
	return -EINVAL;
}

static int box_path(const char *option, const char *path, struct error *e)
{
	if (path[0] == '/')
		return 0;
	return usage_error(e, "%s: '%s' must be an absolute path in the box", option, path);
}

static enum mtime_policy mtimes(const char *choice, enum mtime_policy standard)
{
	if (!choice)
		return standard;
	return !strcmp(choice, "keep") ? MTIMES_KEEP : MTIMES_CANONICAL;
}

/* ---- what the command sees as its files -------------------------------------------------------------------------------- */

static int set_image(const struct run_options *o, struct run_spec *s, struct error *e)
{
	char *image = NULL, **layers = NULL, *path;
	int r;

	if (o->chroot) {
		r = chroot_resolve(o->chroot, &image, e);
		if (r < 0)
			return r;
	}
	s->image = image ? image : "/";
	s->image_mtimes = mtimes(o->image_mtimes, MTIMES_KEEP);
	for (char **layer = o->layers; layer && *layer; layer++) {
		r = host_path("--layer", *layer, &path, e);
		if (r < 0)
			return r;
		strv_add(&layers, path);
		free(path);
	}
	s->layers = layers;
	if (o->upper) {
		r = mkdir_p(o->upper, 0755);
		if (r < 0)
			return error_set(e, -r, "--upper: cannot make %s", o->upper);
		r = host_path("--upper", o->upper, &path, e);
		if (r < 0)
			return r;
		s->upper = path;
	}
	return 0;
}

static void add_volume(struct run_spec *s, struct run_volume v)
{
	struct run_volume *all = xmalloc((s->n_volumes + 1) * sizeof(v));

	if (s->n_volumes)
		memcpy(all, s->volumes, s->n_volumes * sizeof(v));
	all[s->n_volumes++] = v;
	free((void *)(uintptr_t)s->volumes);
	s->volumes = all;
}

static int add_volume_option(const struct run_options *o, const char *text, struct run_spec *s, struct error *e)
{
	char *source = xstrdup(text), *target = strchr(source, ':'), *mode, *path;
	struct run_volume v = { .mtimes = mtimes(o->source_mtimes, MTIMES_CANONICAL) };
	int r;

	if (!target || target == source || target[1] != '/') {
		usage_error(e, "--volume: '%s' is not SRC:DST with an absolute DST", text);
		error_hint(e, "for example --volume ~/sources:/srv/sources or --volume out:/out:rw");
		return -EINVAL;
	}
	*target++ = '\0';
	mode = strchr(target, ':');
	if (mode) {
		*mode++ = '\0';
		if (strcmp(mode, "rw") && strcmp(mode, "ro"))
			return usage_error(e, "--volume: '%s' ends with ':%s'; only :rw and :ro are known", text, mode);
		v.writable = !strcmp(mode, "rw");
	}
	r = host_path("--volume", source, &path, e);
	if (r < 0)
		return r;
	v.source = path;
	v.target = target;
	add_volume(s, v);
	return 0;
}

/* The caller's directory. "/" is not shown below itself: the command then starts there and nothing is writable. */
static int set_cwd(const struct run_options *o, const struct run_defaults *d, struct run_spec *s, struct error *e)
{
	const char *build_path = o->build_path ? o->build_path : BUILD_PATH;
	char *here = NULL;
	int r;

	r = box_path("--build-path", build_path, e);
	if (r == 0 && o->cwd)
		r = box_path("--directory", o->cwd, e);
	if (r < 0)
		return r;
	s->cwd = o->cwd ? o->cwd : "/";
	if (!d->mount_cwd || o->no_cwd)
		return 0;
	here = getcwd(NULL, 0);
	if (!here)
		return error_set(e, errno, "the current directory cannot be found");
	if (here[0] != '/') {
		free(here);
		return error_set(e, 0, "the current directory lies outside what this process sees as its root");
	}
	if (o->in_place && !o->cwd) {
		s->cwd = here;
		return 0;
	}
	if (!strcmp(here, "/")) {
		free(here);
		return 0;
	}
	add_volume(s, (struct run_volume){ .source = here,
					   .target = build_path,
					   .writable = true,
					   .mtimes = mtimes(o->source_mtimes, MTIMES_CANONICAL) });
	if (!o->cwd)
		s->cwd = build_path;
	return 0;
}

static int set_volumes(const struct run_options *o, const struct identity *who, struct run_spec *s, struct error *e)
{
	const struct { const char *source, *target; } made[] = { { who->passwd, "/etc/passwd" }, { who->group, "/etc/group" } };

	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		if (made[i].source)
			add_volume(s, (struct run_volume){ .source = made[i].source, .target = made[i].target, .mtimes = MTIMES_CANONICAL });
	for (char **v = o->volumes; v && *v; v++) {
		int r = add_volume_option(o, *v, s, e);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the world --------------------------------------------------------------------------------------------------------- */

/* Below zero many programs break; above, ext4 cannot keep the times (year 2446). */
static bool is_epoch(int64_t seconds)
{
	return seconds >= 0 && seconds <= INT64_C(15032385535);
}

static int set_epoch(const struct run_options *o, struct run_spec *s, struct error *e)
{
	const char *env = getenv("SOURCE_DATE_EPOCH"), *text = o->epoch ? o->epoch : env;
	int r;

	s->epoch = DEFAULT_EPOCH;
	if (is_now(o)) {
		s->epoch = time(NULL);
		return 0;
	}
	if (!text || !*text)
		return 0;
	r = parse_epoch(text, &s->epoch);
	if (r == 0 && !is_epoch(s->epoch))
		r = -ERANGE;
	if (r == 0)
		return 0;
	usage_error(e, "%s: '%s' is %s", o->epoch ? "--epoch" : "SOURCE_DATE_EPOCH", text,
		    r == -ERANGE ? "out of range" : "not a time");
	error_hint(e, "give @SECONDS since 1970, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ, in UTC");
	return -EINVAL;
}

/* After the environment is made: SOURCE_DATE_EPOCH keeps the moment that was asked for. */
static int shift_clock(const struct run_options *o, struct run_spec *s, struct error *e)
{
	s->epoch += (int64_t)(o->clock_shift / 1000000000);
	return is_epoch(s->epoch) ? 0 : usage_error(e, "--clock-shift: the run would begin after the year 2446");
}

static void pass_on(char ***env, const char *name)
{
	const char *value = getenv(name);

	if (value)
		strv_env_set(env, name, value);
}

static int set_environment(const struct run_options *o, const struct identity *who, struct run_spec *s, struct error *e)
{
	static const char *const fixed[][2] = {
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
		{ "LANG", "C.UTF-8" },
		{ "LC_ALL", "C.UTF-8" },
		{ "TZ", "UTC" },
		{ "TERM", "dumb" },
		{ "SHELL", "/bin/sh" },
		/* One thread runs at a time: idle workers that spin would only burn turns. */
		{ "OMP_WAIT_POLICY", "passive" },
		{ "GOMP_SPINCOUNT", "0" },
		{ "KMP_BLOCKTIME", "0" },
	};
	autofree char *epoch = xasprintf("%lld", (long long)s->epoch);
	char **env = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strv_env_set(&env, fixed[i][0], fixed[i][1]);
	strv_env_set(&env, "HOME", who->home);
	strv_env_set(&env, "USER", who->name);
	strv_env_set(&env, "LOGNAME", who->name);
	strv_env_set(&env, "SOURCE_DATE_EPOCH", epoch);
	pass_on(&env, "DEB_BUILD_OPTIONS");
	pass_on(&env, "DEB_BUILD_PROFILES");
	for (char **given = o->env; given && *given; given++) {
		size_t n = strcspn(*given, "=");
		autofree char *name = xstrndup(*given, n);

		if (n == 0)
			return usage_error(e, "--env: '%s' has no name", *given);
		if ((*given)[n] == '=')
			strv_env_set(&env, name, *given + n + 1);
		else
			pass_on(&env, name);
	}
	s->env = env;
	return 0;
}

static int set_umask(const struct run_options *o, struct run_spec *s, struct error *e)
{
	char *rest;
	long value;

	s->umask = 022;
	if (!o->umask)
		return 0;
	value = strtol(o->umask, &rest, 8);
	if (o->umask[0] < '0' || o->umask[0] > '7' || *rest || value > 0777)
		return usage_error(e, "--umask: '%s' is not an octal number from 0 to 777", o->umask);
	s->umask = (mode_t)value;
	return 0;
}

/* In place: no image, no mounts, no ids but the caller's. Everything that would need them is refused, not ignored. */
static int set_in_place(const struct run_options *o, const struct identity *who, struct run_spec *s, struct error *e)
{
	const struct { bool given; const char *name; } box_only[] = {
		{ o->chroot, "--chroot" }, { o->layers, "--layer" }, { o->upper, "--upper" }, { o->volumes, "--volume" },
		{ o->build_path, "--build-path" }, { o->no_cwd, "--no-cwd" }, { o->as_root, "--as-root" }, { o->network, "--network" },
		{ o->native, "--native" }, { o->max_disk, "--max-disk" },
	};

	if (!o->in_place)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(box_only); i++)
		if (box_only[i].given)
			return usage_error(e, "%s needs a box, and --in-place makes none", box_only[i].name);
	if (geteuid() == 0) {
		usage_error(e, "--in-place is not for root: nothing would keep the command from changing this machine");
		error_hint(e, "run it as an ordinary user, or without --in-place");
		return -EINVAL;
	}
	if (who->passwd) {
		usage_error(e, "--user: this system has no user with that name or id, and --in-place cannot show one");
		error_hint(e, "add it to /etc/passwd, or leave --user out");
		return -EINVAL;
	}
	s->in_place = true;
	return 0;
}

static int set_names(const struct run_options *o, struct run_spec *s, struct error *e)
{
	s->hostname = o->hostname ? o->hostname : "detbuild";
	s->domainname = "(none)";
	if (!s->hostname[0] || strlen(s->hostname) > 64)
		return usage_error(e, "--hostname: a name has 1 to 64 bytes");
	return 0;
}

int run_options_check_pairs(const struct run_options *o, struct error *e)
{
	if (o->sched_until && !o->sched_seed)
		return usage_error(e, "--sched-until: give --sched-seed as well: without it no order is drawn");
	if (!o->stack_at_plus_1 || (o->log && !o->native))
		return 0;
	return usage_error(e, "--stack-at: give --log as well (without --native): its numbers are the log's");
}

static int set_numbers(const struct run_options *o, struct run_spec *s, struct error *e)
{
	if (o->cpus > 1024)
		return usage_error(e, "--cpus: at most 1024");
	if (o->quantum > UINT32_MAX)
		return usage_error(e, "--quantum: at most 4294967295");
	if (o->host_cpu_plus_1 > INT_MAX)
		return usage_error(e, "--on-cpu: there is no such CPU");
	if ((o->pid_offset || o->boottime_offset) && !o->native) {
		usage_error(e, "--pid-offset and --boottime-offset vary a run that is not traced");
		error_hint(e, "add --native: under the tracer neither can be seen");
		return -EINVAL;
	}
	if (run_options_check_pairs(o, e) < 0)
		return -EINVAL;
	if (o->boottime_offset % 1000000000)
		return usage_error(e, "--boottime-offset: whole seconds");
	s->seed = o->seed;
	s->sched_seed = o->sched_seed;
	s->sched_until = o->sched_until;
	s->dir_seed = o->dir_order;
	s->branches = o->branches;
	s->quantum = o->quantum ? (uint32_t)o->quantum : WORLD_QUANTUM;
	s->cpu_model = MACHINE_CPU_V2;
	if (o->cpu && !machine_cpu_model_find(o->cpu, &s->cpu_model))
		return usage_error(e, "--cpu: there is no model '%s'", o->cpu);
	s->cpus = o->cpus ? (unsigned)o->cpus : 1;
	s->cpu = (int)o->host_cpu_plus_1 - 1;
	s->pid_offset = o->pid_offset;
	s->boottime_offset = (int64_t)(o->boottime_offset / 1000000000);
	s->limits = (struct run_limits){
		.memory = o->max_memory,
		.processes = o->max_processes,
		.file_size = o->max_file_size,
		.disk = o->max_disk,
		.cpu_time = o->max_cpu_time / 1000000000 + (o->max_cpu_time % 1000000000 != 0),
		.timeout_ns = o->timeout,
	};
	return 0;
}

static int set_executor(const struct run_options *o, struct run_spec *s, struct error *e)
{
	const char *env = getenv("DETBUILD_EXECUTOR"), *name = o->executor ? o->executor : env && *env ? env : "agent";

	s->executor = !strcmp(name, "ptrace") ? EXECUTOR_PTRACE : EXECUTOR_AGENT;
	if (s->executor == EXECUTOR_AGENT && strcmp(name, "agent") != 0)
		return usage_error(e, "DETBUILD_EXECUTOR: '%s' is neither agent nor ptrace", name);
	return 0;
}

int run_spec_from_options(const struct run_options *o, const struct run_defaults *d, char *const *argv, struct run_spec *ret,
			  struct error *e)
{
	const char *user = o->user ? o->user : "root";
	struct run_spec s = { .argv = argv, .stdin_fd = o->with_stdin ? STDIN_FILENO : -1,
			      .stdout_fd = STDOUT_FILENO, .stderr_fd = STDERR_FILENO };
	struct identity who;
	int r;

	if ((r = set_image(o, &s, e)) < 0 || (r = identity_find(user, o->user_name, s.image, s.layers, &who, e)) < 0 ||
	    (r = set_in_place(o, &who, &s, e)) < 0 ||
	    (r = set_cwd(o, d, &s, e)) < 0 || (r = set_volumes(o, &who, &s, e)) < 0 || (r = set_epoch(o, &s, e)) < 0 ||
	    (r = set_environment(o, &who, &s, e)) < 0 || (r = set_umask(o, &s, e)) < 0 || (r = set_names(o, &s, e)) < 0 ||
	    (r = shift_clock(o, &s, e)) < 0 || (r = set_numbers(o, &s, e)) < 0 ||
	    (r = set_executor(o, &s, e)) < 0)
		return r;
	s.uid = who.uid;
	s.gid = who.gid;
	s.traced = !o->native;
	s.strict = o->strict;
	s.real_cpu = o->real_cpu;
	s.network = o->network;
	s.real_proc = o->real_proc;
	s.aslr = o->aslr;
	s.relaxed = run_options_relaxed(o);
	s.with_env = o->env;
	s.as_root = o->as_root;
	s.every_call = o->count_calls;
	s.searches = dirs_searches();
	s.log_path = o->log;
	s.stack_at_plus_1 = o->stack_at_plus_1;
	s.spin_hints = o->spin_hints;
	*ret = s;
	return 0;
}
