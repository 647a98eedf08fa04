/* Fuzz entry: a JSON document as a page, as text and as HTML, with itself as the log. See tests/fuzz/README. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *json = xmalloc(size + 1); /* NULs in the middle stay */

	memcpy(json, data, size);
	json[size] = '\0';
	for (int form = PAGE_TEXT; form <= PAGE_HTML; form++) {
		char *text = NULL;
		size_t n = 0;
		FILE *out = open_memstream(&text, &n);
		struct error e;

		if (!out)
			return 0;
		document_page(json, size, NULL, (enum page_form)form, out, &e);
		document_page((const char *)data, size, json, (enum page_form)form, out, &e);
		fclose(out);
		free(text);
	}
	return 0;
}
