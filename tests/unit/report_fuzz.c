/* The fuzz entries of tests/fuzz over mutated seeds: a fixed generator, a bounded number of rounds, no clang needed. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "report/evlog.h"
#include "test.h"

#define LLVMFuzzerTestOneInput fuzz_log
#include "../fuzz/log.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_archive
#include "../fuzz/archive.c"
#undef LLVMFuzzerTestOneInput

#define LOG_ROUNDS 10000
#define ARCHIVE_ROUNDS 4000  /* over several seeds */

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* Changes, removes or repeats a few places. Returns the new length, at most room. */
static size_t mutate(const uint8_t *seed, size_t n, uint8_t *out, size_t room)
{
	static const uint8_t nasty[] = { 0x00, 0xff, 0x7f, 0x80, 0x07, 0x01 };

	memcpy(out, seed, n);
	for (uint32_t changes = 1 + next() % 4; changes > 0 && n > 1; changes--) {
		size_t at = next() % n, len = 1 + next() % 16;
		switch (next() % 4) {
		case 0:
			out[at] ^= (uint8_t)(1u << next() % 8);
			break;
		case 1:
			out[at] = nasty[next() % sizeof(nasty)];
			break;
		case 2:
			n = next() % 8 == 0 ? at : n; /* cut */
			break;
		default:
			if (n + len <= room && at + len <= n) {
				memmove(out + at + len, out + at, n - at);
				n += len;
			}
		}
	}
	return n;
}

static void rounds(int (*entry)(const uint8_t *, size_t), const uint8_t *seed, size_t n, int count)
{
	autofree uint8_t *buf = xmalloc(n + 256);

	entry(seed, n);
	for (int i = 0; i < count; i++)
		entry(buf, mutate(seed, n, buf, n + 256));
}

static void run_logs(void)
{
	char path[] = "/tmp/detbuild-unit-XXXXXX";
	struct evlog_head head = { .seed = 300, .epoch = 1000000000, .options = "a b c" };
	struct error e;
	autofree char *bytes = NULL;

	close(mkstemp(path));
	struct evlog *l = evlog_create(path, &head, &e);
	for (uint32_t i = 0; i < 8; i++) {
		evlog_exec(l, i, "/bin/true", "true\0x y", 9);
		evlog_fork(l, i, i + 1, i & 1);
		evlog_event(l, &(struct evlog_record){ .task = i, .nr = i * 40, .args = { i, UINT64_MAX, 70000ull * i }, .result = -(int64_t)i, .has_hash = i & 1 });
	}
	evlog_signal(l, 1, 9, 0, 1);
	evlog_exit(l, 1, 9);
	evlog_close(l, &e);
	ssize_t n = file_read(path, &bytes, 1 << 20);
	unlink(path);
	rounds(fuzz_log, (uint8_t *)bytes, (size_t)n, LOG_ROUNDS);
	test_ok(true, "mutated logs");
}

static size_t make_archive(int form, uint8_t *out, size_t room)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	if (form == 0)
		archive_write_set_format_ar_svr4(a);
	else if (form == 1)
		archive_write_set_format_zip(a);
	else
		archive_write_set_format_gnutar(a);
	if (form == 3)
		archive_write_add_filter_gzip(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open_memory(a, out, room, &used);
	for (int i = 0; i < 3; i++) {
		struct archive_entry *en = archive_entry_new();
		archive_entry_set_pathname(en, i ? i == 1 ? "beta" : "gamma" : "alpha");
		archive_entry_set_filetype(en, AE_IFREG);
		archive_entry_set_size(en, 6);
		archive_write_header(a, en);
		archive_write_data(a, "hello\n", 6);
		archive_entry_free(en);
	}
	archive_write_close(a);
	archive_write_free(a);
	return used;
}

static void run_archives(void)
{
	static uint8_t buf[1 << 16];
	autofree char *self = NULL;

	for (int form = 0; form < 4; form++)
		rounds(fuzz_archive, buf, make_archive(form, buf, sizeof(buf)), ARCHIVE_ROUNDS / 4);
	test_ok(true, "mutated archives");
	memset(buf, 0, sizeof(buf));
	ssize_t n = file_read("/proc/self/exe", &self, 64u << 20);
	if (n > 4096) { /* the headers at both ends of a real ELF file, with the middle left out */
		memcpy(buf, self, 2048);
		rounds(fuzz_archive, buf, 8192, ARCHIVE_ROUNDS / 4);
	}
	test_ok(true, "mutated ELF");
}

int main(void)
{
	run_logs();
	run_archives();
	return test_end();
}
