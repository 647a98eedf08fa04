/* util.c: what several handler families share: parking, times in guest memory. Freestanding. */
#include "syscall/executor.h"

#include "syscall/abi.h"
#include "syscall/table.h"

enum outcome park_fd(struct call *c, int fd, uint32_t events)
{
	c->cond.kind = COND_FD;
	c->cond.fd = fd;
	c->cond.events = events;
	return CALL_PARK;
}

enum outcome park_any(struct call *c)
{
	c->cond.kind = COND_ANY;
	c->cond.seen = c->w->progress;
	return CALL_PARK;
}

enum outcome park_child(struct call *c)
{
	c->cond.kind = COND_CHILD;
	return CALL_PARK;
}

enum outcome park_until(struct call *c, int64_t deadline_ns)
{
	c->deadline_ns = deadline_ns;
	return CALL_PARK;
}

enum outcome interrupted_until(struct call *c, int64_t deadline_ns)
{
	struct task *t = &c->w->tasks[c->task];

	t->resume_nr = c->nr + 1;
	t->resume_ns = deadline_ns;
	return done(c, -ERESTARTNOHAND_CODE);
}

bool resumed_until(struct call *c, int64_t *ret_deadline_ns)
{
	const struct task *t = &c->w->tasks[c->task];
	bool same = t->resume_nr == c->nr + 1;

	if (same)
		*ret_deadline_ns = t->resume_ns;
	if (t->resume_nr)
		world_forget_resume(c->w, c->task);
	return same;
}

static int seconds_to_ns(int64_t sec, int64_t ns, int64_t *ret_ns)
{
	if (sec < 0 || ns < 0 || ns >= NSEC)
		return -EINVAL;
	*ret_ns = sec > INT64_MAX / NSEC - 1 ? INT64_MAX : sec * NSEC + ns;
	return 0;
}

int read_timespec(struct call *c, gaddr p, int64_t *ret_ns)
{
	int64_t v[2];

	if (x_read(c, p, v, sizeof(v)) < 0)
		return -EFAULT;
	return seconds_to_ns(v[0], v[1], ret_ns);
}

int read_timeval(struct call *c, gaddr p, int64_t *ret_ns)
{
	int64_t v[2];

	if (x_read(c, p, v, sizeof(v)) < 0)
		return -EFAULT;
	if (v[1] < 0 || v[1] >= 1000000)
		return -EINVAL;
	return seconds_to_ns(v[0], v[1] * 1000, ret_ns);
}

int write_timespec(struct call *c, gaddr p, int64_t ns)
{
	int64_t v[2] = { ns / NSEC, ns % NSEC };

	return x_write(c, p, v, sizeof(v));
}

int write_timeval(struct call *c, gaddr p, int64_t ns)
{
	int64_t v[2] = { ns / NSEC, ns % NSEC / 1000 };

	return x_write(c, p, v, sizeof(v));
}

/* Flags that the canonical kernel does not know, or whose meaning depends on how the host's was built. */
enum outcome do_later_flags(struct call *c)
{
	x_refused(c, "flags that the canonical kernel has not");
	return done(c, -EINVAL);
}
