/* strv.h: NULL-terminated vectors of malloc'ed strings. NULL is an empty vector everywhere. */
#ifndef DETBUILD_BASE_STRV_H
#define DETBUILD_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

size_t strv_len(char *const *v);
void strv_add(char ***v, const char *s);                 /* copies s */
void strv_addf(char ***v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strv_extend(char ***v, char *const *more);          /* copies */
char **strv_copy(char *const *v);
void strv_free(char **v);
bool strv_has(char *const *v, const char *s);
/* Environment vectors: NAME=VALUE entries. */
const char *strv_env_get(char *const *v, const char *name);
void strv_env_set(char ***v, const char *name, const char *value); /* replaces or adds */
/* Splits at any character of seps; empty pieces are dropped. */
char **strv_split(const char *s, const char *seps);
char *strv_join(char *const *v, const char *sep);

#endif
