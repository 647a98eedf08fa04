/* verb.h: the verbs of the command line and the one option table behind parsing, --help, man pages and completion.
 *
 * A verb is a file src/cli/verb_NAME.c that defines one `const struct verb verb_NAME`. main.c lists them and does nothing else. */
#ifndef DETBUILD_CLI_VERB_H
#define DETBUILD_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "run/run.h"

enum opt_kind {
	OPT_FLAG,     /* bool */
	OPT_STRING,   /* const char * */
	OPT_LIST,     /* char ** (strv), may be given again */
	OPT_U64,      /* uint64_t */
	OPT_SIZE,     /* uint64_t bytes */
	OPT_DURATION, /* uint64_t nanoseconds */
	OPT_CHOICE,   /* const char *, one of `choices` separated by '|' */
	OPT_INDEX,    /* uint64_t: the number plus 1; 0 when not given */
};

struct opt {
	const char *name;    /* long name without dashes; NULL ends the table */
	char letter;         /* or 0 */
	enum opt_kind kind;
	size_t offset;       /* of the value in the verb's struct */
	const char *arg;     /* "DIR"; for OPT_CHOICE the choices "a|b|c" */
	const char *help;    /* one sentence without full stop */
	const char *group;   /* heading in --help and the man page; NULL: "Options" */
};

struct verb {
	const char *name;           /* "pkg"; sub-verbs are positional arguments of their verb */
	const char *synopsis;       /* "[OPTION]... PACKAGE|FILE.dsc|DIR" */
	const char *summary;        /* one line */
	const char *description;    /* paragraphs, separated by blank lines */
	const char *examples;       /* lines "command\tmeaning" */
	const struct opt *const *tables; /* NULL-terminated list of option tables (shared ones are reused); of two rows with one name the first counts */
	const char *const *without; /* NULL-terminated names of options in those tables that the verb has not; or NULL */
	size_t values_size;         /* of the struct the offsets point into */
	bool stop_at_positional;    /* options after the first positional belong to the guest's command */
	bool hidden;                /* internal verb */
	bool unconfigured;          /* configuration files say nothing to it */
	const char *env, *env_option; /* a variable of the caller's that the verb looks at, and the option for which it stands; or NULL */
	/* values: zeroed, then filled. args: positionals, NULL-terminated. Returns the exit status, or -errno with e filled. */
	int (*run)(void *values, char **args, struct error *e);
};

/* Options shared by every verb that starts a run. Must be the FIRST member of such a verb's values struct. */
struct run_options {
	const char *chroot;         /* --chroot NAME|DIR */
	char **layers;              /* --layer DIR, top first */
	const char *upper;          /* --upper DIR */
	char **volumes;             /* --volume SRC:DST[:rw] */
	char **env;                 /* --env NAME[=VALUE] */
	const char *cwd;            /* --directory DIR (in the box) */
	const char *build_path;     /* --build-path DIR: where the current directory appears in the box */
	const char *user;           /* --user root|NAME|UID[:GID] */
	const char *cpu;            /* --cpu MODEL */
	const char *executor;       /* --executor, else $DETBUILD_EXECUTOR */
	const char *user_name;      /* --user-name NAME: what passwd calls that user */
	const char *hostname;
	const char *umask;
	const char *epoch;          /* --epoch TIME */
	uint64_t seed, sched_seed, sched_until, dir_order, quantum, branches, cpus;
	uint64_t clock_shift;       /* nanoseconds */
	const char *source_mtimes;  /* canonical|keep */
	const char *image_mtimes;   /* canonical|keep */
	const char *log, *spin_hints;
	bool in_place;              /* --in-place: no box, only the tracer */
	bool native, strict, network, real_proc, aslr, as_root, real_cpu, count_calls;
	uint64_t max_memory, max_processes, max_file_size, max_disk, max_cpu_time, timeout;
	uint64_t host_cpu_plus_1;   /* --on-cpu N */
	uint64_t stack_at_plus_1;   /* --stack-at EVENT */
	uint64_t pid_offset, boottime_offset; /* variations of control runs */
	const char *report;         /* --report FILE: JSON about the run */
	const char *html;           /* --html FILE: the verb's document as a page */
	bool no_cwd;                /* --no-cwd: the caller's directory is not shown */
	bool with_stdin;            /* --stdin: the command reads detbuild's standard input instead of /dev/null */
};
extern const struct opt run_opts[];
/* The relaxations among the options, each the name of its option: NULL-terminated; NULL when there is none. */
char **run_options_relaxed(const struct run_options *o);
int run_options_check_pairs(const struct run_options *o, struct error *e); /* options that mean nothing without another: --stack-at, --sched-until */

/* Turns options + the command into a run_spec. Memory lives until the process ends. Volumes: the current directory is
 * shown writable at the build path (default /build/source) unless --upper/--no-cwd style verbs say otherwise. */
struct run_defaults { bool mount_cwd; };
int run_spec_from_options(const struct run_options *o, const struct run_defaults *d, char *const *argv, struct run_spec *ret, struct error *e);

/* detbuild's own directories. $DETBUILD_LIBDIR, else <dir of the program>/.. when that has chroot-tools/ (a checkout: build/detbuild), else the installed PREFIX/lib/detbuild. */
const char *dirs_lib(void);
const char *dirs_home(void);    /* $HOME, else the user's entry in passwd */
const char *dirs_cache(void);   /* $XDG_CACHE_HOME/detbuild or ~/.cache/detbuild; created */
const char *dirs_searches(void); /* <cache>/code, not created; NULL: there is no home directory for it */
const char *dirs_self(void);    /* absolute path of the running program */
/* NAME or DIR of a chroot -> directory. NAME is looked up in <cache>/chroots/NAME. */
int chroot_resolve(const char *name_or_dir, char **ret_dir, struct error *e);

#endif
