/* world.c: birth, life tables and death of the pretended world's tasks and processes. See world.h for the invariants. */
#include "model/world.h"

#include "model/machine.h"
#include <string.h>

static void copy_name(char *to, size_t size, const char *from)
{
	size_t i = 0;

	for (; from && from[i] && i + 1 < size; i++)
		to[i] = from[i];
	to[i] = '\0';
}

void world_init(struct world *w, const struct world_config *c)
{
	w->seed = c->seed;
	w->epoch_ns = c->epoch_ns;
	w->now_ns = c->epoch_ns;
	w->inode_slots = WORLD_INODE_SLOTS_LEAST;
	w->cpu_model = c->cpu_model;
	w->cpus = c->cpus ? c->cpus : 1;
	w->single_id = c->single_id;
	w->guest_caps = c->guest_caps;
	w->first_caps = c->first_caps;
	w->in_place = c->in_place;
	w->host_uid = c->host_uid;
	w->host_gid = c->host_gid;
	w->strict = c->strict;
	w->network = c->network;
	w->aslr = c->aslr;
	w->real_proc = c->real_proc;
	w->source_uid = c->source_uid;
	w->source_gid = c->source_gid;
	w->max_tasks = c->max_tasks && c->max_tasks < WORLD_MAX_TASKS ? c->max_tasks : WORLD_MAX_TASKS - 1;
	w->memory = c->memory;
	copy_name(w->hostname, sizeof(w->hostname), c->hostname);
	copy_name(w->domainname, sizeof(w->domainname), c->domainname);
	w->current = NO_INDEX;
	w->run_head = w->run_tail = w->parked_head = w->parked_tail = NO_INDEX;
	w->task_head = w->task_tail = w->proc_head = w->proc_tail = NO_INDEX;
	w->quantum = c->quantum ? c->quantum : WORLD_QUANTUM;
	w->sched_seed = c->sched_seed;
	w->sched_until = c->sched_until;
	w->dir_seed = c->dir_seed;
	w->next_vino = 1000;
}

void world_async(struct world *w)
{
	w->async_seen = 1;
}

void world_terminal(struct world *w)
{
	w->terminal_seen = 1;
}

void world_tty_new(struct world *w, uint32_t terminal)
{
	w->terminals[terminal] = (struct terminal){ 0 };
}

void world_tty_opened(struct world *w, uint32_t terminal)
{
	w->terminals[terminal].opened = 1;
}

void world_tty_packets(struct world *w, uint32_t terminal)
{
	w->terminals[terminal].packets = 1;
}

uint32_t world_tty_held(const struct world *w, uint32_t terminal, bool to_slave)
{
	return w->terminals[terminal].held[to_slave];
}

void world_tty_hold(struct world *w, uint32_t terminal, bool to_slave, uint32_t n)
{
	w->terminals[terminal].held[to_slave] = n;
}

void world_progress(struct world *w)
{
	w->progress++;
}

void world_enter_proc(struct world *w)
{
	w->proc_entered = 1;
}

void world_look(const struct world *w)
{
	(void)w;
}

void world_forget_resume(struct world *w, uint32_t task)
{
	w->tasks[task].resume_nr = 0;
}

void world_get_limit(const struct world *w, uint32_t task, uint32_t resource, uint64_t ret[2])
{
	const struct proc *p = &w->procs[w->tasks[task].proc];

	if (p->limits_set >> resource & 1)
		memcpy(ret, p->limits[resource], sizeof(p->limits[resource]));
	else
		machine_limit(resource, ret);
}

void world_set_limit(struct world *w, uint32_t task, uint32_t resource, const uint64_t want[2])
{
	struct proc *p = world_proc(w, task);

	memcpy(p->limits[resource], want, sizeof(p->limits[resource]));
	p->limits_set |= 1u << resource;
}

void world_set_clear_tid(struct world *w, uint32_t task, gaddr at)
{
	w->tasks[task].clear_tid = at;
}

void world_set_sigchld(struct world *w, uint32_t task, uint32_t caught)
{
	world_proc(w, task)->sigchld_caught = caught;
}

