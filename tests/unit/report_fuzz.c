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

#define LLVMFuzzerTestOneInput fuzz_document
#include "../fuzz/document.c"
#undef LLVMFuzzerTestOneInput

#define LLVMFuzzerTestOneInput fuzz_config
#include "../fuzz/config.c"
#undef LLVMFuzzerTestOneInput

#define CONFIG_ROUNDS 500    /* over the seeds, for each verb */
#define DOCUMENT_ROUNDS 4000 /* over the seeds, in both ways */
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

static void run_configurations(void)
{
	static const char *const seeds[] = {
		"# a comment\nsuite = bookworm\ncpus = 2\n\n[run]\nepoch = 1600000000\nvolume = /a:/b:rw\nvolume = /c\naslr = yes\n[verify]\nruns = 3\n",
		"[pkg]\nmax-memory = 3GiB\r\ntimeout=90s\nenv = A=b\n; another\n [ rebuild ] \nverbose=no\n", "[]\n[\n=\n = \nx\n[run\n",
	};

	for (size_t k = 0; k < sizeof(seeds) / sizeof(seeds[0]); k++)
		rounds(fuzz_config, (const uint8_t *)seeds[k], strlen(seeds[k]), CONFIG_ROUNDS);
	test_ok(true, "configuration files with changed bytes do no harm");
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

static const char run_document[] =
	"{\"command\": [\"sh\", \"-c\", \"tr\\u0000ue\"], \"end\": \"exited\", \"status\": 0, \"exit_status\": 0, \"traced\": true, \"epoch\": 1704067200, "
	"\"seed\": 0, \"branches\": 0, \"counted_loops\": \"\", \"cpu\": \"x86-64-v2\", \"cpus\": 1, \"relaxed\": [\"network\"], \"inputs\": {\"env\": [\"A\"], "
	"\"volumes\": [{\"target\": \"/s\", \"writable\": true, \"mtimes\": \"keep\"}], \"image_mtimes\": \"keep\", \"stdin\": false}, "
	"\"stats\": {\"events\": 30, \"stops\": 46, \"processes\": 2, \"execs\": 1, \"refused\": 1, \"unknown\": 0, \"clock_ns\": 118000}, "
	"\"refusals\": [{\"call\": \"bpf\", \"count\": 1}], \"calls\": [{\"call\": \"read\", \"count\": 1}], \"log\": {\"events\": 22, \"complete\": true, "
	"\"tasks\": 2, \"processes\": [{\"task\": 0, \"thread\": false, \"depth\": 0, \"program\": \"?\", \"command\": \"?\", \"born\": 0, \"last\": 21, "
	"\"events\": 1, \"end\": null, \"failed\": false}], \"more_processes\": 0, \"more_events\": 0}, \"repeat\": \"detbuild\"}";

static const char verify_document[] =
	"{\"subject\": \"x\", \"kind\": \"command\", \"traced\": true, \"verdict\": \"differs\", \"summary\": \"1 of 1\", \"relaxed\": [], "
	"\"artefacts\": 1, \"differing\": 1, \"kept_in\": \"/k\", \"runs\": [{\"directory\": \"/d\", \"exit_status\": 0, \"wall_ms\": 1102, "
	"\"command\": [\"a\"], \"repeat\": \"a\", \"report\": null, \"varied\": {\"umask\": \"0002\"}}], \"files\": [{\"name\": \"out\", "
	"\"verdict\": \"differs\", \"sha256\": [\"9a27\", \"e3b0\"], \"members\": [{\"member\": \"m\", \"kind\": \"content\", \"how\": \"line 1\", "
	"\"looks_like\": null}], \"more_differences\": 0}], \"unchanged_sources\": 1, \"diffoscope\": [\"p\"], \"first_event\": \"e\", "
	"\"divergence\": {\"same\": false, \"event\": 3, \"a\": {\"task\": 1}, \"b\": {\"task\": 1}}, \"log\": null}";

static const char explain_document[] =
	"{\"subject\": \"x\", \"kind\": \"command\", \"verdict\": \"explained\", \"inputs\": [{\"name\": \"time\", \"changed\": true, \"what\": \"w\", \"fixed_by\": null}], "
	"\"differences\": [{\"artefact\": \"a\", \"member\": \"m\", \"kind\": \"content\", \"because_of\": [{\"inputs\": [\"time\"], \"how\": \"h\", \"looks_like\": null}]}], "
	"\"causes\": [{\"inputs\": [\"time\"], \"differences\": 1, \"what_helps\": [\"x\"], \"first_event\": {\"same\": false, \"equal_events\": 3, \"a\": {\"line\": \"l\", "
	"\"processes\": [{\"task\": 1, \"command\": \"c\"}]}, \"b\": {\"line\": \"l\"}}, \"shown_in\": [{\"processes\": [\"p\"], \"writes_artefact\": true, \"event\": {\"event\": 7}}], "
	"\"stack\": {\"event\": 7, \"frames\": [\"#0\"]}}], \"builds\": [{\"changed\": [\"time\"], \"directory\": null, \"exit_status\": 0, \"wall_ms\": 5, \"differences\": 0}], "
	"\"kept_in\": \"/k\"}";

/* Another value stands in some places: what it was follows under a name that nobody asks for. */
static size_t replace_values(const char *seed, char *out, size_t room)
{
	static const char *const values[] = { "null", "true", "-1", "1e999", "18446744073709551616", "\"x\"", "\"\"", "[]", "{}", "[[1]]", "[null]", "[{}]", "\"\\u202e\\ud800\"" };
	size_t n = 0;

	for (const char *p = seed; *p && n + 64 < room; p++) {
		out[n++] = *p;
		if (*p == ':' && next() % 12 == 0)
			n += (size_t)snprintf(out + n, room - n, "%s,\"k\":", values[next() % (sizeof(values) / sizeof(*values))]);
	}
	return n;
}

static void run_documents(void)
{
	static const char *const seeds[] = { run_document, verify_document, explain_document };
	static char buf[1 << 14];

	for (size_t s = 0; s < sizeof(seeds) / sizeof(*seeds); s++) {
		rounds(fuzz_document, (const uint8_t *)seeds[s], strlen(seeds[s]), DOCUMENT_ROUNDS / 4);
		for (int i = 0; i < DOCUMENT_ROUNDS / 4; i++)
			fuzz_document((const uint8_t *)buf, replace_values(seeds[s], buf, sizeof(buf)));
	}
	test_ok(true, "mutated documents");
}

int main(void)
{
	run_documents();
	run_configurations();
	run_logs();
	run_archives();
	return test_end();
}
