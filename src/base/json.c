/* json.c: writes JSON, nothing else.
 *
 * 1. Commas and indentation follow from `depth` and `first` alone; the caller closes what it opens.
 * 2. The output is valid UTF-8 whatever bytes a string holds: each byte that is not part of a well-formed
 *    sequence (utf8.h) becomes U+FFFD. */
#include "base/json.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/utf8.h"

static void quoted(FILE *f, const char *s);

void json_begin(struct json *j, FILE *f)
{
	*j = (struct json){ .f = f, .depth = 0, .first = true };
}

static void new_line(struct json *j)
{
	fputc('\n', j->f);
	for (int i = 0; i < j->depth; i++)
		fputs("  ", j->f);
}

static void begin_value(struct json *j, const char *name)
{
	if (!j->first)
		fputc(',', j->f);
	if (j->depth > 0)
		new_line(j);
	j->first = false;
	if (name) {
		quoted(j->f, name);
		fputs(": ", j->f);
	}
}

static void open_value(struct json *j, const char *name, char bracket)
{
	begin_value(j, name);
	fputc(bracket, j->f);
	j->depth++;
	j->first = true;
}

void json_object(struct json *j, const char *name)
{
	open_value(j, name, '{');
}

void json_array(struct json *j, const char *name)
{
	open_value(j, name, '[');
}

void json_end(struct json *j, char close)
{
	bool empty = j->first;

	j->depth--;
	if (!empty)
		new_line(j);
	fputc(close, j->f);
	j->first = false;
}

static void escaped_ascii(FILE *f, unsigned char c)
{
	switch (c) {
	case '"':
		fputs("\\\"", f);
		break;
	case '\\':
		fputs("\\\\", f);
		break;
	case '\n':
		fputs("\\n", f);
		break;
	case '\r':
		fputs("\\r", f);
		break;
	case '\t':
		fputs("\\t", f);
		break;
	default:
		if (c < 0x20 || c == 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
}

static void quoted(FILE *f, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	fputc('"', f);
	while (*p) {
		size_t n = utf8_length(p);

		if (n == 1)
			escaped_ascii(f, *p);
		else if (n == 0)
			fputs("\xef\xbf\xbd", f);
		else
			fwrite(p, 1, n, f);
		p += n ? n : 1;
	}
	fputc('"', f);
}

void json_string(struct json *j, const char *name, const char *value)
{
	begin_value(j, name);
	if (value)
		quoted(j->f, value);
	else
		fputs("null", j->f);
}

void json_int(struct json *j, const char *name, int64_t value)
{
	begin_value(j, name);
	fprintf(j->f, "%" PRId64, value);
}

void json_uint(struct json *j, const char *name, uint64_t value)
{
	begin_value(j, name);
	fprintf(j->f, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	begin_value(j, name);
	fputs(value ? "true" : "false", j->f);
}

void json_raw(struct json *j, const char *name, const char *text)
{
	begin_value(j, name);
	fputs(text, j->f);
}

void json_finish(struct json *j)
{
	fputc('\n', j->f);
}
