/* self.c: what a process knows of itself: its numbers, and its files of /proc that say what is mapped. */
#include "agent/internal.h"

#include "model/layout.h"
#include "syscall/abi.h"
#include "syscall/line.h"

enum { SPANS = WIRE_ARENA / 4 / sizeof(struct span) /* behind them lies the text that they are made of */ };

int32_t x_pid(struct call *c)
{
	const uint64_t arg[6] = { 0 };

	(void)c;
	return (int32_t)agent_syscall(__NR_getpid, arg);
}

int32_t x_tid(struct call *c)
{
	const uint64_t arg[6] = { 0 };

	(void)c;
	return (int32_t)agent_syscall(__NR_gettid, arg);
}

/* All of a file; 0: it cannot be had. Nothing is given up in between. */
static size_t read_file(const char *path, char *buf, size_t size)
{
	const uint64_t name[6] = { (uint64_t)AT_FDCWD, (uint64_t)(uintptr_t)path, O_CLOEXEC };
	const int64_t fd = agent_syscall(__NR_openat, name);
	const uint64_t close[6] = { (uint64_t)fd };
	size_t n = 0;
	int64_t r = fd;

	while (r >= 0 && n < size) {
		const uint64_t arg[6] = { (uint64_t)fd, (uint64_t)(uintptr_t)(buf + n), size - n };

		r = agent_syscall(__NR_read, arg);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (fd >= 0)
		agent_syscall(__NR_close, close);
	return r == 0 ? n : 0;
}

/* Behind the name, which may hold anything, the third field is the first. */
uint64_t x_heap_start(struct call *c, uint32_t task)
{
	enum { START_BRK = 47, FIRST = 3 };
	char text[1024];
	size_t n = read_file("/proc/self/stat", text, sizeof(text)), at = n;
	struct line rest, word = { 0 };

	while (at && text[at - 1] != ')')
		at--;
	if (!at || c->w->tasks[task].proc != WINDOW->proc)
		agent_cannot();
	rest = (struct line){ text + at, n - at };
	for (int field = FIRST; field <= START_BRK; field++)
		word = next_word(&rest);
	if (!word.n)
		agent_cannot();
	return parse_number(word, 10);
}

const char *x_stored_code(struct call *c, uint64_t offset, size_t *ret_n, uint64_t *ret_offset)
{
	const struct texts *t = TEXTS;
	uint64_t in;
	const struct text *s = text_stored_at(t, offset, &in);

	(void)c;
	if (!s)
		return NULL;
	*ret_n = s->path_len;
	*ret_offset = s->key.offset + in;
	return (const char *)t->edits + s->path;
}

/* "7f00-7f80 rw-p 0 0:0 0   [stack]" */
static bool parse(struct line l, struct span *ret)
{
	struct line word = next_word(&l), to = word;

	ret->from = parse_number(word, 16);
	while (to.n && *to.p != '-')
		to.p++, to.n--;
	if (!to.n)
		return false;
	to.p++, to.n--;
	ret->to = parse_number(to, 16);
	for (int field = 2; field <= 6; field++)
		word = next_word(&l);
	ret->grows_down = line_is(word, "[stack]");
	return ret->to > ret->from;
}

int64_t x_spans(struct call *c, bool grows, struct span **ret)
{
	static const struct span ours = { OURS_BASE, OURS_END, false };
	struct span *to = x_arena(c, WIRE_ARENA), s;
	const char *text = (const char *)(to + SPANS);
	size_t left, n = 0;
	bool told = false;
	struct line l;

	if (grows)
		agent_cannot();
	left = read_file("/proc/self/maps", (char *)(to + SPANS), WIRE_ARENA - SPANS * sizeof(*to));
	if (!left)
		agent_cannot();
	while (next_line(&text, &left, &l)) {
		if (n + 2 >= SPANS)
			agent_cannot();
		if (!parse(l, &s) || (s.from >= ours.from && s.from < ours.to))
			continue;
		if (!told && s.from >= ours.from) {
			told = true;
			n = layout_add(to, n, &ours);
		}
		n = layout_add(to, n, &s);
	}
	if (!told)
		n = layout_add(to, n, &ours);
	*ret = to;
	return (int64_t)n;
}
