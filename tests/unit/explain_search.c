/* The search for causes: right sets for inputs that act alone, together, in both ways and not at all, and how many builds it takes. */
#include "cli/explain_search.h"
#include "test.h"

enum { MOST = 400 };

/* A world in which unit u differs when all of one of its sets are changed; what was built. */
struct pretended {
	input_set causes[4];
	size_t n_causes;
	input_set built[MOST];
	size_t n_built;
};

static bool was_built(const struct pretended *p, input_set set)
{
	for (size_t i = 0; i < p->n_built; i++)
		if (p->built[i] == set)
			return true;
	return false;
}

static int build(void *ctx, const input_set *sets, size_t n, struct error *e)
{
	struct pretended *p = ctx;

	for (size_t i = 0; i < n; i++)
		if (!was_built(p, sets[i])) {
			if (p->n_built == MOST)
				return error_set(e, 0, "too many builds");
			p->built[p->n_built++] = sets[i];
		}
	return 0;
}

static bool shows(void *ctx, input_set set, size_t u)
{
	const struct pretended *p = ctx;

	return (p->causes[u] & set) == p->causes[u];
}

static bool changed(void *ctx, input_set set)
{
	const struct pretended *p = ctx;

	for (size_t u = 0; u < p->n_causes; u++)
		if (shows(ctx, set, u))
			return true;
	return false;
}

enum { INPUTS = 14 };
static const input_set all = INPUT_BIT(INPUTS) - 1;

static struct search_lab lab_of(struct pretended *p)
{
	struct error e = { 0 };

	build(p, &all, 1, &e);
	return (struct search_lab){ p, build, changed, shows };
}

static void one_alone(void)
{
	size_t most = 0;

	for (unsigned i = 0; i < INPUTS; i++) {
		struct pretended p = { .causes = { INPUT_BIT(i) }, .n_causes = 1 };
		struct search_lab lab = lab_of(&p);
		struct error e = { 0 };

		test_int(search_single(&lab, all, &e), 0, "searched");
		test_ok(was_built(&p, INPUT_BIT(i)), "the cause was built alone");
		most = p.n_built > most ? p.n_built : most;
	}
	test_ok(most < INPUTS, "fewer builds than one for each input");
}

static void two_alone(void)
{
	for (unsigned i = 0; i < INPUTS; i++)
		for (unsigned k = 0; k < i; k++) {
			struct pretended p = { .causes = { INPUT_BIT(i), INPUT_BIT(k) }, .n_causes = 2 };
			struct search_lab lab = lab_of(&p);
			struct error e = { 0 };

			search_single(&lab, all, &e);
			if (!was_built(&p, INPUT_BIT(i)) || !was_built(&p, INPUT_BIT(k)))
				test_int(i * 100 + k, -1, "both causes were built alone");
		}
	test_ok(true, "every pair of causes");
}

static void together(void)
{
	for (unsigned i = 0; i < INPUTS; i++)
		for (unsigned k = 0; k < i; k++) {
			input_set pair = INPUT_BIT(i) | INPUT_BIT(k), got = 0;
			struct pretended p = { .causes = { pair }, .n_causes = 1 };
			struct search_lab lab = lab_of(&p);
			struct error e = { 0 };

			search_single(&lab, all, &e);
			if (search_joint(&lab, all, 0, &got, &e) < 0 || got != pair)
				test_int((long)got, (long)pair, "the pair is found");
		}
	test_ok(true, "every pair of inputs that act together");

	input_set three = INPUT_BIT(0) | INPUT_BIT(6) | INPUT_BIT(13), got = 0;
	struct pretended p = { .causes = { three }, .n_causes = 1 };
	struct search_lab lab = lab_of(&p);
	struct error e = { 0 };
	test_int(search_joint(&lab, all, 0, &got, &e), 0, "searched");
	test_int((long)got, (long)three, "three together");
	test_ok(p.n_built < 20, "each step halves");
}

static void all_alone(void)
{
	struct pretended p = { .causes = { 1, 2, INPUT_BIT(7), INPUT_BIT(13) }, .n_causes = 4 };
	struct search_lab lab = lab_of(&p);
	struct error e = { 0 };

	search_single(&lab, all, &e);
	test_ok(was_built(&p, 1) && was_built(&p, 2) && was_built(&p, INPUT_BIT(7)) && was_built(&p, INPUT_BIT(13)), "four causes");
}

static int fail_build(void *ctx, const input_set *sets, size_t n, struct error *e)
{
	(void)ctx;
	(void)sets;
	(void)n;
	return error_set(e, 5, "no");
}

static void failure(void)
{
	struct pretended p = { .n_causes = 0 };
	struct search_lab lab = { &p, fail_build, changed, shows };
	struct error e = { 0 };
	input_set got = 0;

	test_int(search_single(&lab, all, &e), -5, "a build that cannot be made ends the search");
	test_int(search_joint(&lab, all, 0, &got, &e), -5, "and this one");
	test_int((long)input_set_size(all), INPUTS, "size");
}

int main(void)
{
	one_alone();
	two_alone();
	together();
	all_alone();
	failure();
	return test_end();
}
