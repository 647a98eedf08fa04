/* vary.c: runs a command under one of many conditions that must not matter, and adds what it left: tests/lib/twice.bash. One process of ours
 * where a shell needs twenty, which on some machines took longer than what was tested.
 *
 *   vary N OUT DIR TIMEOUT LOAD USER COMMAND [ARG]...
 *
 * The command runs in DIR (made when missing, removed at the end), in a session of its own, with an empty standard input and its output in OUT.said and
 * OUT.err. OUT is OUT.said, its exit status (124: it took longer than TIMEOUT seconds) and a hash of the modes and contents of the files in DIR. N chooses
 * the conditions. LOAD processes keep the machine busy meanwhile. USER is an ordinary user for every fourth N, or empty. Fails when the conditions cannot
 * be had. */
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
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "report/tree.h"

enum { GRACE = 5, TOO_LONG = 124 };

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

/* As mkdir -p. */
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
	snprintf(text, sizeof(text), "%.*s", 1 + (int)(getpid() % 9), "314159265");
	setenv("NOISE", text, 1);
	snprintf(text, sizeof(text), "%u", n);
	setenv("BUILD_NUMBER", text, 1);
	limit(RLIMIT_NOFILE, 512);
	limit(RLIMIT_STACK, 4096 * 1024);
	errno = 0;
	if (nice(3) < 0 && errno)
		die_errno("cannot be nicer");
	use_cpu(n / 2);
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

struct vary { unsigned n, load; const char *out; char *dir, *home; const struct passwd *user; pid_t *busy; };

static void onto(const char *path, int flags, int fd)
{
	int from = open(path, flags, 0666);

	if (from < 0 || dup2(from, fd) < 0)
		die_errno("cannot open %s", path);
	close(from);
}

/* Whoever killed us is not left with what we began. */
static void die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(TOO_LONG);
}

static void run(const struct vary *v, pid_t parent, char **command)
{
	autofree char *said = xasprintf("%s.said", v->out), *errors = xasprintf("%s.err", v->out), *cache = xasprintf("%s/.cache", v->home);

	onto("/dev/null", O_RDONLY, STDIN_FILENO);
	onto(said, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
	onto(errors, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
	if (close_range(STDERR_FILENO + 1, ~0U, 0) < 0 || chdir(v->dir) < 0 || setsid() < 0)
		die_errno("cannot begin in %s", v->dir);
	setenv("PWD", v->dir, 1);
	setenv("XDG_CACHE_HOME", cache, 1);
	set_common(v->n);
	if (v->n % 4 == 2 && geteuid() == 0)
		set_host_name(v->n);
	if (v->user)
		become(v->user, v->home);
	die_with(parent); /* setuid() takes that away */
	execvp(command[0], command);
	die_errno("cannot run %s", command[0]);
}

static void be_busy(pid_t parent)
{
	die_with(parent);
	for (volatile unsigned long k = 0;; k++)
		;
}

static void load_begin(struct vary *v)
{
	pid_t parent = getpid();

	v->busy = xzalloc((v->load + 1) * sizeof(*v->busy));
	for (unsigned i = 0; i < v->load; i++) {
		v->busy[i] = fork();
		if (v->busy[i] == 0)
			be_busy(parent);
	}
}

static void load_end(const struct vary *v)
{
	for (unsigned i = 0; i < v->load; i++)
		if (v->busy[i] > 0)
			kill(v->busy[i], SIGKILL);
}

static struct timespec left_until(const struct timespec *end)
{
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (struct timespec){ end->tv_sec - now.tv_sec, end->tv_nsec - now.tv_nsec };
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left.tv_sec < 0 ? (struct timespec){ 0, 0 } : left;
}

/* The command's session is ended when its time is over: asked first, then killed. SIGCHLD is blocked. */
static int wait_for(pid_t pid, unsigned seconds)
{
	bool late = false;
	struct timespec end;
	sigset_t child;
	int status = 0;
	pid_t got;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while ((got = waitpid(pid, &status, WNOHANG)) == 0) {
		struct timespec left = left_until(&end);

		if (sigtimedwait(&child, NULL, &left) >= 0 || errno != EAGAIN)
			continue;
		kill(-pid, late ? SIGKILL : SIGTERM);
		late = true;
		end.tv_sec += GRACE;
	}
	if (got < 0)
		die_errno("cannot wait");
	if (late)
		return TOO_LONG;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* OUT: all that was said, and what is to be added. A last line may have no end. */
static void write_out(const struct vary *v, int status)
{
	autofree char *said = xasprintf("%s.said", v->out);
	FILE *from = fopen(said, "r+"), *to = fopen(v->out, "w");
	int last = '\n';

	if (!from || !to)
		die_errno("cannot copy %s", said);
	for (int c; (c = getc(from)) != EOF; last = c)
		putc(c, to);
	if (last != '\n') {
		putc('\n', to);
		fseek(from, 0, SEEK_END);
		putc('\n', from);
	}
	fprintf(to, "status %d\n", status);
	put_files(to, v->dir);
	if (fclose(from) != 0 || fclose(to) != 0)
		die_errno("cannot write %s", v->out);
}

static void give_to_user(struct vary *v, const char *name)
{
	v->user = getpwnam(name);
	if (!v->user)
		die("there is no user %s", name);
	owner = v->user->pw_uid;
	owner_group = (gid_t)-1;
	make_dirs(v->home);
	if (nftw(v->dir, give_one, 64, FTW_PHYS) < 0 || chown(v->home, owner, owner_group) < 0)
		die_errno("cannot give %s away", v->dir);
}

static unsigned number(const char *text)
{
	if (!text[0] || text[strspn(text, "0123456789")])
		die("'%s' is no number", text);
	return (unsigned)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct vary v = { 0 };
	pid_t pid, self = getpid();
	sigset_t child;
	int status;

	if (argc < 8)
		die("usage: vary N OUT DIR TIMEOUT LOAD USER COMMAND [ARG]...");
	v.n = number(argv[1]);
	v.out = argv[2];
	v.dir = argv[3];
	v.home = xasprintf("%s.home", v.dir);
	v.load = number(argv[5]);
	make_dirs(v.dir);
	if (v.n % 4 == 3 && argv[6][0])
		give_to_user(&v, argv[6]);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	load_begin(&v);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_UNBLOCK, &child, NULL);
		run(&v, self, argv + 7);
	}
	if (pid < 0) {
		load_end(&v);
		die_errno("cannot fork");
	}
	status = wait_for(pid, number(argv[4]));
	load_end(&v);
	write_out(&v, status);
	remove_all(v.dir);
	remove_all(v.home);
	return 0;
}
