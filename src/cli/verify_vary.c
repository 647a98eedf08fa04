/* verify_vary.c: what is made different from run to run.
 *
 * The rule of this file: in a traced run a variation changes the HOST (the environment of detbuild, its clocks, CPU, file
 * system ...), never an option that says what the guest is to see. That the guest does not notice is the claim to be tested.
 * In a native run, the control, the same variation is also handed to the guest. Each table cell says what was really done. */
#include "cli/verify_vary.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/magic.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"

#define DAYS 398 /* the distance of the Reproducible Builds test farm: another year, month and day of the week */

static const char *const names[VARY_COUNT] = {
	[VARY_TIME] = "time", [VARY_HOSTNAME] = "hostname", [VARY_PATH] = "path", [VARY_BUILD_PATH] = "build-path", [VARY_USER] = "user",
	[VARY_HOME] = "home", [VARY_UMASK] = "umask", [VARY_LOCALE] = "locale", [VARY_TIMEZONE] = "timezone", [VARY_ENVIRONMENT] = "environment",
	[VARY_FILESYSTEM] = "filesystem", [VARY_CPU] = "cpu", [VARY_LOAD] = "load", [VARY_PIDS] = "pids", [VARY_MTIMES] = "mtimes",
};

/* Ends of paths of different lengths. */
static const char *const longer_names[] = { "-elsewhere", "-at-a-longer-path", "-at-a-path-that-is-longer-than-the-others" };

const char *vary_name(enum vary v)
{
	return names[v];
}

static int unknown(const char *word, struct error *e)
{
	char list[400] = "";

	for (int i = 0; i < VARY_COUNT; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), " %s", names[i]);
	usage_error(e, "--vary: there is no variation '%s'", word);
	error_hint(e, "there are: all none%s", list);
	return -EINVAL;
}

/* The bits that a word without its sign stands for, or 0. */
static vary_set bits_of(const char *word)
{
	if (strcmp(word, "all") == 0)
		return VARY_ALL;
	for (int i = 0; i < VARY_COUNT; i++)
		if (strcmp(word, names[i]) == 0)
			return (vary_set)1 << i;
	return 0;
}

int vary_parse(const char *text, vary_set *ret, struct error *e)
{
	vary_set set = VARY_ALL;
	bool bare_seen = false;

	if (text && strcmp(text, "none") == 0) {
		*ret = 0;
		return 0;
	}
	autostrv char **words = strv_split(text ? text : "all", ", ");
	for (char **w = words; w && *w; w++) {
		char sign = **w == '+' || **w == '-' ? **w : 0;
		vary_set bits = bits_of(*w + (sign != 0));
		if (bits == 0)
			return unknown(*w, e);
		if (sign == 0 && !bare_seen) { /* a plain list says exactly what is wanted */
			set = 0;
			bare_seen = true;
		}
		set = sign == '-' ? set & ~bits : set | bits;
	}
	if (set == 0 || strv_len(words) == 0) {
		usage_error(e, "--vary=%s would vary nothing", text);
		error_hint(e, "say --vary=none when that is what you want");
		return -EINVAL;
	}
	*ret = set;
	return 0;
}

/* --- one function for each variation; k > 0 ------------------------------------------------------------------------- */

/* Whether a child could enter such a namespace of its own: asked by trying. */
static bool can_unshare(int flag)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(flag) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* A process that made a time namespace enters it by exec since Linux 6 or a little before; older kernels would leave it
 * in between, where it cannot make threads. */
static bool can_shift_clocks(void)
{
	struct utsname u;

	return uname(&u) == 0 && strtol(u.release, NULL, 10) >= 6 && can_unshare(CLONE_NEWTIME);
}

static char *vary_time(const struct vary_context *c, size_t k, struct vary_run *r)
{
	unsigned long long days = DAYS * (unsigned long long)k;

	if (!c->native) {
		if (!can_shift_clocks())
			return xstrdup("another moment");
		r->clock_shift = (int64_t)days * 86400;
		return xasprintf("another moment; the host's boot clocks +%llu days", days);
	}
	if (c->options->boottime_offset == 0)
		strv_addf(&r->args, "--boottime-offset=%llus", days * 86400);
	if (!c->package)
		return xasprintf("another moment; boot clocks +%llu days", days);
	strv_addf(&r->args, "--faketime=+%llud", days);
	return xasprintf("+%llu days (clock of the build); boot clocks too", days);
}

static char *vary_hostname(const struct vary_context *c, size_t k, struct vary_run *r)
{
	static const char *const hosts[] = { "i-capture-the-hostname", "b", "another-host.example.org" };
	const char *name = hosts[(k - 1) % ARRAY_SIZE(hosts)];

	if (c->native && c->options->hostname)
		return xstrdup("fixed by --hostname");
	if (c->native)
		strv_addf(&r->args, "--hostname=%s", name);
	if (can_unshare(CLONE_NEWUTS))
		r->hostname = name;
	else if (!c->native)
		return xstrdup("as is (the host's name can be varied by root only)");
	return xasprintf("%s%s", name, c->native ? "" : " (the host's)");
}

