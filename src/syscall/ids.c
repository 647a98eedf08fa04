/* ids.c: who a process is, when the box has only one real id. Freestanding.
 *
 * Owns: the ids in struct proc. The kernel believes every guest to be user 0 of a namespace with that one user, and would
 * refuse every change. Where a range of ids exists the kernel keeps them, and nothing here is called.
 *
 * Invariants
 *  U1. Who may change ids has CAP_SETUID or CAP_SETGID, by the rules of setuid(2) and its relatives; root has the capabilities that
 *      the box gives it (world->guest_caps), and changes of user ids change them, by those of capabilities(7).
 *  U2. Ids and capabilities belong to the process, not to the thread: libc changes all threads together. A new process copies its
 *      parent's (world_new_task), a new program keeps what world_exec_credentials() leaves.
 *  U3. Every result is a function of past calls, and the one that the kernel gives where the box has a range of ids: 0 to 65535.
 *      What the kernel itself judges by its own ids and capabilities stays what root of the box may: modes of files, signals to
 *      groups, prctl(2)'s bounding set. */
#include "syscall/abi.h"
#include "syscall/table.h"

handler do_getuid, do_geteuid, do_getgid, do_getegid, do_setuid, do_setgid, do_setreuid, do_setregid, do_setresuid, do_setresgid, do_getresuid,
	do_getresgid, do_getgroups, do_setgroups, do_setfsuid, do_setfsgid, do_capget, do_capset;

#define NO_ID UINT32_MAX

enum { MAX_GROUPS = 32, KERNEL_MAX_GROUPS = 65536 };
enum { SETGID_CAP = 6, SETUID_CAP = 7, SETPCAP_CAP = 8 }; /* linux/capability.h */

#define VALID_CAPS ((UINT64_C(1) << 41) - 1)    /* Linux 5.9 and later */
#define FILE_CAPS (UINT64_C(0x1f) | UINT64_C(1) << 9 | UINT64_C(1) << 27 | UINT64_C(1) << 32) /* those that follow fsuid: CAP_FS_MASK, with MKNOD */

/* The four ids of a kind, wherever struct proc keeps them; the capability that changes them at will. */
struct ids { uint32_t *real, *effective, *saved, *fs; unsigned cap; };

static struct ids user_ids(struct proc *p)
{
	struct ids i = { &p->ruid, &p->euid, &p->suid, &p->fsuid, SETUID_CAP };

	return i;
}

static struct ids group_ids(struct proc *p)
{
	struct ids i = { &p->rgid, &p->egid, &p->sgid, &p->fsgid, SETGID_CAP };

	return i;
}

static struct proc *self(struct call *c)
{
	return world_proc(c->w, c->task);
}

static bool may(const struct proc *p, unsigned cap)
{
	return p->cap_effective >> cap & 1;
}

/* What user ids do to capabilities (security/commoncap.c, cap_emulate_setxuid). */
static void settle_caps(struct proc *p, const struct proc *old)
{
	bool was_root = !old->ruid || !old->euid || !old->suid, is_root = !p->ruid || !p->euid || !p->suid;

	if (was_root && !is_root)
		p->cap_permitted = p->cap_effective = 0;
	else if (!old->euid && p->euid)
		p->cap_effective = 0;
	else if (old->euid && !p->euid)
		p->cap_effective = p->cap_permitted;
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

	if (id == NO_ID || ids_beyond_map(id))
		return done(c, -EINVAL);
	if (may(self(c), i.cap))
		*i.real = *i.saved = id;
	else if (id != *i.real && id != *i.saved)
		return done(c, -EPERM);
	*i.effective = *i.fs = id;
	return done(c, 0);
}

/* A change of user ids, and what follows from it. */
static enum outcome set_users(struct call *c, enum outcome (*set)(struct call *c, struct ids i))
{
	struct proc *p = self(c), old = *p;
	enum outcome o;

	if (!c->w->single_id)
		return CALL_PASS;
	o = set(c, user_ids(p));
	settle_caps(p, &old);
	return o;
}

/* setuid, setgid. */
enum outcome do_setuid(struct call *c)
{
	return set_users(c, set_one);
}

enum outcome do_setgid(struct call *c)
{
	return c->w->single_id ? set_one(c, group_ids(self(c))) : CALL_PASS;
}

static enum outcome set_two(struct call *c, struct ids i)
{
	uint32_t real = (uint32_t)c->arg[0], effective = (uint32_t)c->arg[1], old_real = *i.real;

