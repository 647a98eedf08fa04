/* The ids of src/syscall/ids.c, against the rules of setuid(2) and its relatives. */
#include "test.h"
#include "net_fake.h"

#include <linux/capability.h>

fake_handler do_getuid, do_geteuid, do_setuid, do_setgid, do_setreuid, do_setresuid, do_setresgid, do_getresuid, do_getresgid, do_getgroups, do_setgroups,
	do_setfsuid, do_capget, do_capset;

#define KEEP UINT32_MAX
#define CAPS UINT64_C(0x801ff) /* CHOWN ... SETPCAP, and SYS_TIME for one in between */

static int64_t call(fake_handler *h, uint64_t a, uint64_t b, uint64_t d)
{
	return fake_value(fake_run(h, 0, a, b, d, 0, 0, 0));
}

/* "real effective saved fs" */
static const char *ids(void)
{
	static char s[64];
	uint32_t r = 0, e = 0, v = 0;

	if (call(do_getresuid, G(&r), G(&e), G(&v)) != 0)
		return "?";
	snprintf(s, sizeof s, "%u %u %u %lld", r, e, v, (long long)call(do_setfsuid, KEEP, 0, 0));
	return s;
}

static void reset(uint32_t r, uint32_t e, uint32_t s)
{
	struct proc *p = &fake_world->procs[0];

	p->ruid = p->rgid = r;
	p->euid = p->fsuid = p->egid = p->fsgid = e;
	p->suid = p->sgid = s;
	p->cap_permitted = r && e && s ? 0 : CAPS;
	p->cap_effective = e ? 0 : CAPS;
	p->cap_inheritable = 0;
}

static void user_tests(void)
{
	reset(0, 0, 0);
	test_int(call(do_setuid, KEEP, 0, 0), -EINVAL, "setuid(-1)");
	test_int(call(do_setuid, 1000, 0, 0), 0, "setuid as root");
	test_str(ids(), "1000 1000 1000 1000", "sets them all");
	test_int(call(do_setuid, 0, 0, 0), -EPERM, "there is no way back");
	reset(0, 0, 0);
	test_int(call(do_setresuid, KEEP, 1000, KEEP), 0, "seteuid as root");
	test_str(ids(), "0 1000 0 1000", "sets the effective one");
	test_int(call(do_setresuid, 5, KEEP, KEEP), -EPERM, "others are refused then");
	test_int(call(do_setresuid, KEEP, 0, KEEP), 0, "seteuid back");
	test_str(ids(), "0 0 0 0", "root again");
	test_int(call(do_setreuid, 7, 8, 0), 0, "setreuid");
	test_str(ids(), "7 8 8 8", "saves the effective id");
	test_int(call(do_setreuid, 8, 7, 0), 0, "setreuid may swap");
	test_str(ids(), "8 7 7 7", "and does");
	reset(1000, 1000, 50);
	test_int(call(do_setuid, 50, 0, 0), 0, "setuid to the saved id");
	test_str(ids(), "1000 50 50 50", "changes the effective id only");
	test_int(call(do_setfsuid, 1000, 0, 0), 50, "setfsuid tells the old id");
	test_str(ids(), "1000 50 50 1000", "and sets the new one");
	test_int(call(do_setfsuid, 3, 0, 0), 1000, "or not");
	test_str(ids(), "1000 50 50 1000", "when it may not");
	test_int(call(do_getresuid, 8, 8, 8), -EFAULT, "bad address");
}

static void group_tests(void)
{
	uint32_t g[3] = { 30, 10, 20 }, got[32] = { 0 };

	reset(0, 0, 0);
	test_int(call(do_setgroups, 3, G(g), 0), 0, "setgroups");
	test_int(call(do_getgroups, 0, 0, 0), 3, "number of groups");
	test_int(call(do_getgroups, 2, G(got), 0), -EINVAL, "too little room");
	test_int(call(do_getgroups, 32, G(got), 0), 3, "groups");
	test_ok(got[0] == 10 && got[1] == 20 && got[2] == 30, "in ascending order");
	test_int(call(do_setgroups, 33, G(got), 0), -EINVAL, "more than the model keeps");
	test_int(call(do_setresgid, 5, 6, 7), 0, "setresgid");
	test_int(call(do_setuid, 1000, 0, 0), 0, "drop");
	test_int(call(do_setgroups, 0, 0, 0), -EPERM, "setgroups without privilege");
	test_int(call(do_setgid, 7, 0, 0), 0, "setgid to the saved group");
	test_int(call(do_setgid, 6, 0, 0), -EPERM, "setgid to another");
}

