/* Trees, directories of artefacts, and ELF files that differ in their build-id only. */
#include <elf.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "report/cause.h"
#include "report/compare.h"
#include "report/elf.h"
#include "test.h"

static char dir[] = "/tmp/detbuild-unit-XXXXXX";

static void put(const char *name, const char *text)
{
	autofree char *path = xasprintf("%s/%s", dir, name);

	file_write(path, text);
}

static void test_tree(void)
{
	struct tree t;
	struct error e;
	autofree char *a = xasprintf("%s/a", dir), *link_path = xasprintf("%s/a/link", dir), *fifo = xasprintf("%s/a/fifo", dir), *sub = xasprintf("%s/a/sub", dir);

	mkdir_p(sub, 0755);
	put("a/sub/file", "hello\n");
	put("a/sub.txt", "x");
	test_int(symlink("/etc/shadow", link_path), 0, "link made");
	test_int(mkfifo(fifo, 0600), 0, "fifo made");
	test_int(tree_walk(a, &t, &e), 0, "walked");
	test_int(t.n, 5, "entries");
	test_str(t.entries[0].path, "fifo", "sorted bytewise");
	test_str(t.entries[3].path, "sub.txt", "'.' sorts before '/'");
	const struct tree_entry *f = tree_find(&t, "sub/file");
	test_ok(f && f->type == 'f' && f->size == 6, "file found");
	char hex[65];
	sha256_hex(&f->hash, hex);
	test_str(hex, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "its hash");
	test_str(tree_find(&t, "link")->target, "/etc/shadow", "link not followed");
	test_ok(!tree_find(&t, "nothing"), "absent");
	tree_clear(&t);
	test_ok(tree_walk("/nonexistent", &t, &e) < 0, "no directory");
}

static bool is_log(const char *name)
{
	return strcmp(name, "log") == 0;
}

/* Files of which only the hash is known: equal, another, not built; one that is there is compared itself. */
static void test_sums(const char *a, const char *b)
{
	const char *const dirs[] = { a, b };
	autofree char *list = xasprintf("%s/sums", dir);
	struct compare_options o = { .is_record = is_log, .sums = list };
	struct comparison_result r;
	struct error e = { 0 };

	put("r2/known", "hello\n");
	put("sums", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  known\n"
		    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  extra\n"
		    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  same\n"
		    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  absent\n");
	test_int(compare_dirs(dirs, 2, &o, &r, &e), 0, "compared with a list of hashes");
	test_int(r.n, 5, "absent, extra, known, log, same");
	test_ok(r.verdicts[0].kind == VERDICT_MISSING && r.verdicts[0].run_a == 0, "not built");
	test_ok(r.verdicts[1].kind == VERDICT_DIFFERS && r.verdicts[1].findings.n == 1 && r.verdicts[1].findings.items[0].kind == FINDING_LIMIT, "another hash");
	test_ok(r.verdicts[2].kind == VERDICT_IDENTICAL, "the hash of the list");
	test_ok(r.verdicts[4].kind == VERDICT_IDENTICAL, "the file that is there counts, not the list");
	comparison_clear(&r);
	put("sums", "5891b5b5 known\n");
	test_ok(compare_dirs(dirs, 2, &o, &r, &e) < 0, "no list of hashes");
	o.sums = "/nonexistent";
	test_int(compare_dirs(dirs, 2, &o, &r, &e), 0, "no list at all");
	comparison_clear(&r);
}

static void test_compare(void)
{
	autofree char *r1 = xasprintf("%s/r1", dir), *r2 = xasprintf("%s/r2", dir), *r3 = xasprintf("%s/r3", dir), *file = xasprintf("%s/r2/same", dir);
	const char *const dirs[] = { r1, r2, r3 };
	struct comparison_result r;
	struct compare_options o = { .is_record = is_log };
	struct error e;

	for (int k = 0; k < 3; k++) {
		char name[32];
		mkdir_p(dirs[k], 0755);
		snprintf(name, sizeof(name), "r%d/same", k + 1);
		put(name, "equal");
		snprintf(name, sizeof(name), "r%d/log", k + 1);
		put(name, k ? "other" : "one");
	}
	test_int(compare_dirs(dirs, 3, &o, &r, &e), 0, "compared");
	test_ok(r.same && r.n == 2, "same but for the record");
	test_ok(r.verdicts[0].kind == VERDICT_RECORD && r.verdicts[1].kind == VERDICT_IDENTICAL, "record, identical");
	comparison_clear(&r);
	chmod(file, 0600);
	compare_dirs(dirs, 3, &o, &r, &e);
	test_ok(r.same, "modes do not count for artefacts");
	comparison_clear(&r);
	o.modes = true;
	compare_dirs(dirs, 3, &o, &r, &e);
	test_ok(!r.same && r.verdicts[1].kind == VERDICT_DIFFERS && r.verdicts[1].findings.n == 1 && r.verdicts[1].findings.items[0].kind == FINDING_MODE, "modes count in trees");
	comparison_clear(&r);
	o.modes = false;
	put("r3/same", "eqUal");
	put("r2/extra", "");
	compare_dirs(dirs, 3, &o, &r, &e);
	test_ok(!r.same && r.n == 3, "three names");
	test_ok(r.verdicts[0].kind == VERDICT_MISSING && r.verdicts[0].run_a == 1 && r.verdicts[0].run_b == 0, "missing in the first");
	test_ok(r.verdicts[2].kind == VERDICT_DIFFERS && r.verdicts[2].run_b == 2, "differs in the third");
	test_str(r.verdicts[2].findings.items[0].how, "line 1: \"equal\" / \"eqUal\"", "how");
	comparison_clear(&r);
	test_sums(r1, r2);
	autofree char *none = xasprintf("%s/none", dir);
	mkdir_p(none, 0755);
	const char *const empty[] = { none, none };
	compare_dirs(empty, 2, &o, &r, &e);
	test_ok(!r.same, "nothing is not the same");
	comparison_clear(&r);
}

/* A small ELF file: header, .text at 64, .note.gnu.build-id at 96, names, section headers. */
static size_t make_elf(uint8_t *p)
{
	static const char strings[] = "\0.text\0.note.gnu.build-id\0.shstrtab";
	Elf64_Ehdr h = { .e_shoff = 256, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 4, .e_shstrndx = 3 };
	Elf64_Shdr s[4] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = 64, .sh_size = 32 },
		{ .sh_name = 7, .sh_type = SHT_NOTE, .sh_offset = 96, .sh_size = 36 },
		{ .sh_name = 26, .sh_type = SHT_STRTAB, .sh_offset = 144, .sh_size = sizeof(strings) },
	};

	memcpy(h.e_ident, "\x7f" "ELF\2\1\1", 7);
	memset(p, 0, 1024);
	memcpy(p, &h, sizeof(h));
	memcpy(p + 144, strings, sizeof(strings));
	memcpy(p + 256, s, sizeof(s));
	return 256 + sizeof(s);
}