void world_set_segv(struct world *w, uint32_t task, const struct signal_action *a)
{
	world_proc(w, task)->segv = *a;
}

static uint32_t find_free_task(struct world *w)
{
	while (w->task_free < WORLD_MAX_TASKS && w->tasks[w->task_free].state != TASK_FREE)
		w->task_free++;
	return w->task_free < WORLD_MAX_TASKS ? w->task_free : NO_INDEX;
}

static uint32_t find_free_proc(struct world *w)
{
	while (w->proc_free < WORLD_MAX_PROCS && w->procs[w->proc_free].used)
		w->proc_free++;
	return w->proc_free < WORLD_MAX_PROCS ? w->proc_free : NO_INDEX;
}

static void link_task(struct world *w, uint32_t i)
{
	w->tasks[i].live_next = NO_INDEX;
	w->tasks[i].live_prev = w->task_tail;
	if (w->task_tail == NO_INDEX)
		w->task_head = i;
	else
		w->tasks[w->task_tail].live_next = i;
	w->task_tail = i;
	w->live_tasks++;
}

static void unlink_task(struct world *w, uint32_t i)
{
	uint32_t next = w->tasks[i].live_next, prev = w->tasks[i].live_prev;

	*(prev == NO_INDEX ? &w->task_head : &w->tasks[prev].live_next) = next;
	*(next == NO_INDEX ? &w->task_tail : &w->tasks[next].live_prev) = prev;
	w->live_tasks--;
}

static void link_proc(struct world *w, uint32_t i)
{
	w->procs[i].live_next = NO_INDEX;
	w->procs[i].live_prev = w->proc_tail;
	if (w->proc_tail == NO_INDEX)
		w->proc_head = i;
	else
		w->procs[w->proc_tail].live_next = i;
	w->proc_tail = i;
	w->live_procs++;
}

static void unlink_proc(struct world *w, uint32_t i)
{
	uint32_t next = w->procs[i].live_next, prev = w->procs[i].live_prev;

	*(prev == NO_INDEX ? &w->proc_head : &w->procs[prev].live_next) = next;
	*(next == NO_INDEX ? &w->proc_tail : &w->procs[next].live_prev) = prev;
	w->live_procs--;
}

/* A child's name depends on its parent's name and on how many children came before it, never on what other processes do. */
static void new_proc_from(struct world *w, struct proc *p, uint32_t parent_proc, bool new_mm)
{
	struct proc *from = parent_proc == NO_INDEX ? NULL : &w->procs[parent_proc];

	memset(p, 0, sizeof(*p));
	p->used = 1;
	p->serial = w->next_proc_serial++;
	p->parent = parent_proc;
	p->start_ns = w->now_ns;
	p->mm = from && !new_mm ? from->mm : w->next_mm++;
	if (!from) {
		p->identity = rng_hash(w->seed, 0x6465746275696c64u);
		p->cap_effective = p->cap_permitted = w->first_caps;
		if (w->in_place) {
			p->ruid = p->euid = p->suid = p->fsuid = w->source_uid;
			p->rgid = p->egid = p->sgid = p->fsgid = w->source_gid;
		}
		return;
	}
	p->identity = rng_hash(from->identity, ++from->children);
	p->mmap_base = from->mmap_base;
	p->start_stack = from->start_stack;
	p->aux_data = from->aux_data;
	p->nice = from->nice;
	p->limits_set = from->limits_set;
	memcpy(p->limits, from->limits, sizeof(p->limits));
	p->sigchld_caught = from->sigchld_caught;
	p->segv = from->segv;
	p->code_waits = from->code_waits;
	p->ruid = from->ruid;
	p->euid = from->euid;
	p->suid = from->suid;
	p->fsuid = from->fsuid;
	p->rgid = from->rgid;
	p->egid = from->egid;
	p->sgid = from->sgid;
	p->fsgid = from->fsgid;
	p->ngroups = from->ngroups;
	memcpy(p->groups, from->groups, sizeof(p->groups));
	p->cap_effective = from->cap_effective;
	p->cap_permitted = from->cap_permitted;
	p->cap_inheritable = from->cap_inheritable;
}

