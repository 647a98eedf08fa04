/* mem.h: allocation that does not fail (it dies), and cleanup attributes. Supervisor side only. */
#ifndef DETBUILD_BASE_MEM_H
#define DETBUILD_BASE_MEM_H

#include <stddef.h>
#include <stdio.h>

void *xmalloc(size_t n);
void *xzalloc(size_t n);
void *xrealloc(void *p, size_t n);
void *xgrow(void *p, size_t *n, size_t at, size_t size); /* an array of *n elements of size bytes: it has element `at` now, new ones are zero */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void cleanup_free(void *pp);  /* pp: pointer to a malloc'ed pointer */
void cleanup_close(int *fd);  /* closes when >= 0, keeps errno */
void cleanup_fclose(FILE **f);
void cleanup_strv(char ***v);

#define autofree __attribute__((cleanup(cleanup_free)))
#define autoclose __attribute__((cleanup(cleanup_close)))
#define autofclose __attribute__((cleanup(cleanup_fclose)))
#define autostrv __attribute__((cleanup(cleanup_strv)))

/* *ret_x = STEAL(x): hands ownership out of a scope with autofree. */
#define STEAL(p) ({ __typeof__(p) steal_ = (p); (p) = NULL; steal_; })

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
