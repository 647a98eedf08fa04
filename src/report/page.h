/* page.h: a page of sections, tables and lists, written as HTML or as plain text by the same calls: what one form holds the other holds.
 *
 * 1. Every string is untrusted. Control characters, those that turn the direction of writing and bytes that are no UTF-8 become visible
 *    words; in HTML everything is text, never markup. Long strings are cut, and that is said.
 * 2. An HTML page is one file that needs and may fetch nothing: no script, no image, no font; its policy forbids what an attacker would
 *    need, styles other than our own included. It is a function of the calls alone.
 * 3. Nothing is told by colour alone: each verdict is a mark and a word. */
#ifndef DETBUILD_REPORT_PAGE_H
#define DETBUILD_REPORT_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum page_form { PAGE_TEXT, PAGE_HTML };
enum page_tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_DOUBT };
enum page_cell { CELL_TEXT, CELL_CODE, CELL_NUMBER };

struct page {
	FILE *f;
	enum page_form form;
	bool in_section;
	unsigned sections, cell, depth;
};

#define PAGE_KIND_MARK "<p class=\"kind\">detbuild " /* in HTML before the kind, so that a page can be told from a document */

/* kind: "verify"; subject: what it is about; word and sentence: the verdict. */
void page_open(struct page *p, FILE *f, enum page_form form, const char *kind, const char *subject, enum page_tone tone, const char *word, const char *sentence);
void page_close(struct page *p);

void page_section(struct page *p, const char *title); /* ends the one before */
void page_paragraph(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void page_code(struct page *p, const char *text);     /* lines that keep their breaks; wide ones scroll in their own box */

void page_facts(struct page *p);
void page_fact(struct page *p, const char *name, const char *value);
void page_facts_end(struct page *p);

/* heads: NULL-terminated; what: the table's name for those who do not see it. Each row takes as many cells as there are heads. */
void page_table(struct page *p, const char *what, const char *const *heads);
void page_row(struct page *p);
void page_cell(struct page *p, enum page_cell kind, const char *text);
void page_cell_number(struct page *p, uint64_t number);
void page_row_end(struct page *p);
void page_table_end(struct page *p);

/* A list of things with a verdict each. Between page_item() and page_item_end() stands what there is to say about one; open: shown at once. */
void page_list(struct page *p);
void page_item(struct page *p, enum page_tone tone, const char *word, const char *name, const char *note);
void page_item_end(struct page *p);
void page_list_end(struct page *p);
/* What only some readers want. */
void page_details(struct page *p, const char *summary);
void page_details_end(struct page *p);

/* One side of two that are compared; between page_sides() and page_sides_end(). */
void page_sides(struct page *p);
void page_side(struct page *p, const char *title, const char *text);
void page_sides_end(struct page *p);

/* One line of a time line: a bar from `from` to `to` of `whole`. */
struct page_life {
	unsigned depth;          /* in the tree of processes */
	const char *name, *command, *note;
	enum page_tone tone;
	uint64_t from, to, whole;
};
void page_lives(struct page *p);
void page_life(struct page *p, const struct page_life *l);
void page_lives_end(struct page *p);

extern const char page_style[]; /* page_style.c */

#endif
