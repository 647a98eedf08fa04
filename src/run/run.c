/* run.c: one command in one box: options -> world + box -> engine -> result. See run.h. */
#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "box/box.h"
#include "engine/engine.h"
#include "model/machine.h"
#include "run/hints.h"
#include "run/log.h"
#include "run/processor.h"
#include "run/stamp.h"
#include "syscall/filter.h"
#include "syscall/table.h"

/* Everything one run holds; freed by run_free(). */
struct run {
	const struct run_spec *spec;
	void *code;                 /* the agent's, and then the world's */
	struct world *world;
	struct window *window;      /* shared with the agent; NULL: there is none */
	uint8_t *store;             /* the same */
	const char *no_agent;       /* why not */
	uint64_t secret[2];         /* with which programs may open the agent's files (syscall/filter_agent.c) */
	struct machine_file *files;
	struct box_file *box_files;
	char *texts;
	struct sock_fprog filter, filter_single; /* for a box that has a range of ids, and for one that has a single one */
	struct box box;
	struct run_log *log;
	const struct counting *counting;
	char *searches;             /* the directory, without links; NULL: there is none */
	char **lower, **writable;   /* as engine_config.searches wants them */
	int out[2][2];
	unsigned n_out;
	int null_fd, input_copy;
	cpu_set_t old_cpus;
	bool pinned;
};

/* ---- preparation --------------------------------------------------------------------------------------------------- */

/* As world_config wants it: the first process of the box is one more; 0: no limit of ours. */
static uint32_t most_tasks(const struct run_spec *s)
{
	uint64_t n = s->limits.processes;

	return n == 0 || n >= UINT32_MAX ? 0 : (uint32_t)n + 1;
}

/* Memory of which programs map a huge page at once (syscall/agent_place.h), once there are several (engine/pages.c). */
static void *map_shared(int fd, size_t size, off_t at)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS | MAP_NORESERVE : 0), fd, at);

	if (p != MAP_FAILED)
		engine_pages_new(p, size);
	return p;
}

/* Not by write(): the caller's limit on the size of files is not meant for this one. */
static int put_agent(void *code, struct error *e)
{
	const size_t size = (size_t)((uintptr_t)agent_image_end - (uintptr_t)agent_image_begin);

	if (size > AGENT_CODE_SIZE)
		return error_set(e, 0, "the agent is larger than its place");
	madvise(code, size, MADV_POPULATE_WRITE); /* at once, where the kernel can */
	memcpy(code, agent_image_begin, size);
	return mprotect(code, AGENT_CODE_SIZE, PROT_READ) < 0 ? error_set(e, errno, "cannot protect the agent") : 0; /* it is what guests execute */
}

/* With an agent the world lies in a file that guests map to read, behind the agent's code. */
static int map_world(struct run *r, struct error *e)
{
	int code = r->no_agent ? -1 : r->box.shared_fd[0], window = r->box.shared_fd[1];
	void *p = map_shared(code, AGENT_CODE_SIZE + AGENT_WORLD_SIZE, 0);
	int err;

	if (p == MAP_FAILED)
		return error_set(e, errno, "cannot map the model's memory");
	r->code = p;
	r->world = (void *)((uint8_t *)p + AGENT_CODE_SIZE);
	err = r->no_agent ? 0 : put_agent(p, e);
	if (err < 0 || r->no_agent)
		return err;
	p = map_shared(window, AGENT_WINDOW_SIZE, 0);
	if (p == MAP_FAILED)
		return error_set(e, errno, "cannot map the agent's window");
	r->window = p;
	p = map_shared(code, AGENT_STORE_SIZE, AGENT_STORE_AT);
	if (p == MAP_FAILED)
		return error_set(e, errno, "cannot map the store of code");
	madvise(p, AGENT_STORE_SIZE, MADV_HUGEPAGE);
	r->store = p;
	return 0;
}

/* What the model must know about it. */
static void tell_of_agent(struct run *r)
{
	struct stat st;

	if (r->no_agent)
		return;
	for (int i = 0; i < BOX_SHARED; i++)
		if (fstat(r->box.shared_fd[i], &st) == 0)
			r->world->agent_devs[i] = st.st_dev;
	r->world->agent_space = AGENT_END - AGENT_BASE;
}

