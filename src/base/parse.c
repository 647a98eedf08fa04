/* parse.c: checked parsing of what people type.
 *
 * 1. The whole string must be used: no leading blanks, no trailing garbage, no silent overflow.
 * 2. *ret is untouched on failure.
 * 3. Nothing depends on the locale or the time zone. */
#include "base/parse.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Reads digits; *ret_rest is what follows them. At least one digit. */
static int read_digits(const char *s, int base, uint64_t *ret, const char **ret_rest)
{
	uint64_t v = 0;

	if (digit_of(*s) >= base)
		return -EINVAL;
	for (; digit_of(*s) < base; s++)
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit_of(*s), &v))
			return -ERANGE;
	*ret = v;
	*ret_rest = s;
	return 0;
}

int parse_u64(const char *s, uint64_t *ret)
{
	const char *rest;
	uint64_t v;
	int r;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		r = read_digits(s + 2, 16, &v, &rest);
	else
		r = read_digits(s, 10, &v, &rest);
	if (r < 0)
		return r;
	if (*rest)
		return -EINVAL;
	*ret = v;
	return 0;
}

int parse_i64(const char *s, int64_t *ret)
{
	bool negative = *s == '-';
	uint64_t v;
	int r;

	r = parse_u64(negative ? s + 1 : s, &v);
	if (r < 0)
		return r;
	if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return -ERANGE;
	*ret = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static int read_with_unit(const char *s, const struct unit *units, uint64_t *ret)
{
	const char *rest;
	uint64_t v;
	int r;

	r = read_digits(s, 10, &v, &rest);
	if (r < 0)
		return r;
	for (; units->name; units++) {
		if (strcmp(rest, units->name))
			continue;
		if (__builtin_mul_overflow(v, units->factor, &v))
			return -ERANGE;
		*ret = v;
		return 0;
	}
	return -EINVAL;
}

int parse_size(const char *s, uint64_t *ret)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "K", 1ull << 10 },
		{ "M", 1ull << 20 },
		{ "G", 1ull << 30 },
		{ "T", 1ull << 40 },
		{ NULL, 0 },
	};

	return read_with_unit(s, units, ret);
}

int parse_duration(const char *s, uint64_t *ret_ns)
{
	static const struct unit units[] = {
		{ "", 1000000000ull },
		{ "s", 1000000000ull },
		{ "ms", 1000000ull },
		{ "us", 1000ull },
		{ "m", 60 * 1000000000ull },
		{ "h", 3600 * 1000000000ull },
		{ NULL, 0 },
	};

	return read_with_unit(s, units, ret_ns);
}

/* Exactly n digits, then the character `after` (which may be the terminator). */
static int read_field(const char **s, int n, char after, int64_t *ret)
{
	int64_t v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (digit_of(**s) >= 10)
			return -EINVAL;
		v = v * 10 + digit_of(**s);
	}
	if (**s != after)
		return -EINVAL;
	if (after)
		(*s)++;
	*ret = v;
	return 0;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int64_t month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 of a Gregorian date, year >= 1. */
static int64_t day_number(int64_t year, int64_t month, int64_t day)
{
	int64_t y = year - 1, n;

	n = y * 365 + y / 4 - y / 100 + y / 400 - 719162;
	for (int64_t m = 1; m < month; m++)
		n += days_in_month(year, m);
	return n + day - 1;
}

static int parse_date(const char *s, int64_t *ret)
{
	int64_t year, month, day, hour = 0, minute = 0, second = 0;
	bool with_time = strlen(s) > 10;
	const char *p = s;

	if (read_field(&p, 4, '-', &year) || read_field(&p, 2, '-', &month) ||
	    read_field(&p, 2, with_time ? 'T' : '\0', &day))
		return -EINVAL;
	if (with_time && (read_field(&p, 2, ':', &hour) || read_field(&p, 2, ':', &minute) ||
			  read_field(&p, 2, 'Z', &second) || *p))
		return -EINVAL;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return -ERANGE;
	*ret = day_number(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return 0;
}

int parse_epoch(const char *s, int64_t *ret_seconds)
{
	if (s[0] == '@')
		return parse_i64(s + 1, ret_seconds);
	if (strlen(s) >= 10 && s[4] == '-')
		return parse_date(s, ret_seconds);
	return parse_i64(s, ret_seconds);
}
