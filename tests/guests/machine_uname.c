/* machine_uname: kernel release, host name and domain. */
/* control: host */
#include "guest.h"
#include <sys/utsname.h>

int main(void)
{
	struct utsname u;
	char host[256] = "", domain[256] = "";
	MUST(uname(&u));
	MUST(gethostname(host, sizeof(host)));
	MUST(getdomainname(domain, sizeof(domain)));
	printf("%s %s %s %s %s\n%s %s %ld\n", u.sysname, u.nodename, u.release, u.version, u.machine, host, domain, gethostid());
	CHECK(strcmp(u.nodename, host) == 0);
	return 0;
}