	if (ids_beyond_map(real) || ids_beyond_map(effective))
		return done(c, -EINVAL);
	if (!may(self(c), i.cap)) {
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
	return set_users(c, set_two);
}

enum outcome do_setregid(struct call *c)
{
	return c->w->single_id ? set_two(c, group_ids(self(c))) : CALL_PASS;
}

static enum outcome set_three(struct call *c, struct ids i)
{
	uint32_t *to[3] = { i.real, i.effective, i.saved };

	for (int k = 0; k < 3; k++)
		if (ids_beyond_map((uint32_t)c->arg[k]))
			return done(c, -EINVAL);
	for (int k = 0; k < 3 && !may(self(c), i.cap); k++) {
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
	return set_users(c, set_three);
}

enum outcome do_setresgid(struct call *c)
{
	return c->w->single_id ? set_three(c, group_ids(self(c))) : CALL_PASS;
}

/* The old id is the result, whether or not it was changed. */
static enum outcome set_fs(struct call *c, struct ids i)
{
	uint32_t id = (uint32_t)c->arg[0], old = *i.fs;

	if (id != NO_ID && !ids_beyond_map(id) && (may(self(c), i.cap) || id == *i.real || id == *i.effective || id == *i.saved))
		*i.fs = id;
	return done(c, old);
}

/* setfsuid, setfsgid. */
enum outcome do_setfsuid(struct call *c)
{
	struct proc *p = self(c);
	uint32_t old = p->fsuid;
	enum outcome o;

	if (!c->w->single_id)
		return CALL_PASS;
	o = set_fs(c, user_ids(p));
	if (!old && p->fsuid)
		p->cap_effective &= ~FILE_CAPS;
	else if (old && !p->fsuid)
		p->cap_effective |= p->cap_permitted & FILE_CAPS;
	return o;
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

/* setgroups: with CAP_SETGID only; more groups than the model keeps are refused. */
enum outcome do_setgroups(struct call *c)
{
	uint32_t groups[MAX_GROUPS], n = (uint32_t)c->arg[0];
	struct proc *p = self(c);

	if (!c->w->single_id)
		return CALL_PASS;
	if (!may(p, SETGID_CAP))
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
		if (groups[i] == NO_ID || ids_beyond_map(groups[i]))
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

/* capget: the model's, of any process. */
enum outcome do_capget(struct call *c)
{
	const struct proc *p = self(c);
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
	if (h.pid) {
		uint32_t task = x_task_of(c, h.pid);

		if (task == NO_INDEX)
			return done(c, -ESRCH);
		p = world_proc(c->w, task);
	}
	for (int i = 0; i < n; i++) {
		d[i].effective = (uint32_t)(p->cap_effective >> (32 * i));
		d[i].permitted = (uint32_t)(p->cap_permitted >> (32 * i));
		d[i].inheritable = (uint32_t)(p->cap_inheritable >> (32 * i));
	}
	if (c->arg[1] && x_write(c, c->arg[1], d, (size_t)n * sizeof d[0]) < 0)
		return done(c, -EFAULT);
	return done(c, 0);
}

/* capset: by the rules of security/commoncap.c, cap_capset; there is no bounding set but what the box gives. */
enum outcome do_capset(struct call *c)
{
	struct proc *p = self(c);
	struct cap_data d[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uint64_t effective, permitted, inheritable;
	struct cap_header h;
	int n;

	if (!c->w->single_id)
		return CALL_PASS;
	n = cap_words(c, &h);
	if (n < 0)
		return done(c, n);
	if (h.pid && h.pid != x_tid(c))
		return done(c, -EPERM);
	if (x_read(c, c->arg[1], d, (size_t)n * sizeof d[0]) < 0)
		return done(c, -EFAULT);
	effective = (d[0].effective | (uint64_t)d[1].effective << 32) & VALID_CAPS;
	permitted = (d[0].permitted | (uint64_t)d[1].permitted << 32) & VALID_CAPS;
	inheritable = (d[0].inheritable | (uint64_t)d[1].inheritable << 32) & VALID_CAPS;
	if ((!may(p, SETPCAP_CAP) && (inheritable & ~(p->cap_inheritable | p->cap_permitted))) ||
	    (inheritable & ~(p->cap_inheritable | c->w->guest_caps)) || (permitted & ~p->cap_permitted) || (effective & ~permitted))
		return done(c, -EPERM);
	p->cap_effective = effective;
	p->cap_permitted = permitted;
	p->cap_inheritable = inheritable;
	return done(c, 0);
}
