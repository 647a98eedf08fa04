/* option.c: parses a command line against a verb's option tables.
 *
 * 1. Every option of a verb has one row; help, man page and completion are made from the same rows.
 * 2. "--name value", "--name=value", "-x value", "-xvalue" and clusters "-qv" are understood; flags are also --name=yes and --name=no. Names are never
 *    abbreviated: a script must not change its meaning when an option is added.
 * 3. "--" ends the options. With stop_at_positional the first positional does too, and it stays an argument.
 * 4. Values are checked here when their kind says how; the text itself is never copied. */
#include "cli/option.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/strv.h"

const struct opt common_opts[] = {
	{ "help", 'h', OPT_FLAG, offsetof(struct common_options, help), NULL, "show this help and exit", "General" },
	{ "quiet", 'q', OPT_FLAG, offsetof(struct common_options, quiet), NULL, "say nothing but errors", "General" },
	{ "verbose", 'v', OPT_FLAG, offsetof(struct common_options, verbose), NULL, "say what is being done", "General" },
	{ "no-config", 0, OPT_FLAG, offsetof(struct common_options, no_config), NULL, "read no configuration file", "General" },
	{ 0 },
};

struct parser {
	const struct verb *verb;
	void *values;
	struct common_options *common;
	struct options_given *given;
	char **argv; /* the next word */
	struct error *e;
};

int usage_error(struct error *e, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(e, 0, "%s", text);
	if (e)
		e->exit_code = 2;
	return -EINVAL;
}

static const struct opt *row_in(const struct opt *const *tables, const char *name)
{
	for (const struct opt *const *t = tables; *t; t++)
		for (const struct opt *o = *t; o->name; o++)
			if (!strcmp(o->name, name))
				return o;
	return NULL;
}

static bool is_offered(const struct verb *v, const struct opt *o)
{
	for (const char *const *name = v->without; name && *name; name++)
		if (!strcmp(*name, o->name))
			return false;
	return row_in(v->tables, o->name) == o;
}

void options_each(const struct verb *v, void (*f)(const struct opt *o, void *data), void *data)
{
	for (const struct opt *const *t = v->tables; t && *t; t++)
		for (const struct opt *o = *t; o->name; o++)
			if (is_offered(v, o))
				f(o, data);
	for (const struct opt *o = common_opts; o->name; o++)
		f(o, data);
}

struct search {
	const char *name; /* NULL: by letter */
	size_t name_len;
	char letter;
	const struct opt *found;
};

static void search_one(const struct opt *o, void *data)
{
	struct search *s = data;

	if (s->found)
		return;
	if (s->name ? strlen(o->name) == s->name_len && !memcmp(o->name, s->name, s->name_len) : o->letter == s->letter)
		s->found = o;
}

/* Common options have their values elsewhere. */
static void *place_of(struct parser *p, const struct opt *o)
{
	bool common = o >= common_opts && o < common_opts + ARRAY_SIZE(common_opts);

	return (char *)(common ? (void *)p->common : p->values) + o->offset;
}

/* Edit distance in which a swap of neighbours counts once (Damerau, restricted). Words longer than 31 are never near. */
static size_t distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), d[32][32] = { { 0 } };

	if (na > 31 || nb > 31)
		return 99;
	for (size_t i = 0; i <= na; i++) {
		for (size_t j = 0; j <= nb; j++) {
			size_t best;

			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[na][nb];
}

/* A word that the typed one begins ("--vol") is near as well. */
const char *nearest_word(const char *typed, const char *const *words, size_t n)
{
	size_t length = strlen(typed), limit = length <= 3 ? 1 : length / 3 + 1, best = limit + 1;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(typed, words[i]);

		if (length >= 3 && !strncmp(words[i], typed, length))
			d = 1;
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}

struct word_list {
	const char *words[256];
	size_t n;
};

static void collect_name(const struct opt *o, void *data)
{
	struct word_list *l = data;

	if (l->n < ARRAY_SIZE(l->words))
		l->words[l->n++] = o->name;
}

const struct opt *option_find(const struct verb *v, const char *name)
{
	struct search s = { .name = name, .name_len = strlen(name) };

	if (s.name_len > 0) /* the flag with the empty name is "--" */
		options_each(v, search_one, &s);
	return s.found;
}

const char *option_nearest(const struct verb *v, const char *typed)
{
	struct word_list list = { .n = 0 };

	options_each(v, collect_name, &list);
	return nearest_word(typed, list.words, list.n);
}

void options_given_add(struct options_given *g, const struct opt *o)
{
	if (options_given_has(g, o))
		return;
	invariant(g->n < ARRAY_SIZE(g->opts));
	g->opts[g->n++] = o;
}

bool options_given_has(const struct options_given *g, const struct opt *o)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->opts[i] == o)
			return true;
	return false;
}

static int unknown_option(struct parser *p, const char *typed, size_t name_len)
{
	autofree char *name = xstrndup(typed, name_len);
	const char *near = option_nearest(p->verb, name);
	const struct opt *others = p->verb->tables ? row_in(p->verb->tables, name) : NULL;

	if (others) /* in a table that is shared with verbs that have it */
		return usage_error(p->e, "%s takes no --%s: it is for 'detbuild run'", p->verb->name, name);
	usage_error(p->e, "%s: there is no option --%s", p->verb->name, name);
	if (near)
		error_hint(p->e, "did you mean --%s? 'detbuild help %s' lists the options", near, p->verb->name);
	else
		error_hint(p->e, "'detbuild help %s' lists the options", p->verb->name);
	return -EINVAL;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *c = choices; c; c = strchr(c, '|')) {
		c += *c == '|';
		if (n == strcspn(c, "|") && !memcmp(c, value, n))
			return true;
	}
	return false;
}

