/* base_parse: what people type. */
#include "test.h"

#include <errno.h>

#include "base/parse.h"

static void numbers(void)
{
	uint64_t u = 77;
	int64_t i = 77;

	test_int(parse_u64("42", &u), 0, "decimal");
	test_int(u, 42, "decimal value");
	test_int(parse_u64("0x2A", &u), 0, "hexadecimal");
	test_int(u, 42, "hexadecimal value");
	test_int(parse_u64("18446744073709551615", &u), 0, "the largest");
	test_ok(u == UINT64_MAX, "the largest value");
	test_int(parse_u64("18446744073709551616", &u), -ERANGE, "one more");
	test_ok(u == UINT64_MAX, "untouched on failure");
	test_int(parse_u64("", &u), -EINVAL, "nothing");
	test_int(parse_u64("0x", &u), -EINVAL, "a prefix alone");
	test_int(parse_u64("+1", &u), -EINVAL, "a sign");
	test_int(parse_u64(" 1", &u), -EINVAL, "a leading blank");
	test_int(parse_u64("1 ", &u), -EINVAL, "a trailing blank");
	test_int(parse_i64("-9223372036854775808", &i), 0, "the smallest");
	test_ok(i == INT64_MIN, "the smallest value");
	test_int(parse_i64("9223372036854775808", &i), -ERANGE, "too large with a sign bit");
	test_int(parse_i64("--1", &i), -EINVAL, "two signs");
}

static void units(void)
{
	uint64_t u = 0;

	test_int(parse_size("512M", &u), 0, "megabytes");
	test_int(u, 512ll << 20, "megabytes value");
	test_int(parse_size("16777216T", &u), -ERANGE, "more bytes than 64 bits");
	test_int(parse_size("5m", &u), -EINVAL, "lower case is no unit");
	test_int(parse_duration("90", &u), 0, "seconds by default");
	test_int(u, 90000000000ll, "seconds value");
	test_int(parse_duration("500ms", &u), 0, "milliseconds");
	test_int(u, 500000000ll, "milliseconds value");
	test_int(parse_duration("2h", &u), 0, "hours");
	test_int(u, 7200000000000ll, "hours value");
	test_int(parse_duration("1d", &u), -EINVAL, "no days");
}

static void epochs(void)
{
	int64_t t = 0;

	test_int(parse_epoch("@1704067200", &t), 0, "@seconds");
	test_int(t, 1704067200, "@seconds value");
	test_int(parse_epoch("2024-01-01", &t), 0, "a date");
	test_int(t, 1704067200, "a date's value");
	test_int(parse_epoch("2000-02-29T12:34:56Z", &t), 0, "a time on a leap day");
	test_int(t, 951827696, "a time's value");
	test_int(parse_epoch("1969-12-31T23:59:59Z", &t), 0, "before 1970");
	test_int(t, -1, "before 1970 value");
	test_int(parse_epoch("1900-02-29", &t), -ERANGE, "1900 was no leap year");
	test_int(parse_epoch("2024-13-01", &t), -ERANGE, "month 13");
	test_int(parse_epoch("2024-01-01T00:00:00", &t), -EINVAL, "a time without zone");
	test_int(parse_epoch("2024-01-01x", &t), -EINVAL, "trailing garbage");
	test_int(parse_epoch("yesterday", &t), -EINVAL, "a word");
	test_int(t, -1, "untouched on failure");
}

int main(void)
{
	numbers();
	units();
	epochs();
	return test_end();
}
