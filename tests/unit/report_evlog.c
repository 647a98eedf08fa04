/* The event log: what is written is read again; equal runs give equal bytes; damage is noticed; the diff finds the place. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "report/evdiff.h"
#include "test.h"

static char dir[] = "/tmp/detbuild-unit-XXXXXX";

static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static const char *name_of(uint32_t nr)
{
	return nr == 0 ? "read" : nr == 1 ? "write" : "?";
}

static const struct evlog_names names = { .call = name_of };

static void roll(struct evlog_hash *h, const char *bytes, size_t n)
{
	struct sha256_ctx *c = evlog_hash_begin(h);

	evlog_hash_add(c, bytes, n);
	evlog_hash_end(c, h);
}

/* A small run; `odd` changes the result and bytes of event 5. */
static void write_log(const char *path, int odd)
{
	struct evlog_head head = { .seed = 7, .epoch = -12345, .options = "cpus=1" };
	struct error e;
	struct evlog_hash h = { { 0 } };
	static const char argv[] = "sh\0-c\0date > x\0", date[] = "date\0";

	struct evlog *l = evlog_create(path, &head, &e);
	evlog_exec(l, 0, "/bin/sh", argv, sizeof(argv) - 1);
	evlog_fork(l, 0, 3, false);
	evlog_exec(l, 3, "/usr/bin/date", date, sizeof(date) - 1);
	evlog_note(l, 3, "a note of %d", 42);
	roll(&h, "hello", 5);
	evlog_event(l, &(struct evlog_record){ .task = 3, .nr = 0, .args = { 3, 0x7ffff000, 4096 }, .result = 5, .has_hash = true, .hash = h });
	roll(&h, odd ? "World" : "world", 5);
	evlog_event(l, &(struct evlog_record){ .task = 3, .nr = 1, .args = { (uint64_t)-100, UINT64_MAX, 1ull << 63 }, .result = odd ? -2 : INT64_MIN, .has_hash = true, .hash = h });
	evlog_signal(l, 0, 17, -6, 4);
	evlog_exit(l, 3, 0x300);
	test_int(evlog_count(l), 8, "count of records");
	test_int(evlog_close(l, &e), 0, "closed");
}

static void test_round_trip(void)
{
	autofree char *path = in_dir("a.log.bin");
	struct evlog_reader *r;
	struct evlog_head h;
	struct evlog_record rec;
	struct error e;

	write_log(path, 0);
	test_int(evlog_open(path, &r, &h, &e), 0, "opened");
	test_int(h.seed, 7, "seed");
	test_int(h.epoch, -12345, "epoch");
	test_str(h.options, "cpus=1", "options");
	for (int i = 0; i < 6; i++)
		test_int(evlog_next(r, &rec, &e), 1, "next record");
	test_int(evlog_position(r), 5, "position");
	test_int(rec.task, 3, "task kept from the record before");
	test_ok(rec.args[0] == (uint64_t)-100 && rec.args[1] == UINT64_MAX && rec.args[2] == 1ull << 63 && rec.args[3] == 0, "arguments");
	test_ok(rec.result == INT64_MIN, "smallest result");
	test_ok(rec.has_hash, "hash");
	evlog_next(r, &rec, &e);
	test_ok(rec.kind == EVLOG_SIGNAL && rec.nr == 17 && (int64_t)rec.args[0] == -6 && rec.args[1] == 4, "signal");
	evlog_next(r, &rec, &e);
	test_ok(rec.kind == EVLOG_EXIT && rec.result == 0x300, "exit");
	test_int(evlog_next(r, &rec, &e), 0, "end");
	evlog_reader_free(r);
}

/* Reads a log to its end and gives the last state. */
static int read_through(const char *path)
{
	struct evlog_reader *r;
	struct evlog_head h;
	struct evlog_record rec;
	struct error e;
	int rc = evlog_open(path, &r, &h, &e);

	if (rc < 0)
		return rc;
	while ((rc = evlog_next(r, &rec, &e)) == 1)
		;
	evlog_reader_free(r);
	return rc;
}

