/* evlog_text.c: event records as text. Owns the table of tasks (open addressing, power of two, at most 3/4 full) and the
 * printing. Invariant: whatever bytes a log holds, only printable ASCII reaches the terminal. */
#include "report/evlog_text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Command lines are shared between a task and the children it forks: copying would let a small log ask for much memory. */
struct words {
	size_t refs, len;
	char bytes[];
};

struct slot {
	uint32_t key_plus_1;
	uint32_t parent_plus_1;
	bool thread;
	struct words *argv;
};

struct evtasks {
	struct slot *slots;
	size_t size, used;
};

struct evtasks *evtasks_new(void)
{
	struct evtasks *t = xzalloc(sizeof(*t));

	t->size = 64;
	t->slots = xzalloc(t->size * sizeof(*t->slots));
	return t;
}

static void words_drop(struct words *w)
{
	if (w && --w->refs == 0)
		free(w);
}

void evtasks_free(struct evtasks *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->size; i++)
		words_drop(t->slots[i].argv);
	free(t->slots);
	free(t);
}

static struct slot *slot_for(const struct evtasks *t, uint32_t task)
{
	size_t i = (size_t)(task * 2654435761u) & (t->size - 1);

	while (t->slots[i].key_plus_1 != 0 && t->slots[i].key_plus_1 != task + 1)
		i = (i + 1) & (t->size - 1);
	return &t->slots[i];
}

static void grow(struct evtasks *t)
{
	struct evtasks bigger = { .size = t->size * 2, .used = t->used };

	bigger.slots = xzalloc(bigger.size * sizeof(*bigger.slots));
	for (size_t i = 0; i < t->size; i++)
		if (t->slots[i].key_plus_1 != 0)
			*slot_for(&bigger, t->slots[i].key_plus_1 - 1) = t->slots[i];
	free(t->slots);
	*t = bigger;
}

static struct slot *slot_get(struct evtasks *t, uint32_t task)
{
	if ((t->used + 1) * 4 > t->size * 3)
		grow(t);
	struct slot *s = slot_for(t, task);
	if (s->key_plus_1 == 0) {
		s->key_plus_1 = task + 1;
		t->used++;
	}
	return s;
}

static void learn_fork(struct evtasks *t, const struct evlog_record *r)
{
	struct slot *child = slot_get(t, (uint32_t)r->result); /* may move the table: the parent is looked up after it */
	const struct slot *parent = slot_for(t, r->task);
	struct words *argv = parent->key_plus_1 != 0 ? parent->argv : NULL;

	if (argv)
		argv->refs++;
	words_drop(child->argv);
	child->argv = argv;
	child->parent_plus_1 = r->task == (uint32_t)r->result ? 0 : r->task + 1;
	child->thread = r->nr != 0;
}

static void learn_exec(struct evtasks *t, const struct evlog_record *r)
{
	struct slot *s = slot_get(t, r->task);
	const char *end = memchr(r->text, 0, r->text_len);
	const char *argv = end ? end + 1 : r->text;
	size_t n = r->text_len - (size_t)(argv - r->text);

	if (n == 0) { /* no argv: the path has to do */
		argv = r->text;
		n = r->text_len;
	}
	struct words *w = xmalloc(sizeof(*w) + n + 1);
	w->refs = 1;
	w->len = n;
	memcpy(w->bytes, argv, n);
	w->bytes[n] = '\0';
	words_drop(s->argv);
	s->argv = w;
}

void evtasks_learn(struct evtasks *t, const struct evlog_record *r)
{
	if (r->kind == EVLOG_FORK)
		learn_fork(t, r);
	else if (r->kind == EVLOG_EXEC && r->text)
		learn_exec(t, r);
}

bool evtasks_find(const struct evtasks *t, uint32_t task, struct evtask *ret)
{
	const struct slot *s = slot_for(t, task);

	*ret = (struct evtask){ .task = task };
	if (s->key_plus_1 == 0)
		return false;
	ret->parent_plus_1 = s->parent_plus_1;
	ret->thread = s->thread;
	if (s->argv) {
		ret->argv = s->argv->bytes;
		ret->argv_len = s->argv->len;
	}
	return true;
}