/* A program with constants: texts with numbers between them. */
static size_t make_constants(uint8_t *p, const char *section, const char *bytes, size_t n)
{
	char strings[24] = { 0 };
	Elf64_Ehdr h = { .e_shoff = 512, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 2 };
	Elf64_Shdr s[3] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = 64, .sh_size = n },
		{ .sh_name = 12, .sh_type = SHT_STRTAB, .sh_offset = 400, .sh_size = sizeof(strings) },
	};

	snprintf(strings + 1, 11, "%s", section);
	memcpy(strings + 12, ".shstrtab", 10);
	memcpy(h.e_ident, "\x7f" "ELF\2\1\1", 7);
	memset(p, 0, 1024);
	memcpy(p, &h, sizeof(h));
	memcpy(p + 64, bytes, n);
	memcpy(p + 400, strings, sizeof(strings));
	memcpy(p + 512, s, sizeof(s));
	return 512 + sizeof(s);
}

#define CONSTANTS(p, s) make_constants(p, ".rodata", s, sizeof(s))

static void test_elf_texts(void)
{
	uint8_t a[1024], b[1024];
	struct elf_texts t;
	uint64_t unpacked = 0;
	struct findings f = { 0 };
	size_t n = CONSTANTS(a, "\1\2usage: x\0\x05\x07" "built in /build/one/src\0end of it"), m;

	CONSTANTS(b, "\1\2usage: x\0\x05\x07" "built in /build/one/src\0end of it");
	test_ok(!elf_first_text(a, n, b, n, &t), "the same texts");
	m = CONSTANTS(b, "\1\3usage: x\0\x25\x07" "built in /build/another/src\0end of it");
	test_ok(elf_first_text(a, n, b, m, &t) && t.len[0] == 23 && t.len[1] == 27 && strcmp(t.section, ".rodata") == 0, "a text, whatever the numbers before it");
	difference_find((const char *)a, n, (const char *)b, m, &unpacked, &f);
	test_ok(f.n == 1 && f.items[0].kind == FINDING_CONTENT, "one finding");
	test_str(f.items[0].how, "ELF, a text in .rodata: \"built in /build/one/src\" / \"built in /build/another/src\"", "which shows both");
	test_str(cause_of(&f.items[0]), "build path", "and what they look like");
	findings_clear(&f);
	m = CONSTANTS(b, "\1\3usage: x\0\x25\x07" "built in /build/one/src\0end of it");
	test_ok(!elf_first_text(a, n, b, m, &t), "numbers alone are no text");
	make_constants(a, ".data", "\1\2built by one", 15);
	m = make_constants(b, ".data", "\1\2built by two", 15);
	difference_find((const char *)a, m, (const char *)b, m, &unpacked, &f);
	test_str(f.items[0].how, "ELF, a text in .data: \"built by one\" / \"built by two\"", "variables hold texts, too");
	findings_clear(&f);
	n = CONSTANTS(a, "\1\2usage: x\0\x05\x07" "built in /build/one/src\0end of it");
	for (size_t cut = 0; cut < n; cut++)
		elf_first_text(a, cut, b, n - cut, &t);
}

