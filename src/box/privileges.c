/* privileges.c: what the first process inherits from its caller and gives up before the gate.
 *
 * Invariant: the first process keeps one harmless capability that no guest can have. The kernel lets a process look into
 * another one (ptrace, /proc/PID/mem, exe, environ, root ...) only when it has at least the other's capabilities, so the copy
 * of the supervisor's memory that lives on in the first process stays closed to every guest, also to root of the box. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "box/init.h"

#define BIT(cap) (1ULL << (cap))
#define GUEST_ROOT                                                                                                        \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_KILL) | BIT(CAP_SETGID) |   \
	 BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_SYS_CHROOT) | BIT(CAP_MKNOD) | BIT(CAP_SETFCAP))
#define DISTINCTION BIT(CAP_WAKE_ALARM) /* does nothing in a user namespace */

uint64_t box_guest_caps(bool as_root)
{
	return as_root ? GUEST_ROOT : 0;
}

uint64_t box_first_caps(bool as_root)
{
	return box_guest_caps(as_root) | BIT(CAP_SETUID) | BIT(CAP_SETGID) | DISTINCTION;
}

int privileges_reset(struct error *e)
{
	struct { void (*handler)(int); unsigned long flags; void (*restorer)(void); unsigned long mask; } dfl = { .handler = SIG_DFL };
	unsigned long none = 0;
	int sig;

	for (sig = 1; sig <= 64; sig++)
		syscall(SYS_rt_sigaction, sig, &dfl, NULL, sizeof(none));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
	setsid();
	/* The session keyring is inherited and would hand out the caller's keys. ENOSYS: no keyrings at all. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EPERM && errno != EDQUOT)
		return error_set(e, errno, "cannot leave the caller's keyring");
	setpriority(PRIO_PROCESS, 0, 0); /* upward only with privilege: then the caller's nice value stays */
	prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0);
	prctl(PR_SET_NAME, "init", 0, 0, 0);
	return 0;
}

/* A box on the host's network shares the host's abstract unix sockets with it (desktops, container managers): Linux 6.12 and
 * later can shut it off from those that were not made inside. Elsewhere only the network's own boundaries hold. */
static void leave_abstract_sockets(void)
{
	const struct { uint64_t fs, net, scoped; } rules = { .scoped = 1 }; /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET */
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}

int privileges_drop(const struct box_spec *spec, struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t guest = box_guest_caps(spec->as_root) | (spec->as_root && !spec->filter ? BIT(CAP_SYS_ADMIN) : 0);
	uint64_t own = guest | box_first_caps(spec->as_root);
	unsigned long bits = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
	int cap, r;

	if (spec->filter) /* traced: rdtsc raises SIGSEGV, which the tracer answers */
		prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
	if (spec->network)
		leave_abstract_sockets();
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (cap = 0; (r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (r > 0 && (cap > 63 || !(guest & BIT(cap))) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return error_set(e, errno, "cannot drop capability %d", cap);
	if (!spec->as_root)
		bits |= SECBIT_NOROOT | SECBIT_NOROOT_LOCKED;
	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return error_set(e, errno, "cannot set the box's secure bits");
	data[0].permitted = data[0].effective = (uint32_t)own;
	data[1].permitted = data[1].effective = (uint32_t)(own >> 32);
	if (syscall(SYS_capset, &head, data) < 0)
		return error_set(e, errno, "cannot drop the capabilities of the box");
	if (!(spec->as_root && !spec->filter) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(e, errno, "cannot set no_new_privs");
	return 0;
}

int privileges_keep(const struct box_spec *spec, struct error *e)
{
	if (spec->filter)
		prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
	/* Without a pid namespace orphans would go to the machine's first process. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(e, errno, "cannot set no_new_privs");
	return 0;
}

/* RLIMIT_NPROC never binds the machine's root. From Linux 6.14 on pid_max belongs to the pid namespace and can stand in for
 * it; before, it is the machine's, and must not be touched. */
static void limit_pids_of_root(const struct init_plan *p)
{
	enum { RESERVED_PIDS = 300 }; /* never used again after the first round (kernel/pid.c); 2: the first process, and the end of the range */
	const struct box_spec *s = p->spec;
	struct utsname u;
	unsigned major = 0, minor = 0;
	char text[32];

	if (!p->global_root || s->filter || !s->limits.processes || s->limits.processes > 1000000 || uname(&u) < 0)
		return;
	if (sscanf(u.release, "%u.%u", &major, &minor) != 2 || major < 6 || (major == 6 && minor < 14))
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(s->limits.processes + s->pid_offset + RESERVED_PIDS + 2));
	(void)file_set("/proc/sys/kernel/pid_max", text);
}

/* The command gets pid 2 + offset: by telling the kernel where to go on where we may, else by using up the pids before. */
int pids_prepare(const struct init_plan *p, struct error *e)
{
	char text[32];
	uint64_t i;

	limit_pids_of_root(p);
	if (p->spec->pid_offset == 0)
		return 0;
	if (p->spec->pid_offset > 30000)
		return error_set(e, EINVAL, "a pid offset of %llu is too large (30000 at most)", (unsigned long long)p->spec->pid_offset);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(p->spec->pid_offset + 1));
	if (file_set("/proc/sys/kernel/ns_last_pid", text) == 0)
		return 0;
	for (i = 0; i < p->spec->pid_offset; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(0);
		if (pid < 0)
			return error_set(e, errno, "cannot use up pids in the box");
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return 0;
}

/* A time namespace takes effect for children only, and its offsets must be written before the first one. */
int clock_offset(int64_t seconds, struct error *e)
{
	char text[96];
	int r;

	if (unshare(CLONE_NEWTIME) < 0)
		return error_set(e, errno, "cannot make a time namespace");
	snprintf(text, sizeof(text), "monotonic %lld 0\nboottime %lld 0\n", (long long)seconds, (long long)seconds);
	r = file_set("/proc/self/timens_offsets", text);
	if (r < 0) {
		error_set(e, -r, "cannot move the box's clocks by %lld seconds", (long long)seconds);
		error_hint(e, "the offset must not lead before the start of the machine");
		return -e->errnum;
	}
	return 0;
}

/* /proc/1/cmdline is open to everybody: blank the copy of the caller's arguments and environment. The plan has its own copies. */
void hide_command_line(void)
{
	FILE *f = fopen("/proc/self/stat", "re");
	unsigned long field[5] = { 0 };
	char line[2048], *p;
	int i;

	if (!f)
		return;
	p = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	/* After the name: field 3 (state) ... 48 arg_start 49 arg_end 50 env_start 51 env_end. */
	for (i = 3; p && i <= 51; i++) {
		p = strchr(p + 1, ' ');
		if (p && i >= 48)
			field[i - 48] = strtoul(p + 1, NULL, 10);
	}
	if (!p || !field[0] || field[1] <= field[0] || field[3] < field[2])
		return;
	memset((char *)field[0], 0, field[1] - field[0]);
	memset((char *)field[2], 0, field[3] - field[2]);
	/* A last byte that is not NUL is the kernel's sign for setproctitle(3): then the text ends at the first NUL, and the
	 * length of the caller's command line does not show. */
	if (field[1] - field[0] > 6) {
		memcpy((char *)field[0], "init", 5);
		((char *)field[1])[-1] = '.';
	}
}
