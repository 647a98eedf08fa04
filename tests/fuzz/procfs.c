/* Fuzz entry: the filters for files of /proc/PID. The first byte picks the filter and the size of the output. See tests/fuzz/README. */
#include "syscall/procfs_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t no_inode(void *arg, const char *path, size_t len)
{
	(void)arg;
	return len ? (uint64_t)path[len - 1] : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(const struct proc_view *, const char *, size_t, struct out *) = {
		proc_text_stat, proc_text_status, proc_text_maps, proc_text_smaps, proc_text_fdinfo, proc_text_auxv,
	};
	static const uint32_t ids[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static char small[8192];
	struct proc_view v = { .cpus = 40, .inode = no_inode, .device = 0x20, .hide_to = 4096 };
	struct out o = { .buf = small };

	if (size == 0)
		return 0;
	o.size = data[0] & 0x40 ? sizeof(small) : 100;
	v.own = data[0] & 0x80;
	v.ids = data[0] & 0x20 ? ids : NULL;
	all[data[0] % 6](&v, (const char *)data + 1, size - 1, &o);
	if (o.len > o.size)
		__builtin_trap();
	return 0;
}
