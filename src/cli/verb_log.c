/* verb_log.c: `detbuild log print|stat FILE`: an event log for people and for programs. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/option.h"
#include "cli/verb.h"
#include "cli/verify_logs.h"
#include "report/evlives.h"
#include "syscall/table.h"

struct log_values {
	uint64_t task_plus_1;
	char **calls;
	bool json;
};

static const struct opt log_opts[] = {
	{ "task", 't', OPT_INDEX, offsetof(struct log_values, task_plus_1), "N", "only events of task N", NULL },
	{ "syscall", 's', OPT_LIST, offsetof(struct log_values, calls), "NAME", "only this system call; may be given again", NULL },
	{ "json", 0, OPT_FLAG, offsetof(struct log_values, json), NULL, "write JSON on standard output", NULL },
	{ 0 },
};

struct wanted {
	uint64_t task_plus_1;
	bool by_call;
	bool calls[WORLD_NSYS];
};

static int wanted_from(const struct log_values *v, struct wanted *ret, struct error *e)
{
	*ret = (struct wanted){ .task_plus_1 = v->task_plus_1, .by_call = strv_len(v->calls) > 0 };
	for (char **name = v->calls; name && *name; name++) {
		uint32_t nr = 0;
		while (nr < WORLD_NSYS && strcmp(syscall_name(nr), *name) != 0)
			nr++;
		if (nr == WORLD_NSYS) {
			usage_error(e, "log: there is no system call '%s'", *name);
			error_hint(e, "'detbuild syscalls' lists them");
			return -EINVAL;
		}
		ret->calls[nr] = true;
	}
	return 0;
}

static bool is_wanted(const struct wanted *w, const struct evlog_record *r)
{
	if (w->task_plus_1 > 0 && r->task != w->task_plus_1 - 1)
		return false;
	return !w->by_call || (r->kind == EVLOG_SYSCALL && r->nr < WORLD_NSYS && w->calls[r->nr]);
}

static void print_head(const struct evlog_head *h, struct json *j)
{
	if (!j) {
		printf("# seed %" PRIu64 ", epoch %" PRId64 ", options: %s\n", h->seed, h->epoch, h->options);
		return;
	}
	json_object(j, NULL);
	json_uint(j, "seed", h->seed);
	json_int(j, "epoch", h->epoch);
	json_string(j, "options", h->options);
}

static int print_events(struct evlog_reader *reader, const struct wanted *w, struct json *j, struct error *e)
{
	struct evtasks *tasks = evtasks_new();
	struct evlog_record r;
	int rc;

	while ((rc = evlog_next(reader, &r, e)) == 1) {
		evtasks_learn(tasks, &r);
		if (!is_wanted(w, &r))
			continue;
		if (j)
			evlog_json(j, NULL, evlog_position(reader), &r, tasks, log_names());
		else
			evlog_print(stdout, evlog_position(reader), &r, tasks, log_names());
	}
	evtasks_free(tasks);
	return rc;
}

static int log_print(const char *path, const struct log_values *v, struct error *e)
{
	struct evlog_reader *reader;
	struct evlog_head head;
	struct wanted w;
	struct json j;
	int rc = wanted_from(v, &w, e);

	if (rc == 0)
		rc = evlog_open(path, &reader, &head, e);
	if (rc < 0)
		return rc;
	json_begin(&j, stdout);
	print_head(&head, v->json ? &j : NULL);
	if (v->json)
		json_array(&j, "events");
	rc = print_events(reader, &w, v->json ? &j : NULL, e);
	if (v->json) {
		json_end(&j, ']');
		json_bool(&j, "complete", rc == 0);
		json_end(&j, '}');
		json_finish(&j);
	}
	evlog_reader_free(reader);
	return rc;
}

/* --- stat --- */

struct stat_counts {
	uint64_t calls[WORLD_NSYS], errors[WORLD_NSYS];
	uint64_t kinds[EVLOG_KINDS];
	uint64_t events, other_calls;
	struct evlives lives;
};

static void count(struct stat_counts *c, uint64_t seq, const struct evlog_record *r)
{
	c->events++;
	c->kinds[r->kind]++;
	evlives_learn(&c->lives, seq, r);
	if (r->kind != EVLOG_SYSCALL)
		return;
	if (r->nr >= WORLD_NSYS) {
		c->other_calls++;
		return;
	}
	c->calls[r->nr]++;
	c->errors[r->nr] += r->result < 0 && r->result > -4096;
}

static const struct stat_counts *sorting; /* qsort has no room for it */

static int by_calls(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t m = sorting->calls[x], n = sorting->calls[y];

	return m != n ? (m < n) - (m > n) : (x > y) - (x < y);
}