static void test_damage(void)
{
	autofree char *path = in_dir("a.log.bin"), *bad = in_dir("bad.log.bin"), *bytes = NULL;
	ssize_t n = file_read(path, &bytes, 1 << 20);
	int wrong = 0, silent = 0;

	for (ssize_t cut = 0; cut < n; cut++) {
		file_write_atomic(bad, bytes, (size_t)cut);
		int rc = read_through(bad);
		wrong += rc != -ENODATA && rc != -EBADMSG;
	}
	test_int(wrong, 0, "every cut is noticed");
	for (ssize_t i = 0; i < n; i++) {
		bytes[i] ^= 4;
		file_write_atomic(bad, bytes, (size_t)n);
		bytes[i] ^= 4;
		silent += read_through(bad) >= 0;
	}
	test_int(silent, 0, "every changed bit is noticed");
	bytes[8]++; /* the version */
	file_write_atomic(bad, bytes, (size_t)n);
	test_int(read_through(bad), -EPROTONOSUPPORT, "another version");
	file_write(bad, "hello world, not a log at all\n");
	test_int(read_through(bad), -EBADMSG, "not a log");
	test_int(read_through("/nonexistent/x"), -ENOENT, "no file");
}

static int diff(const char *a, const char *b, bool json, char **ret)
{
	size_t n;
	struct error e;
	FILE *f = open_memstream(ret, &n);
	int rc = evdiff_files(a, b, &(struct evdiff_options){ .context = 2, .json = json }, &names, f, &e);

	fclose(f);
	return rc;
}

static void test_diff(void)
{
	autofree char *a = in_dir("a.log.bin"), *b = in_dir("b.log.bin"), *c = in_dir("c.log.bin"), *text = NULL, *json = NULL, *bytes = NULL, *bytes_b = NULL;

	write_log(b, 0);
	ssize_t n = file_read(a, &bytes, 1 << 20);
	test_ok(n == file_read(b, &bytes_b, 1 << 20) && memcmp(bytes, bytes_b, (size_t)n) == 0, "equal runs, equal bytes");
	test_int(diff(a, b, false, &text), 0, "equal logs");
	free(STEAL(text));
	write_log(c, 1);
	test_int(diff(a, c, false, &text), 1, "different logs");
	test_ok(strstr(text, "first difference at event 5") != NULL, "place");
	test_ok(strstr(text, "task 3: date") && strstr(text, "task 0: sh -c 'date > x'"), "process and ancestor");
	test_ok(strstr(text, "differs in: result, bytes moved") != NULL, "fields");
	test_ok(strstr(text, "-ENOENT") != NULL, "errno by name");
	test_int(diff(a, c, true, &json), 1, "as JSON");
	test_ok(strstr(json, "\"equal_events\": 5") != NULL, "place in JSON");
	file_write_atomic(b, bytes, (size_t)n - 40);
	free(STEAL(text));
	test_ok(diff(a, b, false, &text) < 0, "a cut log is trouble, not a difference");
}

static void test_texts(void)
{
	autofree char *a = in_dir("long-a"), *b = in_dir("long-b"), *text = NULL, *long_text = xmalloc(100000);
	struct evlog_head head = { .seed = 1 };
	struct error e;

	memset(long_text, 'x', 100000);
	for (int side = 0; side < 2; side++) {
		struct evlog *l = evlog_create(side ? b : a, &head, &e);
		long_text[99999] = side ? 'z' : 'y';
		for (int i = 0; i < 40; i++) /* fills the buffer more than once */
			evlog_event(l, &(struct evlog_record){ .kind = EVLOG_NOTE, .text = long_text, .text_len = 100000 });
		test_int(evlog_close(l, &e), 0, "long texts written");
	}
	test_int(read_through(a), 0, "long texts read");
	test_int(diff(a, b, false, &text), 1, "a difference behind the cut shows");
	struct evlog *l = evlog_create("/dev/full", &head, &e);
	evlog_note(l, 0, "x");
	test_int(evlog_close(l, &e), -ENOSPC, "a full disk is told at the end");
	test_ok(strstr(e.what, "/dev/full") != NULL, "with the name");
}

static void test_hash(void)
{
	struct evlog_hash one = { { 1 } }, two = { { 1 } };

	roll(&one, "abcdef", 6);
	struct sha256_ctx *c = evlog_hash_begin(&two);
	evlog_hash_add(c, "abc", 3);
	evlog_hash_add(c, NULL, 0);
	evlog_hash_add(c, "def", 3);
	evlog_hash_end(c, &two);
	test_ok(memcmp(&one, &two, sizeof(one)) == 0, "pieces hash as one");
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	test_round_trip();
	test_damage();
	test_diff();
	test_texts();
	test_hash();
	remove_tree(dir);
	return test_end();
}
