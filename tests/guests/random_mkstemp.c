/* random_mkstemp: names of temporary files and directories. */
/* control: differs */
#include "guest.h"

int main(void)
{
	char a[] = "a-XXXXXX", b[] = "b-XXXXXX", d[] = "d-XXXXXX";
	MUST(mkstemp(a));
	MUST(mkstemp(b));
	CHECK(mkdtemp(d) != NULL);
	printf("%s %s %s\n", a, b, d);
	char s[] = "s-XXXXXX.txt";
	MUST(mkostemps(s, 4, O_CLOEXEC));
	printf("%s\n", s);
	FILE *f = tmpfile();
	CHECK(f != NULL && fputs("x", f) >= 0);
	return 0;
}
