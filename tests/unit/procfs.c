/* Files of /proc/PID rewritten: recorded samples of two kernels, hostile names, and noise. */
#include <stdint.h>
#include <stdlib.h>

#include "syscall/procfs_text.h"
#include "test.h"

typedef void filter(const struct proc_view *v, const char *in, size_t n, struct out *o);

static char result[1 << 20];

static uint64_t inode_of(void *arg, const char *path, size_t len)
{
	(void)arg;
	return len && path[0] == '/' ? 77 : 0;
}

static uint64_t socket_of(void *arg, uint64_t ino)
{
	(void)arg;
	return ino + 1000;
}

static const struct proc_view own = { .own = true, .nice = 5, .cpu_ticks = 11, .children_ticks = 12, .start_ticks = 10001, .cpus = 2,
	.aux_data = 0x5000, .hide_from = 0x6ffff0000000, .hide_to = 0x6ffff0004000, .inode = inode_of, .socket = socket_of, .device = 0x20 };
static const struct proc_view other = { .cpus = 40, .inode = inode_of, .device = 0x20 };

static const char *run(filter *f, const struct proc_view *v, const char *in)
{
	struct out o = { .buf = result, .size = sizeof(result) - 1 };

	f(v, in, strlen(in), &o);
	result[o.len] = '\0';
	return result;
}

static void test_stat(void)
{
	test_str(run(proc_text_stat, &own,
			"7 (a) R (b)) t 5 6 7 34816 7 4194304 100 3 2 1 9 8 7 6 20 0 1 0 298717 3133440 366 18446744073709551615 4096 8192 "
			"140722379739584 9 9 0 65536 6 2147221231 1 0 0 17 1 0 0 55 44 33 1 2 3 4 5 6 7 0\n"),
		"7 (a) R (b)) R 5 6 7 34816 7 4194304 0 0 0 0 11 0 12 0 25 5 1 0 10001 16777216 1024 18446744073709551615 4096 8192 "
		"140722379739584 0 0 0 65536 6 2147221231 0 0 0 17 0 0 0 0 0 0 1 2 3 4 5 6 7 0\n", "stat of the reader");
	test_str(run(proc_text_stat, &other, "8 (x) t 5 6 7 0 -1 1077936192 100"), "8 (x) S 5 6 7 0 -1 4194368 0\n", "stat of another, cut short");
	test_str(run(proc_text_stat, &other, "8 (x) Z 5"), "8 (x) Z 5\n", "a zombie stays one");
	test_str(run(proc_text_stat, &own, ""), "\n", "nothing");
	test_str(run(proc_text_stat, &own, "no name"), " R name\n", "without parentheses everything is fields");
}

