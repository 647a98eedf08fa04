/* procfs.h: files of /proc whose content depends on the host are rewritten when they are opened. */
#ifndef DETBUILD_SYSCALL_PROCFS_H
#define DETBUILD_SYSCALL_PROCFS_H

#include "syscall/executor.h"

/* True when a path, as the guest wrote it, may lead to /proc by its letters: some component is "proc", or is "mtab", the link into
 * /proc that images have. A "yes" costs a look at the device of what was opened. */
bool procfs_wants(const char *path);

/* True for the few files that the box shows from a fixed text but that change from open to open: uptime, locks and the random UUID.
 * They do not lie on /proc's device; procfs_open() takes them all the same. */
bool procfs_changes(const char *path);

/* True for the path, absolute and as the guest wrote it or as the kernel resolved it, of a file of /proc that the canonical machine has not. */
bool procfs_hides(const struct call *c, const char *path);

/* True for the empty file and the empty directory that the box mounts over what the canonical machine has not. */
bool procfs_is_cover(const struct world *w, uint64_t dev, uint64_t ino);

/* fd is a fresh descriptor of the guest's for a file (no directory) at `path`, an absolute path in the box with all links
 * resolved, that lies on /proc or that procfs_changes(). Returns fd, whose file may now be another one with canonical content,
 * or -errno, and then fd is closed.
 *
 * The replacement is an anonymous file named after the path: its link in /proc/PID/fd reads "/memfd:/proc/7/stat (deleted)". */
int64_t procfs_open(struct call *c, const char *path, int fd);

/* In place (world.h) only: fd is a fresh descriptor of the guest's for a file of the host that the machine has a text of its own for.
 * It gets that text, or -EACCES when it has none. The descriptor is closed in any case. */
int64_t procfs_open_machine(struct call *c, const char *path, int fd);

/* Is `name` listed in the directory `dir`, a path on /proc with all links resolved? What a kernel adds or is built without
 * does not show. */
bool procfs_lists(const char *dir, const char *name);

/* Files below /proc/PID with the same text for every process: the i-th one's text and name, NULL after the last. */
const char *procfs_fixed(size_t i, const char **ret_name);

/* For procfs.c and procfs_names.c only: "/proc/7/task/9/stat" -> "stat" and 7; NULL when the file belongs to no process. A rule names
 * `name`, or something in the directory `name`; `below` is what the rule's name begins with, "" or "net/". */
const char *procfs_name_in_process(const char *path, int64_t *ret_pid);
bool procfs_has_rule(const char *below, const char *name);

#endif