void world_exec_credentials(struct world *w, struct proc *p)
{
	bool effective_root = p->euid == 0, other = p->euid != p->ruid || p->egid != p->rgid;
	uint64_t caps = effective_root || p->ruid == 0 ? w->guest_caps | p->cap_inheritable : 0;

	if (caps & ~p->cap_permitted) { /* nothing is won, and who might have is nobody special any more */
		caps &= p->cap_permitted;
		p->euid = p->ruid;
		p->egid = p->rgid;
	}
	p->secure = other || (p->ruid != 0 && (effective_root || caps));
	p->cap_permitted = caps;
	p->cap_effective = effective_root ? caps : 0;
	p->suid = p->fsuid = p->euid;
	p->sgid = p->fsgid = p->egid;
}

uint32_t world_new_task(struct world *w, uint32_t parent_task, bool new_proc, bool new_mm)
{
	uint32_t parent_proc = parent_task == NO_INDEX ? NO_INDEX : w->tasks[parent_task].proc;
	uint32_t i = find_free_task(w), p = parent_proc;
	struct task *t;

	if (i == NO_INDEX)
		return NO_INDEX;
	if (new_proc) {
		p = find_free_proc(w);
		if (p == NO_INDEX)
			return NO_INDEX;
		new_proc_from(w, &w->procs[p], parent_proc, new_mm);
		link_proc(w, p);
	}
	t = &w->tasks[i];
	memset(t, 0, sizeof(*t));
	t->state = TASK_RUNNABLE;
	t->serial = w->next_task_serial++;
	t->proc = p;
	t->next = t->prev = NO_INDEX;
	t->vfork_parent = NO_INDEX;
	t->deadline_ns = NO_DEADLINE;
	t->affinity = parent_task == NO_INDEX ? 0 : w->tasks[parent_task].affinity;
	t->rng = rng_hash(w->procs[p].identity, w->procs[p].tasks);
	w->procs[p].tasks++;
	link_task(w, i);
	return i;
}

void world_free_task(struct world *w, uint32_t task)
{
	struct task *t = &w->tasks[task];
	uint32_t p = t->proc;

	for (uint32_t i = w->task_head; t->state == TASK_VFORK && i != NO_INDEX; i = w->tasks[i].live_next)
		if (w->tasks[i].vfork_parent == task)
			w->tasks[i].vfork_parent = NO_INDEX;
	t->state = TASK_FREE;
	w->task_free = task < w->task_free ? task : w->task_free;
	unlink_task(w, task);
	if (--w->procs[p].tasks > 0)
		return;
	unlink_proc(w, p);
	if (w->procs[p].parent != NO_INDEX)
		w->procs[w->procs[p].parent].children_cpu_ns += w->procs[p].cpu_ns + w->procs[p].children_cpu_ns;
	w->procs[p].used = 0;
	w->proc_free = p < w->proc_free ? p : w->proc_free;
	for (uint32_t i = w->proc_head; i != NO_INDEX; i = w->procs[i].live_next)
		if (w->procs[i].parent == p)
			w->procs[i].parent = 0;
}

void world_sem_undo(struct world *w)
{
	w->sem_undo_seen = 1;
}

void world_sem_waits(struct world *w, uint32_t task, bool waits)
{
	w->tasks[task].sem_waits = waits;
}

void world_grows_down(struct world *w)
{
	w->grows_down_seen = 1;
}

void world_shares_memory(struct world *w)
{
	w->shared_memory_seen = 1;
}

void world_code_waits(struct world *w, uint32_t task, uint32_t how)
{
	const struct proc *own = world_proc(w, task);

	if ((own->code_waits & how) == how)
		return;
	for (uint32_t i = w->proc_head; i != NO_INDEX; i = w->procs[i].live_next)
		if (w->procs[i].mm == own->mm)
			w->procs[i].code_waits |= how;
}