static void test_status(void)
{
	const char *text = run(proc_text_status, &own,
		"Name:\tsh\nUmask:\t0022\nState:\tt (tracing stop)\nTgid:\t7\nTracerPid:\t99\nUid:\t1\t1\t1\t1\nKthread:\t0\nVmPeak:\t    9999 kB\n"
		"untag_mask:\t0xffffffffffffffff\nThreads:\t3\nSigQ:\t3/96365\nCapBnd:\t000001fffeffffff\nSeccomp:\t2\nSeccomp_filters:\t1\n"
		"x86_Thread_features:\t\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\nvoluntary_ctxt_switches:\t55\nno colon\n");

	test_str(text,
		"Name:\tsh\nUmask:\t0022\nState:\tR (running)\nTgid:\t7\nTracerPid:\t0\nUid:\t1\t1\t1\t1\nVmPeak:\t   16384 kB\n"
		"Threads:\t3\nSigQ:\t0/32768\nCapBnd:\t000001fffeffffff\nSeccomp:\t0\nSeccomp_filters:\t0\n"
		"Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\nvoluntary_ctxt_switches:\t0\n", "status");
	test_str(run(proc_text_status, &other, "State:\tR (running)\nCpus_allowed:\tf\n"),
		"State:\tS (sleeping)\nCpus_allowed:\tff,ffffffff\nCpus_allowed_list:\t0-39\n", "status of another, many CPUs");
	struct proc_view v = own;
	uint32_t ids[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	v.ids = ids;
	v.cpu_mask = 0x2d;
	test_str(run(proc_text_status, &v, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nCpus_allowed:\t3"),
		"Uid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nCpus_allowed:\t2d\nCpus_allowed_list:\t0,2-3,5\n", "emulated ids, and an affinity with gaps");
}

static const char sample_maps[] =
	"00400000-00401000 r-xp 00000000 fe:00 247498                             /usr/bin/with space (deleted)\n"
	"55b08c4f8000-55b08c4fa000 rw-p 00000000 00:00 0                          [heap]\n"
	"6ffff0000000-6ffff0004000 rwxp 00000000 00:00 0 \n"
	"7ffff7d00000-7ffff7d01000 rw-p 00000000 00:00 0 \n"
	"7ffff7fc0000-7ffff7fc4000 r--p 00000000 00:00 0                          [vvar]\n"
	"7ffff7fc4000-7ffff7fc6000 r-xp 00000000 00:00 0                          [vdso]\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

static void test_maps(void)
{
	test_str(run(proc_text_maps, &own, sample_maps),
		"00400000-00401000 r-xp 00000000 00:20 77                                 /usr/bin/with space (deleted)\n"
		"55b08c4f8000-55b08c4fa000 rw-p 00000000 00:00 0                          [heap]\n"
		"7ffff7d00000-7ffff7d01000 rw-p 00000000 00:00 0 \n", "maps");
	const char *text = run(proc_text_smaps, &own,
		"00400000-00402000 r-xp 00000000 fe:00 247498                             /bin/a\nSize:                  8 kB\nRss:                   4 kB\n"
		"VmFlags: rd ex mr mw me sd \n7ffff7fc0000-7ffff7fc4000 r--p 00000000 00:00 0                          [vvar]\nSize: 16 kB\n");

	test_ok(strstr(text, "Size:                  8 kB\n") && strstr(text, "Rss:                   8 kB\n"), "everything is resident");
	test_ok(strstr(text, "VmFlags: rd ex mr mw me \n") && !strstr(text, "sd") && !strstr(text, "vvar"), "known flags only");
}

static void test_rest(void)
{
	uint64_t auxv[] = { 33, 0x7fff, 16, 0xdead, 6, 4096, 51, 11952, 26, 2, 29, 5, 3, 0x40, 25, 0x77, 31, 0x88, 0, 0, 9, 9 };
	const uint64_t want[] = { 51, 3632, 16, 0x178bfbff, 6, 4096, 17, 0, 3, 0x40, 4, 0, 5, 0, 7, 0, 8, 0, 9, 0, 11, 0, 12, 0, 13, 0, 14, 0, 23, 0,
		25, 0x5000, 26, 0, 31, 0x88, 15, 0x5010, 0, 0 };
	struct out o = { .buf = result, .size = sizeof(result) };

	test_str(run(proc_text_fdinfo, &own, "pos:\t0\nflags:\t0100000\nmnt_id:\t24\nino:\t3\nlock:\t1: x\ninotify wd:1 ino:9\n"),
		"pos:\t0\nflags:\t0100000\nmnt_id:\t21\n", "fdinfo");
	proc_text_auxv(&own, (const char *)auxv, sizeof(auxv), &o);
	test_ok(o.len == sizeof(want) && !memcmp(result, want, sizeof(want)), "auxv");
}

/* Cut, repeated and damaged samples: run with a sanitizer, nothing may be read or written outside. */
static void test_noise(void)
{
	static filter *const all[] = { proc_text_stat, proc_text_status, proc_text_maps, proc_text_smaps, proc_text_fdinfo, proc_text_auxv, proc_text_tcp, proc_text_unix,
		proc_text_locks };
	uint64_t x = 88172645463325252u;
	size_t most = sizeof(sample_maps) - 1;

	for (int round = 0; round < 60000; round++) {
		size_t n = x % (most + 1);
		char *in = malloc(n ? n : 1); /* exact, so that a sanitizer sees the end */
		char small[512];
		struct out o = { .buf = small, .size = round % sizeof(small) };

		memcpy(in, sample_maps, n);
		for (int k = 0; k < 6 && n; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			in[x % n] = "\n :-)\t0fR\377"[x >> 32 & 7];
		}
		all[round % (sizeof(all) / sizeof(all[0]))](round & 64 ? &own : &other, in, n, &o);
		if (o.len > o.size)
			abort();
		free(in);
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
	}
	test_ok(true, "60000 damaged inputs");
}

/* Most of an IPv6 address. */
#define Z "000000000000000000000000000000"

static void test_sockets(void)
{
	test_str(run(proc_text_tcp6, &own, "  sl header\n"
		"   9: " Z "01:0016 " Z "00:0000 0A 00000001:00000002 01:00000003 00000004  1000 5 71 2 00000000deadbeef 1 2 3 4\n"
		"   1: " Z "01:0015 " Z "00:0000 0A 00000000:00000000 00:00000000 00000000     0 0 90 1 0 1 2 3 4\n"
		"   2: " Z "01:0015 " Z "02:0001 06 00000000:00000000 03:00000000 00000000     0 0 0 3 0\n"
		"   2: " Z "01:0015 " Z "00:0000 0A 00000000:00000000 00:00000000 00000000     0 0 72 1 0 1 2 3 4\nrubbish\n") + sizeof("  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"),
		"   0: " Z "01:0015 " Z "00:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1072 1 0000000000000000 100 0 0 10 0\n"
		"   1: " Z "01:0015 " Z "00:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1090 1 0000000000000000 100 0 0 10 0\n"
		"   2: " Z "01:0016 " Z "00:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 1071 1 0000000000000000 100 0 0 10 0\n",
		"tcp: sorted, renumbered, without what timers end");
	test_str(run(proc_text_unix, &own, "Num\n00000000deadbeef: 00000007 00000000 00010000 0001 01  52 /b\n"
		"0000000000000000: 00000003 00000000 00000000 0001 03 9 @a\n0000000000000000: 00000003 00000000 00000000 0001 03 8\n"
		"0000000000000000: 00000002 00000000 00000000 0001 02     0 /embryo\n"),
		"Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00000000 0001 03  1008\n"
		"0000000000000000: 00000002 00000000 00010000 0001 01  1052 /b\n0000000000000000: 00000002 00000000 00000000 0001 03  1009 @a\n",
		"unix: sorted by name");
	test_str(run(proc_text_unix, &other, "x: 1 2 00010000 0001 01 52"),
		"Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00010000 0001 01     0\n", "unix: nobody to ask");
}

static uint64_t file_of(void *arg, uint64_t dev, uint64_t ino, uint64_t *ret_dev)
{
	(void)arg;
	*ret_dev = dev + 0x1f;
	return ino + 1;
}

static void test_locks(void)
{
	const struct proc_view v = { .file = file_of };

	test_str(run(proc_text_locks, &v, "FLOCK ADVISORY WRITE 2 1 7 0 EOF\nOFDLCK ADVISORY READ -1 1 8 5 14\n"),
		"1: FLOCK  ADVISORY  WRITE 2 00:20:8 0 EOF\n2: OFDLCK ADVISORY  READ -1 00:20:9 5 14\n", "locks");
}

int main(void)
{
	test_locks();
	test_sockets();
	test_stat();
	test_status();
	test_maps();
	test_rest();
	test_noise();
	return test_end();
}