static void stat_json(const struct stat_counts *c, const uint32_t *order, size_t n, const struct evtasks *tasks, bool complete)
{
	struct evtask t;
	struct json j;

	json_begin(&j, stdout);
	json_object(&j, NULL);
	json_uint(&j, "events", c->events);
	json_bool(&j, "complete", complete);
	for (int k = 0; k < EVLOG_KINDS; k++)
		json_uint(&j, evlog_kind_name((enum evlog_kind)k), c->kinds[k]);
	json_array(&j, "calls");
	for (size_t i = 0; i < n; i++) {
		json_object(&j, NULL);
		json_string(&j, "call", syscall_name(order[i]));
		json_uint(&j, "count", c->calls[order[i]]);
		json_uint(&j, "errors", c->errors[order[i]]);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_array(&j, "tasks");
	for (size_t i = 0; i < c->lives.n; i++) {
		evtasks_find(tasks, c->lives.items[i].task, &t);
		autofree char *command = evtask_command(&t, 4096);
		json_object(&j, NULL);
		json_uint(&j, "task", c->lives.items[i].task);
		json_uint(&j, "events", c->lives.items[i].events);
		json_string(&j, "command", command);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	json_finish(&j);
}

static void stat_text(const struct stat_counts *c, const uint32_t *order, size_t n, const struct evtasks *tasks)
{
	struct evtask t;

	printf("%" PRIu64 " events, %zu tasks", c->events, c->lives.n);
	for (int k = 0; k < EVLOG_KINDS; k++)
		printf(", %" PRIu64 " %s", c->kinds[k], evlog_kind_name((enum evlog_kind)k));
	printf("\n\n%12s %10s  call\n", "count", "errors");
	for (size_t i = 0; i < n; i++)
		printf("%12" PRIu64 " %10" PRIu64 "  %s\n", c->calls[order[i]], c->errors[order[i]], syscall_name(order[i]));
	if (c->other_calls > 0)
		printf("%12" PRIu64 " %10s  (numbers without a row)\n", c->other_calls, "");
	printf("\n%12s %10s  command\n", "events", "task");
	for (size_t i = 0; i < c->lives.n; i++) {
		evtasks_find(tasks, c->lives.items[i].task, &t);
		autofree char *command = evtask_command(&t, 120);
		printf("%12" PRIu64 " %10" PRIu32 "  %s\n", c->lives.items[i].events, c->lives.items[i].task, command);
	}
}

static int log_stat(const char *path, const struct log_values *v, struct error *e)
{
	autofree struct stat_counts *c = xzalloc(sizeof(*c));
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	uint32_t order[WORLD_NSYS];
	size_t n = 0;
	int rc = evlog_open(path, &reader, &head, e);

	if (rc < 0)
		return rc;
	struct evtasks *tasks = evtasks_new();
	while ((rc = evlog_next(reader, &r, e)) == 1) {
		evtasks_learn(tasks, &r);
		count(c, evlog_position(reader), &r);
	}
	for (uint32_t i = 0; i < WORLD_NSYS; i++)
		if (c->calls[i] > 0)
			order[n++] = i;
	sorting = c;
	qsort(order, n, sizeof(*order), by_calls);
	evlives_by_events(&c->lives);
	if (v->json)
		stat_json(c, order, n, tasks, rc == 0);
	else
		stat_text(c, order, n, tasks);
	evtasks_free(tasks);
	evlog_reader_free(reader);
	evlives_clear(&c->lives);
	return rc;
}

static int log_run(void *values, char **args, struct error *e)
{
	int r;

	if (strv_len(args) != 2)
		return usage_error(e, "log takes 'print' or 'stat' and one event log");
	if (strcmp(args[0], "print") == 0)
		r = log_print(args[1], values, e);
	else if (strcmp(args[0], "stat") == 0)
		r = log_stat(args[1], values, e);
	else
		return usage_error(e, "log: '%s' is neither 'print' nor 'stat'", args[0]);
	if (r < 0)
		e->exit_code = 2;
	return r;
}

const struct verb verb_log = {
	.name = "log",
	.synopsis = "print|stat [OPTION]... FILE",
	.summary = "read an event log",
	.description = "`print` writes one line for each event: its number, the task and its program, the call with arguments and result, the "
		"path or command line where there is one, and after # the rolling hash of the bytes of that stream. `stat` counts events by "
		"system call and by task.\n\n"
		"A log that was cut short (the run was killed) is shown as far as it goes.\n\n"
		"Exit status: 0, or 2 when the log cannot be read, is damaged or cut short.",
	.examples = "detbuild log print hello.log.bin\tall events\n"
		"detbuild log print --syscall openat --task 0 hello.log.bin\tfiles opened by the first process\n"
		"detbuild log stat hello.log.bin\twhat the run did most",
	.tables = (const struct opt *const[]){ log_opts, NULL },
	.values_size = sizeof(struct log_values),
	.run = log_run,
};
