/* parse.h: checked parsing of what people type. 0 or -EINVAL/-ERANGE; *ret untouched on failure. */
#ifndef DETBUILD_BASE_PARSE_H
#define DETBUILD_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

int parse_u64(const char *s, uint64_t *ret);          /* decimal or 0x... ; no sign, no trailing garbage */
int parse_i64(const char *s, int64_t *ret);
int parse_size(const char *s, uint64_t *ret);         /* bytes; suffix K M G T (1024) */
int parse_duration(const char *s, uint64_t *ret_ns);  /* "90", "90s", "15m", "2h", "500ms" */
int parse_epoch(const char *s, int64_t *ret_seconds); /* "@N", "N", "YYYY-MM-DD", "YYYY-MM-DDTHH:MM:SSZ"; UTC */

#endif
