/* Where other bytes come from: reading is told from opening, children from strangers, a new program from the one before. */
#include "report/evorigin.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

enum { READ, WRITE, OPEN, COPY };

static const char *name_of(uint32_t nr)
{
	return nr == READ ? "read" : "?";
}

static bool writes(uint32_t nr)
{
	return nr == WRITE || nr == COPY;
}

static bool copies(uint32_t nr)
{
	return nr == COPY;
}

static bool opens(uint32_t nr, const uint64_t *args)
{
	return nr == OPEN && args[1] == 0;
}

static const struct evlog_names names = { .call = name_of, .writes = writes, .copies = copies, .opens = opens };
static struct evorigin *o;

/* Bytes are told by one letter. */
static struct evlog_record moved(uint32_t task, uint32_t nr, uint64_t fd, char bytes, const char *path)
{
	return (struct evlog_record){ .kind = EVLOG_SYSCALL, .task = task, .nr = nr, .args = { fd }, .result = 5, .has_hash = true, .hash = { { (uint8_t)bytes } },
		.text = path, .text_len = path ? strlen(path) : 0 };
}

static void takes(uint32_t task, uint32_t nr, uint64_t fd, char bytes)
{
	struct evlog_record r = moved(task, nr, fd, bytes, NULL);

	evorigin_learn(o, &r);
}

static void wrote(uint32_t task, char bytes, const char *path, uint32_t maker)
{
	struct evlog_record r = moved(task, WRITE, 1, bytes, path);

	evorigin_learn(o, &r);
	if (maker)
		evorigin_wrote(o, &r, maker);
}

static void opened(uint32_t task, const char *path, int64_t result)
{
	struct evlog_record r = { .kind = EVLOG_SYSCALL, .task = task, .nr = OPEN, .result = result, .text = path, .text_len = strlen(path) };

	evorigin_learn(o, &r);
}

static void forked(uint32_t task, uint32_t child)
{
	evorigin_learn(o, &(struct evlog_record){ .kind = EVLOG_FORK, .task = task, .result = child });
}

static void started(uint32_t task, const char *path)
{
	evorigin_learn(o, &(struct evlog_record){ .kind = EVLOG_EXEC, .task = task, .text = path, .text_len = strlen(path) + 1 });
}

static size_t given(uint32_t task)
{
	return evorigin_of(o, task)->n;
}

static void begin(void)
{
	struct evlog_record plain = moved(0, WRITE, 1, 'p', NULL), program = { .kind = EVLOG_EXEC, .text = "/bin/known", .text_len = 11 };

	o = evorigin_new(&names);
	evorigin_learn_plain(o, &plain);
	evorigin_learn_plain(o, &program);
}

static void test_bytes(void)
{
	begin();
	wrote(1, 'a', NULL, 7);
	wrote(1, 'p', NULL, 7);
	takes(2, READ, 0, 'a');
	takes(3, READ, 0, 'p');
	takes(4, READ, 0, 'b');
	takes(5, COPY, 3, 'a');
	takes(6, WRITE, 1, 'a');
	test_int(evorigin_of(o, 2)->of[0], 7, "who reads new bytes has them from their maker");
	test_int(given(3), 0, "bytes that the plain run writes as well are not new");
	test_int(given(4), 0, "other bytes");
	test_int(given(5), 1, "a copy within the kernel reads");
	test_int(given(6), 0, "who writes the same has not read it");
	takes(2, READ, 0, 'a');
	test_int(given(2), 1, "once is enough");
	evorigin_free(o);
}

static void test_pipes(void)
{
	begin();
	wrote(1, 'a', NULL, 7);
	wrote(1, 'p', NULL, 0);
	struct evlog_record both = moved(2, READ, 0, 'z', NULL);
	both.result = 10;
	evorigin_learn(o, &both);
	test_int(given(2), 1, "what came in two calls is read in one");
	both.task = 3;
	evorigin_learn(o, &both);
	test_int(given(3), 0, "and is read once");
	wrote(1, 'a', NULL, 7);
	opened(4, "/etc/other", 3);
	takes(4, READ, 3, 'z');
	test_int(given(4), 0, "a file of the same size is no pipe");
	wrote(5, 'p', NULL, 0);
	takes(6, READ, 0, 'y');
	test_int(given(6), 1, "the first that fits");
	takes(7, READ, 0, 'y');
	test_int(given(7), 0, "bytes of nobody");
	evorigin_free(o);
}

static void test_files(void)
{
	begin();
	wrote(1, 'a', "/build/x/out.txt", 7);
	opened(2, "/build/x/out.txt", 3);
	test_int(given(2), 0, "opening is not reading");
	takes(2, READ, 3, 'z');
	test_int(given(2), 1, "reading in other pieces is");
	opened(3, "../x/out.txt", 3);
	takes(3, READ, 3, 'z');
	test_int(given(3), 1, "a relative path");
	opened(4, "t.txt", 3);
	opened(4, "/x/out.txt", 4);
	opened(4, "out.txt", -ENOENT);
	takes(4, READ, 3, 'z');
	takes(4, READ, 4, 'z');
	test_int(given(4), 0, "another file, and one that was not opened");
	opened(5, "out.txt", 3);
	opened(5, "/etc/other", 3);
	takes(5, READ, 3, 'z');
	test_int(given(5), 0, "the descriptor is another file's by then");
	evorigin_free(o);
}

static void test_children(void)
{
	begin();
	wrote(1, 'a', "/build/out", 7);
	opened(2, "out", 3);
	forked(2, 3);
	takes(2, READ, 3, 'z');
	takes(3, READ, 0, 'z');
	test_int(given(2), 0, "what a parent opens for its child it does not read");
	test_int(given(3), 1, "the child reads it from its standard input");
	opened(6, "out", 3);
	started(6, "/bin/known");
	opened(6, "/lib/library", 3);
	takes(6, READ, 3, 'z');
	test_int(given(6), 0, "a library takes the descriptor");
	takes(6, READ, 0, 'z');
	test_int(given(6), 1, "so does the program that a task becomes");
	forked(3, 4);
	test_int(given(4), 1, "a child knows what its parent knows");
	started(4, "/bin/known");
	test_int(given(4), 0, "started as in the plain run it knows nothing");
	started(3, "/bin/new");
	test_int(given(3), 1, "started with other words it may");
	started(5, "/build/out");
	test_int(given(5), 1, "a program that was written is read");
	evorigin_free(o);
}

static void test_many(void)
{
	begin();
	for (uint32_t i = 0; i < 10000; i++) {
		char path[40];
		snprintf(path, sizeof(path), "/build/d%u/f%u", i, i % 100);
		wrote(1, 'a', path, i + 1);
	}
	opened(2, "d1234/f34", 3);
	takes(2, READ, 3, 'z');
	test_int(evorigin_of(o, 2)->of[0], 1235, "one of many files");
	for (uint64_t i = 0; i < 10; i++) {
		char path[40];
		snprintf(path, sizeof(path), "/build/d%llu/f%llu", (unsigned long long)i, (unsigned long long)i);
		opened(3, path, (int64_t)i + 10);
		takes(3, READ, i + 10, 'z');
	}
	test_int(given(3), ORIGINS_MOST, "no more makers than there is room for");
	forked(3, EVLOG_TASK_MAX - 1);
	test_int(given(EVLOG_TASK_MAX - 1), ORIGINS_MOST, "the last task");
	evorigin_free(o);
}

int main(void)
{
	test_bytes();
	test_pipes();
	test_files();
	test_children();
	test_many();
	return test_end();
}
