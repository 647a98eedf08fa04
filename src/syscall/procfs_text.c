/* procfs_text.c: files of /proc/PID as the guest may see them. Freestanding, pure.
 *
 * Invariants
 *  P1. A line or field that is not named here is dropped or zero: what a newer kernel adds does not reach the guest.
 *  P2. What remains is a function of past calls (ids, names, masks, addresses without randomisation) or of the model.
 *  P3. Any input is safe: nothing is read past its end, and the output is bounded by struct out. */
#include "syscall/procfs_text.h"

#include "model/auxv.h"
#include "syscall/agent_place.h"
#include "syscall/line.h"

/* ---- stat ---------------------------------------------------------------------------------------------------------- */

/* Fields are numbered as in proc(5). */
enum { STAT_STATE = 3, STAT_PPID = 4, STAT_TPGID = 8, STAT_FLAGS = 9, STAT_UTIME = 14, STAT_CUTIME = 16, STAT_PRIORITY = 18, STAT_NICE = 19,
	STAT_THREADS = 20, STAT_START = 22, STAT_VSIZE = 23, STAT_RSS = 24, STAT_RSSLIM = 25, STAT_STARTCODE = 26, STAT_STARTSTACK = 28,
	STAT_SIGNAL = 31, STAT_SIGCATCH = 34, STAT_EXIT_SIGNAL = 38, STAT_START_DATA = 45, STAT_EXIT_CODE = 52 };
enum { VM_KB = 16384, RSS_KB = 4096, FLAG_NO_EXEC = 0x40, FLAGS = 0x400000 };

static void stat_field(const struct proc_view *v, unsigned field, struct line w, struct out *o)
{
	uint64_t value = 0;

	switch (field) {
	case STAT_STATE: /* a reader runs; everybody else waits, whatever the tracer has done to them */
		out_char(o, w.n && (*w.p == 'Z' || *w.p == 'X') ? *w.p : v->own ? 'R' : 'S');
		return;
	case STAT_PPID ... STAT_TPGID:
	case STAT_THREADS:
	case STAT_SIGNAL ... STAT_SIGCATCH:
	case STAT_EXIT_SIGNAL:
		out_bytes(o, w.p, w.n);
		return;
	case STAT_STARTCODE ... STAT_STARTSTACK:
	case STAT_START_DATA ... STAT_EXIT_CODE:
		if (field == STAT_STARTSTACK && v->own && v->start_stack) {
			value = v->start_stack;
			break;
		}
		if (!v->own) /* as Linux shows them without the right to trace; pid 1's are the host's choice */
			break;
		out_bytes(o, w.p, w.n);
		return;
	case STAT_FLAGS: value = FLAGS | (parse_number(w, 10) & FLAG_NO_EXEC); break;
	case STAT_UTIME: value = v->cpu_ticks; break;
	case STAT_CUTIME: value = v->children_ticks; break;
	case STAT_PRIORITY: value = (uint64_t)(20 + v->nice); break;
	case STAT_NICE: out_i64(o, v->nice); return;
	case STAT_START: value = v->start_ticks; break;
	case STAT_VSIZE: value = VM_KB * 1024UL; break;
	case STAT_RSS: value = RSS_KB / 4; break;
	case STAT_RSSLIM: value = UINT64_MAX; break;
	default: break;
	}
	out_u64(o, value);
}

void proc_text_stat(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	size_t name_end = n;
	struct line l;

	while (name_end && in[name_end - 1] != ')') /* the name may hold anything, also ")" */
		name_end--;
	out_bytes(o, in, name_end);
	l = (struct line){ in + name_end, n - name_end };
	if (l.n && l.p[l.n - 1] == '\n')
		l.n--;
	for (unsigned field = STAT_STATE; field <= STAT_EXIT_CODE; field++) {
		struct line w = next_word(&l);

		if (!w.n)
			break;
		out_char(o, ' ');
		stat_field(v, field, w, o);
	}
	out_char(o, '\n');
}

