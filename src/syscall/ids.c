/* ids.c: who a process is, when the box has only one real id. Freestanding.
 *
 * Owns: the ids in struct proc. The kernel believes every guest to be user 0 of a namespace with that one user, and would
 * refuse every change. Where a range of ids exists the kernel keeps them, and nothing here is called.
 *
 * Invariants
 *  U1. Effective user 0 is privileged, nobody else is: the rules are those of setuid(2) and its relatives for a process
 *      without other capabilities.
 *  U2. Ids belong to the process, not to the thread: libc changes all threads together. A new process copies its parent's
 *      (world_new_task), a new program keeps them; set-user-id files have no effect, as under no_new_privs.
 *  U3. Every result is a function of past calls. */
#include "syscall/abi.h"
#include "syscall/table.h"

handler do_getuid, do_geteuid, do_getgid, do_getegid, do_setuid, do_setgid, do_setreuid, do_setregid, do_setresuid, do_setresgid, do_getresuid,
	do_getresgid, do_getgroups, do_setgroups, do_setfsuid, do_setfsgid, do_capget, do_capset;

#define NO_ID UINT32_MAX

enum { MAX_GROUPS = 32, KERNEL_MAX_GROUPS = 65536 };

/* Capabilities of a privileged process: those of Linux 5.9 and later. */
#define ALL_CAPS ((UINT64_C(1) << 41) - 1)

/* The four ids of a kind, wherever struct proc keeps them. */
struct ids { uint32_t *real, *effective, *saved, *fs; };

static struct ids user_ids(struct proc *p)
{
	struct ids i = { &p->ruid, &p->euid, &p->suid, &p->fsuid };

	return i;
}

static struct ids group_ids(struct proc *p)
{
	struct ids i = { &p->rgid, &p->egid, &p->sgid, &p->fsgid };

	return i;
}

static struct proc *self(struct call *c)
{
	return world_proc(c->w, c->task);
}

static bool privileged(const struct proc *p)
{
	return p->euid == 0;
}

/* ---- asking -------------------------------------------------------------------------------------------------------------- */

/* getuid, geteuid, getgid, getegid: the model's. */
enum outcome do_getuid(struct call *c)
{
	return c->w->single_id ? done(c, self(c)->ruid) : CALL_PASS;
}

enum outcome do_geteuid(struct call *c)
{
	return c->w->single_id ? done(c, self(c)->euid) : CALL_PASS;
}

enum outcome do_getgid(struct call *c)
{
	return c->w->single_id ? done(c, self(c)->rgid) : CALL_PASS;
}

enum outcome do_getegid(struct call *c)
{
	return c->w->single_id ? done(c, self(c)->egid) : CALL_PASS;
}

static enum outcome get_three(struct call *c, struct ids i)
{
	const uint32_t *v[3] = { i.real, i.effective, i.saved };

	for (int k = 0; k < 3; k++)
		if (x_write(c, c->arg[k], v[k], sizeof *v[k]) < 0)
			return done(c, -EFAULT);
	return done(c, 0);
}

/* getresuid, getresgid: the model's. */
enum outcome do_getresuid(struct call *c)
{
	return c->w->single_id ? get_three(c, user_ids(self(c))) : CALL_PASS;
}

enum outcome do_getresgid(struct call *c)
{
	return c->w->single_id ? get_three(c, group_ids(self(c))) : CALL_PASS;
}

/* ---- changing ------------------------------------------------------------------------------------------------------------ */

static enum outcome set_one(struct call *c, struct ids i)
{
	uint32_t id = (uint32_t)c->arg[0];

	if (id == NO_ID)
		return done(c, -EINVAL);
	if (privileged(self(c)))
		*i.real = *i.saved = id;
	else if (id != *i.real && id != *i.saved)
		return done(c, -EPERM);
	*i.effective = *i.fs = id;
	return done(c, 0);
}

/* setuid, setgid. */
enum outcome do_setuid(struct call *c)
{
	return c->w->single_id ? set_one(c, user_ids(self(c))) : CALL_PASS;
}