static char *vary_path(const struct vary_context *c, size_t k, struct vary_run *r)
{
	(void)k;
	if (c->package)
		strv_addf(&r->args, "--work-dir=%s.work", r->dir);
	return xstrdup(strrchr(r->dir, '/') + 1); /* vary_make() chose it */
}

static char *vary_build_path(const struct vary_context *c, size_t k, struct vary_run *r)
{
	if (!c->native)
		return xstrdup("canonical in the box");
	if (c->options->build_path)
		return xstrdup("fixed by --build-path");
	char *path = xasprintf("/build/%zu%s", k + 1, longer_names[k % ARRAY_SIZE(longer_names)]);
	strv_addf(&r->args, "--build-path=%s", path);
	return path;
}

static char *vary_user(const struct vary_context *c, size_t k, struct vary_run *r)
{
	autofree char *name = xasprintf("builder%zu", k + 1);

	strv_env_set(&r->env, "USER", name);
	strv_env_set(&r->env, "LOGNAME", name);
	if (!c->native)
		return xasprintf("USER=%s on the host", name);
	if (c->options->user || c->options->as_root)
		return xstrdup("fixed by option");
	strv_addf(&r->args, "--env=USER=%s", name);
	strv_addf(&r->args, "--env=LOGNAME=%s", name);
	if (!c->package) /* the tree belongs to the default user: another could not write in it */
		return xasprintf("USER=%s, uid as is", name);
	strv_addf(&r->args, "--user=%zu", 1111 * (k + 1));
	return xasprintf("%s, uid %zu", name, 1111 * (k + 1));
}

/* Sets a variable for the detbuild process and, in a native run, in the guest. */
static void set_both(const struct vary_context *c, struct vary_run *r, const char *name, const char *value)
{
	strv_env_set(&r->env, name, value);
	if (c->native)
		strv_addf(&r->args, "--env=%s=%s", name, value);
}

static char *vary_home(const struct vary_context *c, size_t k, struct vary_run *r)
{
	char *home = xasprintf("/nonexistent/home-%zu", k + 1);

	strv_env_set(&r->env, "HOME", home);
	if (c->native)
		strv_addf(&r->args, c->package ? "--home=%s" : "--env=HOME=%s", home);
	return home;
}

static char *vary_umask(const struct vary_context *c, size_t k, struct vary_run *r)
{
	static const int masks[] = { 0002, 0077, 0027 };

	r->umask = masks[(k - 1) % ARRAY_SIZE(masks)];
	if (c->native && !c->options->umask)
		strv_addf(&r->args, "--umask=%04o", (unsigned)r->umask);
	return xasprintf("%04o", (unsigned)r->umask);
}

static char *vary_locale(const struct vary_context *c, size_t k, struct vary_run *r)
{
	static const char *const locales[] = { "et_EE.UTF-8", "C", "de_CH.UTF-8" };
	const char *l = locales[(k - 1) % ARRAY_SIZE(locales)];

	set_both(c, r, "LANGUAGE", k % 2 ? "et_EE:et" : "de");
	strv_env_set(&r->env, "LANG", l);
	strv_env_set(&r->env, "LC_ALL", l);
	if (c->native && c->package)
		strv_addf(&r->args, "--locale=%s", l);
	else if (c->native)
		strv_addf(&r->args, "--env=LC_ALL=%s", l);
	return xstrdup(l);
}

static char *vary_timezone(const struct vary_context *c, size_t k, struct vary_run *r)
{
	static const char *const zones[] = { "GMT-14", "GMT+12", "Asia/Kathmandu" };
	const char *z = zones[(k - 1) % ARRAY_SIZE(zones)];

	strv_env_set(&r->env, "TZ", z);
	if (c->native)
		strv_addf(&r->args, c->package ? "--timezone=%s" : "--env=TZ=%s", z);
	return xstrdup(z);
}

static char *vary_environment(const struct vary_context *c, size_t k, struct vary_run *r)
{
	const char *path = strv_env_get(r->env, "PATH");
	autofree char *longer = xasprintf("%s:/i/capture/the/path/%zu", path ? path : "/usr/bin:/bin", k);
	autofree char *noise = xasprintf("i capture the environment, run %zu", k + 1);

	strv_env_set(&r->env, "PATH", longer);
	set_both(c, r, "CAPTURE_ENVIRONMENT", noise);
	set_both(c, r, "BUILD_NUMBER", k % 2 ? "1234567" : "8");
	return xstrdup("CAPTURE_ENVIRONMENT, BUILD_NUMBER, longer PATH");
}

