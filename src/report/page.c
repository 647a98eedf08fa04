/* page.c: the two forms of a page. The one place that writes a string of the build into HTML or onto a terminal: put(). */
#include "report/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"

#define STRING_MAX 4000u   /* bytes of a string that are shown: a screenful */
#define BLOCK_MAX  200000u /* the same of a block of lines: some thousand */
#define DEPTH_MAX  12u     /* steps of indentation; deeper processes stand there, too */
#define BAR_WIDTH  1000u   /* units of a bar */

static bool html(const struct page *p)
{
	return p->form == PAGE_HTML;
}

/* --- strings ----------------------------------------------------------------------------------------------------------------- */

/* Characters that are not seen themselves and change what is seen around them: controls, marks and overrides of the direction of
 * writing, joiners and separators, tags (Unicode, general category Cc, Cf, Zl, Zp, as far as they do that). */
static bool is_invisible(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static void put_ascii(const struct page *p, unsigned char c)
{
	if (c < 0x20 || c == 0x7f)
		fprintf(p->f, "\\x%02x", c);
	else if (!html(p))
		fputc(c, p->f);
	else if (c == '<')
		fputs("&lt;", p->f);
	else if (c == '>')
		fputs("&gt;", p->f);
	else if (c == '&')
		fputs("&amp;", p->f);
	else if (c == '"')
		fputs("&quot;", p->f);
	else if (c == '\'')
		fputs("&#39;", p->f);
	else
		fputc(c, p->f);
}

/* At most max bytes of s; lines: newlines and tabs are kept, and in text each line is indented. */
static void put_up_to(const struct page *p, const char *s, size_t max, bool lines)
{
	const unsigned char *begin = (const unsigned char *)s, *at = begin;

	while (*at && (size_t)(at - begin) < max) {
		size_t n = utf8_length(at);

		if (lines && *at == '\n' && !html(p))
			fputs(at[1] ? "\n    " : "", p->f);
		else if (lines && (*at == '\n' || *at == '\t'))
			fputc(*at, p->f);
		else if (n == 1)
			put_ascii(p, *at);
		else if (n == 0)
			fputs("\xef\xbf\xbd", p->f);
		else if (is_invisible(utf8_character(at, n)))
			fprintf(p->f, "\\u{%" PRIx32 "}", utf8_character(at, n));
		else
			fwrite(at, 1, n, p->f);
		at += n ? n : 1;
	}
	if (*at)
		fprintf(p->f, " [cut: %zu bytes more]", strlen((const char *)at));
}

static void put(const struct page *p, const char *s)
{
	put_up_to(p, s ? s : "", STRING_MAX, false);
}

/* Our own markup, and nothing else. */
static void tag(const struct page *p, const char *markup)
{
	if (html(p))
		fputs(markup, p->f);
}

static void blank(const struct page *p, const char *text)
{
	if (!html(p))
		fputs(text, p->f);
}

static const char *class_of(enum page_tone tone)
{
	static const char *const names[] = { "plain", "good", "bad", "doubt" };

	return names[tone];
}

static const char *mark_of(enum page_tone tone)
{
	static const char *const marks[] = { "·", "✓", "✗", "!" };

	return marks[tone];
}

/* --- the page ---------------------------------------------------------------------------------------------------------------- */

/* The only style that the policy allows is ours, by its hash. */
static void put_policy(const struct page *p)
{
	struct sha256 h = sha256_of(page_style, strlen(page_style));
	char base64[SHA256_BASE64];

	sha256_base64(&h, base64);
	fprintf(p->f, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
		base64);
}

static void open_html(const struct page *p, const char *kind, const char *subject, enum page_tone tone, const char *word, const char *sentence)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", p->f);
	put_policy(p);
	fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>", p->f);
	put(p, word);
	fputs(": ", p->f);
	put(p, subject);
	fprintf(p->f, " - detbuild %s</title>\n<style>%s</style>\n</head>\n<body>\n<header>\n" PAGE_KIND_MARK "%s</p>\n<h1>", kind, page_style, kind);
	put(p, subject);
	fprintf(p->f, "</h1>\n<p class=\"verdict %s\"><span class=\"mark\" aria-hidden=\"true\">%s</span> <strong>", class_of(tone), mark_of(tone));
	put(p, word);
	fputs("</strong>", p->f);
	if (sentence && *sentence) {
		fputs(" <span>", p->f);
		put(p, sentence);
		fputs("</span>", p->f);
	}
	fputs("</p>\n</header>\n<main>\n", p->f);
}

