/* backtrace.c: the stack of a stopped thread, through libunwind-ptrace, which finds the guest's files below /proc/TID/root. */
#include "tracee/tracee.h"

#include <stdio.h>

#ifdef HAVE_LIBUNWIND
#include <libunwind-ptrace.h>

#include "base/library.h"
#include "base/mem.h"

#define CALLS(X) \
	X(unw_create_addr_space) X(unw_destroy_addr_space) X(unw_init_remote) X(unw_get_reg) X(unw_get_proc_name) X(unw_get_proc_info) X(unw_step) \
	X(_UPT_create) X(_UPT_destroy) X(_UPT_accessors)
static struct { CALLS(LIBRARY_POINTER) } unwind;

static bool has_unwind(void)
{
	static const char *const names[] = { CALLS(LIBRARY_NAME) };

	if (!library_have(LIBRARY_UNWIND))
		return false;
	library_need(LIBRARY_UNWIND, names, ARRAY_SIZE(names), &unwind);
	return true;
}

/* " (FILE+OFFSET)": what a program that reads debugging symbols asks for. */
static void find_file(const struct tracee *t, uint64_t ip, char *buf, size_t size)
{
	struct mapping m;
	struct maps maps;

	buf[0] = '\0';
	maps_open(&maps, t);
	while (maps_next(&maps, &m))
		if (ip >= m.from && ip < m.to && m.name[0] == '/')
			snprintf(buf, size, " (%s+%#llx)", m.name, (unsigned long long)(ip - m.from + m.offset));
	maps_close(&maps);
}

/* " NAME+OFFSET". The nearest symbol of a stripped program is often another function's: where both are known, the beginnings are the same. */
static void find_name(unw_cursor_t *cursor, uint64_t ip, char *buf, size_t size)
{
	unw_word_t offset = 0;
	unw_proc_info_t info;
	char name[128] = "";

	buf[0] = '\0';
	if (unwind.unw_get_proc_name(cursor, name, sizeof(name), &offset) < 0 || !name[0])
		return;
	if (unwind.unw_get_proc_info(cursor, &info) == 0 && info.start_ip && info.start_ip + offset != ip)
		return;
	snprintf(buf, size, " %s+%#llx", name, (unsigned long long)offset);
}

static void walk(const struct tracee *t, unw_cursor_t *cursor, void (*frame)(void *ctx, const char *text), void *ctx)
{
	enum { FRAMES = 24 };

	for (int n = 0; n < FRAMES; n++) {
		char name[160], file[256], text[512];
		unw_word_t ip = 0;

		if (unwind.unw_get_reg(cursor, UNW_REG_IP, &ip) < 0)
			return;
		find_name(cursor, ip, name, sizeof(name));
		find_file(t, ip, file, sizeof(file));
		snprintf(text, sizeof(text), "#%d %#llx%s%s", n, (unsigned long long)ip, name, file);
		for (char *p = text; *p; p++) /* both names are the guest's */
			if (*p < ' ' || *p > '~')
				*p = '?';
		frame(ctx, text);
		if (unwind.unw_step(cursor) <= 0)
			return;
	}
}

void tracee_backtrace(const struct tracee *t, void (*frame)(void *ctx, const char *text), void *ctx)
{
	unw_addr_space_t space;
	void *thread;
	unw_cursor_t cursor;

	if (!has_unwind()) {
		frame(ctx, "without libunwind no stack can be shown");
		return;
	}
	space = unwind.unw_create_addr_space(unwind._UPT_accessors, 0);
	thread = space ? unwind._UPT_create(t->tid) : NULL;
	if (thread && unwind.unw_init_remote(&cursor, space, thread) == 0)
		walk(t, &cursor, frame, ctx);
	if (thread)
		unwind._UPT_destroy(thread);
	if (space)
		unwind.unw_destroy_addr_space(space);
}
#else
void tracee_backtrace(const struct tracee *t, void (*frame)(void *ctx, const char *text), void *ctx)
{
	(void)t;
	frame(ctx, "built without libunwind: no stack can be shown");
}
#endif