/* What the driver asks for before it builds in memory. */
static bool shm_has_room(void)
{
	struct statfs fs;

	return statfs("/dev/shm", &fs) == 0 && fs.f_type == TMPFS_MAGIC && (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize > UINT64_C(1200) << 20;
}

/* Two trees on one file system have the same directory order more often than not: memory and disk differ. */
static char *vary_filesystem(const struct vary_context *c, size_t k, struct vary_run *r)
{
	if (k % 2 == 0)
		return xstrdup("disk");
	if (!shm_has_room())
		return xstrdup("as is (no room in /dev/shm)");
	if (c->package)
		strv_add(&r->args, "--upper-fs=tmpfs");
	else
		strv_addf(&r->args, "--upper=%s.upper", r->dir);
	r->tree_in_memory = !c->package;
	return xstrdup(c->package ? "tmpfs" : "tmpfs for the tree, disk for the rest");
}

static char *vary_cpu(const struct vary_context *c, size_t k, struct vary_run *r)
{
	cpu_set_t set;
	size_t n, pick;
	int cpu = 0;

	if (c->options->host_cpu_plus_1)
		return xstrdup("fixed by --on-cpu");
	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 2)
		return xstrdup("as is (one CPU)");
	n = (size_t)CPU_COUNT(&set);
	for (pick = k % n;; cpu++)
		if (CPU_ISSET(cpu, &set) && pick-- == 0)
			break;
	strv_addf(&r->args, "--on-cpu=%d", cpu);
	return xasprintf("CPU %d", cpu);
}

static char *vary_load(const struct vary_context *c, size_t k, struct vary_run *r)
{
	(void)c;
	if (k % 2 == 0)
		return xstrdup("as is");
	r->load = 2;
	return xasprintf("%u busy processes", r->load);
}

static char *vary_pids(const struct vary_context *c, size_t k, struct vary_run *r)
{
	r->burn_pids = (unsigned)(150 * k % 1000);
	if (!c->native)
		return xasprintf("+%u on the host", r->burn_pids);
	if (c->options->pid_offset == 0)
		strv_addf(&r->args, "--pid-offset=%u", r->burn_pids);
	return xasprintf("+%u", r->burn_pids);
}

static char *vary_mtimes(const struct vary_context *c, size_t k, struct vary_run *r)
{
	long long shift = -(long long)k * 1000003; /* never later than they were: clocks and make would complain */

	if (c->package && !c->source_tree) /* the times in a source package are part of the input, and end up in its .debs */
		return xstrdup("as in the source package");
	if (c->package)
		strv_addf(&r->args, "--source-time-shift=%lld", shift);
	else
		r->mtime_shift = shift;
	return xasprintf("%lld seconds", shift);
}

static char *(*const makers[VARY_COUNT])(const struct vary_context *, size_t, struct vary_run *) = {
	[VARY_TIME] = vary_time, [VARY_HOSTNAME] = vary_hostname, [VARY_PATH] = vary_path, [VARY_BUILD_PATH] = vary_build_path,
	[VARY_USER] = vary_user, [VARY_HOME] = vary_home, [VARY_UMASK] = vary_umask, [VARY_LOCALE] = vary_locale,
	[VARY_TIMEZONE] = vary_timezone, [VARY_ENVIRONMENT] = vary_environment, [VARY_FILESYSTEM] = vary_filesystem,
	[VARY_CPU] = vary_cpu, [VARY_LOAD] = vary_load, [VARY_PIDS] = vary_pids, [VARY_MTIMES] = vary_mtimes,
};

/* The plain run's filesystem and file times are those of k == 0; nothing else is touched. */
void vary_make(const struct vary_context *c, size_t k, struct vary_run *ret)
{
	bool longer = k > 0 && (c->set & (1u << VARY_PATH));

	*ret = (struct vary_run){ .umask = -1, .env = strv_copy(environ) };
	ret->dir = xasprintf("%s/run-%zu%s", c->base, k + 1, longer ? longer_names[k % ARRAY_SIZE(longer_names)] : "");
	/* HOME may be varied: the caches stay where they are. dirs_cache() is a directory "detbuild" in that of XDG. */
	autofree char *cache = xstrdup(dirs_cache());
	char *slash = strrchr(cache, '/');
	if (slash && slash > cache)
		*slash = '\0';
	strv_env_set(&ret->env, "XDG_CACHE_HOME", cache);
	for (int v = 0; v < VARY_COUNT; v++) {
		if (!(c->set & (1u << v)))
			continue;
		ret->cells[v] = k == 0 ? xstrdup("as is") : makers[v](c, k, ret);
	}
}

void vary_clear(struct vary_run *r)
{
	for (int v = 0; v < VARY_COUNT; v++)
		free(r->cells[v]);
	free(r->dir);
	strv_free(r->env);
	strv_free(r->args);
}

void vary_print(const struct vary_run *runs, size_t n, FILE *f)
{
	bool any = false;

	for (int v = 0; v < VARY_COUNT; v++) {
		if (!runs[0].cells[v])
			continue;
		if (!any)
			fprintf(f, "varied (run 1 is plain):\n");
		any = true;
		fprintf(f, "  %-12s", names[v]);
		for (size_t k = 1; k < n; k++)
			fprintf(f, "%s %s", k > 1 ? " |" : "", runs[k].cells[v]);
		fputc('\n', f);
	}
	if (!any)
		fprintf(f, "varied: nothing (asked for by --vary=none)\n");
}