/* ---- status -------------------------------------------------------------------------------------------------------- */

struct status_rule { const char *name, *value; }; /* value NULL: keep */

static const struct status_rule status_rules[] = {
	{ "Name", NULL }, { "Umask", NULL }, { "Tgid", NULL }, { "Ngid", "0" }, { "Pid", NULL }, { "PPid", NULL }, { "TracerPid", "0" },
	{ "FDSize", "64" }, { "Groups", NULL }, { "NStgid", NULL }, { "NSpid", NULL }, { "NSpgid", NULL }, { "NSsid", NULL },
	{ "VmPeak", "   16384 kB" }, { "VmSize", "   16384 kB" }, { "VmLck", "       0 kB" }, { "VmPin", "       0 kB" },
	{ "VmHWM", "    4096 kB" }, { "VmRSS", "    4096 kB" }, { "RssAnon", "    1024 kB" }, { "RssFile", "    3072 kB" },
	{ "RssShmem", "       0 kB" }, { "VmData", "    1024 kB" }, { "VmStk", "     132 kB" }, { "VmExe", "      64 kB" },
	{ "VmLib", "    2048 kB" }, { "VmPTE", "      64 kB" }, { "VmSwap", "       0 kB" }, { "HugetlbPages", "       0 kB" },
	{ "CoreDumping", "0" }, { "THP_enabled", "1" }, { "Threads", NULL }, { "SigQ", "0/32768" }, { "SigPnd", NULL }, { "ShdPnd", NULL },
	{ "SigBlk", NULL }, { "SigIgn", NULL }, { "SigCgt", NULL }, { "CapInh", NULL }, { "CapPrm", NULL }, { "CapEff", NULL },
	{ "CapBnd", NULL }, { "CapAmb", NULL }, { "NoNewPrivs", NULL }, { "Seccomp", "0" }, { "Seccomp_filters", "0" },
	{ "Speculation_Store_Bypass", "vulnerable" }, { "SpeculationIndirectBranch", "always enabled" }, { "Mems_allowed", "1" },
	{ "Mems_allowed_list", "0" }, { "voluntary_ctxt_switches", "0" }, { "nonvoluntary_ctxt_switches", "0" },
};

static void status_state(const struct proc_view *v, struct line value, struct out *o)
{
	struct line word = next_word(&value);

	out_str(o, "State:\t");
	out_str(o, word.n && *word.p == 'Z' ? "Z (zombie)\n" : word.n && *word.p == 'X' ? "X (dead)\n" : v->own ? "R (running)\n" : "S (sleeping)\n");
}

static void status_ids(const char *name, const uint32_t *ids, struct out *o)
{
	out_str(o, name);
	for (unsigned i = 0; i < 4; i++) {
		out_char(o, '\t');
		out_u64(o, ids[i]);
	}
	out_char(o, '\n');
}

static void status_groups(const struct proc_view *v, struct out *o)
{
	out_str(o, "Groups:\t");
	for (uint32_t i = 0; i < v->ngroups; i++) {
		out_str(o, i ? " " : "");
		out_u64(o, v->groups[i]);
	}
	out_str(o, " \n"); /* fs/proc/array.c: a space at the end, always */
}

/* One of the sets that the model keeps, if the line is about one. */
static bool status_caps(const struct proc_view *v, struct line name, struct out *o)
{
	static const char *const names[3] = { "CapInh", "CapPrm", "CapEff" };

	for (unsigned k = 0; v->ids && k < 3; k++) {
		if (!line_is(name, names[k]))
			continue;
		out_str(o, names[k]);
		out_str(o, ":\t");
		out_hex(o, v->caps[k], 16);
		out_char(o, '\n');
		return true;
	}
	return false;
}