static bool caps(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	return call(do_capget, G(&h), G(d), 0) == 0 && (d[0].effective | (uint64_t)d[1].effective << 32) == effective &&
	       (d[0].permitted | (uint64_t)d[1].permitted << 32) == permitted && (d[0].inheritable | (uint64_t)d[1].inheritable << 32) == inheritable;
}

static int64_t set_caps(uint32_t effective, uint32_t permitted, uint32_t inheritable)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { effective, permitted, inheritable } };

	return call(do_capset, G(&h), G(d), 0);
}

static void capability_tests(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, getpid() }, odd = { 1, 0 };
	struct __user_cap_data_struct d[2];

	fake_world->guest_caps = CAPS;
	reset(0, 0, 0);
	test_ok(caps(CAPS, CAPS, 0), "root has what the box gives");
	test_int(set_caps(1, 3, 0x101), 0, "capset of less");
	test_ok(caps(1, 3, 0x101), "is kept");
	test_int(set_caps(1, 7, 0), -EPERM, "no more permitted than there was");
	test_int(set_caps(4, 3, 0), -EPERM, "nothing effective that is not permitted");
	test_int(call(do_setuid, 1000, 0, 0), -EPERM, "root without CAP_SETUID changes to nobody");
	test_int(set_caps(1, 3, 0x181), -EPERM, "without CAP_SETPCAP, no more to inherit than is permitted");
	reset(0, 0, 0);
	test_int(set_caps(CAPS & 0xffffffff, CAPS & 0xffffffff, 1u << 30), -EPERM, "nothing to inherit that the box has not");
	test_int(call(do_setresuid, KEEP, 1000, KEEP), 0, "an effective user");
	test_ok(caps(0, CAPS, 0), "loses what is effective");
	test_int(call(do_setresuid, KEEP, 0, KEEP), 0, "and back");
	test_ok(caps(CAPS, CAPS, 0), "has it again");
	test_int(call(do_setfsuid, 5, 0, 0), 0, "a user for files");
	test_ok(caps(CAPS & ~UINT64_C(0x1f), CAPS, 0), "loses those for files");
	test_int(call(do_setfsuid, 0, 0, 0), 5, "and back");
	test_ok(caps(CAPS, CAPS, 0), "has them again");
	test_int(call(do_setresuid, 7, 7, 7), 0, "a user for good");
	test_ok(caps(0, 0, 0), "has none");
	test_int(set_caps(1, 1, 0), -EPERM, "and wins none");
	test_int(call(do_capget, G(&h), G(d), 0), 0, "of one's own id");
	h.pid = 999999;
	test_int(call(do_capget, G(&h), G(d), 0), -ESRCH, "of nobody's");
	test_int(call(do_capset, G(&h), G(d), 0), -EPERM, "capset of another");
	test_int(call(do_capget, G(&odd), 0, 0), 0, "asking for the version");
	test_int(odd.version, _LINUX_CAPABILITY_VERSION_3, "tells it");
}

static void exec_tests(void)
{
	struct proc *p = &fake_world->procs[0];

	reset(0, 0, 0);
	world_exec_credentials(fake_world, p);
	test_ok(caps(CAPS, CAPS, 0), "root's program has root's");
	test_int(set_caps(1, 3, 0), 0, "less");
	world_exec_credentials(fake_world, p);
	test_ok(caps(3, 3, 0), "what is permitted is effective in a new program of root's, and no more");
	reset(1000, 1000, 1000);
	world_exec_credentials(fake_world, p);
	test_ok(caps(0, 0, 0), "a user's has none");
	reset(0, 1000, 0);
	world_exec_credentials(fake_world, p);
	test_ok(caps(0, CAPS, 0), "the real user permits, the effective one decides");
	test_str(ids(), "0 1000 1000 1000", "the effective one is saved");
	reset(1000, 0, 0);
	p->cap_permitted = p->cap_effective = 1;
	world_exec_credentials(fake_world, p);
	test_str(ids(), "1000 1000 1000 1000", "who would win capabilities is who started it");
	test_ok(caps(1, 1, 0), "with what there was");
}

int main(void)
{
	fake_begin();
	test_ok(fake_run(do_getuid, 0, 0, 0, 0, 0, 0, 0) == CALL_PASS, "with a range of ids the kernel answers");
	fake_world->single_id = 1;
	user_tests();
	group_tests();
	capability_tests();
	exec_tests();
	return test_end();
}
