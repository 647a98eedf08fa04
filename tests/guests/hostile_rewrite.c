/* hostile_rewrite: a thread waits in a call; another one exchanges the instruction that made the call, so that the call made in its
 * place is another one. The tracer must not perform it, nor believe its result, nor stumble. Each attempt is a process of its own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "hostile_common.h"

enum { TRAP, JUMP, UNMAP, ZERO, KINDS };

static unsigned char *page;
static pid_t child;
static long result;

static void *waiter(void *arg)
{
	long (*wait_there)(long, long, long, long) = (long (*)(long, long, long, long))(void *)page;

	(void)arg;
	result = wait_there(child, 0, 0, 0);
	return NULL;
}

static void rewrite(int kind)
{
	/* mov eax, SYS_unshare; mov edi, CLONE_FILES; syscall; ret */
	static const unsigned char other[] = { 0xb8, 0x10, 0x01, 0, 0, 0xbf, 0, 0x04, 0, 0, 0x0f, 0x05, 0xc3 };

	memcpy(page + 64, other, sizeof(other));
	if (kind == TRAP) {
		page[8] = 0x0f;
		page[9] = 0x0b;
	} else if (kind == JUMP) {
		page[8] = 0xeb;
		page[9] = 64 - 10;
	} else if (kind == UNMAP) {
		munmap(page, 4096);
	} else {
		page[8] = page[9] = 0;
	}
}

static int attempt(int kind)
{
	/* mov r10, rcx; mov eax, SYS_wait4; syscall; ret */
	static const unsigned char code[] = { 0x49, 0x89, 0xca, 0xb8, 61, 0, 0, 0, 0x0f, 0x05, 0xc3 };
	pthread_t t;
	int fds[2];
	char byte;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || pipe(fds) < 0)
		return 2;
	memcpy(page, code, sizeof(code));
	child = fork();
	if (child == 0) {
		close(fds[1]);
		_exit(read(fds[0], &byte, 1) != 0);
	}
	close(fds[0]);
	pthread_create(&t, NULL, waiter, NULL);
	usleep(1000);
	rewrite(kind);
	close(fds[1]);
	pthread_join(t, NULL);
	return result == child || result == -1 ? 0 : 1; /* the call it made, or the refusal of the other */
}

int main(void)
{
	static const char *const names[KINDS] = { "the instruction traps", "another call in its place", "the page is gone", "the instruction is none" };

	for (int kind = 0; kind < KINDS; kind++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0)
			_exit(attempt(kind));
		waitpid(pid, &status, 0);
		verdict(WIFEXITED(status) && WEXITSTATUS(status) != 0, names[kind]);
	}
	return escapes != 0;
}
