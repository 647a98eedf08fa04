/* verify_end.c: tells the end of a command from detbuild's own. */
#include "cli/verify_end.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "cli/verify_work.h"

#define REPORT_MAX (16u << 20) /* bytes; it counts calls and lists options */

bool verify_command_ended(const char *report)
{
	/* As put_report() of run_report.c writes it. The first counts: before it stands nothing but the command, in whose words quotes have backslashes. */
	static const char key[] = "\"end\": \"";
	static const char *const own[] = { "exited\"", "signaled\"" };
	autofree char *text = NULL;
	const char *end;

	if (file_read(report, &text, REPORT_MAX) <= 0)
		return false;
	end = strstr(text, key);
	for (size_t i = 0; end && i < ARRAY_SIZE(own); i++)
		if (strncmp(end + strlen(key), own[i], strlen(own[i])) == 0)
			return true;
	return false;
}

char *verify_build_log(const char *dir)
{
	static const char ending[] = ".detbuild.log";
	DIR *d = opendir(dir);
	char *ret = NULL;

	for (struct dirent *de; d && !ret && (de = readdir(d)) != NULL;) {
		size_t n = strlen(de->d_name);
		if (n >= strlen(ending) && strcmp(de->d_name + n - strlen(ending), ending) == 0)
			ret = xasprintf("%s/%s", dir, de->d_name);
	}
	if (d)
		closedir(d);
	return ret;
}

/* A command that detbuild ended has left its tree. With these statuses it never began. */
static bool command_began(const struct verify_job *j)
{
	enum { WRONG_USE = 2, MISSING = 4 };

	return j->cwd && j->status != WRONG_USE && j->status != MISSING;
}

static bool is_empty(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_size == 0;
}

int verify_run_failed(const char *which, const struct verify_job *j, const char *base, struct error *e)
{
	static char *repeat; /* e points to it */
	autofree char *log = j->cwd ? NULL : verify_build_log(j->vary->dir);
	bool began = log || command_began(j), whole;

	if (log)
		work_show_end(log);
	whole = work_show_end(j->stderr_path);
	began |= !whole;
	if (began)
		error_set(e, 0, "%s ended with status %d; see %s", which, j->status, log ? log : j->stderr_path);
	else
		error_set(e, 0, "%s ended with status %d before anything was built", which, j->status);
	e->exit_code = j->status > 1 ? j->status : 125; /* 1 would say that there is a difference */
	if (!began && is_empty(j->stderr_path))
		error_hint(e, "it said nothing: is there room left on the disk of %s?", base);
	if (!began)
		return -ENODATA;
	error_hint(e, "all that was built is kept in %s; remove it when you have looked%s", base, log ? ", and the tree of the build with 'detbuild pkg --clean'" : "");
	free(repeat);
	repeat = verify_command_line(j);
	e->repeat = repeat;
	return -ECHILD;
}

int verify_common_failure(const struct verify_job *jobs, size_t n)
{
	for (size_t k = 1; k < n; k++)
		if (jobs[k].status != jobs[0].status)
			return 0;
	return jobs[0].status;
}
