/* base_process: helper programs, their status, output and time limit. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/process.h"

#define SHELL(script) ((char *const[]){ "sh", "-c", script, NULL })

/* Runs it with its standard output in *ret. */
static int captured(char *const *argv, struct process_options *o, char **ret)
{
	char path[32];
	int r;

	o->stdout_fd = memfd_create("output", MFD_CLOEXEC);
	r = process_run(argv, o);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", o->stdout_fd);
	file_read(path, ret, 4096);
	close(o->stdout_fd);
	o->stdout_fd = -1;
	return r;
}

int main(void)
{
	struct process_options plain = { .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1 };
	struct process_options limited = { .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .timeout_ns = 200000000 };
	struct process_options elsewhere = { .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .cwd = "/usr",
					     .env = (char *const[]){ "X=1", NULL } };
	char *const nothing[] = { "/no/such/program", NULL };
	autofree char *out = NULL, *out2 = NULL, *out3 = NULL;
	time_t began;

	test_int(process_run(SHELL("exit 3"), NULL), 3, "the exit status");
	test_int(process_run(SHELL("kill -9 $$"), NULL), 137, "128 plus the signal");
	test_int(process_run(nothing, NULL), -ENOENT, "cannot be started");
	test_int(captured(SHELL("echo hi; cat; exit 4"), &plain, &out), 4, "captured, stdin is empty");
	test_str(out, "hi\n", "its output");
	test_int(captured(SHELL("pwd; echo $X$HOME"), &elsewhere, &out2), 0, "another place and environment");
	test_str(out2, "/usr\n1\n", "as given");
	began = time(NULL);
	test_int(process_run(SHELL("sleep 30 & sleep 30"), &limited), 124, "time-out");
	test_int(captured(SHELL("echo early; sleep 30 & wait"), &limited, &out3), 124, "time-out while capturing");
	test_str(out3, "early\n", "what was written before");
	limited.timeout_ns = UINT64_MAX;
	test_int(process_run(SHELL("sleep 0.1"), &limited), 0, "a limit that never comes");
	test_ok(time(NULL) - began < 8, "the whole group was ended at once");
	return test_end();
}