static void status_cpus(const struct proc_view *v, struct out *o)
{
	uint64_t all = v->cpus >= 64 ? UINT64_MAX : (UINT64_C(1) << v->cpus) - 1, mask = v->cpu_mask ? v->cpu_mask : all;
	bool first = true;

	out_str(o, "Cpus_allowed:\t");
	if (v->cpus > 32) {
		out_hex(o, mask >> 32, (v->cpus - 32 + 3) / 4);
		out_char(o, ',');
		out_hex(o, mask & 0xffffffff, 8);
	} else {
		out_hex(o, mask, (v->cpus + 3) / 4);
	}
	out_str(o, "\nCpus_allowed_list:\t");
	for (unsigned i = 0; i < 64; i++) {
		unsigned last = i;

		if (!(mask >> i & 1))
			continue;
		while (last < 63 && mask >> (last + 1) & 1)
			last++;
		if (!first)
			out_char(o, ',');
		first = false;
		out_u64(o, i);
		if (last > i) {
			out_char(o, '-');
			out_u64(o, last);
		}
		i = last;
	}
	out_char(o, '\n');
}

static void status_line(const struct proc_view *v, struct line l, struct out *o)
{
	struct line name = { l.p, 0 }, value;

	while (name.n < l.n && l.p[name.n] != ':')
		name.n++;
	if (name.n == l.n)
		return;
	value = (struct line){ l.p + name.n + 1, l.n - name.n - 1 };
	if (line_is(name, "State"))
		return status_state(v, value, o);
	if (line_is(name, "Cpus_allowed"))
		return status_cpus(v, o);
	if (v->ids && line_is(name, "Groups"))
		return status_groups(v, o);
	if (status_caps(v, name, o))
		return;
	if (line_is(name, "Uid") || line_is(name, "Gid")) {
		if (v->ids)
			return status_ids(line_is(name, "Uid") ? "Uid:" : "Gid:", line_is(name, "Uid") ? v->ids : v->ids + 4, o);
		out_bytes(o, l.p, l.n);
		out_char(o, '\n');
		return;
	}
	for (size_t i = 0; i < sizeof(status_rules) / sizeof(status_rules[0]); i++) {
		if (!line_is(name, status_rules[i].name))
			continue;
		out_bytes(o, name.p, name.n);
		if (status_rules[i].value) {
			out_str(o, ":\t");
			out_str(o, status_rules[i].value);
		} else {
			out_char(o, ':');
			out_bytes(o, value.p, value.n);
		}
		out_char(o, '\n');
		return;
	}
}

void proc_text_status(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	struct line l;

	while (next_line(&in, &n, &l))
		status_line(v, l, o);
}

/* ---- maps, smaps --------------------------------------------------------------------------------------------------- */

struct mapping {
	struct line range, perms, path;
	uint64_t from, to, offset;
};

/* "FROM-TO PERMS OFFSET DEV INODE   PATH"; false for any other line. */
static bool parse_mapping(struct line l, struct mapping *ret)
{
	size_t dash = 0;

	ret->range = next_word(&l);
	while (dash < ret->range.n && ret->range.p[dash] != '-')
		dash++;
	if (dash == 0 || dash == ret->range.n || ret->range.p[ret->range.n - 1] == ':')
		return false;
	ret->from = parse_number((struct line){ ret->range.p, dash }, 16);
	ret->to = parse_number((struct line){ ret->range.p + dash + 1, ret->range.n - dash - 1 }, 16);
	ret->perms = next_word(&l);
	ret->offset = parse_number(next_word(&l), 16);
	next_word(&l);
	if (ret->perms.n != 4 || !next_word(&l).n)
		return false;
	while (l.n && *l.p == ' ')
		l.p++, l.n--;
	ret->path = l;
	return true;
}

/* Ours, or the kernel's own pages, whose presence and size depend on its version. */
static bool is_hidden(const struct proc_view *v, const struct mapping *m)
{
	return (m->from >= v->hide_from && m->from < v->hide_to) || line_is(m->path, "[vvar]") || line_is(m->path, "[vvar_vclock]") ||
		line_is(m->path, "[vdso]") || line_is(m->path, "[vsyscall]");
}

