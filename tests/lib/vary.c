/* vary.c: runs a command under one of many conditions that must not matter, and adds what it left: tests/lib/twice.bash. One process of ours
 * where a shell needs twenty, which on some machines took longer than what was tested.
 *
 *   vary N OUT DIR TIMEOUT LOAD USER COMMAND [ARG]...
 *
 * The command runs in DIR (made when missing, removed at the end), in a session of its own, with an empty standard input and its output in OUT and OUT.err.
 * OUT gets its exit status (124: it took longer than TIMEOUT seconds) and a hash of the modes and contents of the files in DIR. N chooses the conditions.
 * LOAD processes keep the machine busy meanwhile. USER is an ordinary user for every fourth N, or empty. Fails when the conditions cannot be had. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "report/tree.h"

enum { LOAD_MOST = 64, LOAD_SECONDS = 3600, GRACE = 5, TOO_LONG = 124 };

/* ---- files ------------------------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, 64, FTW_DEPTH | FTW_PHYS);
}

static uid_t owner;
static gid_t owner_group;

static int give_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return lchown(path, owner, owner_group);
}

static void make_dirs(char *path)
{
	for (char *p = path + 1;; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			die_errno("cannot make %s", path);
		*p = was;
		if (!was)
			return;
	}
}

/* Modes and contents of the files, in the order of their names. */
static void put_files(FILE *out, const char *dir)
{
	struct sha256_ctx *all = sha256_begin();
	struct error e = { 0 };
	struct sha256 hash;
	struct tree t;
	char hex[65];

	if (tree_walk_ours(dir, &t, &e) < 0)
		die("%s", e.what);
	for (size_t i = 0; i < t.n; i++)
		if (t.entries[i].type == 'f') {
			sha256_add(all, &t.entries[i].mode, sizeof(t.entries[i].mode));
			sha256_add(all, t.entries[i].path, strlen(t.entries[i].path) + 1);
			sha256_add(all, &t.entries[i].hash, sizeof(t.entries[i].hash));
		}
	hash = sha256_end(all);
	sha256_hex(&hash, hex);
	fprintf(out, "files %s\n", hex);
	tree_clear(&t);
}

/* ---- conditions ---------------------------------------------------------------------------------------------------------- */