static int make_world(struct run *r, struct error *e)
{
	const struct run_spec *s = r->spec;
	struct world_config c = {
		.seed = s->seed, .epoch_ns = s->epoch * INT64_C(1000000000), .cpus = s->cpus, .cpu_model = s->cpu_model, .single_id = r->box.ids == BOX_IDS_SINGLE, .guest_caps = box_guest_caps(s->as_root || s->in_place),
		.first_caps = box_first_caps(s->as_root || s->in_place),
		.quantum = s->quantum, .sched_seed = s->sched_seed, .sched_until = s->sched_until, .dir_seed = s->dir_seed, .strict = s->strict, .network = s->network, .aslr = s->aslr, .real_proc = s->real_proc,
		.source_uid = s->uid, .source_gid = s->gid, .max_tasks = most_tasks(s), .hostname = s->hostname, .domainname = s->domainname,
		.in_place = s->in_place, .host_uid = geteuid(), .host_gid = getegid(),
	};
	struct timespec now;
	struct stat st;
	int err = map_world(r, e);

	if (err < 0)
		return err;
	world_init(r->world, &c);
	tell_of_agent(r);
	for (size_t i = 0; i < s->n_volumes; i++)
		if (stat(s->volumes[i].source, &st) == 0)
			inode_mtime_policy(r->world, st.st_dev, s->volumes[i].mtimes == MTIMES_CANONICAL);
	r->world->image_canonical = s->image_mtimes == MTIMES_CANONICAL;
	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0)
		r->world->host_start_ns = (now.tv_sec - 1) * INT64_C(1000000000); /* what was made for this run counts as made in it */
	return 0;
}

/* Why this run's calls all go to the supervisor; NULL: they do not. What is exact to the instruction would count the agent's as well. */
static const char *why_no_agent(const struct run_spec *s, const struct counting *counting)
{
	if (!s->traced)
		return "no tracer";
	if (s->executor == EXECUTOR_PTRACE)
		return "asked for";
	if (s->in_place)
		return "in place nothing can be mapped into programs";
	if (s->real_proc)
		return "--real-proc";
	if (s->every_call)
		return "every call is counted";
	if (s->sched_seed)
		return "a drawn order of threads";
	if (s->stack_at_plus_1)
		return "a stack is asked for";
	if (counting->branches || counting->hints.n)
		return "turns that end at an exact count";
	return NULL;
}

static void add_path(char ***list, const char *path)
{
	autofree char *absolute = path_absolute(path);

	if (absolute)
		strv_add(list, absolute);
}

/* The directory is made now, so that what boxes do not show is there. In place nothing can be hidden. */
static void find_searches(struct run *r)
{
	const struct run_spec *s = r->spec;

	if (s->in_place || !s->searches || mkdir_p(s->searches, 0755) < 0)
		return;
	r->searches = path_absolute(s->searches);
	for (char *const *layer = s->layers; layer && *layer; layer++)
		add_path(&r->lower, *layer);
	add_path(&r->lower, s->image);
	for (size_t i = 0; i < s->n_volumes; i++)
		if (s->volumes[i].writable)
			add_path(&r->writable, s->volumes[i].source);
}

static size_t make_files(struct run *r)
{
	const struct run_spec *s = r->spec;
	const struct machine m = {
		.cpu_model = s->cpu_model, .cpus = s->cpus ? s->cpus : 1, .hostname = s->hostname, .domainname = s->domainname, .epoch_ns = s->epoch * INT64_C(1000000000), .seed = s->seed,
	};
	size_t n;

	r->files = xzalloc(MACHINE_FILES * sizeof(*r->files));
	r->texts = xmalloc(MACHINE_TEXT);
	n = machine_files(&m, r->files, r->texts);
	r->box_files = xzalloc((n + 1) * sizeof(*r->box_files));
	for (size_t i = 0; i < n; i++)
		r->box_files[i] = (struct box_file){ r->files[i].path, r->files[i].text, r->files[i].len };
	return n;
}

