/* evlog_format.h: the numbers of the event log's encoding, shared by its writer, its reader and who has to tell a log from other files. */
#ifndef DETBUILD_REPORT_EVLOG_FORMAT_H
#define DETBUILD_REPORT_EVLOG_FORMAT_H

#define EVLOG_MAGIC "\x89" "detlog\n"
#define EVLOG_OPTIONS_MAX 65536u

/* A record begins with a tag byte: the kind in the low three bits, then what follows. Parts that are absent are zero
 * (the task: that of the record before). */
#define EVLOG_TAG_KIND   0x07
#define EVLOG_TAG_TASK   0x08
#define EVLOG_TAG_ARGS   0x10
#define EVLOG_TAG_RESULT 0x20
#define EVLOG_TAG_HASH   0x40
#define EVLOG_TAG_TEXT   0x80
#define EVLOG_TAG_END    0x07 /* kind 7, nothing else set */

#endif
