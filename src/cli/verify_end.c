/* verify_end.c: tells the end of a command from detbuild's own. */
#include "cli/verify_end.h"

#include <string.h>

#include "base/fd.h"
#include "base/mem.h"

#define REPORT_MAX (16u << 20) /* bytes; it counts calls and lists options */

bool verify_command_ended(const char *report)
{
	/* As write_report() of verb_run.c writes it; inside a string of the report the quotes would have backslashes. */
	static const char *const own[] = { "\"end\": \"exited\"", "\"end\": \"signaled\"" };
	autofree char *text = NULL;

	if (file_read(report, &text, REPORT_MAX) <= 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strstr(text, own[i]))
			return true;
	return false;
}

int verify_common_failure(const struct verify_job *jobs, size_t n)
{
	for (size_t k = 1; k < n; k++)
		if (jobs[k].status != jobs[0].status)
			return 0;
	return jobs[0].status;
}
