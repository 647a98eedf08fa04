/* tree.c: walks a directory. The tree may have been made by a hostile build: links are not followed, only regular files are
 * opened, and a path is always taken relative to a directory descriptor that was opened without following links. */
#include "report/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

#define DEPTH_MAX 200
#define SUMS_MAX (4u << 20) /* bytes of a list of hashes: some 40,000 files */

struct walk {
	struct tree tree;
	size_t room;
	uint64_t bytes; /* of the files so far */
	bool ours;
	struct error *e;
};

static struct tree_entry *add(struct walk *w, const char *path)
{
	if (w->tree.n >= w->room) {
		w->room = w->tree.n ? w->tree.n * 2 : 64;
		w->tree.entries = xrealloc(w->tree.entries, w->room * sizeof(*w->tree.entries));
	}
	struct tree_entry *t = &w->tree.entries[w->tree.n++];
	*t = (struct tree_entry){ .path = xstrdup(path) };
	return t;
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFIFO: return 'p';
	case S_IFSOCK: return 's';
	case S_IFCHR: return 'c';
	default: return 'b';
	}
}

/* Holes cost a build nothing, but their zeros must be hashed: what is too much is told before it is read. */
static int count_bytes(struct walk *w, const char *path, const struct stat *st)
{
	w->bytes += (uint64_t)st->st_size;
	if ((uint64_t)st->st_size <= TREE_BYTES_MAX && w->bytes <= TREE_BYTES_MAX)
		return 0;
	error_set(w->e, EFBIG, "with %s (%" PRIu64 " bytes) there is more to compare than %" PRIu64 " GiB", path, (uint64_t)st->st_size, TREE_BYTES_MAX >> 30);
	error_hint(w->e, "remove it at the end of the build: 'du --apparent-size' shows what is large");
	return -EFBIG;
}

/* A build may leave files and directories that even their owner may not read. */
static int open_entry(const struct walk *w, int dir_fd, const char *name, int flags, const struct tree_entry *t)
{
	int fd = openat(dir_fd, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == EACCES && w->ours && fchmodat(dir_fd, name, t->mode | (t->type == 'd' ? S_IRWXU : S_IRUSR), 0) == 0)
		fd = openat(dir_fd, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

static int read_file(const struct walk *w, int dir_fd, const char *name, struct tree_entry *t, struct error *e)
{
	autoclose int fd = open_entry(w, dir_fd, name, O_NONBLOCK | O_NOCTTY, t);
	if (fd < 0)
		return error_set(e, errno, "cannot read %s", t->path);
	int r = sha256_of_fd(fd, &t->hash, &t->size);
	return r < 0 ? error_set(e, -r, "cannot read %s", t->path) : 0;
}

static int read_link(int dir_fd, const char *name, struct tree_entry *t, struct error *e)
{
	char buf[4097];
	ssize_t n = readlinkat(dir_fd, name, buf, sizeof(buf) - 1);

	if (n < 0)
		return error_set(e, errno, "cannot read the link %s", t->path);
	buf[n] = '\0';
	t->target = xstrdup(buf);
	t->hash = sha256_of(buf, (size_t)n);
	return 0;
}

static int walk_dir(struct walk *w, int fd, const char *prefix, int depth);

static int walk_entry(struct walk *w, int dir_fd, const char *name, const char *prefix, int depth)
{
	autofree char *path = xasprintf("%s%s%s", prefix, *prefix ? "/" : "", name);
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(w->e, errno, "cannot examine %s", path);
	struct tree_entry *t = add(w, path);
	t->type = type_of(st.st_mode);
	t->mode = st.st_mode & 07777;
	if (t->type == 'f') {
		int r = count_bytes(w, path, &st);
		return r < 0 ? r : read_file(w, dir_fd, name, t, w->e);
	}
	if (t->type == 'l')
		return read_link(dir_fd, name, t, w->e);
	if (t->type == 'c' || t->type == 'b')
		t->size = st.st_rdev;
	if (t->type != 'd')
		return 0;
	int fd = open_entry(w, dir_fd, name, O_DIRECTORY, t);
	if (fd < 0)
		return error_set(w->e, errno, "cannot open the directory %s", path);
	if (w->ours && (t->mode & S_IXUSR) == 0)
		fchmod(fd, t->mode | S_IRWXU); /* it can be listed, but nothing in it could be opened */
	return walk_dir(w, fd, path, depth + 1);
}

/* Takes fd. */
static int walk_dir(struct walk *w, int fd, const char *prefix, int depth)
{
	if (depth > DEPTH_MAX) {
		close(fd);
		error_set(w->e, 0, "%.60s... is nested too deeply: more than %d directories in each other are not compared", prefix, DEPTH_MAX);
		return -ELOOP;
	}
	DIR *d = fdopendir(fd);
	if (!d) {
		close(fd);
		return error_set(w->e, errno, "cannot read the directory %s", prefix);
	}
	int r = 0;
	for (struct dirent *de; r == 0 && (de = readdir(d)) != NULL;)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			r = walk_entry(w, fd, de->d_name, prefix, depth);
	closedir(d);
	return r;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_entry *)a)->path, ((const struct tree_entry *)b)->path);
}

static int walk_tree(const char *dir, bool ours, struct tree *ret, struct error *e)
{
	struct walk w = { .ours = ours, .e = e };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set(e, errno, "cannot open the directory %s", dir);
	int r = walk_dir(&w, fd, "", 0);
	if (r < 0) {
		tree_clear(&w.tree);
		return r;
	}
	if (w.tree.n > 0)
		qsort(w.tree.entries, w.tree.n, sizeof(*w.tree.entries), by_path);
	*ret = w.tree;
	return 0;
}

int tree_walk(const char *dir, struct tree *ret, struct error *e)
{
	return walk_tree(dir, false, ret, e);
}

int tree_walk_ours(const char *dir, struct tree *ret, struct error *e)
{
	return walk_tree(dir, true, ret, e);
}

/* "HASH  NAME" */
static bool sums_line(const char *line, struct sha256 *ret_hash, const char **ret_name)
{
	if (sha256_parse(line, ret_hash) < 0 || line[64] != ' ' || line[65] != ' ' || !line[66])
		return false;
	*ret_name = line + 66;
	return true;
}

int tree_add_sums(struct tree *t, const char *list, struct error *e)
{
	autofree char *text = NULL;
	size_t walked = t->n;
	char *rest;

	if (!path_exists(list))
		return 0;
	ssize_t n = file_read(list, &text, SUMS_MAX);
	if (n < 0)
		return error_set(e, (int)-n, "cannot read %s", list);
	struct walk w = { .tree = *t, .room = t->n };
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct tree here = { w.tree.entries, walked };
		struct sha256 hash;
		const char *name;

		if (!sums_line(line, &hash, &name)) {
			*t = w.tree;
			return error_set(e, EINVAL, "%s is no list of hashes: %.80s", list, line);
		}
		if (tree_find(&here, name))
			continue;
		struct tree_entry *added = add(&w, name);
		added->type = 'f';
		added->hash = hash;
		added->hash_only = true;
	}
	if (w.tree.n > walked)
		qsort(w.tree.entries, w.tree.n, sizeof(*w.tree.entries), by_path);
	*t = w.tree;
	return 0;
}

void tree_clear(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->entries[i].path);
		free(t->entries[i].target);
	}
	free(t->entries);
	*t = (struct tree){ 0 };
}

const struct tree_entry *tree_find(const struct tree *t, const char *path)
{
	struct tree_entry key = { .path = (char *)path };

	return t->n ? bsearch(&key, t->entries, t->n, sizeof(key), by_path) : NULL;
}
