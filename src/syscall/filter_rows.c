/* filter_rows.c: the policy table as seccomp filters: a program that runs while detbuild is built, and writes them as C (filter_rows.h).
 *
 * Owns: the translation of rows into libseccomp rules. Must not know: any call by name or number.
 *
 * Invariants
 *  F1. What no rule names stops (RET_TRACE): an unknown number, and a conditional row of which a condition holds. Rules only ever
 *      let calls pass or answer them, so a forgotten rule costs time, never determinism.
 *  F2. Calls of other architectures (int 0x80, x32) kill the process; the engine has refused such programs at exec.
 *
 * The kernel caches which numbers always pass (since 5.11) and does not run the filter for them; the rest is a binary tree. */
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "syscall/table.h"

static int allow(scmp_filter_ctx ctx, unsigned nr)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, (int)nr, 0);
}

/* ---- conditions ----------------------------------------------------------------------------------------------------
 *
 * A row says when it stops: (a and b) or c ... The filter needs the opposite: (not a or not b) and not c ..., multiplied out into
 * rules, each a conjunction. libseccomp compares an argument once in a rule, so masks of the same argument are merged. */

struct rule { struct scmp_arg_cmp cmp[CALL_ARGS]; unsigned n; };
struct rules { struct rule rule[64]; unsigned n; };

/* Adds one comparison to a rule. False: the rule could never hold. */
static bool narrow(struct rule *r, const struct scmp_arg_cmp *c, int *ret_error)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct scmp_arg_cmp *o = &r->cmp[i];

		if (o->arg != c->arg)
			continue;
		if (o->op == SCMP_CMP_LE && c->op == SCMP_CMP_LE) {
			o->datum_a = o->datum_a < c->datum_a ? o->datum_a : c->datum_a;
			return true;
		}
		if (o->op != SCMP_CMP_MASKED_EQ || c->op != SCMP_CMP_MASKED_EQ) {
			*ret_error = -EINVAL; /* a row that this cannot say */
			return false;
		}
		if ((o->datum_b ^ c->datum_b) & o->datum_a & c->datum_a)
			return false;
		o->datum_a |= c->datum_a;
		o->datum_b |= c->datum_b;
		return true;
	}
	r->cmp[r->n++] = *c;
	return true;
}

/* Every old rule, narrowed by the comparison, goes to `to`. */
static int multiply(const struct rules *from, const struct scmp_arg_cmp *c, struct rules *to)
{
	int err = 0;

	for (unsigned i = 0; i < from->n; i++) {
		if (to->n == ARRAY_SIZE(to->rule))
			return -E2BIG;
		to->rule[to->n] = from->rule[i];
		if (narrow(&to->rule[to->n], c, &err))
			to->n++;
	}
	return err;
}

/* The ways in which one condition does not hold. */
static int multiply_unless(const struct rules *from, const struct row_condition *k, struct rules *to)
{
	struct scmp_arg_cmp c = { .arg = k->arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = k->mask, .datum_b = k->value };
	int err = 0;

	if (k->when == WHEN_IS_NOT)
		return multiply(from, &c, to);
	if (k->when == WHEN_ABOVE) {
		c.op = SCMP_CMP_LE;
		c.datum_a = k->value;
		return multiply(from, &c, to);
	}
	/* libseccomp has no "masked and not equal": any single bit under the mask differs. */
	for (uint64_t left = k->mask; left && err == 0; left &= left - 1) {
		c.datum_a = left & -left;
		c.datum_b = ~k->value & c.datum_a;
		err = multiply(from, &c, to);
	}
	return err;
}

/* Lets pass what the row's conditions do not stop. */
static int add_conditional(scmp_filter_ctx ctx, unsigned nr, const struct row *r)
{
	struct rules now = { .n = 1 }, next = { .n = 0 };
	int err = 0;

	if (r->when[0].when == WHEN_NONE)
		return 0;
	for (unsigned i = 0; err == 0 && i < ROW_CONDITIONS && r->when[i].when != WHEN_NONE; i++) {
		err = multiply_unless(&now, &r->when[i], &next);
		if (r->when[i].also)
			continue;
		now = next;
		next.n = 0;
	}
	for (unsigned i = 0; err == 0 && i < now.n; i++)
		err = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, (int)nr, now.rule[i].n, now.rule[i].cmp);
	return err;
}

static int add_row(scmp_filter_ctx ctx, unsigned nr, const struct row *r, bool single_id, bool every_call)
{
	if (every_call && r->class != ROW_FIXED)
		return 0;
	switch (r->class) {
	case ROW_PASS:
	case ROW_ASK:
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

static int add_rows(scmp_filter_ctx ctx, bool single_id, bool every_call)
{
	for (unsigned nr = 0; nr < WORLD_NSYS; nr++) {
		int rc = add_row(ctx, nr, &syscall_rows[nr], single_id, every_call);

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
static int print(scmp_filter_ctx ctx, const char *name)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct sock_filter code[BPF_MAXINSNS];
	ssize_t n;
	int rc;

	if (fd < 0)
		return -errno;
	rc = seccomp_export_bpf(ctx, fd);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	n = pread(fd, code, sizeof(code), 0);
	close(fd);
	if (n <= 0 || (size_t)n % sizeof(*code) != 0)
		return -EINVAL;
	printf("static const struct sock_filter %s[] = {\n", name);
	for (size_t i = 0; i < (size_t)n / sizeof(*code); i++)
		printf("\t{ %#x, %u, %u, %#x },\n", code[i].code, code[i].jt, code[i].jf, code[i].k);
	puts("};");
	return 0;
}

static int print_filter(bool single_id, bool every_call, const char *name)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE(0));
	int rc = ctx ? set_attributes(ctx) : -ENOMEM;

	if (rc == 0)
		rc = add_rows(ctx, single_id, every_call);
	if (rc == 0)
		rc = print(ctx, name);
	seccomp_release(ctx);
	if (rc < 0)
		fprintf(stderr, "cannot make the seccomp filter: %s\n", strerror(-rc));
	return rc;
}

int main(void)
{
	static const char *const names[2][2] = { { "usual", "usual_every_call" }, { "single_id", "single_id_every_call" } };

	seccomp_api_set(3); /* with the action that kills a process, whatever kernel this is: the filter is for another one */
	puts("/* Made by filter_rows.c. */\n#include \"syscall/filter_rows.h\"\n");
	for (int single = 0; single < 2; single++)
		for (int every = 0; every < 2; every++)
			if (print_filter(single, every, names[single][every]) < 0)
				return 1;
	puts("\nconst struct filter_rows filter_rows[2][2] = {");
	for (int single = 0; single < 2; single++)
		for (int every = 0; every < 2; every++)
			printf("\t[%d][%d] = { %s, sizeof(%s) / sizeof(%s[0]) },\n", single, every, names[single][every], names[single][every], names[single][every]);
	puts("};");
	return fflush(stdout) != 0 || ferror(stdout);
}