static bool plain(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

/* One word as a shell would take it; control characters become \xNN inside $'...'. */
static void put_word(FILE *f, const char *p, size_t n)
{
	bool bare = n > 0, clean = true;

	for (size_t i = 0; i < n; i++) {
		if (!plain((unsigned char)p[i]) || strchr("\"'\\$`!*?[](){}<>|&;#~", p[i]))
			bare = false;
		if (!plain((unsigned char)p[i]) && p[i] != ' ')
			clean = false;
	}
	if (bare) {
		fwrite(p, 1, n, f);
		return;
	}
	fputs(clean ? "'" : "$'", f);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c == '\'')
			fputs(clean ? "'\\''" : "\\'", f);
		else if (clean)
			fputc(c, f);
		else if (c == '\n')
			fputs("\\n", f);
		else if (!plain(c) && c != ' ')
			fprintf(f, "\\x%02x", c);
		else if (c == '\\')
			fputs("\\\\", f);
		else
			fputc(c, f);
	}
	fputc('\'', f);
}

static void put_words(FILE *f, const char *p, size_t n, size_t limit)
{
	const char *end = p + n;

	if (n == 0)
		put_word(f, p, 0);
	for (bool first = true; p < end; first = false) {
		const char *stop = memchr(p, 0, (size_t)(end - p));
		if (!stop)
			stop = end;
		size_t len = (size_t)(stop - p);
		if (!first)
			fputc(' ', f);
		put_word(f, p, len < limit ? len : limit);
		if (len >= limit) {
			fputs("...", f);
			return;
		}
		limit -= len;
		p = stop + 1;
	}
}

char *evtask_command(const struct evtask *t, size_t limit)
{
	char *out = NULL;
	size_t n;

	if (!t->argv)
		return xstrdup("?");
	FILE *f = open_memstream(&out, &n);
	if (!f)
		return xstrdup("?");
	put_words(f, t->argv, t->argv_len, limit);
	fclose(f);
	return out;
}

char *evtask_name(const struct evtask *t)
{
	struct evtask one = *t;

	if (!t->argv)
		return xstrdup("?");
	const char *slash = strrchr(t->argv, '/');
	if (slash && slash[1] != '\0')
		one.argv = slash + 1;
	one.argv_len = strlen(one.argv);
	return evtask_command(&one, 32);
}

const char *evlog_kind_name(enum evlog_kind kind)
{
	static const char *const names[EVLOG_KINDS] = { "syscall", "fork", "exec", "exit", "signal", "note" };

	return kind < EVLOG_KINDS ? names[kind] : "?";
}

/* letter: kind of the argument as the policy table says, or 0. */
static void put_value(FILE *f, uint64_t v, char letter)
{
	int64_t s = (int64_t)v;

	if (letter == 'd' || letter == 'i') /* the kernel looks at the low half only */
		s = (int32_t)(uint32_t)v;
	if (letter == 'd' && s == -100)
		fputs("AT_FDCWD", f);
	else if (s > -4096 && s < 1 << 20)
		fprintf(f, "%" PRId64, s);
	else
		fprintf(f, "0x%" PRIx64, v);
}

static void put_call(FILE *f, const struct evlog_record *r, const struct evlog_names *names)
{
	const char *name = names->call(r->nr);
	const char *letters = names->arguments ? names->arguments(r->nr) : NULL;
	size_t n = letters ? strlen(letters) : 6;

	if (n > 6)
		n = 6;
	if (!letters)
		while (n > 0 && r->args[n - 1] == 0)
			n--;
	if (strcmp(name, "?") == 0)
		fprintf(f, "syscall_%" PRIu32 "(", r->nr);
	else
		fprintf(f, "%s(", name);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			fputs(", ", f);
		put_value(f, r->args[i], letters ? letters[i] : 0);
	}
	const char *err = r->result < 0 && r->result > -4096 ? strerrorname_np((int)-r->result) : NULL;
	if (err)
		fprintf(f, ") = -%s", err);
	else if (r->result >= -1 && r->result < 1 << 20)
		fprintf(f, ") = %" PRId64, r->result);
	else
		fprintf(f, ") = 0x%" PRIx64, (uint64_t)r->result);
}

