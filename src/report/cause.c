/* cause.c: rules that read the two sides of a finding. Only printable ASCII gets here, see difference.c. */
#include "report/cause.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* The two sides of `"A" / "B"`; without such quotes the whole text stands for both. */
struct sides {
	const char *a, *b;
	size_t an, bn;
};

static struct sides sides_of(const char *how)
{
	const char *middle = strstr(how, "\" / \""), *begin = strchr(how, '"');
	size_t n = strlen(how);

	if (!middle || !begin || begin >= middle)
		return (struct sides){ how, how, n, n };
	return (struct sides){ begin + 1, middle + 5, (size_t)(middle - begin - 1), n - (size_t)(middle + 5 - how) - 1 };
}

static bool has(const char *p, size_t n, const char *word)
{
	size_t w = strlen(word);

	for (size_t i = 0; i + w <= n; i++)
		if (strncasecmp(p + i, word, w) == 0)
			return true;
	return false;
}

static bool either_has(const struct sides *s, const char *const *words)
{
	for (; *words; words++)
		if (has(s->a, s->an, *words) || has(s->b, s->bn, *words))
			return true;
	return false;
}

/* The part of both sides between what they begin and end with in common, widened to whole words. */
static void narrow(struct sides *s)
{
	size_t head = 0, tail = 0, least = s->an < s->bn ? s->an : s->bn;

	while (head < least && s->a[head] == s->b[head])
		head++;
	while (tail < least - head && s->a[s->an - 1 - tail] == s->b[s->bn - 1 - tail])
		tail++;
	while (head > 0 && !isspace((unsigned char)s->a[head - 1]))
		head--;
	while (tail > 0 && !isspace((unsigned char)s->a[s->an - tail]))
		tail--;
	s->a += head;
	s->b += head;
	s->an -= head + tail;
	s->bn -= head + tail;
}

/* A year of our time, or a time of day. */
static bool has_time(const char *p, size_t n)
{
	for (size_t i = 0; i + 4 <= n; i++) {
		bool begins = i == 0 || !isdigit((unsigned char)p[i - 1]);
		if (begins && (memcmp(p + i, "19", 2) == 0 || memcmp(p + i, "20", 2) == 0) && isdigit((unsigned char)p[i + 2]) &&
		    isdigit((unsigned char)p[i + 3]) && (i + 4 == n || !isdigit((unsigned char)p[i + 4])))
			return true;
		if (i + 5 <= n && isdigit((unsigned char)p[i]) && isdigit((unsigned char)p[i + 1]) && p[i + 2] == ':' && isdigit((unsigned char)p[i + 3]) &&
		    isdigit((unsigned char)p[i + 4]))
			return true;
	}
	return false;
}

/* An absolute path: a slash that is in no word. */
static bool has_path(const char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (p[i] == '/' && isalnum((unsigned char)p[i + 1]) && (i == 0 || !(isalnum((unsigned char)p[i - 1]) || p[i - 1] == '/')))
			return true;
	return false;
}

/* Digits, a point, digits. */
static bool has_version(const char *p, size_t n)
{
	for (size_t i = 1; i + 1 < n; i++)
		if (p[i] == '.' && isdigit((unsigned char)p[i - 1]) && isdigit((unsigned char)p[i + 1]))
			return true;
	return false;
}

/* The same characters in another order. */
static bool is_permutation(const struct sides *s)
{
	int count[256] = { 0 };

	if (s->an != s->bn || s->an < 8)
		return false;
	for (size_t i = 0; i < s->an; i++) {
		count[(unsigned char)s->a[i]]++;
		count[(unsigned char)s->b[i]]--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(count); i++)
		if (count[i] != 0)
			return false;
	return true;
}

static const char *cause_of_content(const struct finding *f)
{
	static const char *const toolchain[] = { ".comment", "GCC: (", "gcc version", "clang version", "rustc ", NULL };
	static const char *const network[] = { "Could not resolve", "Connection refused", "Network is unreachable", "Temporary failure in name resolution", NULL };
	static const char *const locale[] = { "UTF-8", "ISO-8859", "ANSI_X3", "LC_ALL", "LANG=", NULL };
	struct sides s = sides_of(f->how);

	if (either_has(&s, toolchain))
		return "toolchain version";
	if (either_has(&s, network))
		return "network at build time";
	if (s.a == s.b)
		return NULL;
	if (is_permutation(&s))
		return "order";
	narrow(&s);
	if (has_path(s.a, s.an) && has_path(s.b, s.bn))
		return "build path";
	if (either_has(&s, locale))
		return "locale";
	if (memchr(s.a, '@', s.an) && memchr(s.b, '@', s.bn))
		return "user and host";
	if (has_time(s.a, s.an) || has_time(s.b, s.bn))
		return "time";
	if (has_version(s.a, s.an) && has_version(s.b, s.bn))
		return "toolchain version";
	return NULL;
}

const char *cause_of(const struct finding *f)
{
	switch (f->kind) {
	case FINDING_BUILD_ID:
		return "toolchain version or build path";
	case FINDING_MTIME:
		return "time";
	case FINDING_ORDER:
		return "file order";
	case FINDING_OWNER:
		return "user";
	case FINDING_MODE:
		return "umask";
	case FINDING_CONTENT:
		return cause_of_content(f);
	case FINDING_CONTAINER:
		return "version or options of the compressor";
	default:
		return NULL;
	}
}
