/* Fuzz entry: the event log's reader, the table of tasks, and the printing of records. See tests/fuzz/README. */
#include <stdlib.h>

#include "report/evlog_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *no_name(uint32_t nr)
{
	(void)nr;
	return "?";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct evlog_names names = { .call = no_name };
	struct evlog_reader *r = NULL;
	struct evlog_head head;
	struct evlog_record rec;
	struct error e;

	if (size == 0)
		return 0;
	FILE *in = fmemopen((void *)data, size, "rb");
	if (!in || evlog_open_stream(in, "input", &r, &head, &e) < 0)
		return 0;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct evtasks *tasks = evtasks_new();
	struct json j;
	json_begin(&j, out);
	json_array(&j, NULL);
	while (evlog_next(r, &rec, &e) == 1) {
		evtasks_learn(tasks, &rec);
		evlog_print(out, evlog_position(r), &rec, tasks, &names);
		evlog_json(&j, NULL, evlog_position(r), &rec, tasks, &names);
		rewind(out);
	}
	evtasks_free(tasks);
	evlog_reader_free(r);
	fclose(out);
	free(text);
	return 0;
}