static void test_elf(void)
{
	uint8_t a[1024], b[1024];
	char name[64];
	size_t n = make_elf(a);

	make_elf(b);
	test_ok(!elf_differs_in_id_only(a, n, b, n), "equal files do not differ");
	memset(b + 112, 0xee, 20);
	test_ok(elf_differs_in_id_only(a, n, b, n), "build-id only");
	b[70] = 1;
	test_ok(!elf_differs_in_id_only(a, n, b, n), "code differs as well");
	b[110] = 0xdd;
	b[70] = 0;
	b[200] = 1;
	test_int(elf_first_difference(a, n, b, n, 110), 200, "first difference outside the build-id");
	b[70] = 1;
	b[110] = 0;
	b[200] = 0;
	elf_section_at(b, n, 70, name, sizeof(name));
	test_str(name, ".text", "section by offset");
	elf_section_at(b, n, 100, name, sizeof(name));
	test_str(name, ".note.gnu.build-id", "section of the note");
	elf_section_at(b, n, 5, name, sizeof(name));
	test_str(name, "ELF header", "header");
	struct findings f = { 0 };
	uint64_t unpacked = 0;
	static const char sums[] = "0123456789abcdef0123456789abcdef  usr/bin/x\n", others[] = "0123456789abcdef0123456789abcdee  usr/bin/x\n",
			  renamed[] = "0123456789abcdef0123456789abcdee  usr/bin/y\n";
	difference_find(sums, strlen(sums), others, strlen(others), &unpacked, &f);
	test_ok(f.n == 1 && f.items[0].kind == FINDING_SUMS, "other checksums of the same names");
	struct verdict v = { .kind = VERDICT_DIFFERS, .findings = f };
	test_ok(!verdict_is_build_id_only(&v), "checksums alone are no build-id");
	findings_add(&v.findings, FINDING_BUILD_ID, "x", "same program");
	test_ok(verdict_is_build_id_only(&v), "build-id and the checksums that follow");
	findings_add(&v.findings, FINDING_CONTENT, "y", "line 1");
	test_ok(!verdict_is_build_id_only(&v), "something else as well");
	findings_clear(&v.findings);
	f = (struct findings){ 0 };
	difference_find(sums, strlen(sums), renamed, strlen(renamed), &unpacked, &f);
	test_ok(f.n == 1 && f.items[0].kind == FINDING_CONTENT, "another name is a difference of content");
	findings_clear(&f);
	Elf64_Ehdr h;
	memcpy(&h, b, sizeof(h));
	h.e_shoff = UINT64_MAX - 10;
	memcpy(b, &h, sizeof(h));
	elf_section_at(b, n, 70, name, sizeof(name));
	test_str(name, "headers or padding", "section headers outside the file");
}

/* The cause guessed from two lines. */
static const char *cause(const char *a, const char *b)
{
	struct findings f = { 0 };
	uint64_t unpacked = 0;
	const char *c;

	difference_find(a, strlen(a), b, strlen(b), &unpacked, &f);
	c = cause_of(&f.items[0]);
	findings_clear(&f);
	return c ? c : "-";
}

static void test_cause(void)
{
	test_str(cause("Copyright (C) 2022 A B", "Copyright (C) 2026 A B"), "time", "a year");
	test_str(cause("built Oct 17 01:26 by me", "built Oct 17 02:31 by me"), "time", "a time of day");
	test_str(cause("dir = /build/a/x", "dir = /build/other/x"), "build path", "a path");
	test_str(cause("a@host1 made it", "b@host2 made it"), "user and host", "a mail address");
	test_str(cause("by dh_x/13.7.1", "by dh_x/13.11.4"), "toolchain version", "a version");
	test_str(cause("alpha beta gamma", "gamma alpha beta"), "order", "the same words");
	test_str(cause("charset=UTF-8", "charset=ANSI_X3.4-1968"), "locale", "an encoding");
	test_str(cause("one thing", "another"), "-", "nothing known");
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	test_tree();
	test_compare();
	test_elf();
	test_elf_texts();
	test_cause();
	remove_tree(dir);
	return test_end();
}
