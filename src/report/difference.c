/* difference.c: descends two archives side by side and says what is not the same.
 *
 * Invariants: 1. unequal bytes always give at least one finding at or below their place; 2. the work is bounded: by the
 * archive limits, by EXTRACTIONS_MAX members opened again for a closer look, and by what is unpacked for all of them together, each
 * from the beginning of its archive. */
#include "report/difference.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/archive.h"
#include "report/elf.h"

#define EXTRACTIONS_MAX 60   /* each reads its archive from the start again */
#define SHOWN 100            /* characters of a differing line */

struct comparison {
	struct findings *out;
	int extractions;
	uint64_t *unpacked; /* bytes, of the caller's whole comparison */
};

static const char *const kind_names[] = {
	[FINDING_CONTENT] = "content", [FINDING_BUILD_ID] = "build-id only", [FINDING_TYPE] = "type", [FINDING_TARGET] = "target",
	[FINDING_MODE] = "mode", [FINDING_OWNER] = "owner", [FINDING_MTIME] = "mtime", [FINDING_ORDER] = "order",
	[FINDING_MISSING] = "missing", [FINDING_ADDED] = "added", [FINDING_CONTAINER] = "container",
	[FINDING_SUMS] = "sums", [FINDING_LIMIT] = "not examined",
};

const char *finding_kind_name(enum finding_kind kind)
{
	return kind < ARRAY_SIZE(kind_names) ? kind_names[kind] : "?";
}

/* Member names and texts come from artefacts: nothing but printable ASCII may reach a terminal. */
static char *printable(const char *s, size_t n)
{
	char *out = xmalloc(n * 4 + 1), *p = out;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 0x20 && c < 0x7f)
			*p++ = (char)c;
		else
			p += sprintf(p, "\\x%02x", c);
	}
	*p = '\0';
	return out;
}

void findings_add(struct findings *f, enum finding_kind kind, const char *member, const char *fmt, ...)
{
	char how[1024];
	va_list ap;

	if (f->n >= FINDINGS_MAX) {
		f->more++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(how, sizeof(how), fmt, ap);
	va_end(ap);
	f->items = xrealloc(f->items, (f->n + 1) * sizeof(*f->items));
	f->items[f->n++] = (struct finding){ .kind = kind, .member = printable(member, strlen(member)), .how = printable(how, strlen(how)) };
}

void findings_clear(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->items[i].member);
		free(f->items[i].how);
	}
	free(f->items);
	*f = (struct findings){ 0 };
}

void findings_print(const struct findings *f, FILE *out, const char *indent)
{
	for (size_t i = 0; i < f->n; i++)
		fprintf(out, "%s%s%s%s: %s\n", indent, f->items[i].member, f->items[i].member[0] ? ": " : "",
			finding_kind_name(f->items[i].kind), f->items[i].how);
	if (f->more > 0)
		fprintf(out, "%sand %zu more differences\n", indent, f->more);
}