static int bad_value(struct parser *p, const struct opt *o, const char *value, int err, const char *wanted)
{
	usage_error(p->e, "--%s: '%s' is %s", o->name, value, err == -ERANGE ? "out of range" : "not what it takes");
	error_hint(p->e, "--%s takes %s", o->name, wanted);
	return -EINVAL;
}

static int store(struct parser *p, const struct opt *o, char *value)
{
	void *place = place_of(p, o);
	int r;

	invariant(value);
	switch (o->kind) {
	case OPT_FLAG: /* has no value: take_value() set it */
		return 0;
	case OPT_STRING:
		*(const char **)place = value;
		return 0;
	case OPT_LIST:
		strv_add((char ***)place, value);
		return 0;
	case OPT_U64:
		r = parse_u64(value, place);
		return r < 0 ? bad_value(p, o, value, r, "a number: 42 or 0x2a") : 0;
	case OPT_INDEX:
		r = parse_u64(value, place);
		if (r < 0 || *(uint64_t *)place == UINT64_MAX)
			return bad_value(p, o, value, r ? r : -ERANGE, "a number, counted from 0");
		++*(uint64_t *)place;
		return 0;
	case OPT_SIZE:
		r = parse_size(value, place);
		return r < 0 ? bad_value(p, o, value, r, "bytes, with K, M, G or T for powers of 1024: 512M") : 0;
	case OPT_DURATION:
		r = parse_duration(value, place);
		return r < 0 ? bad_value(p, o, value, r, "seconds, or a number with ms, s, m or h: 90, 15m") : 0;
	case OPT_CHOICE:
		if (!is_choice(o->arg, value))
			return bad_value(p, o, value, -EINVAL, o->arg);
		*(const char **)place = value;
		return 0;
	}
	return -EINVAL;
}

/* p->argv is behind the option; takes the next word when the value is not attached. */
static int take_value(struct parser *p, const struct opt *o, char *attached)
{
	char *value = attached;

	options_given_add(p->given, o);
	if (o->kind == OPT_FLAG) {
		bool no = attached && !strcmp(attached, "no");

		if (attached && !no && strcmp(attached, "yes") != 0)
			return usage_error(p->e, "--%s takes no value, or yes or no", o->name);
		*(bool *)place_of(p, o) = !no;
		return 0;
	}
	if (!value) {
		value = *p->argv;
		if (!value) {
			usage_error(p->e, "--%s needs a value: %s", o->name, o->arg);
			error_hint(p->e, "'detbuild help %s' explains it", p->verb->name);
			return -EINVAL;
		}
		p->argv++;
	}
	return store(p, o, value);
}

static int parse_long(struct parser *p, char *word)
{
	struct search s = { .name = word + 2, .name_len = strcspn(word + 2, "=") };

	options_each(p->verb, search_one, &s);
	if (!s.found)
		return unknown_option(p, s.name, s.name_len);
	return take_value(p, s.found, word[2 + s.name_len] ? word + 3 + s.name_len : NULL);
}

static int parse_letters(struct parser *p, char *word)
{
	for (char *l = word + 1; *l; l++) {
		struct search s = { .letter = *l };
		int r;

		options_each(p->verb, search_one, &s);
		if (!s.found) {
			usage_error(p->e, "%s: there is no option -%c", p->verb->name, *l);
			error_hint(p->e, "'detbuild help %s' lists the options", p->verb->name);
			return -EINVAL;
		}
		if (s.found->kind != OPT_FLAG)
			return take_value(p, s.found, l[1] ? l + 1 : NULL);
		r = take_value(p, s.found, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

int option_set(const struct verb *v, const struct opt *o, char *value, void *values, struct common_options *common, struct error *e)
{
	struct options_given ignored = { .n = 0 };
	struct parser p = { .verb = v, .values = values, .common = common, .given = &ignored, .e = e };

	return take_value(&p, o, value);
}

int options_parse(const struct verb *v, char **argv, void *values, struct common_options *ret_common, struct options_given *ret_given,
		  char ***ret_args, struct error *e)
{
	struct parser p = { .verb = v, .values = values, .common = ret_common, .given = ret_given, .argv = argv, .e = e };
	size_t n = 0, room = strv_len(argv) + 1;
	autofree char **args = xzalloc(room * sizeof(char *));

	while (*p.argv) {
		char *word = *p.argv++;
		int r;

		if (!strcmp(word, "--")) {
			/* A verb to which "--" means something has a flag with an empty name. */
			struct search s = { .name = "", .name_len = 0 };

			options_each(v, search_one, &s);
			if (s.found && n > 0) {
				usage_error(e, "%s: '%s' stands before --, behind which a command stands", v->name, args[0]);
				error_hint(e, "either one or the other: 'detbuild help %s'", v->name);
				return -EINVAL;
			}
			if (s.found)
				*(bool *)place_of(&p, s.found) = true;
			break;
		}
		if (word[0] != '-' || !word[1]) {
			args[n++] = word;
			if (v->stop_at_positional)
				break;
			continue;
		}
		r = word[1] == '-' ? parse_long(&p, word) : parse_letters(&p, word);
		if (r < 0)
			return r;
	}
	while (*p.argv)
		args[n++] = *p.argv++;
	*ret_args = STEAL(args);
	return 0;
}