/* Supervisor and guests share one CPU: a stop then costs a switch, not a wake-up on another CPU. */
static void pin(struct run *r)
{
	cpu_set_t one;
	int cpu = r->spec->cpu >= 0 ? r->spec->cpu : sched_getcpu();

	if (cpu < 0 || sched_getaffinity(0, sizeof(r->old_cpus), &r->old_cpus) < 0)
		return;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	r->pinned = sched_setaffinity(0, sizeof(one), &one) == 0;
	if (!r->pinned)
		warn("cannot run on CPU %d only: the run will be slower", cpu);
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The guest writes to pipes, whatever ours are; one pipe when both lead to the same file, so that the order is kept. */
static int make_outputs(struct run *r, struct error *e)
{
	r->n_out = same_file(r->spec->stdout_fd, r->spec->stderr_fd) ? 1 : 2;
	for (unsigned i = 0; i < r->n_out; i++)
		if (pipe2(r->out[i], O_CLOEXEC) < 0)
			return error_set(e, errno, "cannot make a pipe");
	return 0;
}

static bool is_plain_input(int fd)
{
	const dev_t dev_null = makedev(1, 3); /* Documentation/admin-guide/devices.txt */
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == dev_null));
}

/* The guest could open a file again for writing by its descriptor, or change its mode: it reads a copy that nobody can write to. What is
 * read of it counts as read of the file. */
static int copy_input(struct run *r, struct error *e)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	off_t begin = lseek(r->spec->stdin_fd, 0, SEEK_CUR), at = 0;
	struct stat st;
	ssize_t n;

	if (r->spec->stdin_fd < 0 || fstat(r->spec->stdin_fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	r->input_copy = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (r->input_copy < 0)
		return error_set(e, errno, "cannot copy the standard input");
	do
		n = sendfile(r->input_copy, r->spec->stdin_fd, &at, 1 << 30);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 || lseek(r->input_copy, begin, SEEK_SET) < 0 || fchmod(r->input_copy, st.st_mode & 0777) < 0 || fcntl(r->input_copy, F_ADD_SEALS, seals) < 0)
		return error_set(e, errno, "cannot copy the standard input");
	return 0;
}

static void return_input(struct run *r)
{
	if (r->input_copy >= 0)
		lseek(r->spec->stdin_fd, lseek(r->input_copy, 0, SEEK_CUR), SEEK_SET);
	cleanup_close(&r->input_copy);
}

static int input_of(const struct run *r)
{
	return r->input_copy >= 0 ? r->input_copy : r->spec->stdin_fd >= 0 ? r->spec->stdin_fd : r->null_fd;
}

static int start_box(struct run *r, size_t n_files, struct error *e)
{
	const struct run_spec *s = r->spec;
	struct box_volume *volumes = xzalloc((s->n_volumes + 1) * sizeof(*volumes));
	struct box_spec b = {
		.image = s->image, .layers = s->layers, .upper = s->upper, .volumes = volumes, .n_volumes = s->n_volumes, .hidden = r->searches,
		.files = r->box_files, .n_files = n_files, .canonical = s->traced, .in_place = s->in_place, .hostname = s->hostname, .domainname = s->domainname,
		.network = s->network, .as_root = s->as_root, .boottime_offset = s->boottime_offset, .pid_offset = s->traced ? 0 : s->pid_offset,
		.limits = { s->limits.memory, s->limits.processes, s->limits.file_size, s->limits.disk, s->limits.cpu_time },
		.argv = s->argv, .env = s->env, .cwd = s->cwd, .uid = s->uid, .gid = s->gid, .umask = s->umask,
		.stdin_fd = input_of(r), .stdout_fd = s->stdout_fd, .stderr_fd = s->stderr_fd,
		.filter = s->traced ? &r->filter : NULL, .filter_single = s->traced ? &r->filter_single : NULL, .personality_fixed = s->traced && !s->aslr, .real_proc = s->real_proc,
	};
	int ret;

	if (!r->no_agent) {
		b.limits.memory += b.limits.memory ? AGENT_END - AGENT_BASE : 0;
		b.shared_dir = AGENT_DIR;
		b.shared[0] = (struct box_shared){ AGENT_CODE_FILE, AGENT_STORE_AT + AGENT_STORE_SIZE, false };
		b.shared[1] = (struct box_shared){ AGENT_WINDOW_FILE, AGENT_WINDOW_SIZE, true };
	}

	for (size_t i = 0; i < s->n_volumes; i++)
		volumes[i] = (struct box_volume){ s->volumes[i].source, s->volumes[i].target, s->volumes[i].writable };
	if (s->traced && r->n_out) {
		b.stdout_fd = r->out[0][1];
		b.stderr_fd = r->out[r->n_out - 1][1];
	}
	ret = box_start(&b, &r->box, e);
	if (ret == 0 && s->traced) {
		ret = make_world(r, e);
		if (ret < 0)
			box_end(&r->box);
	}
	free(volumes);
	for (unsigned i = 0; i < r->n_out; i++) { /* only the box writes */
		close(r->out[i][1]);
		r->out[i][1] = -1;
	}
	return ret;
}