void page_open(struct page *p, FILE *f, enum page_form form, const char *kind, const char *subject, enum page_tone tone, const char *word, const char *sentence)
{
	*p = (struct page){ .f = f, .form = form };
	if (html(p)) {
		open_html(p, kind, subject, tone, word, sentence);
		return;
	}
	fprintf(f, "%s %s: ", mark_of(tone), kind);
	put(p, subject);
	fputs(": ", f);
	put(p, word);
	if (sentence && *sentence) {
		fputs(": ", f);
		put(p, sentence);
	}
	fputc('\n', f);
}

static void end_section(struct page *p)
{
	if (p->in_section)
		tag(p, "</section>\n");
	p->in_section = false;
}

void page_close(struct page *p)
{
	end_section(p);
	tag(p, "</main>\n<footer><p>Written by detbuild " DETBUILD_VERSION ". This page is one file; it has no scripts and loads nothing.</p></footer>\n"
	       "</body>\n</html>\n");
}

void page_section(struct page *p, const char *title)
{
	end_section(p);
	p->in_section = true;
	p->sections++;
	if (html(p))
		fprintf(p->f, "<section aria-labelledby=\"s%u\">\n<h2 id=\"s%u\">", p->sections, p->sections);
	else
		fputc('\n', p->f);
	put(p, title);
	fputs(html(p) ? "</h2>\n" : "\n", p->f);
}

void page_paragraph(struct page *p, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	tag(p, "<p>");
	blank(p, "  ");
	put(p, n < 0 ? "" : text);
	fputs(html(p) ? "</p>\n" : "\n", p->f);
}

void page_code(struct page *p, const char *text)
{
	tag(p, "<pre tabindex=\"0\">");
	blank(p, "    ");
	put_up_to(p, text, BLOCK_MAX, true);
	fputs(html(p) ? "</pre>\n" : "\n", p->f);
}

void page_facts(struct page *p)
{
	tag(p, "<dl class=\"facts\">\n");
}

void page_fact(struct page *p, const char *name, const char *value)
{
	tag(p, "<div><dt>");
	blank(p, "  ");
	put(p, name);
	fputs(html(p) ? "</dt><dd>" : ": ", p->f);
	put(p, value);
	fputs(html(p) ? "</dd></div>\n" : "\n", p->f);
}

void page_facts_end(struct page *p)
{
	tag(p, "</dl>\n");
}

/* --- tables ------------------------------------------------------------------------------------------------------------------ */