/* The CPU of this number, counted from 0 among those that we may use, and around. */
static void use_cpu(unsigned n)
{
	cpu_set_t may, one;
	unsigned k;

	if (sched_getaffinity(0, sizeof(may), &may) < 0)
		die_errno("cannot tell the CPUs");
	n %= (unsigned)CPU_COUNT(&may);
	for (k = 0; !CPU_ISSET(k, &may) || n-- > 0; k++)
		;
	CPU_ZERO(&one);
	CPU_SET(k, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		die_errno("cannot choose a CPU");
}

static void limit(int what, rlim_t soft)
{
	struct rlimit l;

	if (getrlimit(what, &l) < 0)
		die_errno("cannot read a limit");
	l.rlim_cur = soft;
	if (setrlimit(what, &l) < 0)
		die_errno("cannot set a limit");
}

/* Odd numbers: another time zone, environment, umask, limits, niceness, and one CPU. */
static void set_common(unsigned n)
{
	char text[32];

	unsetenv("SOURCE_DATE_EPOCH");
	setenv("TZ", n % 2 ? "Pacific/Kiritimati" : "America/St_Johns", 1);
	umask(n % 2 ? 0007 : 0022);
	if (n % 3 == 1)
		setenv("DETBUILD_EXECUTOR", "ptrace", 1);
	if (n % 2 == 0)
		return;
	setenv("LANG", "C.UTF-8", 1);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("NOISE", text, 1);
	snprintf(text, sizeof(text), "%u", n);
	setenv("BUILD_NUMBER", text, 1);
	limit(RLIMIT_NOFILE, 512);
	limit(RLIMIT_STACK, 4096 * 1024);
	if (nice(3) < 0)
		die_errno("cannot be nicer");
	use_cpu(n);
}

static void set_host_name(unsigned n)
{
	char name[64];

	snprintf(name, sizeof(name), "other-host-%u", n);
	if (unshare(CLONE_NEWUTS) < 0 || sethostname(name, strlen(name)) < 0)
		die_errno("cannot have another host name");
}

static void become(const struct passwd *user, const char *home)
{
	setenv("HOME", home, 1);
	if (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
		die_errno("cannot become %s", user->pw_name);
}

/* ---- the run --------------------------------------------------------------------------------------------------------------- */

struct vary { unsigned n; const char *out, *home; char *dir; const struct passwd *user; };

static void onto(const char *path, int flags, int fd)
{
	int from = open(path, flags, 0666);

	if (from < 0 || dup2(from, fd) < 0)
		die_errno("cannot open %s", path);
	close(from);
}

static void run(const struct vary *v, char **command)
{
	autofree char *errors = xasprintf("%s.err", v->out), *cache = xasprintf("%s/.cache", v->home);

	onto("/dev/null", O_RDONLY, STDIN_FILENO);
	onto(v->out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
	onto(errors, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
	if (close_range(STDERR_FILENO + 1, ~0U, 0) < 0 || chdir(v->dir) < 0 || setsid() < 0)
		die_errno("cannot begin in %s", v->dir);
	setenv("XDG_CACHE_HOME", cache, 1);
	set_common(v->n);
	if (v->n % 4 == 2 && geteuid() == 0)
		set_host_name(v->n);
	if (v->user)
		become(v->user, v->home);
	execvp(command[0], command);
	die_errno("cannot run %s", command[0]);
}

/* The command's session is ended when its time is over: asked first, then killed. */
static int wait_for(pid_t pid, unsigned seconds)
{
	int status, ret = -1;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (struct timespec patience = { .tv_sec = seconds }; waitpid(pid, &status, WNOHANG) == 0;) {
		if (sigtimedwait(&child, NULL, &patience) >= 0)
			continue; /* ours, or a busy one that was tired: the time may begin again, once */
		if (errno != EAGAIN)
			continue;
		kill(-pid, ret < 0 ? SIGTERM : SIGKILL);
		ret = TOO_LONG;
		patience.tv_sec = GRACE;
	}
	if (ret < 0)
		ret = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return ret;
}

static void be_busy(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LOAD_SECONDS);
	for (volatile unsigned long k = 0;; k++)
		;
}

int main(int argc, char **argv)
{
	struct vary v = { 0 };
	pid_t busy[LOAD_MOST], pid;
	unsigned load;
	sigset_t child;
	int status;
	FILE *out;

	if (argc < 8)
		die("usage: vary N OUT DIR TIMEOUT LOAD USER COMMAND [ARG]...");
	v.n = (unsigned)strtoul(argv[1], NULL, 10);
	v.out = argv[2];
	v.dir = argv[3];
	v.home = xasprintf("%s.home", v.dir);
	load = (unsigned)strtoul(argv[5], NULL, 10);
	make_dirs(v.dir);
	if (v.n % 4 == 3 && argv[6][0]) {
		v.user = getpwnam(argv[6]);
		if (!v.user)
			die("there is no user %s", argv[6]);
		owner = v.user->pw_uid;
		owner_group = (gid_t)-1;
		if (nftw(v.dir, give_one, 64, FTW_PHYS) < 0 || mkdir(v.home, 0777) < 0 || chown(v.home, owner, owner_group) < 0)
			die_errno("cannot give %s away", v.dir);
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	for (unsigned i = 0; i < load && i < LOAD_MOST; i++)
		if ((busy[i] = fork()) == 0)
			be_busy();
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_UNBLOCK, &child, NULL);
		run(&v, argv + 7);
	}
	status = wait_for(pid, (unsigned)strtoul(argv[4], NULL, 10));
	for (unsigned i = 0; i < load && i < LOAD_MOST; i++)
		kill(busy[i], SIGKILL);
	out = fopen(v.out, "r+");
	if (!out)
		die_errno("cannot read %s", v.out);
	if (fseek(out, -1, SEEK_END) == 0 && fgetc(out) != '\n') /* its last line may have none */
		fseek(out, 0, SEEK_END), fputc('\n', out);
	fseek(out, 0, SEEK_END);
	fprintf(out, "status %d\n", status);
	put_files(out, v.dir);
	if (fclose(out) != 0)
		die_errno("cannot write %s", v.out);
	remove_all(v.dir);
	remove_all(v.home);
	return 0;
}
