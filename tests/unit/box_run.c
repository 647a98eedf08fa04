/* box_run.c: the box without the rest. Without arguments a unit test (TAP) of starting, running and ending boxes;
 * with arguments a small driver for the bats files of tests/box:
 *
 *	box_run [-i IMAGE] [-l LAYER] [-u UPPER] [-v SRC:DST[:ro]] [-f PATH=TEXT] [-r as_root] [-c canonical] [-n network]
 *	        [-U UID] [-p PID_OFFSET] [-b SECONDS] [-t SECONDS] [-d DIR] [-L memory|processes|file|disk|cpu=N] [-e NAME=VALUE]
 *	        [-F load a filter that allows everything] [-S print times] COMMAND...
 *
 * Prints "ids full" or "ids single" on stderr with -I. Exit status: the command's, 125 when the box could not be made. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/strv.h"
#include "box/box.h"

static struct sock_filter allow_all[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
static struct sock_fprog allow = { 1, allow_all };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void set_limit(struct box_limits *l, char *arg)
{
	char *value = strchr(arg, '=');
	uint64_t n = 0;

	if (!value || parse_size(value + 1, &n) < 0)
		die("bad limit %s", arg);
	*value = 0;
	if (!strcmp(arg, "memory"))
		l->memory = n;
	else if (!strcmp(arg, "processes"))
		l->processes = n;
	else if (!strcmp(arg, "file"))
		l->file_size = n;
	else if (!strcmp(arg, "disk"))
		l->disk = n;
	else if (!strcmp(arg, "cpu"))
		l->cpu_time = n;
	else
		die("bad limit %s", arg);
}

static struct box_volume volume(char *arg)
{
	struct box_volume v = { .writable = true };
	char *ro = strstr(arg, ":ro");

	if (ro && !ro[3]) {
		*ro = 0;
		v.writable = false;
	}
	v.source = arg;
	v.target = strchr(arg, ':') + 1;
	*strchr(arg, ':') = 0;
	return v;
}

static int drive(int argc, char **argv)
{
	struct box_volume volumes[16];
	struct box_file files[64];
	char **env = NULL, **layers = NULL;
	struct box_spec s = { .image = "/", .hostname = "box", .cwd = "/", .umask = 022, .stdout_fd = 1, .stderr_fd = 2,
			      .volumes = volumes, .files = files };
	bool times = false, ids = false;
	uint64_t timeout = 0;
	struct error e = { 0 };
	struct box b;
	double t0, t1;
	int c, r, status = 0;

	strv_add(&env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	while ((c = getopt(argc, argv, "+i:l:u:v:f:rcnU:p:b:t:d:L:e:FSIVA")) != -1) {
		switch (c) {
		case 'i': s.image = optarg; break;
		case 'l': strv_add(&layers, optarg); break;
		case 'u': s.upper = optarg; break;
		case 'v': volumes[s.n_volumes++] = volume(optarg); break;
		case 'f': {
			char *eq = strchr(optarg, '=');

			*eq = 0;
			files[s.n_files++] = (struct box_file){ .path = optarg, .text = eq + 1, .len = strlen(eq + 1) };
			break;
		}
		case 'r': s.as_root = true; break;
		case 'c': s.canonical = true; break;
		case 'n': s.network = true; break;
		case 'U': s.uid = s.gid = (uid_t)atoi(optarg); break;
		case 'p': s.pid_offset = (uint64_t)atoi(optarg); break;
		case 'b': s.boottime_offset = atoi(optarg); break;
		case 't': timeout = (uint64_t)(atof(optarg) * 1e9); break;
		case 'd': s.cwd = optarg; break;
		case 'L': set_limit(&s.limits, optarg); break;
		case 'e': strv_add(&env, optarg); break;
		case 'F': s.filter = &allow; break;
		case 'S': times = true; break;
		case 'I': ids = true; break;
		case 'V': log_verbose(true); break;
		case 'A': s.personality_fixed = true; break;
		default: return 125;
		}
	}
	s.argv = argv + optind;
	s.env = env;
	s.layers = layers;
	t0 = now();
	r = box_start(&s, &b, &e);
	if (r < 0) {
		error_print(&e);
		return 125;
	}
	t1 = now();
	if (ids)
		fprintf(stderr, "ids %s\n", b.ids == BOX_IDS_FULL ? "full" : "single");
	r = box_run(&b, timeout, &status, &e);
	if (times)
		fprintf(stderr, "start %.2f ms, run %.2f ms\n", t1 - t0, now() - t1);
	box_end(&b);
	strv_free(env);
	strv_free(layers);
	if (r == -ETIME)
		return 124;
	return r < 0 ? 125 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int tests, failed;

static void ok(bool good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, what);
}

static int run_shell(struct box_spec *s, const char *script, uint64_t timeout_ns, struct error *e)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script, NULL };
	struct box b;
	int status = 0, r;

	s->argv = argv;
	r = box_start(s, &b, e);
	if (r < 0)
		return r;
	r = box_run(&b, timeout_ns, &status, e);
	box_end(&b);
	return r < 0 ? r : status;
}

static int unit(void)
{
	char *env[] = { (char *)"PATH=/usr/bin:/bin", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct box_file file = { .path = "/etc/box-test", .text = "text\n", .len = 5 };
	struct box_spec s = { .image = "/", .canonical = true, .hostname = "box", .env = env, .cwd = "/", .umask = 022,
			      .stdin_fd = null, .stdout_fd = null, .stderr_fd = null, .files = &file, .n_files = 1 };
	struct box_spec bad;
	struct error e = { 0 };
	struct box b;
	char *idle[] = { (char *)"true", NULL };
	int i, good = 0, r;

	r = run_shell(&s, "exit 0", 0, &e);
	if (r < 0) {
		printf("1..0 # SKIP %s\n", e.what);
		return 0;
	}
	ok(r == 0, "a box");
	for (i = 0; i < 20; i++)
		good += run_shell(&s, "exit 3", 0, &e) == 3 << 8;
	ok(good == 20, "exit 3 is 3, twenty times");
	ok(run_shell(&s, "kill -9 $$", 0, &e) == 137 << 8, "a signal becomes 128 + its number");
	ok(run_shell(&s, "test \"$(cat /etc/box-test)\" = text && test $$ = 2 && test \"$(hostname)\" = box", 0, &e) == 0, "file, pid, name");
	ok(run_shell(&s, "sleep 60", 300000000, &e) == -ETIME, "a time limit");
	s.pid_offset = 100;
	ok(run_shell(&s, "test $$ = 102", 0, &e) == 0, "pid offset");
	s.pid_offset = 0;
	bad = s;
	bad.image = "/nonexistent";
	ok(run_shell(&bad, "true", 0, &e) == -ENOENT && e.hint[0], "a missing image has a hint");
	bad.image = "/proc";
	ok(run_shell(&bad, "true", 0, &e) < 0 && strstr(e.what, "not a root file system"), "an image without a root file system");
	bad = s;
	bad.cwd = "/nonexistent";
	ok(run_shell(&bad, "true", 0, &e) == -ENOENT, "a missing working directory");
	s.argv = idle;
	r = box_start(&s, &b, &e);
	ok(r == 0, "start without opening");
	box_end(&b);
	ok(waitpid(b.init, NULL, __WALL) == b.init, "the box ends before the gate");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child is left");
	printf("1..%d\n", tests);
	return failed != 0;
}

int main(int argc, char **argv)
{
	return argc > 1 ? drive(argc, argv) : unit();
}
