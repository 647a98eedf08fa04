/* The file of loops to be counted: what is read back, what is refused, what a disk that fills up leaves. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "run/hints.h"
#include "test.h"

static char path[] = "/tmp/hints.XXXXXX";

static int open_it(struct hints *h, struct error *e)
{
	struct late file = LATE_NONE;
	int r = hints_open(path, &file, h, e);

	late_close(&file);
	return r;
}

static int append(const struct engine_hint *one, struct error *e)
{
	struct late file;
	int r = late_open(path, false, &file);

	if (r == 0)
		r = hints_append(&file, path, one, e);
	late_close(&file);
	return r;
}

static int load(const char *text, struct hints *h, struct error *e)
{
	file_write(path, text);
	return open_it(h, e);
}

static void reads(void)
{
	struct hints h = { 0 };
	struct error e = { 0 };
	char *text;

	test_int(load("# a comment\n\n0x401000 /usr/bin/a b #1\n0x401000 /usr/bin/a b #1\n0x2 /c\n", &h, &e), 0, "a file of hints");
	test_int(h.n, 2, "comments, empty lines and what is there already are passed over");
	text = hints_text(&h);
	test_str(text, "0x401000 /usr/bin/a b #1, 0x2 /c", "a path may hold a blank and a '#'");
	free(text);
	free(h.list);
}

static void refuses(void)
{
	static const char *const wrong[] = { "401000 /a\n", "0x401000 a\n", "0x /a\n", "0x401000\n", "0x11112222333344445 /a\n" };

	for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
		struct hints h = { 0 };
		struct error e = { 0 };

		test_ok(load(wrong[k], &h, &e) == -EINVAL && e.exit_code == 2, "not an address and a path");
		free(h.list);
	}
}

/* The kernel writes what there is room for. */
static void full(void)
{
	struct engine_hint one = { .program = "/usr/bin/program", .at = 0x401000 };
	struct rlimit few = { 10, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	struct error e = { 0 };
	int r;

	file_write(path, "");
	errno = 0;
	setrlimit(RLIMIT_FSIZE, &few);
	r = append(&one, &e);
	setrlimit(RLIMIT_FSIZE, &all);
	test_int(r, -EFBIG, "half a line is an error");
	test_ok(strstr(e.what, "File too large"), "which says why");
}

static void appends(void)
{
	struct engine_hint one = { .program = "/usr/bin/program", .at = 0x401000 };
	struct hints h = { 0 };
	struct error e = { 0 };

	unlink(path);
	test_int(open_it(&h, &e), 0, "a file that does not exist holds none");
	test_int(append(&one, &e), 0, "it is made");
	test_int(open_it(&h, &e), 0, "and read");
	test_ok(h.n == 1 && h.list[0].at == one.at && !strcmp(h.list[0].program, one.program), "what was written");
	free(h.list);
}

int main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	close(mkstemp(path));
	reads();
	refuses();
	full();
	appends();
	unlink(path);
	return test_end();
}