void page_table(struct page *p, const char *what, const char *const *heads)
{
	tag(p, "<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"");
	if (html(p))
		put(p, what);
	tag(p, "\"><table>\n<thead><tr>");
	blank(p, "  ");
	for (; *heads; heads++) {
		tag(p, "<th scope=\"col\">");
		put(p, *heads);
		fputs(html(p) ? "</th>" : heads[1] ? " | " : "\n", p->f);
	}
	tag(p, "</tr></thead>\n<tbody>\n");
}

void page_row(struct page *p)
{
	p->cell = 0;
	tag(p, "<tr>");
	blank(p, "  ");
}

void page_cell(struct page *p, enum page_cell kind, const char *text)
{
	static const char *const begins[] = { "<td>", "<td class=\"code\">", "<td class=\"number\">" };
	bool first = p->cell++ == 0;

	if (!first)
		blank(p, " | ");
	tag(p, first ? "<th scope=\"row\">" : begins[kind]);
	put(p, text);
	tag(p, first ? "</th>" : "</td>");
}

void page_cell_number(struct page *p, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	page_cell(p, CELL_NUMBER, text);
}

void page_row_end(struct page *p)
{
	fputs(html(p) ? "</tr>\n" : "\n", p->f);
}

void page_table_end(struct page *p)
{
	tag(p, "</tbody>\n</table></div>\n");
}

/* --- lists ------------------------------------------------------------------------------------------------------------------- */

void page_list(struct page *p)
{
	tag(p, "<ul class=\"items\">\n");
}

void page_item(struct page *p, enum page_tone tone, const char *word, const char *name, const char *note)
{
	if (html(p))
		fprintf(p->f, "<li class=\"%s\"><p class=\"item\"><span class=\"mark\" aria-hidden=\"true\">%s</span> <code>", class_of(tone), mark_of(tone));
	else
		fprintf(p->f, "  %s ", mark_of(tone));
	put(p, name);
	fputs(html(p) ? "</code> <span class=\"word\">" : " ", p->f);
	put(p, word);
	tag(p, "</span>");
	if (note && *note) {
		fputs(html(p) ? " <span class=\"note\">" : " ", p->f);
		put(p, note);
		tag(p, "</span>");
	}
	fputs(html(p) ? "</p>\n" : "\n", p->f);
}

void page_item_end(struct page *p)
{
	tag(p, "</li>\n");
}

void page_list_end(struct page *p)
{
	tag(p, "</ul>\n");
}

void page_details(struct page *p, const char *summary)
{
	tag(p, "<details><summary>");
	blank(p, "  ");
	put(p, summary);
	fputs(html(p) ? "</summary>\n" : ":\n", p->f);
}

void page_details_end(struct page *p)
{
	tag(p, "</details>\n");
}

void page_sides(struct page *p)
{
	tag(p, "<div class=\"sides\">\n");
}

void page_side(struct page *p, const char *title, const char *text)
{
	tag(p, "<div><h3>");
	blank(p, "  ");
	put(p, title);
	fputs(html(p) ? "</h3>\n" : ":\n", p->f);
	page_code(p, text);
	tag(p, "</div>\n");
}

void page_sides_end(struct page *p)
{
	tag(p, "</div>\n");
}

/* --- the time line ----------------------------------------------------------------------------------------------------------- */

static unsigned scaled(uint64_t at, uint64_t whole)
{
	return whole == 0 ? 0 : (unsigned)((double)(at < whole ? at : whole) * BAR_WIDTH / (double)whole);
}

void page_lives(struct page *p)
{
	tag(p, "<ol class=\"lives\">\n");
}

void page_life(struct page *p, const struct page_life *l)
{
	unsigned from = scaled(l->from, l->whole), to = scaled(l->to, l->whole), depth = l->depth < DEPTH_MAX ? l->depth : DEPTH_MAX;

	if (!html(p)) {
		fprintf(p->f, "  %*s", (int)(2 * depth), "");
		put(p, l->command);
		fputs(" (", p->f);
		put(p, l->note);
		fputs(")\n", p->f);
		return;
	}
	fprintf(p->f, "<li class=\"%s d%u\"><span class=\"name\"><code>", class_of(l->tone), depth);
	put(p, l->name);
	fputs("</code> <span class=\"note\">", p->f);
	put(p, l->note);
	fprintf(p->f, "</span></span><svg aria-hidden=\"true\" focusable=\"false\" viewBox=\"0 0 %u 10\" preserveAspectRatio=\"none\">"
		      "<rect class=\"track\" width=\"%u\" height=\"10\"/><rect class=\"bar\" x=\"%u\" width=\"%u\" height=\"10\"/></svg><code class=\"command\">",
		BAR_WIDTH, BAR_WIDTH, from < BAR_WIDTH - 3 ? from : BAR_WIDTH - 3, to > from + 3 ? to - from : 3);
	put(p, l->command);
	fputs("</code></li>\n", p->f);
}

void page_lives_end(struct page *p)
{
	tag(p, "</ol>\n");
}
