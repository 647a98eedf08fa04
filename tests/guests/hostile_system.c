/* hostile_system: calls that would change the machine, typed characters for the caller's terminal, core files. */
#include <linux/reboot.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/io.h>
#include <sys/resource.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#include "hostile_common.h"

static void core(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

		setrlimit(RLIMIT_CORE, &r);
		abort();
	}
	waitpid(pid, &status, 0);
	verdict(WCOREDUMP(status) || access("core", F_OK) == 0, "core dump");
}

int main(void)
{
	struct timespec ts = { 1, 0 };
	struct timex tx = { .modes = ADJ_FREQUENCY, .freq = 1 };
	int fd, tty;

	verdict(clock_settime(CLOCK_REALTIME, &ts) == 0, "clock_settime");
	verdict(adjtimex(&tx) >= 0, "adjtimex");
	/* Only the meaning of Ctrl-Alt-Del, should it get through. */
	verdict(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, NULL) == 0, "reboot");
	verdict(sethostname("hostile", 7) == 0, "sethostname");
	verdict(swapoff("/dev/null") == 0 || errno == EINVAL, "swapoff");
	verdict(syscall(SYS_init_module, "", 0, "") == 0 || errno == ENOEXEC, "init_module");
	verdict(iopl(3) == 0, "iopl");
	verdict(ioperm(0x80, 1, 1) == 0, "ioperm");
	verdict(syscall(SYS_acct, "/tmp/acct") == 0, "acct");
	verdict(syscall(SYS_quotactl, 0x800002 << 8, "/dev/vda", 0, NULL) == 0, "quotactl");
	for (fd = 0; fd < 3; fd++)
		verdict(isatty(fd) && ioctl(fd, TIOCSTI, "x") == 0, "TIOCSTI");
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	verdict(tty >= 0 && ioctl(tty, TIOCSTI, "x") == 0, "controlling terminal");
	verdict(access("/dev/console", F_OK) == 0, "console");
	core();
	return escapes != 0;
}
