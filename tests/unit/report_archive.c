/* Archives: members and their facts, archives in archives, and the naming of what differs. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/archive.h"
#include "report/difference.h"
#include "test.h"

struct bytes { void *p; size_t n; };

struct item {
	const char *path, *text;
	size_t text_n;       /* 0: strlen */
	long mtime;
	unsigned mode;
	const char *user;
};

enum form { FORM_TAR, FORM_TAR_GZ, FORM_TAR_XZ, FORM_TAR_ZST, FORM_AR, FORM_ZIP, FORM_RAW_GZ };

static void set_form(struct archive *a, enum form form)
{
	if (form == FORM_AR)
		archive_write_set_format_ar_svr4(a);
	else if (form == FORM_ZIP)
		archive_write_set_format_zip(a);
	else if (form == FORM_RAW_GZ)
		archive_write_set_format_raw(a);
	else
		archive_write_set_format_gnutar(a);
	if (form == FORM_TAR_GZ || form == FORM_RAW_GZ)
		archive_write_add_filter_gzip(a);
	if (form == FORM_TAR_XZ)
		archive_write_add_filter_xz(a);
	if (form == FORM_TAR_ZST)
		archive_write_add_filter_zstd(a);
}

static struct bytes pack(enum form form, const struct item *items, size_t n)
{
	struct archive *a = archive_write_new();
	size_t room = 1 << 20;
	struct bytes b = { xmalloc(room), 0 };

	set_form(a, form);
	archive_write_set_options(a, "gzip:!timestamp");
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open_memory(a, b.p, room, &b.n);
	for (size_t i = 0; i < n; i++) {
		size_t len = items[i].text_n ? items[i].text_n : strlen(items[i].text);
		struct archive_entry *e = archive_entry_new();
		archive_entry_set_pathname(e, items[i].path);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, items[i].mode ? items[i].mode : 0644);
		archive_entry_set_mtime(e, items[i].mtime, 0);
		archive_entry_set_uname(e, items[i].user ? items[i].user : "root");
		archive_entry_set_size(e, (int64_t)len);
		archive_write_header(a, e);
		archive_write_data(a, items[i].text, len);
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
	return b;
}

static uint64_t unpacked_before; /* in the comparison that differ() belongs to */

static char *differ(struct bytes a, struct bytes b)
{
	struct findings f = { 0 };
	uint64_t unpacked = unpacked_before;
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	difference_find(a.p, a.n, b.p, b.n, &unpacked, &f);
	findings_print(&f, out, "");
	findings_clear(&f);
	fclose(out);
	free(b.p);
	return text;
}

static void expect_difference(enum form form, const struct item *other, size_t n, const char *want, const char *name)
{
	struct item base[] = { { .path = "one", .text = "first\n" }, { .path = "two", .text = "alpha\nbeta\n" } };
	struct bytes a = pack(form, base, 2);
	autofree char *got = differ(a, pack(form, other, n));

	test_str(got, want, name);
	free(a.p);
}

static void test_kinds(void)
{
	static const enum form forms[] = { FORM_TAR, FORM_TAR_GZ, FORM_TAR_XZ, FORM_TAR_ZST, FORM_ZIP, FORM_AR };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct item same[] = { { .path = "one", .text = "first\n" }, { .path = "two", .text = "alpha\nbeta\n" } };
		struct item changed[] = { { .path = "one", .text = "first\n" }, { .path = "two", .text = "alpha\nBeta\n" } };
		expect_difference(forms[i], same, 2, "", "equal archives");
		expect_difference(forms[i], changed, 2, "two: content: line 2: \"beta\" / \"Beta\"\n", "member and line");
	}
}

static void test_metadata(void)
{
	struct item mtime[] = { { .path = "one", .text = "first\n", .mtime = 99 }, { .path = "two", .text = "alpha\nbeta\n" } };
	struct item mode[] = { { .path = "one", .text = "first\n", .mode = 0755 }, { .path = "two", .text = "alpha\nbeta\n" } };
	struct item owner[] = { { .path = "one", .text = "first\n", .user = "builder" }, { .path = "two", .text = "alpha\nbeta\n" } };
	struct item order[] = { { .path = "two", .text = "alpha\nbeta\n" }, { .path = "one", .text = "first\n" } };
	struct item more[] = { { .path = "one", .text = "first\n" }, { .path = "three", .text = "x" }, { .path = "two", .text = "alpha\nbeta\n" } };

	expect_difference(FORM_TAR_XZ, mtime, 2, "one: mtime: 0.000000000 / 99.000000000\n", "mtime");
	expect_difference(FORM_TAR_XZ, mode, 2, "one: mode: 0644 / 0755\n", "mode");
	expect_difference(FORM_TAR_XZ, owner, 2, "one: owner: 0:0 root:- / 0:0 builder:-\n", "owner");
	expect_difference(FORM_TAR_XZ, order, 2, "order: member 0 is one / two\n", "order");
	expect_difference(FORM_TAR_XZ, more, 3, "three: added: only in the second\n", "added");
	expect_difference(FORM_TAR_XZ, more, 1, "two: missing: only in the first\n", "missing");
}

