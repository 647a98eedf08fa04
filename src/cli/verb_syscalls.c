/* verb_syscalls.c: `detbuild syscalls`: the policy table, for people and for programs. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/option.h"
#include "cli/verb.h"
#include "syscall/table.h"

struct syscalls_values {
	const char *class;
	bool json;
};

static const struct opt syscalls_opts[] = {
	{ "class", 'c', OPT_CHOICE, offsetof(struct syscalls_values, class), "pass|edit|fake|block|life|deny|fixed", "only the calls of this class", NULL },
	{ "json", 0, OPT_FLAG, offsetof(struct syscalls_values, json), NULL, "write JSON on standard output", NULL },
	{ 0 },
};

static const struct opt *const syscalls_tables[] = { syscalls_opts, NULL };

static bool is_wanted(const struct row *r, const char *class, char *const *names)
{
	if (r->class == ROW_NONE || (class && strcasecmp(syscall_class_name(r->class), class) != 0))
		return false;
	for (char *const *n = names; *n; n++)
		if (!strcmp(*n, r->name))
			return true;
	return !names[0];
}

enum { CONDITION_SIZE = 256 };

/* When a row stops, in words; empty for rows that always do or never do. */
static void condition(const struct row *r, char *ret, size_t size)
{
	static const char *const forms[] = { [WHEN_IS] = "argument %d & %#llx == %#llx", [WHEN_IS_NOT] = "argument %d & %#llx != %#llx",
		[WHEN_ABOVE] = "argument %d > %#llx" };
	size_t n = 0;

	ret[0] = '\0';
	if (r->single)
		snprintf(ret, size, "the box has a single id");
	for (size_t i = 0; i < ROW_CONDITIONS && r->when[i].when != WHEN_NONE && n < size; i++) {
		const struct row_condition *k = &r->when[i];
		unsigned long long mask = k->mask, value = k->value;

		if (i)
			n += (size_t)snprintf(ret + n, size - n, r->when[i - 1].also ? " and " : ", or ");
		if (n < size)
			n += (size_t)snprintf(ret + n, size - n, forms[k->when], k->arg + 1, k->when == WHEN_ABOVE ? value : mask, value);
	}
}

static void print_row(unsigned nr, const struct row *r)
{
	char when[CONDITION_SIZE], answer[32] = "";

	condition(r, when, sizeof(when));
	if (r->class == ROW_DENY || r->class == ROW_FIXED)
		snprintf(answer, sizeof(answer), "%s: ", r->deny_errno ? strerrorname_np(r->deny_errno) : "0");
	printf("%3u  %-24s %-5s  %s%s%s%s%s%s\n", nr, r->name, syscall_class_name(r->class), answer, r->why, when[0] ? " (only when " : "", when, when[0] ? ")" : "",
	       row_is_near(r) ? " (by the agent, too)" : "");
}

static void json_row(struct json *j, unsigned nr, const struct row *r)
{
	char when[CONDITION_SIZE];

	condition(r, when, sizeof(when));
	json_object(j, NULL);
	json_uint(j, "number", nr);
	json_string(j, "name", r->name);
	json_string(j, "class", syscall_class_name(r->class));
	json_string(j, "arguments", r->args);
	if (r->class == ROW_DENY || r->class == ROW_FIXED)
		json_string(j, "answer", r->deny_errno ? strerrorname_np(r->deny_errno) : "0");
	if (when[0])
		json_string(j, "when", when);
	json_bool(j, "agent", row_is_near(r));
	json_string(j, "why", r->why);
	json_end(j, '}');
}

static int check_names(char **args, struct error *e)
{
	for (char **n = args; *n; n++) {
		unsigned nr = 0;

		while (nr < WORLD_NSYS && strcmp(syscall_name(nr), *n) != 0)
			nr++;
		if (nr == WORLD_NSYS)
			return usage_error(e, "syscalls: there is no system call '%s'", *n);
	}
	return 0;
}

static int syscalls_run(void *values, char **args, struct error *e)
{
	const struct syscalls_values *v = values;
	struct json j;
	int r = check_names(args, e);

	if (r < 0)
		return r;
	if (v->json) {
		json_begin(&j, stdout);
		json_array(&j, NULL);
	}
	for (unsigned nr = 0; nr < WORLD_NSYS; nr++) {
		const struct row *row = &syscall_rows[nr];

		if (!is_wanted(row, v->class, args))
			continue;
		if (v->json)
			json_row(&j, nr, row);
		else
			print_row(nr, row);
	}
	if (v->json) {
		json_end(&j, ']');
		json_finish(&j);
	}
	return 0;
}

const struct verb verb_syscalls = {
	.name = "syscalls",
	.synopsis = "[OPTION]... [NAME]...",
	.summary = "print the policy for every system call",
	.description = "Prints number, name, class and reason of every x86-64 system call, or of those named.\n\n"
		"PASS: never looked at, for the result follows from past calls. ASK: likewise, and made again it changes nothing. EDIT: performed, "
		"with arguments or result rewritten. FAKE: answered from the model. BLOCK: may wait; the scheduler decides. LIFE: starts or ends threads, processes, programs. DENY: refused, counted, "
		"ends the run under --strict. FIXED: always the same answer, given by the filter. "
		"What the agent may answer in the program itself, without a stop, is marked.\n\n"
		"A number that is not in the table answers ENOSYS and is counted.",
	.examples = "detbuild syscalls --class deny\twhat a build may not do\ndetbuild syscalls openat mmap\ttwo rows",
	.tables = syscalls_tables,
	.values_size = sizeof(struct syscalls_values),
	.run = syscalls_run,
};
