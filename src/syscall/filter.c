/* filter.c: the policy table as a seccomp filter. Hosted: runs in the supervisor before the box starts.
 *
 * Owns: the translation of rows into libseccomp rules. Must not know: any call by name or number.
 *
 * Invariants
 *  F1. What no rule names stops (RET_TRACE): an unknown number, and a conditional row whose condition holds. Rules only ever
 *      let calls pass or answer them, so a forgotten rule costs time, never determinism.
 *  F2. Calls of other architectures (int 0x80, x32) kill the process; the engine has refused such programs at exec.
 *
 * The kernel caches which numbers always pass (since 5.11) and does not run the filter for them; the rest is a binary tree. */
#include "syscall/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "syscall/table.h"

static int allow(scmp_filter_ctx ctx, unsigned nr)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, (int)nr, 0);
}

static int allow_if(scmp_filter_ctx ctx, unsigned nr, struct scmp_arg_cmp cmp)
{
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, (int)nr, 1, &cmp);
}

/* libseccomp has no "masked and not equal": the call passes when any single bit under the mask differs. */
static int allow_if_any_bit_differs(scmp_filter_ctx ctx, unsigned nr, const struct row *r)
{
	for (unsigned b = 0; b < 64; b++) {
		uint64_t bit = UINT64_C(1) << b;
		struct scmp_arg_cmp cmp = { .arg = (unsigned)r->when_arg, .op = SCMP_CMP_MASKED_EQ,
			.datum_a = bit, .datum_b = ~r->when_value & bit };
		int rc = r->when_mask & bit ? allow_if(ctx, nr, cmp) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Lets pass what the row's condition does not stop. */
static int add_conditional(scmp_filter_ctx ctx, unsigned nr, const struct row *r)
{
	struct scmp_arg_cmp cmp = { .arg = (unsigned)r->when_arg };

	switch (r->when) {
	case WHEN_IS:
		return allow_if_any_bit_differs(ctx, nr, r);
	case WHEN_IS_NOT:
		cmp.op = SCMP_CMP_MASKED_EQ;
		cmp.datum_a = r->when_mask;
		cmp.datum_b = r->when_value;
		return allow_if(ctx, nr, cmp);
	case WHEN_ABOVE:
		cmp.op = SCMP_CMP_LE;
		cmp.datum_a = r->when_value;
		return allow_if(ctx, nr, cmp);
	default:
		return 0;
	}
}

static int add_row(scmp_filter_ctx ctx, unsigned nr, const struct row *r, bool single_id)
{
	switch (r->class) {
	case ROW_PASS:
		return allow(ctx, nr);
	case ROW_FIXED:
		return seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint32_t)r->deny_errno), (int)nr, 0);
	case ROW_EDIT:
	case ROW_FAKE:
	case ROW_BLOCK:
	case ROW_LIFE:
		if (r->single && !single_id)
			return allow(ctx, nr);
		return add_conditional(ctx, nr, r);
	default:
		return 0; /* DENY and unknown numbers stop, to be counted */
	}
}

static int add_rows(scmp_filter_ctx ctx, bool single_id)
{
	for (unsigned nr = 0; nr < WORLD_NSYS; nr++) {
		int rc = add_row(ctx, nr, &syscall_rows[nr], single_id);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int set_attributes(scmp_filter_ctx ctx)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 0);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* binary tree */
	return rc;
}

/* libseccomp 2.5 exports to a descriptor only. */
static int export(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
	autoclose int fd = memfd_create("filter", MFD_CLOEXEC);
	autofree char *text = NULL;
	ssize_t n;
	int rc;

	if (fd < 0)
		return -errno;
	rc = seccomp_export_bpf(ctx, fd);
	if (rc < 0)
		return rc;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	n = fd_read_all(fd, &text, sizeof(struct sock_filter) * BPF_MAXINSNS);
	if (n < 0)
		return (int)n;
	if (n == 0 || (size_t)n % sizeof(struct sock_filter) != 0)
		return -EINVAL;
	ret->len = (unsigned short)((size_t)n / sizeof(struct sock_filter));
	ret->filter = xmalloc((size_t)n);
	memcpy(ret->filter, text, (size_t)n);
	return 0;
}

int filter_build(bool single_id, struct sock_fprog *ret, struct error *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE(0));
	int rc;

	if (!ctx)
		return error_set(e, ENOMEM, "cannot start a seccomp filter");
	rc = set_attributes(ctx);
	if (rc == 0)
		rc = add_rows(ctx, single_id);
	if (rc == 0)
		rc = export(ctx, ret);
	seccomp_release(ctx);
	if (rc < 0)
		return error_set(e, -rc, "cannot build the seccomp filter");
	return 0;
}

void filter_free(struct sock_fprog *f)
{
	free(f->filter);
	f->filter = NULL;
	f->len = 0;
}
