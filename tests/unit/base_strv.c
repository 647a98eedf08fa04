/* base_strv: vectors of strings and environments. */
#include "test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/strv.h"

static void vectors(void)
{
	autostrv char **v = NULL, **split = strv_split("::a:b c::", ": "), **copy = NULL;
	autofree char *joined = NULL, *empty = strv_join(NULL, ",");

	test_int(strv_len(NULL), 0, "NULL is empty");
	strv_add(&v, "one");
	strv_addf(&v, "%d", 2);
	strv_extend(&v, split);
	joined = strv_join(v, "-");
	test_str(joined, "one-2-a-b-c", "add, addf, extend, split, join");
	test_str(empty, "", "joined nothing");
	test_ok(strv_has(v, "2") && !strv_has(v, "two") && !strv_has(NULL, ""), "has");
	copy = strv_copy(v);
	test_ok(strv_len(copy) == 5 && copy[0] != v[0] && !strcmp(copy[4], "c"), "a deep copy");
}

static void environments(void)
{
	autostrv char **env = NULL;

	strv_env_set(&env, "A", "1");
	strv_env_set(&env, "AB", "2");
	strv_env_set(&env, "A", "x=y");
	test_int(strv_len(env), 2, "replaced, not doubled");
	test_str(strv_env_get(env, "A"), "x=y", "the replaced value");
	test_str(strv_env_get(env, "AB"), "2", "a longer name is another name");
	test_str(strv_env_get(env, "B"), NULL, "absent");
}

int main(void)
{
	vectors();
	environments();
	return test_end();
}
