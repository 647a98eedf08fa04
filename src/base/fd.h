/* fd.h: files and descriptors. All descriptors are opened close-on-exec. Functions return 0 or a count, or -errno. */
#ifndef DETBUILD_BASE_FD_H
#define DETBUILD_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

ssize_t fd_read_all(int fd, char **ret, size_t limit);        /* whole rest of fd, NUL-terminated; -EFBIG past limit */
int fd_write_all(int fd, const void *buf, size_t n);
ssize_t file_read(const char *path, char **ret, size_t limit);
int file_write(const char *path, const char *text);            /* truncates, mode 0644 */
int file_set(const char *path, const char *text);              /* of a file that is there, in one write: a setting in /proc */
int file_write_atomic(const char *path, const void *buf, size_t n); /* temporary beside it, fsync, rename */
bool path_exists(const char *path);                            /* lstat */
bool path_is_dir(const char *path);
int mkdir_p(const char *path, mode_t mode);
int remove_tree(const char *path);                             /* rm -rf, never crosses into another mount, never follows links */
char *path_absolute(const char *path);                         /* realpath or NULL (errno); malloc'ed */
int fd_set_nonblock(int fd, bool on);

#endif
