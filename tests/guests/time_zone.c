/* time_zone: local time follows TZ and /etc/localtime, which belong to the environment, not to the build. */
/* control: differs */
#include "guest.h"

int main(void)
{
	time_t t = 1000000000;
	struct tm tm;
	char text[64];
	tzset();
	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm);
	printf("%s TZ=%s\n", text, getenv("TZ") ? getenv("TZ") : "(unset)");
	return 0;
}
