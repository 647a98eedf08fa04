/* rebuild_environment.c: reads the driver's lines (pkgbuild/buildinfo.sh checked what is in them) and tells them. */
#include "cli/rebuild_environment.h"

#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"

#define REPORT_MAX (4u << 20) /* bytes; a line is some 60, the largest .buildinfo names 3000 packages */
#define TOLD 10               /* differences in the text; all are in the JSON */

static void add(struct rebuild_environment *r, char *words)
{
	char *rest, *package = strtok_r(words, " ", &rest), *wanted = strtok_r(NULL, " ", &rest), *have = strtok_r(NULL, " ", &rest);

	if (!have)
		return;
	r->differences = xrealloc(r->differences, (r->n + 1) * sizeof(*r->differences));
	r->differences[r->n++] = (struct package_difference){ xstrdup(package), xstrdup(wanted), strcmp(have, "-") == 0 ? NULL : xstrdup(have) };
}

void rebuild_environment_read(const char *path, struct rebuild_environment *ret)
{
	static const char signature[] = "signature ", packages[] = "packages ", differs[] = "differs ";
	autofree char *text = NULL;
	char *rest;

	if (file_read(path, &text, REPORT_MAX) <= 0)
		return;
	ret->known = true;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, differs, sizeof(differs) - 1))
			add(ret, line + sizeof(differs) - 1);
		else if (!strncmp(line, packages, sizeof(packages) - 1))
			ret->packages = strtoul(line + sizeof(packages) - 1, NULL, 10);
		else if (!strncmp(line, signature, sizeof(signature) - 1))
			ret->signature = xstrdup(line + sizeof(signature) - 1);
	}
}

void rebuild_environment_clear(struct rebuild_environment *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->differences[i].package);
		free(r->differences[i].wanted);
		free(r->differences[i].have);
	}
	free(r->differences);
	free(r->signature);
	*r = (struct rebuild_environment){ 0 };
}

void rebuild_environment_text(const struct rebuild_environment *r, FILE *f)
{
	if (!r->known)
		return;
	if (r->signature && !strcmp(r->signature, "unverified"))
		fprintf(f, "the signature of the .buildinfo was not verified (--keyring FILE does that)\n");
	if (r->n == 0) {
		fprintf(f, "environment: all %lu packages in the versions of the .buildinfo\n", r->packages);
		return;
	}
	fprintf(f, "environment: %zu of %lu packages differ from the .buildinfo (there -> here)\n", r->n, r->packages);
	for (size_t i = 0; i < r->n && i < TOLD; i++)
		fprintf(f, "  %s: %s -> %s\n", r->differences[i].package, r->differences[i].wanted,
			r->differences[i].have ? r->differences[i].have : "not installed");
	if (r->n > TOLD)
		fprintf(f, "  and %zu more (--json has all)\n", r->n - TOLD);
}

void rebuild_environment_json(const struct rebuild_environment *r, struct json *j)
{
	if (!r->known) {
		json_raw(j, "buildinfo", "null");
		return;
	}
	json_object(j, "buildinfo");
	json_string(j, "signature", r->signature);
	json_uint(j, "packages", r->packages);
	json_array(j, "differences");
	for (size_t i = 0; i < r->n; i++) {
		json_object(j, NULL);
		json_string(j, "package", r->differences[i].package);
		json_string(j, "wanted", r->differences[i].wanted);
		json_string(j, "have", r->differences[i].have);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_end(j, '}');
}
