/* process_spawn: posix_spawn with redirections, process group and masks; a missing program is an error, not a child. */
/* control: same */
#include "guest.h"
#include <spawn.h>

extern char **environ;

int main(void)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	pid_t p;
	char *sh[] = {"sh", "-c", "echo spawned; exit 8", NULL}, *no[] = {"no", NULL}, text[32] = "";
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "out", O_CREAT | O_WRONLY, 0644);
	posix_spawn_file_actions_addclose(&fa, 0);
	posix_spawnattr_init(&at);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&at, 0);
	printf("spawn %d\n", posix_spawn(&p, "/bin/sh", &fa, &at, sh, environ));
	printf("%s\n", status_words(wait_status(p)));
	slurp("out", text, sizeof(text));
	printf("%s", text);
	printf("missing %s\n", strerrorname_np(posix_spawn(&p, "/nonexistent", NULL, NULL, no, environ)));
	printf("left: %s\n", outcome(wait(NULL)));
	printf("system %s\n", status_words(system("exit 11")));
	FILE *f = popen("echo from popen", "r");
	CHECK(fgets(text, sizeof(text), f) != NULL);
	printf("%s%s\n", text, status_words(pclose(f)));
	return 0;
}

/* expect:
spawn 0
exit 8
spawned
missing ENOENT
left: ECHILD
system exit 11
from popen
exit 0
*/