void findings_json(const struct findings *f, struct json *j, const char *name)
{
	json_array(j, name);
	for (size_t i = 0; i < f->n; i++) {
		json_object(j, NULL);
		json_string(j, "member", f->items[i].member);
		json_string(j, "kind", finding_kind_name(f->items[i].kind));
		json_string(j, "how", f->items[i].how);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static size_t first_difference(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	size_t n = an < bn ? an : bn, i = 0;

	while (i + 4096 <= n && memcmp(a + i, b + i, 4096) == 0)
		i += 4096;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

static bool is_text(const uint8_t *p, size_t n)
{
	size_t look = n < 8192 ? n : 8192;

	return look == 0 || memchr(p, 0, look) == NULL;
}

/* The line that holds offset `at`, cut around it so that the difference is to be seen. */
static char *line_at(const uint8_t *p, size_t n, size_t at)
{
	size_t from = at, to = at;

	while (from > 0 && p[from - 1] != '\n' && at - from < SHOWN / 2)
		from--;
	while (to < n && p[to] != '\n' && to - from < SHOWN)
		to++;
	return printable((const char *)p + from, to - from);
}

static void add_text(struct findings *f, const char *member, const uint8_t *a, size_t an, const uint8_t *b, size_t bn, size_t at)
{
	size_t line = 1;
	autofree char *la = line_at(a, an, at);
	autofree char *lb = line_at(b, bn, at);

	for (size_t i = 0; i < at; i++)
		line += a[i] == '\n';
	findings_add(f, FINDING_CONTENT, member, "line %zu: \"%s\" / \"%s\"", line, la, lb);
}

/* Length of a line "SUM  NAME" of md5sums, newline included; 0: it is none. *ret_sum: how many hexadecimal digits it begins with. */
static size_t sum_line(const uint8_t *p, size_t n, size_t *ret_sum)
{
	const uint8_t *end = memchr(p, '\n', n);
	size_t digits = 0;

	while (digits < n && strchr("0123456789abcdef", p[digits]) && p[digits])
		digits++;
	if (!end || digits < 32 || digits + 2 >= n || p[digits] != ' ')
		return 0;
	*ret_sum = digits;
	return (size_t)(end - p) + 1;
}

/* Both are lists of checksums of the same names in the same order. */
static bool differs_in_sums_only(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	size_t at = 0, sum_a, sum_b;

	if (an != bn)
		return false;
	while (at < an) {
		size_t n = sum_line(a + at, an - at, &sum_a);
		if (n == 0 || sum_line(b + at, bn - at, &sum_b) != n || sum_a != sum_b || memcmp(a + at + sum_a, b + at + sum_a, n - sum_a) != 0)
			return false;
		at += n;
	}
	return at > 0;
}

/* The part of a text around the first byte in which it is not like the other one. */
static char *text_around(const uint8_t *p, size_t at, size_t len, size_t differs)
{
	size_t from = differs > SHOWN / 2 ? differs - SHOWN / 2 : 0, n = len - from < SHOWN ? len - from : SHOWN;

	return printable((const char *)p + at + from, n);
}

static void add_program(struct findings *f, const char *member, const uint8_t *a, size_t an, const uint8_t *b, size_t bn, size_t at, const char *sizes)
{
	char section[64];
	struct elf_texts t;

	if (elf_first_text(a, an, b, bn, &t)) {
		size_t differs = first_difference(a + t.at[0], t.len[0], b + t.at[1], t.len[1]);
		autofree char *ta = text_around(a, t.at[0], t.len[0], differs), *tb = text_around(b, t.at[1], t.len[1], differs);

		findings_add(f, FINDING_CONTENT, member, "ELF, a text in %s: \"%s\" / \"%s\"", t.section, ta, tb);
		return;
	}
	at = elf_first_difference(a, an, b, bn, at);
	elf_section_at(a, an, at, section, sizeof(section));
	findings_add(f, FINDING_CONTENT, member, "ELF, first in %s, offset %zu%s", section, at, sizes);
}

/* Neither side is an archive that could be opened. */
static void add_content(struct findings *f, const char *member, const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	size_t at = first_difference(a, an, b, bn);
	char sizes[80] = "";

	if (an != bn)
		snprintf(sizes, sizeof(sizes), ", %zu / %zu bytes", an, bn);
	if (elf_differs_in_id_only(a, an, b, bn)) {
		findings_add(f, FINDING_BUILD_ID, member, "same program; only its build-id or debug links differ, from offset %zu", at);
	} else if (elf_is(a, an) && elf_is(b, bn)) {
		add_program(f, member, a, an, b, bn, at, sizes);
	} else if (differs_in_sums_only(a, an, b, bn)) {
		findings_add(f, FINDING_SUMS, member, "the same names, other checksums");
	} else if (is_text(a, an) && is_text(b, bn)) {
		add_text(f, member, a, an, b, bn, at);
	} else {
		findings_add(f, FINDING_CONTENT, member, "first at offset %zu%s", at, sizes);
	}
}

static const char *or_none(const char *s)
{
	return s ? s : "-";
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static void compare_metadata(struct findings *f, const char *name, const struct member *a, const struct member *b)
{
	if (a->type != b->type)
		findings_add(f, FINDING_TYPE, name, "%c / %c", a->type, b->type);
	if (!same_text(a->target, b->target))
		findings_add(f, FINDING_TARGET, name, "%s / %s", or_none(a->target), or_none(b->target));
	if (a->mode != b->mode)
		findings_add(f, FINDING_MODE, name, "%04o / %04o", (unsigned)a->mode, (unsigned)b->mode);
	if (a->uid != b->uid || a->gid != b->gid || !same_text(a->user, b->user) || !same_text(a->group, b->group))
		findings_add(f, FINDING_OWNER, name, "%" PRId64 ":%" PRId64 " %s:%s / %" PRId64 ":%" PRId64 " %s:%s", a->uid, a->gid,
			or_none(a->user), or_none(a->group), b->uid, b->gid, or_none(b->user), or_none(b->group));
	if (a->has_mtime != b->has_mtime || a->mtime != b->mtime || a->mtime_ns != b->mtime_ns)
		findings_add(f, FINDING_MTIME, name, "%" PRId64 ".%09ld / %" PRId64 ".%09ld", a->mtime, a->mtime_ns, b->mtime, b->mtime_ns);
}

static void compare_bytes(struct comparison *c, const char *name, const uint8_t *a, size_t an, const uint8_t *b, size_t bn, int depth);

struct archive_bytes {
	const void *p;
	size_t n;
	const struct listing *l;
};

static uint64_t sizes(const struct listing *l, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += l->members[i].size;
	return all;
}

/* Whether so many bytes more may be unpacked. They count in any case, so that what comes after the first refusal is refused as well. */
static bool afford(struct comparison *c, uint64_t bytes)
{
	*c->unpacked += bytes;
	return *c->unpacked <= DIFFERENCE_BYTES_MAX;
}

static void add_not_unpacked(struct comparison *c, const char *name)
{
	findings_add(c->out, FINDING_LIMIT, name, "differs; not unpacked, because %u GiB were for this comparison", (unsigned)(DIFFERENCE_BYTES_MAX >> 30));
}

/* Opens the two members again and looks into them. */
static void compare_content(struct comparison *c, const char *name, struct archive_bytes a, size_t ia, struct archive_bytes b, size_t ib, int depth)
{
	autofree void *ca = NULL, *cb = NULL;
	size_t na = 0, nb = 0;
	struct error e = { 0 };

	if (c->out->n >= FINDINGS_MAX || c->extractions >= EXTRACTIONS_MAX) {
		findings_add(c->out, FINDING_CONTENT, name, "differs");
		return;
	}
	if (!afford(c, sizes(a.l, ia + 1) + sizes(b.l, ib + 1))) {
		add_not_unpacked(c, name);
		return;
	}
	c->extractions++;
	if (archive_extract(a.p, a.n, ia, &ca, &na, &e) < 0 || archive_extract(b.p, b.n, ib, &cb, &nb, &e) < 0)
		findings_add(c->out, FINDING_CONTENT, name, "differs; %s", e.what);
	else
		compare_bytes(c, name, ca, na, cb, nb, depth);
}

/* A listing's members by name; equal names keep their order, so the n-th of one side meets the n-th of the other. */
struct ref {
	const struct member *m;
	size_t index;
};

static int by_path(const void *x, const void *y)
{
	const struct ref *a = x, *b = y;
	int c = strcmp(a->m->path, b->m->path);

	return c ? c : (a->index > b->index) - (a->index < b->index);
}

static struct ref *sorted(const struct listing *l)
{
	struct ref *r = xmalloc((l->n + 1) * sizeof(*r));

	for (size_t i = 0; i < l->n; i++)
		r[i] = (struct ref){ &l->members[i], i };
	qsort(r, l->n, sizeof(*r), by_path);
	return r;
}

static void compare_order(struct findings *f, const char *name, const struct listing *a, const struct listing *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->members[i].path, b->members[i].path) != 0) {
			findings_add(f, FINDING_ORDER, name, "member %zu is %s / %s", i, a->members[i].path, b->members[i].path);
			return;
		}
}

static void compare_pair(struct comparison *c, const char *name, struct archive_bytes a, const struct ref *x, struct archive_bytes b, const struct ref *y, int depth)
{
	autofree char *path = xasprintf("%s%s%s", name, *name ? ": " : "", x->m->path);

	compare_metadata(c->out, path, x->m, y->m);
	if (x->m->type == 'f' && y->m->type == 'f' && memcmp(&x->m->hash, &y->m->hash, sizeof(x->m->hash)) != 0)
		compare_content(c, path, a, x->index, b, y->index, depth + 1);
}

static void compare_members(struct comparison *c, const char *name, struct archive_bytes a, struct archive_bytes b, int depth)
{
	const struct listing *la = a.l, *lb = b.l;
	autofree struct ref *x = sorted(la), *y = sorted(lb);
	size_t i = 0, j = 0, unmatched = 0;

	while (i < la->n || j < lb->n) {
		int cmp = i == la->n ? 1 : j == lb->n ? -1 : strcmp(x[i].m->path, y[j].m->path);
		if (cmp == 0) {
			compare_pair(c, name, a, &x[i++], b, &y[j++], depth);
			continue;
		}
		const char *path = cmp < 0 ? x[i++].m->path : y[j++].m->path;
		autofree char *full = xasprintf("%s%s%s", name, *name ? ": " : "", path);
		findings_add(c->out, cmp < 0 ? FINDING_MISSING : FINDING_ADDED, full, "%s", cmp < 0 ? "only in the first" : "only in the second");
		unmatched++;
	}
	if (unmatched == 0)
		compare_order(c->out, name, la, lb);
}

/* Equal members in unequal archives: the gzip header's time and level are the usual cause. */
static void add_container(struct findings *f, const char *name, const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	uint32_t ta, tb;

	if (an >= 10 && bn >= 10 && a[0] == 0x1f && b[0] == 0x1f && memcmp(a + 4, b + 4, 4) != 0) {
		memcpy(&ta, a + 4, 4); /* little endian, as we are */
		memcpy(&tb, b + 4, 4);
		findings_add(f, FINDING_MTIME, name, "in the gzip header: %" PRIu32 " / %" PRIu32, ta, tb);
		return;
	}
	findings_add(f, FINDING_CONTAINER, name, "all members are equal; the archive itself differs from offset %zu (%zu / %zu bytes)",
		first_difference(a, an, b, bn), an, bn);
}

static void compare_bytes(struct comparison *c, const char *name, const uint8_t *a, size_t an, const uint8_t *b, size_t bn, int depth)
{
	enum archive_kind kind = archive_recognise(a, an);
	struct listing la = { 0 }, lb = { 0 };
	struct error e = { 0 };
	size_t before = c->out->n + c->out->more;

	if (an == bn && (an == 0 || memcmp(a, b, an) == 0))
		return;
	if (kind == ARCHIVE_NONE || archive_recognise(b, bn) != kind || depth > ARCHIVE_DEPTH_MAX) {
		add_content(c->out, name, a, an, b, bn);
		return;
	}
	if (!afford(c, 0)) {
		add_not_unpacked(c, name);
		add_content(c->out, name, a, an, b, bn);
	} else if (archive_list(a, an, 1, &la, &e) < 0 || archive_list(b, bn, 1, &lb, &e) < 0) {
		afford(c, e.errnum == EFBIG ? ARCHIVE_TOTAL_MAX : an + bn);
		findings_add(c->out, FINDING_LIMIT, name, "%s", e.what);
		add_content(c->out, name, a, an, b, bn);
	} else {
		afford(c, sizes(&la, la.n) + sizes(&lb, lb.n));
		compare_members(c, name, (struct archive_bytes){ a, an, &la }, (struct archive_bytes){ b, bn, &lb }, depth);
		if (c->out->n + c->out->more == before)
			add_container(c->out, name, a, an, b, bn);
	}
	listing_clear(&la);
	listing_clear(&lb);
}

void difference_find(const void *a, size_t an, const void *b, size_t bn, uint64_t *unpacked, struct findings *ret)
{
	struct comparison c = { .out = ret, .unpacked = unpacked };

	compare_bytes(&c, "", a, an, b, bn, 1);
}
