/* Lines of /proc/PID/maps, also such as a hostile guest can have there by the names of its files. */
#include <unistd.h>

#include "test.h"
#include "tracee/tracee.h"

static bool parse(const char *text, struct mapping *m)
{
	static char line[256];

	snprintf(line, sizeof(line), "%s", text);
	return mapping_parse(line, m);
}

static void lines(void)
{
	struct mapping m;

	test_ok(parse("7f0000001000-7f0000003000 r-xp 0001a000 fe:10 1184                       /usr/lib/x y.so (deleted)\n", &m), "a file");
	test_ok(m.from == 0x7f0000001000 && m.to == 0x7f0000003000 && m.offset == 0x1a000 && m.ino == 1184, "its numbers");
	test_int(m.dev, 0xfeu << 20 | 0x10, "its device");
	test_str(m.perms, "r-xp", "its rights");
	test_str(m.name, "/usr/lib/x y.so (deleted)", "its name, to the end of the line");
	test_ok(parse("00400000-00401000 rw-p 00000000 00:00 0 \n", &m) && !m.ino && !m.name[0], "no file, no name");
	test_ok(parse("7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]\n", &m), "the stack");
	test_str(m.name, "[stack]", "by its name");
	test_ok(parse("1000-2000 ---s 00000000 00:01 7 /x[stack]\n", &m) && !strcmp(m.name, "/x[stack]"), "a file that is called like it");
}

static void others(void)
{
	static const char *const wrong[] = { "", "\n", "Size:                  4 kB\n", "VmFlags: rd mr mw me sd \n", "Anonymous: 4 kB\n", "1000-2000", "1000-2000 rw",
		"1000-2000 rw-p 0 0\n", "2000-1000 rw-p 00000000 00:00 0 \n", "1000 2000 rw-p 00000000 00:00 0 \n" };
	struct mapping m;

	for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++)
		test_ok(!parse(wrong[k], &m), "no mapping");
}

/* Our own: in order, and one of them holds this program. */
static void own(void)
{
	const struct tracee t = { .tid = getpid() };
	const gaddr here = (gaddr)(uintptr_t)own;
	struct maps maps;
	struct mapping m;
	gaddr last = 0;
	bool found = false, sorted = true;

	maps_open(&maps, &t);
	while (maps_next(&maps, &m)) {
		sorted &= m.from >= last;
		last = m.to;
		found |= m.from <= here && here < m.to && m.perms[2] == 'x' && m.ino && m.name[0] == '/';
	}
	maps_close(&maps);
	test_ok(found && sorted, "in order of addresses, with the program");
	maps_open(&maps, &(struct tracee){ .tid = -1 });
	test_ok(!maps_next(&maps, &m), "nobody has none");
	maps_close(&maps);
}

int main(void)
{
	lines();
	others();
	own();
	return test_end();
}
