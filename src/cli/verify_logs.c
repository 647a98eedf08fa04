/* verify_logs.c: pairs up the event logs of two runs and compares them one by one, in the order of their names. */
#include "cli/verify_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/strv.h"
#include "report/tree.h"
#include "syscall/table.h"

static const char *call_arguments(uint32_t nr)
{
	return nr < WORLD_NSYS ? syscall_rows[nr].args : NULL;
}

/* The table's calls that write. */
static bool call_writes(uint32_t nr)
{
	const struct row *row = nr < WORLD_NSYS ? &syscall_rows[nr] : NULL;

	return row && (row->handle == do_write || row->handle == do_send || row->handle == do_sendfile || row->handle == do_copy_file_range ||
		       row->handle == do_splice || row->handle == do_tee);
}

static bool call_copies(uint32_t nr)
{
	return call_writes(nr) && syscall_rows[nr].handle != do_write && syscall_rows[nr].handle != do_send;
}

/* openat2's flags lie in the guest's memory. */
static bool call_opens(uint32_t nr, const uint64_t *args)
{
	const struct row *row = nr < WORLD_NSYS ? &syscall_rows[nr] : NULL;

	if (!row || row->handle != do_open || nr == SYS_creat)
		return false;
	return nr == SYS_openat2 || (args[nr == SYS_openat ? 2 : 1] & O_ACCMODE) != O_WRONLY;
}

const struct evlog_names *log_names(void)
{
	static const struct evlog_names names = {
		.call = syscall_name, .arguments = call_arguments, .writes = call_writes, .copies = call_copies, .opens = call_opens,
	};

	return &names;
}

static bool is_log(const char *path)
{
	size_t n = strlen(path), s = strlen(LOG_SUFFIX);

	return n > s && strcmp(path + n - s, LOG_SUFFIX) == 0;
}

/* Paths of the logs below dir, sorted. */
static int find_logs(const char *dir, char ***ret, struct error *e)
{
	struct tree t;
	int r = tree_walk(dir, &t, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < t.n; i++)
		if (t.entries[i].type == 'f' && is_log(t.entries[i].path))
			strv_add(ret, t.entries[i].path);
	tree_clear(&t);
	if (strv_len(*ret) > 0)
		return 0;
	error_set(e, 0, "there is no event log (*%s) in %s", LOG_SUFFIX, dir);
	error_hint(e, "give --log FILE%s to the runs, or --keep-logs to verify", LOG_SUFFIX);
	return -ENOENT;
}

static const char *only_in_one(char *const *a, char *const *b)
{
	for (; a && *a; a++)
		if (!strv_has(b, *a))
			return *a;
	return NULL;
}

/* A log that only one run has is itself a difference: a traced command was started in one run and not in the other. */
static int report_unpaired(char *const *a, char *const *b, const struct evdiff_options *o, FILE *out)
{
	const char *in_a = only_in_one(a, b), *in_b = only_in_one(b, a);
	struct json j;

	if (!in_a && !in_b)
		return 0;
	if (o->json) {
		json_begin(&j, out);
		json_object(&j, NULL);
		json_bool(&j, "same", false);
		json_string(&j, "only_in_a", in_a);
		json_string(&j, "only_in_b", in_b);
		json_end(&j, '}');
		json_finish(&j);
	} else {
		if (in_a)
			fprintf(out, "only the first run has the log %s\n", in_a);
		if (in_b)
			fprintf(out, "only the second run has the log %s\n", in_b);
	}
	return 1;
}

static void report_equal(size_t count, const struct evdiff_options *o, FILE *out)
{
	struct json j;

	if (!o->json) {
		fprintf(out, "all %zu logs are equal\n", count);
		return;
	}
	json_begin(&j, out);
	json_object(&j, NULL);
	json_bool(&j, "same", true);
	json_uint(&j, "logs", count);
	json_end(&j, '}');
	json_finish(&j);
}

/* Equal logs are worth one line altogether, so the text of a pair is shown only when it matters. */
static int compare_pair(const char *path_a, const char *path_b, const struct evdiff_options *o, FILE *out, struct error *e)
{
	autofree char *text = NULL;
	size_t length = 0;
	autofclose FILE *f = open_memstream(&text, &length);
	int r;

	if (!f)
		return -errno;
	r = evdiff_files(path_a, path_b, o, log_names(), f, e);
	if (fflush(f) != 0 || !text)
		return -ENOMEM;
	if (r != 0)
		fwrite(text, 1, length, out);
	return r;
}

static int compare_directories(const char *dir_a, const char *dir_b, const struct evdiff_options *o, FILE *out, struct error *e)
{
	autostrv char **a = NULL, **b = NULL;
	size_t count;
	int r = find_logs(dir_a, &a, e);

	if (r == 0)
		r = find_logs(dir_b, &b, e);
	if (r < 0)
		return r;
	count = strv_len(a);
	for (char **p = a; r == 0 && p && *p; p++) {
		autofree char *path_a = xasprintf("%s/%s", dir_a, *p), *path_b = xasprintf("%s/%s", dir_b, *p);
		if (strv_has(b, *p))
			r = compare_pair(path_a, path_b, o, out, e);
	}
	if (r == 0)
		r = report_unpaired(a, b, o, out);
	if (r == 0)
		report_equal(count, o, out);
	return r;
}

int logs_compare(const char *run_a, const char *run_b, const struct evdiff_options *o, FILE *out, struct error *e)
{
	if (path_is_dir(run_a) && path_is_dir(run_b))
		return compare_directories(run_a, run_b, o, out, e);
	if (path_is_dir(run_a) || path_is_dir(run_b)) {
		error_set(e, 0, "%s is a directory and %s is not", path_is_dir(run_a) ? run_a : run_b, path_is_dir(run_a) ? run_b : run_a);
		return -EINVAL;
	}
	return evdiff_files(run_a, run_b, o, log_names(), out, e);
}
