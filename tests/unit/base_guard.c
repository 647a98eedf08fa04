/* Files that are cut while they are mapped. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guard.h"
#include "test.h"

enum { PAGE = 4096, PAGES = 4 };

static volatile uint8_t *map_cut(int *ret_fd, size_t left)
{
	uint8_t *p;

	*ret_fd = memfd_create("cut", MFD_CLOEXEC);
	if (ftruncate(*ret_fd, (off_t)(PAGES * PAGE)) < 0)
		return NULL;
	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, *ret_fd, 0);
	memset(p, 7, PAGES * PAGE);
	return ftruncate(*ret_fd, (off_t)left) < 0 ? NULL : p;
}

static bool dies(volatile uint8_t *p)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(p[0]);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

int main(void)
{
	int window, file;
	volatile uint8_t *w = map_cut(&window, 0), *f = map_cut(&file, PAGE);

	signal(SIGBUS, SIG_DFL); /* sanitizers have an action of their own */
	guard_on(true);
	guard_place(GUARD_WINDOW, (void *)(uintptr_t)w, PAGES * PAGE);
	test_ok(f[0] == 7, "what is left of a file is read");
	test_ok(dies(f + PAGE), "outside of the places it kills, as ever");
	test_ok(w[PAGE] == 0, "a file that was cut is memory of zeros");
	w[0] = 1;
	test_ok(w[0] == 1, "which can be written");
	guard_place(GUARD_FILE, (void *)(uintptr_t)f, PAGES * PAGE);
	test_ok(f[3 * PAGE] == 0 && f[0] == 0, "a second place, all of it");
	guard_place(GUARD_FILE, NULL, 0);
	guard_on(false);
	munmap((void *)(uintptr_t)w, PAGES * PAGE);
	w = map_cut(&window, 0);
	test_ok(dies(w), "without the guard it kills");
	return test_end();
}
