/* test.h: TAP for unit tests. Each program prints its results, the plan last, and exits non-zero on any failure.
 *
 *     int main(void) { test_int(1 + 1, 2, "sums"); return test_end(); } */
#ifndef DETBUILD_TESTS_UNIT_TEST_H
#define DETBUILD_TESTS_UNIT_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_count_, test_failures_;

static inline bool test_report_(bool good, const char *file, int line, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++test_count_, name);
	if (!good) {
		printf("# at %s:%d\n", file, line);
		test_failures_++;
	}
	fflush(stdout);
	return good;
}

static inline void test_int_(long long got, long long want, const char *file, int line, const char *name)
{
	if (!test_report_(got == want, file, line, name))
		printf("# got %lld (0x%llx), want %lld (0x%llx)\n", got, (unsigned long long)got, want, (unsigned long long)want);
}

static inline void test_str_(const char *got, const char *want, const char *file, int line, const char *name)
{
	bool good = got && want ? !strcmp(got, want) : got == want;

	if (!test_report_(good, file, line, name))
		printf("# got  '%s'\n# want '%s'\n", got ? got : "(null)", want ? want : "(null)");
}

#define test_ok(cond, name) test_report_((cond), __FILE__, __LINE__, (name))
#define test_int(got, want, name) test_int_((long long)(got), (long long)(want), __FILE__, __LINE__, (name))
#define test_str(got, want, name) test_str_((got), (want), __FILE__, __LINE__, (name))
#define test_skip(name, why) ((void)printf("ok %d - %s # SKIP %s\n", ++test_count_, (name), (why)))

static inline int test_end(void)
{
	printf("1..%d\n", test_count_);
	return test_failures_ ? 1 : 0;
}

#endif
