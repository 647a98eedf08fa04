/* Fuzz entry: a configuration file, as each verb reads it. See tests/fuzz/README. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "cli/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoclose int fd = memfd_create("config", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (const struct verb *const *v = verb_list(); *v; v++) {
		struct common_options common = { .quiet = true };
		struct options_given given = { .n = 0 };
		autofree void *values = xzalloc((*v)->values_size);
		struct error e;

		setenv("DETBUILD_CONFIG", path, 1);
		config_apply(*v, values, &common, &given, &e);
	}
	return 0;
}
