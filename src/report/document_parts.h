/* document_parts.h: what the pages of several documents share; for document*.c and nobody else. A member that is not there, or of another
 * type, is empty. */
#ifndef DETBUILD_REPORT_DOCUMENT_PARTS_H
#define DETBUILD_REPORT_DOCUMENT_PARTS_H

#include <json-c/json.h>

#include "report/page.h"

#define ROWS_MAX 1000u /* of one list or table: beyond that a page says how many there are, and the document has them */

struct json_object *doc_get(struct json_object *o, const char *name);     /* NULL when it is not there */
struct json_object *doc_array(struct json_object *o, const char *name);   /* NULL when it is no array */
size_t doc_length(struct json_object *array);                             /* 0 for NULL */
const char *doc_string(struct json_object *o, const char *name);          /* "" */
uint64_t doc_number(struct json_object *o, const char *name);             /* 0 */
bool doc_is(struct json_object *o, const char *name);                     /* a true boolean */
char *doc_join(struct json_object *array, const char *separator);         /* of strings; malloc'ed */

/* A fact for each of the names (NULL-terminated pairs: member, what it is called) that the document has. */
void doc_facts(struct page *p, struct json_object *o, const char *const *names);
void doc_more(struct page *p, size_t all, const char *of_what);           /* says what lies behind ROWS_MAX */

void part_differences(struct page *p, struct json_object *file);
void part_divergence(struct page *p, struct json_object *divergence, const char *first_event, const char *advice);
void part_processes(struct page *p, struct json_object *log, const char *advice);
void part_calls(struct page *p, struct json_object *run, const char *advice);
void part_relaxed(struct page *p, struct json_object *relaxed, bool traced);
void part_build(struct page *p, struct json_object *build);               /* the document of pkg */

/* The documents themselves. log: see document_page(). */
void document_run(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form);
void document_verify(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form);
void document_rebuild(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form);
void document_explain(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form);
void document_build(struct page *p, struct json_object *d, struct json_object *log, FILE *out, enum page_form form);

#endif