/* ---- the two ways ------------------------------------------------------------------------------------------------- */

static int run_native(struct run *r, struct run_result *ret, struct error *e)
{
	int status = 0, err = box_run(&r->box, r->spec->limits.timeout_ns, &status, e);

	if (err == -ETIME) {
		warn("the time limit was reached (--timeout %llu s): everything in the box was killed", (unsigned long long)(r->spec->limits.timeout_ns / 1000000000));
		ret->end = RUN_TIMEOUT;
		return 0;
	}
	if (err < 0)
		return err;
	ret->end = WIFSIGNALED(status) ? RUN_SIGNALED : RUN_EXITED;
	ret->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

/* "count name" lines. */
static char *list_counts(const uint64_t counts[WORLD_NSYS])
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (uint32_t nr = 0; nr < WORLD_NSYS; nr++)
		if (counts[nr])
			fprintf(f, "%llu %s\n", (unsigned long long)counts[nr], syscall_name(nr));
	fclose(f);
	if (size == 0) {
		free(text);
		text = NULL;
	}
	return text;
}

static void fill_stats(const struct run *r, const struct engine_result *er, struct run_result *ret)
{
	const struct world *w = r->world;

	ret->stats = (struct run_stats){
		.events = w->events, .stops = er->stops, .near_calls = er->near_calls, .processes = er->processes, .execs = er->execs, .switches = w->switches,
		.unknown = w->unknown, .clock_ns = w->now_ns - w->epoch_ns,
	};
	for (uint32_t nr = 0; nr < WORLD_NSYS; nr++)
		ret->stats.refused += w->refused[nr];
	ret->refusals = list_counts(w->refused);
	ret->calls = list_counts(w->seen);
	ret->near = list_counts(er->near_by_call);
}

/* By the caller's own hard limit, which the box keeps. */
static bool files_are_limited(void)
{
	struct rlimit l;

	return getrlimit(RLIMIT_FSIZE, &l) == 0 && l.rlim_max != RLIM_INFINITY;
}

