/* base_json: layout, escapes and bytes that are not UTF-8. */
#include "test.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"

static void layout(void)
{
	autofree char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct json j;

	json_begin(&j, f);
	json_object(&j, NULL);
	json_string(&j, "name", "a\"b\\c\n\x01");
	json_array(&j, "list");
	json_int(&j, NULL, -5);
	json_uint(&j, NULL, UINT64_MAX);
	json_end(&j, ']');
	json_array(&j, "empty");
	json_end(&j, ']');
	json_bool(&j, "yes", true);
	json_string(&j, "none", NULL);
	json_end(&j, '}');
	json_finish(&j);
	fclose(f);
	test_str(text,
		 "{\n  \"name\": \"a\\\"b\\\\c\\n\\u0001\",\n  \"list\": [\n    -5,\n    18446744073709551615\n  ],\n"
		 "  \"empty\": [],\n  \"yes\": true,\n  \"none\": null\n}\n",
		 "an object with everything");
}

static void bytes(const char *in, const char *want, const char *name)
{
	autofree char *text = NULL, *quoted = xasprintf("\"%s\"", want);
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct json j;

	json_begin(&j, f);
	json_string(&j, NULL, in);
	fclose(f);
	test_str(text, quoted, name);
}

#define BAD "\xef\xbf\xbd"

int main(void)
{
	layout();
	bytes("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "UTF-8 stays");
	bytes("\xff\x80z", BAD BAD "z", "stray bytes");
	bytes("\xc0\xaf", BAD BAD, "an overlong slash");
	bytes("\xed\xa0\x80", BAD BAD BAD, "a surrogate");
	bytes("\xf4\x90\x80\x80", BAD BAD BAD BAD, "beyond U+10FFFF");
	bytes("\xe2\x82", BAD BAD, "cut short");
	return test_end();
}
