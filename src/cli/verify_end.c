/* verify_end.c: tells the end of a command from detbuild's own, and shows what a failed run wrote last. */
#include "cli/verify_end.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/utf8.h"

#define REPORT_MAX (16u << 20) /* bytes; it counts calls and lists options */
#define SHOWN_LINES 20
#define SHOWN_BYTES 16384      /* as pkg shows the end of its logs */

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

/* The build wrote it: what would steer the terminal becomes '?'. */
static void put_text(const unsigned char *p, FILE *f)
{
	while (*p) {
		size_t n = utf8_length(p);
		uint32_t c = n > 0 ? utf8_character(p, n) : 0;

		if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0)
			fwrite(p, 1, n, f);
		else
			fputc('?', f);
		p += n > 0 ? n : 1;
	}
}

static const char *last_lines(const char *text, size_t n, int lines)
{
	const char *p = text + n - 1;

	while (p > text && (p[-1] != '\n' || --lines > 0))
		p--;
	return p;
}

void verify_show_end(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	autofree char *text = NULL;

	if (fd < 0)
		return;
	lseek(fd, -SHOWN_BYTES, SEEK_END); /* a shorter file: from its beginning */
	ssize_t n = fd_read_all(fd, &text, SHOWN_BYTES);
	if (n <= 0)
		return;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = '?';
	put_text((const unsigned char *)last_lines(text, (size_t)n, SHOWN_LINES), stderr);
	if (text[n - 1] != '\n')
		fputc('\n', stderr);
}
