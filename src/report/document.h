/* document.h: the JSON documents of detbuild-json(5) as pages for people.
 *
 * The document is the one source: what a page says stands in it, whether the page is written by the verb that made the document or from
 * its file years later. Documents may come from anywhere: nothing in them is believed but what the page shows as theirs. */
#ifndef DETBUILD_REPORT_DOCUMENT_H
#define DETBUILD_REPORT_DOCUMENT_H

#include "base/error.h"
#include "base/late.h"
#include "report/page.h"

#define DOCUMENT_MAX (64u << 20) /* bytes: a verification of ten thousand files takes some five million */

/* Writes the document json[0..n) to out. log: another document, the object `log` of a run (evlives_json()), which counts where the first
 * has none; or NULL. -EBADMSG with e: it is not JSON, or none of the documents that can be shown. */
int document_page(const char *json, size_t n, const char *log, enum page_form form, FILE *out, struct error *e);
/* A page will be written there after what may take hours, and whose guest may change names meanwhile: says now what is wrong with the path. */
int document_open_target(const char *path, struct late *ret, struct error *e);
/* The same as HTML to such a file, at once or not at all; path: for messages. */
int document_write_html(const char *json, size_t n, const char *log, const struct late *file, const char *path, struct error *e);

#endif