static void put_mapping(const struct proc_view *v, const struct mapping *m, struct out *o)
{
	bool file = m->path.n && *m->path.p == '/';
	size_t from = o->len;

	out_hex(o, m->from, 8);
	out_char(o, '-');
	out_hex(o, m->to, 8);
	out_char(o, ' ');
	out_bytes(o, m->perms.p, m->perms.n);
	out_char(o, ' ');
	out_hex(o, m->offset, 8);
	out_char(o, ' ');
	out_hex(o, file ? v->device >> 8 : 0, 2);
	out_char(o, ':');
	out_hex(o, file ? v->device & 0xff : 0, 2);
	out_char(o, ' ');
	out_u64(o, file && v->inode ? v->inode(v->arg, m->path.p, m->path.n) : 0);
	out_char(o, ' ');
	if (m->path.n) {
		while (o->len - from < 73 && !o->full)
			out_char(o, ' ');
		out_bytes(o, m->path.p, m->path.n);
	}
	out_char(o, '\n');
}

static bool is_heap(const struct mapping *m)
{
	return line_is(m->path, "[heap]");
}

/* Private memory without a file. */
static bool is_plain(const struct mapping *m)
{
	return m->perms.p[3] == 'p' && (!m->path.n || is_heap(m));
}

/* Code of a file that was mapped from the store is the file's own. */
static void show_as_file(const struct proc_view *v, struct mapping *m)
{
	uint64_t offset;
	size_t n;
	const char *path = v->stored && line_is(m->path, AGENT_DIR "/" AGENT_CODE_FILE) ? v->stored(v->arg, m->offset, &n, &offset) : NULL;

	if (!path)
		return;
	m->path = (struct line){ path, n };
	m->offset = offset;
}

static bool next_mapping(const struct proc_view *v, const char **in, size_t *n, struct mapping *ret)
{
	struct line l;

	while (next_line(in, n, &l)) {
		if (!parse_mapping(l, ret) || is_hidden(v, ret))
			continue;
		if (is_heap(ret) && ret->to <= v->heap_start) /* older kernels call what lies before an empty heap so */
			ret->path.n = 0;
		show_as_file(v, ret);
		return true;
	}
	return false;
}

/* Which neighbours the kernel keeps apart depends on their histories and on its version: plain memory with the same rights is one. */
static bool joins(struct mapping *a, const struct mapping *b)
{
	if (!is_plain(a) || !is_plain(b) || a->to != b->from || memcmp(a->perms.p, b->perms.p, 4) != 0)
		return false;
	a->to = b->to;
	if (is_heap(b))
		a->path = b->path;
	return true;
}

static void put_sizes(const struct mapping *m, struct out *o);

static void put_mappings(const struct proc_view *v, const char *in, size_t n, bool sizes, struct out *o)
{
	struct mapping m, next;
	bool more = next_mapping(v, &in, &n, &m);

	while (more) {
		while ((more = next_mapping(v, &in, &n, &next)) && joins(&m, &next))
			;
		put_mapping(v, &m, o);
		if (sizes)
			put_sizes(&m, o);
		m = next;
	}
}

void proc_text_maps(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	put_mappings(v, in, n, false, o);
}