/* Zeros at the beginning of a compressed file are no tar archive without members. */
static void test_zeros(void)
{
	char text[2049] = { 0 };
	struct item item = { .path = "x", .text = text, .text_n = sizeof(text) };

	text[2048] = 'a';
	struct bytes a = pack(FORM_RAW_GZ, &item, 1);
	text[2048] = 'b';
	autofree char *got = differ(a, pack(FORM_RAW_GZ, &item, 1));
	test_str(got, "(unpacked): content: first at offset 2048\n", "the content of a compressed file of zeros");
	free(a.p);
}

/* What all artefacts of one comparison may unpack together: the lists of these two take 34 bytes, the second look 34 more. */
static void test_budget(void)
{
	struct item changed[] = { { .path = "one", .text = "first\n" }, { .path = "two", .text = "alpha\nBeta\n" } };

	unpacked_before = DIFFERENCE_BYTES_MAX - 68;
	expect_difference(FORM_TAR_XZ, changed, 2, "two: content: line 2: \"beta\" / \"Beta\"\n", "just enough is left");
	unpacked_before = DIFFERENCE_BYTES_MAX - 67;
	expect_difference(FORM_TAR_XZ, changed, 2, "two: not examined: differs; not unpacked, because 16 GiB were for this comparison\n", "the second look is too much");
	unpacked_before = DIFFERENCE_BYTES_MAX + 1;
	struct bytes a = pack(FORM_TAR, changed, 2);
	changed[0].text = "First\n";
	autofree char *got = differ(a, pack(FORM_TAR, changed, 2));
	test_ok(strstr(got, "not examined: differs; not unpacked") == got && strstr(got, "content: "), "nothing is left: said, and where they differ");
	free(a.p);
	unpacked_before = 0;
}

static struct bytes deb(const char *text)
{
	struct bytes inner = pack(FORM_TAR_XZ, &(struct item){ .path = "./usr/share/doc/x", .text = text }, 1);
	struct bytes control = pack(FORM_TAR_GZ, &(struct item){ .path = "./control", .text = "Package: x\n" }, 1);
	struct item items[] = {
		{ .path = "debian-binary", .text = "2.0\n" },
		{ .path = "control.tar.gz", .text = control.p, .text_n = control.n },
		{ .path = "data.tar.xz", .text = inner.p, .text_n = inner.n },
	};
	struct bytes all = pack(FORM_AR, items, 3);

	free(inner.p);
	free(control.p);
	return all;
}

static void test_nested(void)
{
	struct bytes a = deb("made by root\n");
	autofree char *got = differ(a, deb("made by \033[1mroot\n"));
	struct listing l = { 0 };
	struct error e;

	test_str(got, "data.tar.xz: ./usr/share/doc/x: content: line 1: \"made by root\" / \"made by \\x1b[1mroot\"\n", "member of a member, made printable");
	test_int(archive_list(a.p, a.n, ARCHIVE_DEPTH_MAX, &l, &e), 0, "list");
	test_int(l.n, 3, "three members");
	test_ok(l.n == 3 && l.members[2].inner && l.members[2].inner->n == 1 && !l.members[0].inner, "inner list");
	listing_clear(&l);
	test_int(archive_list(a.p, a.n, 1, &l, &e), 0, "flat list");
	test_ok(!l.members[2].inner, "no inner list when flat");
	listing_clear(&l);
	free(a.p);
}

/* Tar in tar in tar ...: the descent ends. */
static void test_depth(void)
{
	struct bytes a = pack(FORM_TAR, &(struct item){ .path = "x", .text = "1" }, 1);
	struct bytes b = pack(FORM_TAR, &(struct item){ .path = "x", .text = "2" }, 1);

	for (int i = 0; i < 10; i++) {
		struct bytes na = pack(FORM_TAR, &(struct item){ .path = "t", .text = a.p, .text_n = a.n }, 1);
		struct bytes nb = pack(FORM_TAR, &(struct item){ .path = "t", .text = b.p, .text_n = b.n }, 1);
		free(a.p);
		free(b.p);
		a = na;
		b = nb;
	}
	autofree char *got = differ(a, b);
	test_ok(strncmp(got, "t: t: t: t: content: first at offset", 36) == 0, "four levels, then bytes");
	free(a.p);
}

static void test_bomb(void)
{
	/* 5 GiB of zeros in a gzip of gzip would be small; here the limit on members stands for the limits. */
	struct archive *a = archive_write_new();
	size_t room = 256u << 20, used = 0;
	autofree void *p = xmalloc(room);
	struct listing l;
	struct error e;

	archive_write_set_format_gnutar(a);
	archive_write_open_memory(a, p, room, &used);
	struct archive_entry *en = archive_entry_new();
	archive_entry_set_pathname(en, "x");
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_size(en, 0);
	for (unsigned i = 0; i <= ARCHIVE_MEMBERS_MAX; i++)
		archive_write_header(a, en);
	archive_entry_free(en);
	archive_write_close(a);
	archive_write_free(a);
	test_ok(archive_list(p, used, 1, &l, &e) < 0 && strstr(e.what, "members") != NULL, "too many members are refused");
}

int main(void)
{
	test_kinds();
	test_metadata();
	test_zeros();
	test_budget();
	test_nested();
	test_depth();
	test_bomb();
	return test_end();
}
