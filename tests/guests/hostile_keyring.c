/* hostile_keyring: keys of the caller are not there. "plant CMD..." puts a key into the caller's keyrings and runs CMD. */
#include <linux/keyctl.h>

#include "hostile_common.h"

#define NAME "detbuild-hostile-key"

int main(int argc, char **argv)
{
	static const int rings[] = { KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING };
	static const char *const names[] = { "session keyring", "user keyring", "user session keyring" };
	char line[512];
	bool seen = false;
	FILE *f;
	int i;

	if (argc > 2 && !strcmp(argv[1], "plant")) {
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "detbuild-test");
		if (syscall(SYS_add_key, "user", NAME, "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0)
			return 77;
		syscall(SYS_add_key, "user", NAME, "secret", 6, KEY_SPEC_USER_KEYRING);
		execvp(argv[2], argv + 2);
		return 127;
	}
	for (i = 0; i < 3; i++)
		verdict(syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i], "user", NAME, 0) > 0, names[i]);
	verdict(syscall(SYS_request_key, "user", NAME, NULL, 0) > 0, "request_key");
	f = fopen("/proc/keys", "r");
	while (f && fgets(line, sizeof(line), f))
		seen |= strstr(line, NAME) != NULL;
	verdict(seen, "/proc/keys");
	return escapes != 0;
}
