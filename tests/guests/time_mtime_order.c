/* time_mtime_order: 500 files made one after the other: the times never go backwards, and make would agree. */
/* control: differs */
#include "guest.h"

int main(void)
{
	int64_t last = 0;
	uint64_t h = 0;
	for (int i = 0; i < 500; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%03d", i);
		put_file(name, name);
	}
	for (int i = 0; i < 500; i++) {
		char name[16];
		struct stat st;
		snprintf(name, sizeof(name), "f%03d", i);
		MUST(stat(name, &st));
		int64_t m = st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec;
		if (m < last)
			printf("BAD: %s is older than the one before\n", name);
		last = m;
		h = hash_add(h, &m, sizeof(m));
	}
	printf("times %016" PRIx64 "\n", h);
	return 0;
}