enum outcome do_setgid(struct call *c)
{
	return c->w->single_id ? set_one(c, group_ids(self(c))) : CALL_PASS;
}

static enum outcome set_two(struct call *c, struct ids i)
{
	uint32_t real = (uint32_t)c->arg[0], effective = (uint32_t)c->arg[1], old_real = *i.real;

	if (!privileged(self(c))) {
		if (real != NO_ID && real != *i.real && real != *i.effective)
			return done(c, -EPERM);
		if (effective != NO_ID && effective != *i.real && effective != *i.effective && effective != *i.saved)
			return done(c, -EPERM);
	}
	if (real != NO_ID)
		*i.real = real;
	if (effective != NO_ID)
		*i.effective = effective;
	if (real != NO_ID || (effective != NO_ID && effective != old_real))
		*i.saved = *i.effective;
	*i.fs = *i.effective;
	return done(c, 0);
}

/* setreuid, setregid. */
enum outcome do_setreuid(struct call *c)
{
	return c->w->single_id ? set_two(c, user_ids(self(c))) : CALL_PASS;
}

enum outcome do_setregid(struct call *c)
{
	return c->w->single_id ? set_two(c, group_ids(self(c))) : CALL_PASS;
}

static enum outcome set_three(struct call *c, struct ids i)
{
	uint32_t *to[3] = { i.real, i.effective, i.saved };

	for (int k = 0; k < 3 && !privileged(self(c)); k++) {
		uint32_t id = (uint32_t)c->arg[k];

		if (id != NO_ID && id != *i.real && id != *i.effective && id != *i.saved)
			return done(c, -EPERM);
	}
	for (int k = 0; k < 3; k++)
		if ((uint32_t)c->arg[k] != NO_ID)
			*to[k] = (uint32_t)c->arg[k];
	*i.fs = *i.effective;
	return done(c, 0);
}

/* setresuid, setresgid. */
enum outcome do_setresuid(struct call *c)
{
	return c->w->single_id ? set_three(c, user_ids(self(c))) : CALL_PASS;
}

enum outcome do_setresgid(struct call *c)
{
	return c->w->single_id ? set_three(c, group_ids(self(c))) : CALL_PASS;
}

/* The old id is the result, whether or not it was changed. */
static enum outcome set_fs(struct call *c, struct ids i)
{
	uint32_t id = (uint32_t)c->arg[0], old = *i.fs;

	if (id != NO_ID && (privileged(self(c)) || id == *i.real || id == *i.effective || id == *i.saved))
		*i.fs = id;
	return done(c, old);
}

/* setfsuid, setfsgid. */
enum outcome do_setfsuid(struct call *c)
{
	return c->w->single_id ? set_fs(c, user_ids(self(c))) : CALL_PASS;
}

enum outcome do_setfsgid(struct call *c)
{
	return c->w->single_id ? set_fs(c, group_ids(self(c))) : CALL_PASS;
}

/* ---- groups ---------------------------------------------------------------------------------------------------------------- */

/* getgroups: the model's, in ascending order as the kernel keeps them. */
enum outcome do_getgroups(struct call *c)
{
	int32_t size = (int32_t)c->arg[0];
	struct proc *p = self(c);

	if (!c->w->single_id)
		return CALL_PASS;
	if (size < 0 || (size && (uint32_t)size < p->ngroups))
		return done(c, -EINVAL);
	if (size && p->ngroups && x_write(c, c->arg[1], p->groups, p->ngroups * sizeof p->groups[0]) < 0)
		return done(c, -EFAULT);
	return done(c, p->ngroups);
}

static void sort_groups(uint32_t *g, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t v = g[i], k = i;

		for (; k && g[k - 1] > v; k--)
			g[k] = g[k - 1];
		g[k] = v;
	}
}

