/* config.c: reads configuration files and hands their values to the option parser.
 *
 * 1. The keys are the long names of the options, from the same tables; nothing here knows one.
 * 2. Of two places that set an option the nearer counts alone, lists too: the command line, an environment variable that stands for the
 *    option, the user's file, the system's; within a file the verb's own section before what stands above all sections.
 * 3. Nothing is applied in silence: one line says what came from which file.
 * 4. Scripts and verbs that start detbuild again must get the options they gave and no others: DETBUILD_CONFIG is empty for them. */
#include "cli/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"

#define SYSTEM_FILE "/etc/detbuild.conf"
#define FILE_MAX (1u << 20) /* bytes of a configuration file */

struct setting {
	const struct verb *verb; /* NULL: for all that have the option */
	char *key, *value;
	unsigned line;
};

struct file {
	char *path;
	struct setting *settings;
	size_t n;
};

static int wrong(const struct file *f, unsigned line, struct error *e, const char *what, const char *name)
{
	usage_error(e, "%s:%u: %s '%.80s'", f->path, line, what, name);
	return -EINVAL;
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static bool is_configurable(const struct verb *v)
{
	return !v->hidden && !v->unconfigured;
}

static int section(const struct file *f, unsigned line, char *text, const struct verb **ret, struct error *e)
{
	size_t n = strlen(text);
	const char *near;

	if (text[n - 1] != ']')
		return wrong(f, line, e, "a section is [VERB], not", text);
	text[n - 1] = '\0';
	*ret = verb_find(trim(text + 1));
	if (*ret && is_configurable(*ret))
		return 0;
	wrong(f, line, e, "there is no verb", trim(text + 1));
	near = verb_nearest(trim(text + 1));
	if (near)
		error_hint(e, "did you mean [%s]?", near);
	return -EINVAL;
}

static bool anybody_has(const char *key)
{
	for (const struct verb *const *v = verb_list(); *v; v++)
		if (is_configurable(*v) && option_find(*v, key))
			return true;
	return false;
}

static int known_key(const struct file *f, const struct setting *s, struct error *e)
{
	const char *near = NULL;

	if (s->verb ? option_find(s->verb, s->key) != NULL : anybody_has(s->key))
		return 0;
	wrong(f, s->line, e, s->verb ? "the verb of this section has no option" : "no verb has an option", s->key);
	for (const struct verb *const *v = verb_list(); *v && !near; v++)
		if (s->verb ? *v == s->verb : is_configurable(*v))
			near = option_nearest(*v, s->key);
	if (near)
		error_hint(e, "did you mean '%s'?", near);
	else
		error_hint(e, "keys are long names of options: 'detbuild help VERB' lists them");
	return -EINVAL;
}

static int one_line(struct file *f, unsigned line, char *text, const struct verb **verb, struct error *e)
{
	struct setting s = { .line = line };
	char *equals;

	text = trim(text);
	if (!*text || *text == '#' || *text == ';')
		return 0;
	if (*text == '[')
		return section(f, line, text, verb, e);
	equals = strchr(text, '=');
	if (!equals || equals == text)
		return wrong(f, line, e, "a line is KEY = VALUE, not", text);
	*equals = '\0';
	s.verb = *verb;
	s.key = xstrdup(trim(text));
	s.value = xstrdup(trim(equals + 1));
	f->settings = xrealloc(f->settings, (f->n + 1) * sizeof(*f->settings));
	f->settings[f->n++] = s;
	return known_key(f, &s, e);
}

/* A file that is not there holds nothing, unless it was asked for. $HOME can be another user's (setpriv, sudo): what is closed there is no
 * reason to end, but worth a word. */
static int read_file(struct file *f, bool must_exist, struct error *e)
{
	autofree char *text = NULL;
	const struct verb *verb = NULL;
	ssize_t n = file_read(f->path, &text, FILE_MAX);
	unsigned line = 0;

	if ((n == -ENOENT || n == -ENOTDIR) && !must_exist)
		return 0;
	if (n == -EACCES && !must_exist) {
		warn("cannot read the configuration file %s: going on without it", f->path);
		return 0;
	}
	if (n < 0) {
		usage_error(e, "cannot read the configuration file %s: %s", f->path, strerror((int)-n));
		return -EINVAL;
	}
	if (strlen(text) != (size_t)n)
		return usage_error(e, "%s is no text", f->path);
	for (char *rest = text, *one; (one = strsep(&rest, "\n")) != NULL;) {
		int r = one_line(f, ++line, one, &verb, e);

		if (r < 0)
			return r;
	}
	return 0;
}

static void clear(struct file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->settings[i].key);
		free(f->settings[i].value);
	}
	free(f->settings);
	free(f->path);
}