char *evlog_exit_text(int64_t wait_status)
{
	const char *signal = sigabbrev_np((int)(wait_status & 0x7f));

	if ((wait_status & 0x7f) == 0)
		return xasprintf("exited with %" PRId64, (wait_status >> 8) & 0xff);
	return xasprintf("killed by SIG%s", signal ? signal : "?");
}

static void put_exit(FILE *f, int64_t wait_status)
{
	autofree char *text = evlog_exit_text(wait_status);

	fputs(text, f);
}

static void put_hash(FILE *f, const struct evlog_hash *h)
{
	for (size_t i = 0; i < sizeof(h->b); i++)
		fprintf(f, "%02x", h->b[i]);
}

static void put_body(FILE *f, const struct evlog_record *r, const struct evlog_names *names)
{
	const char *sig;

	switch (r->kind) {
	case EVLOG_SYSCALL:
		put_call(f, r, names);
		break;
	case EVLOG_FORK:
		fprintf(f, "%s -> task %" PRId64, r->nr ? "thread" : "fork", r->result);
		break;
	case EVLOG_EXEC:
		fputs("exec", f);
		break;
	case EVLOG_EXIT:
		put_exit(f, r->result);
		break;
	case EVLOG_SIGNAL:
		sig = r->nr < 65 ? sigabbrev_np((int)r->nr) : NULL;
		fprintf(f, "signal %s%s (%" PRIu32 "), code %" PRId64, sig ? "SIG" : "", sig ? sig : "?", r->nr, (int64_t)r->args[0]);
		if (r->args[1] != 0)
			fprintf(f, ", from task %" PRIu64, r->args[1] - 1);
		break;
	default:
		fputs("note:", f);
	}
}

void evlog_print(FILE *f, uint64_t seq, const struct evlog_record *r, const struct evtasks *tasks, const struct evlog_names *names)
{
	struct evtask t;

	evtasks_find(tasks, r->task, &t);
	autofree char *name = evtask_name(&t);
	fprintf(f, "%" PRIu64 " [%" PRIu32 " %s] ", seq, r->task, name);
	put_body(f, r, names);
	if (r->text) {
		fputc(' ', f);
		put_words(f, r->text, r->text_len, 512);
	}
	if (r->has_hash) {
		fputs(" #", f);
		put_hash(f, &r->hash);
	}
	fputc('\n', f);
}

void evlog_json(struct json *j, const char *name, uint64_t seq, const struct evlog_record *r, const struct evtasks *tasks, const struct evlog_names *names)
{
	struct evtask t;
	char hex[2 * sizeof(r->hash.b) + 1];

	evtasks_find(tasks, r->task, &t);
	autofree char *task_name = evtask_name(&t);
	json_object(j, name);
	json_uint(j, "event", seq);
	json_string(j, "kind", evlog_kind_name(r->kind));
	json_uint(j, "task", r->task);
	json_string(j, "program", task_name);
	if (r->kind == EVLOG_SYSCALL)
		json_string(j, "call", names->call(r->nr));
	json_uint(j, "nr", r->nr);
	json_array(j, "args");
	for (int i = 0; i < 6; i++)
		json_uint(j, NULL, r->args[i]);
	json_end(j, ']');
	json_int(j, "result", r->result);
	if (r->has_hash) {
		for (size_t i = 0; i < sizeof(r->hash.b); i++)
			snprintf(hex + 2 * i, 3, "%02x", r->hash.b[i]);
		json_string(j, "hash", hex);
	}
	if (r->text) {
		json_array(j, "text");
		for (const char *p = r->text; p < r->text + r->text_len; p += strlen(p) + 1)
			json_string(j, NULL, p);
		json_end(j, ']');
	}
	json_end(j, '}');
}