/* setgroups: privileged only; more groups than the model keeps are refused. */
enum outcome do_setgroups(struct call *c)
{
	uint32_t groups[MAX_GROUPS], n = (uint32_t)c->arg[0];
	struct proc *p = self(c);

	if (!c->w->single_id)
		return CALL_PASS;
	if (!privileged(p))
		return done(c, -EPERM);
	if (n > KERNEL_MAX_GROUPS)
		return done(c, -EINVAL);
	if (n > MAX_GROUPS) {
		x_refused(c, "more than 32 supplementary groups in a box with a single id");
		return done(c, -EINVAL);
	}
	if (n && x_read(c, c->arg[1], groups, n * sizeof groups[0]) < 0)
		return done(c, -EFAULT);
	for (uint32_t i = 0; i < n; i++)
		if (groups[i] == NO_ID)
			return done(c, -EINVAL);
	sort_groups(groups, n);
	for (uint32_t i = 0; i < n; i++)
		p->groups[i] = groups[i];
	p->ngroups = n;
	return done(c, 0);
}

/* ---- capabilities ------------------------------------------------------------------------------------------------------------ */

struct cap_header { uint32_t version; int32_t pid; };
struct cap_data { uint32_t effective, permitted, inheritable; };

enum { CAP_V1 = 0x19980330, CAP_V2 = 0x20071026, CAP_V3 = 0x20080522 };

/* How many struct cap_data the version has, or -errno after the kernel's manner of telling the version it prefers. */
static int cap_words(struct call *c, struct cap_header *h)
{
	uint32_t preferred = CAP_V3;

	if (x_read(c, c->arg[0], h, sizeof *h) < 0)
		return -EFAULT;
	if (h->version == CAP_V1)
		return 1;
	if (h->version == CAP_V2 || h->version == CAP_V3)
		return 2;
	return x_write(c, c->arg[0], &preferred, sizeof preferred) < 0 ? -EFAULT : -EINVAL;
}

static uint64_t permitted_caps(const struct proc *p)
{
	return p->ruid == 0 || p->euid == 0 || p->suid == 0 ? ALL_CAPS : 0;
}

/* capget: all for a privileged process (sets of other processes: the caller's own), following the model's ids as in
 * capabilities(7). */
enum outcome do_capget(struct call *c)
{
	struct proc *p = self(c);
	struct cap_data d[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	struct cap_header h;
	int n;

	if (!c->w->single_id)
		return CALL_PASS;
	n = cap_words(c, &h);
	if (n == -EINVAL && !c->arg[1])
		return done(c, 0);
	if (n < 0)
		return done(c, n);
	if (h.pid < 0)
		return done(c, -EINVAL);
	for (int i = 0; i < n; i++) {
		d[i].permitted = (uint32_t)(permitted_caps(p) >> (32 * i));
		d[i].effective = privileged(p) ? d[i].permitted : 0;
	}
	if (c->arg[1] && x_write(c, c->arg[1], d, (size_t)n * sizeof d[0]) < 0)
		return done(c, -EFAULT);
	return done(c, 0);
}

/* capset: judged by the rules, but not kept: what the process could do, it still can, within a box that allows little. */
enum outcome do_capset(struct call *c)
{
	struct proc *p = self(c);
	struct cap_data d[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	struct cap_header h;
	int n;

	if (!c->w->single_id)
		return CALL_PASS;
	n = cap_words(c, &h);
	if (n < 0)
		return done(c, n);
	if (h.pid && h.pid != x_pid(c) && h.pid != x_tid(c))
		return done(c, -EPERM);
	if (x_read(c, c->arg[1], d, (size_t)n * sizeof d[0]) < 0)
		return done(c, -EFAULT);
	for (int i = 0; i < n; i++) {
		uint32_t known = (uint32_t)(ALL_CAPS >> (32 * i)), may = (uint32_t)(permitted_caps(p) >> (32 * i));

		if ((d[i].permitted & known & ~may) || (d[i].effective & known & ~d[i].permitted))
			return done(c, -EPERM);
	}
	return done(c, 0);
}
