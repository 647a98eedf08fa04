/* Names are made, cut and removed close together, with questions between: numbers, times and what of a removed file is left, whoever answers. */
/* control: host */
#include "guest.h"

static int make(const char *name, int flags)
{
	return (int)MUST(open(name, O_RDWR | O_CREAT | flags, 0644));
}

/* The file system may use the number of a removed file again. */
static void reuse(void)
{
	for (int i = 0; i < 40; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "reuse/%d", i % 3);
		fd = make(name, O_TRUNC);
		MUST(write(fd, "abc", 3));
		if (i % 2)
			MUST(unlink(name));
		if (i % 5 == 0)
			show_stat("reused", fd, NULL);
		close(fd);
	}
	show_stat("reuse", 0, "reuse");
}

int main(void)
{
	struct stat st;
	int fd, other;

	MUST(mkdir("d", 0700));
	MUST(mkdir("d/e", 0750));
	show_stat("d", 0, "d");
	fd = make("d/f", O_EXCL);
	show_stat("born", fd, NULL);
	MUST(write(fd, "12345", 5));
	show_stat("written", 0, "d/f");
	other = make("d/f", O_TRUNC);
	show_stat("cut", other, NULL);
	printf("again: %s\n", open("d/f", O_CREAT | O_EXCL | O_RDWR, 0600) < 0 ? strerrorname_np(errno) : "yes");
	printf("a directory: %s, for ever: %s\n", open("d", O_CREAT | O_RDWR, 0600) < 0 ? strerrorname_np(errno) : "yes", mkdir("d/e", 0700) < 0 ? strerrorname_np(errno) : "yes");
	MUST(link("d/f", "d/g"));
	MUST(unlink("d/f"));
	show_stat("one name less", fd, NULL);
	MUST(unlink("d/g"));
	show_stat("no name", fd, NULL);
	show_stat("gone", 0, "d/g");
	printf("nothing: %s %s %s\n", unlink("d/g") < 0 ? strerrorname_np(errno) : "yes", unlink("d/e") < 0 ? strerrorname_np(errno) : "yes", rmdir("d") < 0 ? strerrorname_np(errno) : "yes");
	MUST(symlink("d/target", "way"));
	show_stat("way", 0, "way");
	close(make("way", 0)); /* by a link that leads nowhere */
	show_stat("target", 0, "d/target");
	show_stat("its directory", 0, "d");
	MUST(unlink("way"));
	close(make("./d/../x", 0));
	show_stat("x", 0, "x");
	MUST(mkdir("reuse", 0755));
	reuse();
	fd = (int)MUST(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666));
	CHECK(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode));
	MUST(unlinkat(AT_FDCWD, "d/e", AT_REMOVEDIR));
	show_stat("d at last", 0, "d");
	return 0;
}