/* What is resident is the host's: everything is, and private. */
static void put_sizes(const struct mapping *m, struct out *o)
{
	static const struct { const char *name; char what; } lines[] = {
		{ "Size:           ", 's' }, { "KernelPageSize: ", 'p' }, { "MMUPageSize:    ", 'p' }, { "Rss:            ", 's' },
		{ "Pss:            ", 's' }, { "Pss_Dirty:      ", '0' }, { "Shared_Clean:   ", '0' }, { "Shared_Dirty:   ", '0' },
		{ "Private_Clean:  ", 's' }, { "Private_Dirty:  ", '0' }, { "Referenced:     ", 's' }, { "Anonymous:      ", '0' },
		{ "LazyFree:       ", '0' }, { "AnonHugePages:  ", '0' }, { "ShmemPmdMapped: ", '0' }, { "FilePmdMapped:  ", '0' },
		{ "Shared_Hugetlb: ", '0' }, { "Private_Hugetlb:", '0' }, { "Swap:           ", '0' }, { "SwapPss:        ", '0' },
		{ "Locked:         ", '0' },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		out_str(o, lines[i].name);
		out_number(o, lines[i].what == 's' ? (m->to - m->from) / 1024 : lines[i].what == 'p' ? 4 : 0, 10, 8, ' ');
		out_str(o, " kB\n");
	}
	out_str(o, "THPeligible:    0\nVmFlags:");
	out_str(o, m->perms.p[0] == 'r' ? " rd" : "");
	out_str(o, m->perms.p[1] == 'w' ? " wr" : "");
	out_str(o, m->perms.p[2] == 'x' ? " ex" : "");
	out_str(o, m->perms.p[3] == 's' ? " sh" : "");
	out_str(o, " mr mw me \n");
}

void proc_text_smaps(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	put_mappings(v, in, n, true, o);
}

/* ---- fdinfo, auxv -------------------------------------------------------------------------------------------------- */

void proc_text_fdinfo(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	static const char *const kept[] = { "pos", "flags", "eventfd-count", "sigmask", "Pid", "NSpid" };
	struct line l;

	(void)v;
	while (next_line(&in, &n, &l)) {
		struct line name = { l.p, 0 };

		while (name.n < l.n && l.p[name.n] != ':')
			name.n++;
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
			if (!line_is(name, kept[i]))
				continue;
			out_bytes(o, l.p, l.n);
			out_char(o, '\n');
			if (i == 1)
				out_str(o, "mnt_id:\t21\n");
			break;
		}
	}
}

/* What the stack held after the exec. */
void proc_text_auxv(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	uint64_t from[AUXV_MOST][2], to[AUXV_MOST][2];
	const struct auxv_facts facts = { .random = v->aux_data, .platform = v->aux_data ? v->aux_data + AUXV_RANDOM : 0, .ids = v->ids };

	n = n < sizeof(from) ? n / sizeof(from[0]) : AUXV_MOST;
	memcpy(from, in, n * sizeof(from[0]));
	if (n)
		out_bytes(o, (const char *)to, auxv_make((const uint64_t(*)[2])from, n, &facts, to) * sizeof(to[0]));
}

/* ---- locks --------------------------------------------------------------------------------------------------------- */

void proc_text_locks(const struct proc_view *v, const char *in, size_t n, struct out *o)
{
	uint64_t index = 0, dev, ino, shown_dev = 0, shown_ino;
	struct line l;

	while (next_line(&in, &n, &l)) {
		struct line kind = next_word(&l), mode = next_word(&l), access = next_word(&l), pid = next_word(&l);

		dev = parse_number(next_word(&l), 10);
		ino = parse_number(next_word(&l), 10);
		shown_ino = v->file ? v->file(v->arg, dev, ino, &shown_dev) : 0;
		out_u64(o, ++index);
		out_str(o, ": ");
		out_bytes(o, kind.p, kind.n);
		out_str(o, kind.n < 6 ? "  " : " ");
		out_bytes(o, mode.p, mode.n);
		out_str(o, "  ");
		out_bytes(o, access.p, access.n);
		out_char(o, ' ');
		out_bytes(o, pid.p, pid.n);
		out_char(o, ' ');
		out_hex(o, shown_dev >> 8, 2);
		out_char(o, ':');
		out_hex(o, shown_dev & 0xff, 2);
		out_char(o, ':');
		out_u64(o, shown_ino);
		out_bytes(o, l.p, l.n);
		out_char(o, '\n');
	}
}
