/* attest.c: an in-toto statement (version 1). Only files that are identical become subjects: a verifier that looks for the digest of a
 * file finds it only when its bytes were rebuilt. */
#include "cli/attest.h"

#include <stdlib.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"

static size_t identical_files(const struct rebuild_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->compared.n; i++)
		n += rebuild_is_judged(&r->compared.verdicts[i]) && r->compared.verdicts[i].kind == VERDICT_IDENTICAL;
	return n;
}

static void subjects(const struct rebuild_result *r, struct json *j)
{
	char hex[65];

	json_array(j, "subject");
	for (size_t i = 0; i < r->compared.n; i++) {
		const struct verdict *v = &r->compared.verdicts[i];

		if (!rebuild_is_judged(v) || v->kind != VERDICT_IDENTICAL)
			continue;
		sha256_hex(&v->runs[0]->hash, hex);
		json_object(j, NULL);
		json_string(j, "name", v->name);
		json_object(j, "digest");
		json_string(j, "sha256", hex);
		json_end(j, '}');
		json_end(j, '}');
	}
	json_end(j, ']');
}

int attest_write(const struct rebuild_result *r, const char *path, struct error *e)
{
	autofree char *text = NULL, *predicate = NULL;
	size_t n = 0, m = 0;
	FILE *f;
	struct json j;
	int rc;

	if (identical_files(r) == 0) {
		warn("no file is identical: there is nothing to attest, %s is not written", path);
		return 0;
	}
	f = open_memstream(&predicate, &m);
	rebuild_report_json(r, f);
	fclose(f);
	predicate[m - 1] = '\0'; /* the newline at its end */
	f = open_memstream(&text, &n);
	json_begin(&j, f);
	json_object(&j, NULL);
	json_string(&j, "_type", "https://in-toto.io/Statement/v1");
	subjects(r, &j);
	json_string(&j, "predicateType", "urn:detbuild:rebuild:1");
	json_raw(&j, "predicate", predicate);
	json_end(&j, '}');
	json_finish(&j);
	fclose(f);
	rc = file_write_atomic(path, text, n);
	return rc < 0 ? error_set(e, -rc, "cannot write %s", path) : 0;
}
