/* identity.c: finds or makes the user as whom the command runs.
 *
 * 1. The image is never changed. When it has no such user, passwd and group files with one line more are made
 *    in the cache, named by their content, and shown read-only over the image's.
 * 2. `builder` is 1000:1000 unless the image says otherwise.
 * 3. Numbers are taken as they are; their name is what the image calls them, else "builder". */
#include "cli/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/option.h"

enum { BUILDER_ID = 1000 };
static const size_t PASSWD_LIMIT = 4u << 20;

/* The text of a file of the box, uppermost layer first; "" when no layer has it. */
static char *image_text(const char *image, char *const *layers, const char *path)
{
	char *text;

	for (; layers && *layers; layers++) {
		autofree char *file = xasprintf("%s%s", *layers, path);

		if (file_read(file, &text, PASSWD_LIMIT) >= 0)
			return text;
	}
	{
		autofree char *file = xasprintf("%s%s", image, path);

		return file_read(file, &text, PASSWD_LIMIT) >= 0 ? text : xstrdup("");
	}
}

/* One "name:x:id:id2:..." line; id2 is the gid in passwd and absent in group. */
struct entry {
	char name[64];
	uint64_t id, id2;
};

static bool parse_entry(const char *line, size_t n, struct entry *ret)
{
	autofree char *copy = xstrndup(line, n);
	char *rest = copy, *field[4] = { NULL };

	for (size_t i = 0; i < ARRAY_SIZE(field); i++)
		field[i] = strsep(&rest, ":");
	if (!field[2] || parse_u64(field[2], &ret->id) < 0)
		return false;
	if (!field[3] || parse_u64(field[3], &ret->id2) < 0)
		ret->id2 = 0;
	snprintf(ret->name, sizeof(ret->name), "%s", field[0]);
	return true;
}

/* By name, or by id when name is NULL. */
static bool lookup(const char *text, const char *name, uint64_t id, struct entry *ret)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		struct entry entry;

		if (parse_entry(text, n, &entry) && (name ? !strcmp(entry.name, name) : entry.id == id)) {
			*ret = entry;
			return true;
		}
		text += n + (text[n] == '\n');
	}
	return false;
}

/* The text without lines that claim the id or the name, and with the new line at its end. */
static char *with_line(const char *text, const char *name, uint64_t id, const char *line)
{
	char *out = xmalloc(strlen(text) + strlen(line) + 3), *to = out;

	while (*text) {
		size_t n = strcspn(text, "\n");
		struct entry entry;

		if (!parse_entry(text, n, &entry) || (entry.id != id && strcmp(entry.name, name))) {
			memcpy(to, text, n);
			to += n;
			*to++ = '\n';
		}
		text += n + (text[n] == '\n');
	}
	to = stpcpy(to, line);
	stpcpy(to, "\n");
	return out;
}

/* Puts the text into the cache under the hash of its content; the path, or NULL with errno. */
static char *cached_file(const char *text)
{
	struct sha256 hash = sha256_of(text, strlen(text));
	autofree char *dir = xasprintf("%s/etc", dirs_cache());
	autofree char *path = NULL;
	char hex[65];
	int r;

	sha256_hex(&hash, hex);
	path = xasprintf("%s/%s", dir, hex);
	r = mkdir_p(dir, 0755);
	if (r == 0 && !path_exists(path))
		r = file_write_atomic(path, text, strlen(text));
	if (r < 0) {
		errno = -r;
		return NULL;
	}
	return STEAL(path);
}

static int make_files(struct identity *who, const char *passwd, const char *group, struct error *e)
{
	autofree char *user_line = xasprintf("%s:x:%u:%u::%s:/bin/sh", who->name, who->uid, who->gid, who->home);
	autofree char *group_line = xasprintf("%s:x:%u:", who->name, who->gid);
	autofree char *new_passwd = with_line(passwd, who->name, who->uid, user_line);
	struct entry ignored;

	who->passwd = cached_file(new_passwd);
	if (!who->passwd)
		return error_set(e, errno, "cannot write a passwd file below %s", dirs_cache());
	if (!lookup(group, NULL, who->gid, &ignored)) {
		autofree char *new_group = with_line(group, who->name, who->gid, group_line);

		who->group = cached_file(new_group);
		if (!who->group)
			return error_set(e, errno, "cannot write a group file below %s", dirs_cache());
	}
	return 0;
}

static int numeric(const char *user, uint64_t *ret_uid, uint64_t *ret_gid)
{
	const char *colon = strchr(user, ':');
	autofree char *left = xstrndup(user, colon ? (size_t)(colon - user) : strlen(user));

	if (parse_u64(left, ret_uid) < 0)
		return -EINVAL;
	*ret_gid = *ret_uid;
	return colon ? parse_u64(colon + 1, ret_gid) : 0;
}

/* A passwd file takes any name without colon and line break; programs take those of POSIX's portable set. */
static bool is_user_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n <= 32 && name[n] == '\0' && name[0] != '-' && (name[0] < '0' || name[0] > '9');
}

/* The user under another name than the image's. */
static int rename_user(struct identity *who, const char *called, const char *passwd, const char *group, struct error *e)
{
	if (!is_user_name(called)) {
		usage_error(e, "--user-name: '%s' is not a user name: letters, digits, . _ -, at most 32", called);
		return -EINVAL;
	}
	who->name = xstrdup(called);
	return make_files(who, passwd, group, e);
}

int identity_find(const char *user, const char *called, const char *image, char *const *layers, struct identity *ret, struct error *e)
{
	autofree char *passwd = image_text(image, layers, "/etc/passwd");
	autofree char *group = image_text(image, layers, "/etc/group");
	uint64_t uid = BUILDER_ID, gid = BUILDER_ID;
	bool by_number = user[0] >= '0' && user[0] <= '9', known;
	struct entry entry;

	*ret = (struct identity){ .name = "root", .home = "/root" };
	if (!strcmp(user, "root"))
		return called ? rename_user(ret, called, passwd, group, e) : 0;
	if (by_number && (numeric(user, &uid, &gid) < 0 || uid > 0xfffffffe || gid > 0xfffffffe)) {
		usage_error(e, "--user: '%s' is neither a user of the image nor UID[:GID]", user);
		return -EINVAL;
	}
	known = lookup(passwd, by_number ? NULL : user, uid, &entry);
	if (!known && !by_number && strcmp(user, "builder")) {
		usage_error(e, "--user: the image %s has no user '%s'", image, user);
		error_hint(e, "give root, builder, a user of the image's /etc/passwd, or UID[:GID]");
		return -EINVAL;
	}
	if (known) {
		uid = entry.id;
		gid = strchr(user, ':') ? gid : entry.id2;
	}
	ret->uid = (uid_t)uid;
	ret->gid = (gid_t)gid;
	ret->name = known ? xstrdup(entry.name) : "builder";
	ret->home = uid == 0 ? "/root" : "/nonexistent";
	if (called)
		return rename_user(ret, called, passwd, group, e);
	return known ? 0 : make_files(ret, passwd, group, e);
}