static int run_traced(struct run *r, struct run_result *ret, struct engine_result *er, struct error *e)
{
	static const enum run_end ends[] = {
		[ENGINE_EXITED] = RUN_EXITED, [ENGINE_SIGNALED] = RUN_SIGNALED, [ENGINE_TIMEOUT] = RUN_TIMEOUT,
		[ENGINE_DEADLOCK] = RUN_DEADLOCK, [ENGINE_REFUSED] = RUN_REFUSED, [ENGINE_INTERRUPTED] = RUN_INTERRUPTED,
		[ENGINE_LOOP] = RUN_LOOP, [ENGINE_OVERSHOT] = RUN_OVERSHOT, [ENGINE_STACK] = RUN_STACK,
	};
	const struct run_spec *s = r->spec;
	struct engine_config c = {
		.code = r->code, .world = r->world, .window = r->window, .store = r->store, .agent_secret = { r->secret[0], r->secret[1] }, .init = r->box.init, .gate_fd = r->box.gate_fd, .n_outputs = r->n_out, .timeout_ns = s->limits.timeout_ns,
		.searches = { r->searches, r->lower, r->writable }, .real_cpu = s->real_cpu, .every_call = s->every_call, .in_place = s->in_place, .hints = r->counting->hints.list, .n_hints = r->counting->hints.n,
		.file_limit = s->limits.file_size != 0 || files_are_limited(), .branches = r->counting->branches, .branch_margin = r->counting->branch_margin,
		.input_fd = s->stdin_fd >= 0 && !is_plain_input(s->stdin_fd) ? s->stdin_fd : -1, .observer = run_log_observer(r->log),
	};
	int err;

	for (unsigned i = 0; i < r->n_out; i++) {
		c.outputs[i].read_fd = r->out[i][0];
		c.outputs[i].to_fd = i == 0 ? s->stdout_fd : s->stderr_fd;
	}
	err = engine_run(&c, er, e);
	if (err < 0)
		return err;
	ret->end = ends[er->end];
	ret->status = er->status;
	if (ret->end == RUN_TIMEOUT)
		warn("the time limit was reached (--timeout %llu s): everything in the box was killed", (unsigned long long)(s->limits.timeout_ns / 1000000000));
	if (s->stack_at_plus_1 && ret->end != RUN_STACK)
		warn("event %llu is no call, or the run ended before it (--stack-at)", (unsigned long long)(s->stack_at_plus_1 - 1));
	fill_stats(r, er, ret);
	/* A reader that has seen enough (`| head`) is no fault. */
	if (er->output_error && er->output_error != EPIPE && ret->end == RUN_EXITED)
		return error_set(e, er->output_error, "the command's output could not be written in full");
	for (size_t i = 0; i < s->n_volumes; i++)
		if (s->volumes[i].writable)
			stamp_tree(r->world, s->volumes[i].source);
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static void run_free(struct run *r)
{
	for (unsigned i = 0; i < 2; i++) {
		cleanup_close(&r->out[i][0]);
		cleanup_close(&r->out[i][1]);
	}
	cleanup_close(&r->null_fd);
	return_input(r);
	if (r->code)
		munmap(r->code, AGENT_CODE_SIZE + AGENT_WORLD_SIZE);
	if (r->window)
		munmap(r->window, AGENT_WINDOW_SIZE);
	if (r->store)
		munmap(r->store, AGENT_STORE_SIZE);
	filter_free(&r->filter);
	filter_free(&r->filter_single);
	free(r->searches);
	strv_free(r->lower);
	strv_free(r->writable);
	free(r->files);
	free(r->box_files);
	free(r->texts);
	if (r->pinned)
		sched_setaffinity(0, sizeof(r->old_cpus), &r->old_cpus);
}

static int prepare(struct run *r, size_t *ret_files, struct error *e)
{
	const uint64_t *secret = r->no_agent ? NULL : r->secret;
	int err = 0;

	r->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	*ret_files = 0;
	find_searches(r);
	err = copy_input(r, e);
	if (err < 0 || !r->spec->traced)
		return err;
	if (r->spec->stdin_fd >= 0 && isatty(r->spec->stdin_fd)) { /* it would hand the guest the user's own terminal */
		error_set(e, ENOTTY, "standard input is a terminal");
		error_hint(e, "give a file or a pipe: `cat | detbuild --stdin ...`");
		return -ENOTTY;
	}
	if (!r->spec->real_cpu)
		err = processor_check(r->spec->cpu_model, e);
	if (err < 0)
		return err;
	/* In place: what outlives the command's first process ends as ours to reap. */
	if (r->spec->in_place && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		err = error_set(e, errno, "cannot adopt orphans");
	if (err == 0 && getrandom(r->secret, sizeof(r->secret), 0) != sizeof(r->secret))
		err = error_set(e, errno, "cannot draw a secret");
	if (err == 0 && !r->spec->in_place)
		err = filter_build(false, r->spec->every_call, secret, &r->filter, e);
	if (err == 0)
		err = filter_build(true, r->spec->every_call, secret, &r->filter_single, e);
	if (err == 0)
		err = make_outputs(r, e);
	if (err == 0 && r->spec->log_path) {
		r->log = run_log_open(r->spec, r->counting, e);
		err = r->log ? 0 : -EIO;
	}
	if (err == 0) {
		*ret_files = make_files(r);
		pin(r);
	}
	return err;
}

static int run_once(const struct run_spec *spec, const struct counting *counting, struct run_result *ret, struct engine_result *er, struct error *e)
{
	struct run r = { .no_agent = why_no_agent(spec, counting), .spec = spec, .counting = counting, .out = { { -1, -1 }, { -1, -1 } }, .null_fd = -1, .input_copy = -1, .box = { .gate_fd = -1, .shared_fd = { -1, -1 } } };
	size_t n_files;
	int err = prepare(&r, &n_files, e), log_err;

	memset(ret, 0, sizeof(*ret));
	memset(er, 0, sizeof(*er));
	ret->no_agent = r.no_agent;
	if (err == 0) {
		err = start_box(&r, n_files, e);
		if (err == 0) {
			err = spec->traced ? run_traced(&r, ret, er, e) : run_native(&r, ret, e);
			box_end(&r.box);
		}
	}
	log_err = run_log_close(r.log, err == 0 ? e : NULL);
	run_free(&r);
	return err == 0 ? log_err : err;
}

/* Nothing of it has reached the caller: the run can begin anew unseen. */
static bool left_nothing(const struct run_spec *s, const struct engine_result *er)
{
	for (size_t i = 0; i < s->n_volumes; i++)
		if (s->volumes[i].writable)
			return false;
	return !s->upper && !s->network && s->stdin_fd < 0 && !er->any_output;
}

static void tell_how_to_go_on(const struct run_spec *s, const struct engine_hint *learned)
{
	if (s->spin_hints)
		warn("the loop was added to %s: the same command again counts its rounds", s->spin_hints);
	else
		warn("run it again with --spin-hints FILE, where FILE holds the line '%#llx %s': the loop's rounds are then counted, and others get their turn",
		     (unsigned long long)learned->at, learned->program);
}

/* A loop was found. It is remembered, and the run begins anew where that cannot be noticed. True: it does. */
static bool learn(const struct run_spec *spec, const struct engine_result *er, const struct late *file, struct hints *h, int *ret_err, struct error *e)
{
	if (!hints_add(h, &er->learned)) {
		warn("this loop was counted already, or more loops are than can be");
		return false;
	}
	if (spec->spin_hints)
		*ret_err = hints_append(file, spec->spin_hints, &er->learned, e);
	if (*ret_err == 0 && left_nothing(spec, er)) {
		warn("nothing was written yet: the run begins anew, and counts the loop's rounds");
		return true;
	}
	tell_how_to_go_on(spec, &er->learned);
	return false;
}

/* A processor whose branches cannot be counted is said once, and 0 stands in the report and the log's head: the run is then
 * another one than where they can. Where nothing may be missing (--strict) it is an error. */
static int probe_branches(const struct run_spec *spec, struct counting *c, struct error *e)
{
	struct error why = { 0 };

	if (engine_probe_branches(&c->branch_margin, &why) == 0) {
		c->branches = spec->branches;
		return 0;
	}
	if (!spec->strict) {
		warn("%s; --branches has no effect: threads change at system calls and in proven waits only", why.what);
		return 0;
	}
	*e = why;
	error_hint(e, "leave --branches out, or --strict: threads then change at system calls and in proven waits only");
	e->exit_code = 4;
	return -ENODEV;
}

int run_command(const struct run_spec *spec, struct run_result *ret, struct error *e)
{
	struct engine_result *er = xzalloc(sizeof(*er));
	struct counting counting = { { NULL, 0 }, 0, 0 };
	struct late hints_file = LATE_NONE;
	int err = spec->spin_hints ? hints_open(spec->spin_hints, &hints_file, &counting.hints, e) : 0;

	memset(ret, 0, sizeof(*ret));
	if (err == 0 && spec->branches)
		err = probe_branches(spec, &counting, e);
	for (bool again = err == 0; again;) {
		run_result_clear(ret);
		err = run_once(spec, &counting, ret, er, e);
		again = err == 0 && ret->end == RUN_LOOP && learn(spec, er, &hints_file, &counting.hints, &err, e);
	}
	ret->hints = hints_text(&counting.hints);
	ret->branches = counting.branches;
	free(counting.hints.list);
	late_close(&hints_file);
	free(er);
	return err;
}

void run_result_clear(struct run_result *r)
{
	free(r->refusals);
	free(r->calls);
	free(r->near);
	free(r->hints);
	r->refusals = r->calls = r->near = r->hints = NULL;
}

int run_exit_status(const struct run_result *r)
{
	switch (r->end) {
	case RUN_EXITED: return r->status;
	case RUN_SIGNALED: return 128 + r->status;
	case RUN_TIMEOUT: return 124;
	case RUN_REFUSED: return 5;
	case RUN_DEADLOCK: return 6;
	case RUN_LOOP: return 9;
	case RUN_OVERSHOT: return 10;
	case RUN_STACK: return 12;
	case RUN_INTERRUPTED: return 128 + r->status;
	}
	return 125;
}