/* --- application ------------------------------------------------------------------------------------------------------ */

struct target {
	const struct verb *verb;
	void *values;
	struct common_options *common;
	struct options_given *given;
};

static bool is_settled(const struct target *t, const struct opt *o)
{
	const char *env = t->verb->env && !strcmp(t->verb->env_option, o->name) ? getenv(t->verb->env) : NULL;

	return options_given_has(t->given, o) || (env && *env);
}

/* What one place sets: a section, or what stands above all. */
static int apply_place(const struct target *t, const struct file *f, const struct verb *place, char ***told, struct error *e)
{
	struct options_given here = { .n = 0 };

	for (size_t i = 0; i < f->n; i++) {
		const struct setting *s = &f->settings[i];
		const struct opt *o = s->verb == place ? option_find(t->verb, s->key) : NULL;
		int r;

		if (!o || is_settled(t, o))
			continue;
		r = option_set(t->verb, o, xstrdup(s->value), t->values, t->common, e); /* values keep the text */
		if (r < 0) {
			autofree char *what = xstrdup(e->what), *hint = xstrdup(e->hint);

			usage_error(e, "%s:%u: %s", f->path, s->line, what);
			if (*hint)
				error_hint(e, "%s", hint);
			return r;
		}
		options_given_add(&here, o);
		strv_addf(told, "%s=%s", s->key, s->value);
	}
	for (size_t i = 0; i < here.n; i++)
		options_given_add(t->given, here.opts[i]);
	return 0;
}

static int apply_file(const struct target *t, const struct file *f, struct error *e)
{
	autostrv char **told = NULL;
	int r = apply_place(t, f, t->verb, &told, e);

	if (r == 0)
		r = apply_place(t, f, NULL, &told, e);
	if (r == 0 && told && !t->common->quiet) {
		autofree char *all = strv_join(told, " ");

		notice("%s sets %s", f->path, all);
	}
	return r;
}

/* The user's file first. */
static size_t find_files(struct file ret[2], bool *ret_must_exist)
{
	const char *asked = getenv("DETBUILD_CONFIG"), *xdg = getenv("XDG_CONFIG_HOME");

	*ret_must_exist = asked && *asked;
	if (*ret_must_exist) {
		ret[0].path = xstrdup(asked);
		return 1;
	}
	ret[0].path = xdg && xdg[0] == '/' ? xasprintf("%s/detbuild/config", xdg) : xasprintf("%s/.config/detbuild/config", dirs_home());
	ret[1].path = xstrdup(SYSTEM_FILE);
	return 2;
}

int config_apply(const struct verb *v, void *values, struct common_options *common, struct options_given *given, struct error *e)
{
	const struct target t = { v, values, common, given };
	struct file files[2] = { { .n = 0 } };
	bool must_exist;
	size_t n = 0;
	int r = 0;

	if (is_configurable(v) && !common->no_config)
		n = find_files(files, &must_exist);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_file(&files[i], must_exist, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = apply_file(&t, &files[i], e);
	for (size_t i = 0; i < n; i++)
		clear(&files[i]);
	setenv("DETBUILD_CONFIG", "/dev/null", 1);
	return r;
}
