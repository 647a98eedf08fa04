/* json.h: writing JSON (RFC 8259), nothing else. Output is deterministic: members in the order written, two-space indent. */
#ifndef DETBUILD_BASE_JSON_H
#define DETBUILD_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json { FILE *f; int depth; bool first; };

void json_begin(struct json *j, FILE *f);
/* name is NULL for array elements and for the outermost value. */
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);
void json_end(struct json *j, char close); /* '}' or ']' */
void json_string(struct json *j, const char *name, const char *value); /* NULL: null; invalid UTF-8 bytes become U+FFFD */
void json_int(struct json *j, const char *name, int64_t value);
void json_uint(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_raw(struct json *j, const char *name, const char *text); /* text: a whole JSON value, written as it is */
void json_finish(struct json *j); /* newline */

#endif
