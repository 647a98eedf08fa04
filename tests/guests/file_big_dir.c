/* file_big_dir: a directory of 3,000 files: order, offsets, positions told and gone back to, and names that go while it is read. */
/* control: differs */
#include "guest.h"

enum { FILES = 3000 };

static char names[FILES + 2][8];

static bool is_dots(const char *name)
{
	return name[0] == '.';
}

int main(void)
{
	uint64_t order = 0, offsets = 0;
	long marks[3] = {0, 0, 0};
	struct dirent *e;
	char name[16];
	int n = 0, seen = 0;

	MUST(mkdir("d", 0755));
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "d/%d", i * 7919 % FILES);
		MUST(mknod(name, S_IFREG | 0644, 0));
	}
	DIR *d = opendir("d");
	while ((e = readdir(d))) {
		CHECK(n < FILES + 2);
		order = hash_add(order, e->d_name, strlen(e->d_name));
		offsets = hash_add(offsets, &e->d_off, sizeof(e->d_off));
		snprintf(names[n++], sizeof(names[0]), "%.7s", e->d_name);
		if (n % 900 == 0)
			marks[n / 900 - 1] = telldir(d);
	}
	printf("%d names, order %016" PRIx64 ", offsets %016" PRIx64 "\n", n, order, offsets);
	for (int i = 2; i >= 0; i--) {
		seekdir(d, marks[i]);
		e = readdir(d);
		CHECK(e && strcmp(e->d_name, names[900 * (i + 1)]) == 0);
		CHECK(telldir(d) != marks[i]);
	}
	rewinddir(d);
	for (n = 0; (e = readdir(d)); n++) /* every second one goes when it is met */
		if (n % 2 && !is_dots(e->d_name)) {
			snprintf(name, sizeof(name), "d/%.8s", e->d_name);
			MUST(unlink(name));
		}
	CHECK(n == FILES + 2);
	rewinddir(d);
	while ((e = readdir(d)))
		seen++;
	printf("left %d\n", seen);
	closedir(d);
	return 0;
}
