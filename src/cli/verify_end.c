/* verify_end.c: tells the end of a command from detbuild's own. */
#include "cli/verify_end.h"

#include <string.h>

#include "base/fd.h"
#include "base/mem.h"

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

int verify_common_failure(const struct verify_job *jobs, size_t n)
{
	for (size_t k = 1; k < n; k++)
		if (jobs[k].status != jobs[0].status)
			return 0;
	return jobs[0].status;
}
