#!/usr/bin/env bats
# Guests that depend on order: processes, threads, signals, pipes, other ways between processes, sockets.
# Each guest is run natively (the control) and traced under different conditions: tests/lib/twice.bash.

load ../lib/common
load ../lib/twice

setup_file() { twice_setup_file; }
teardown_file() { twice_teardown_file; }

@test "every guest of these families has a test" {
	twice_all_named "$BATS_TEST_FILENAME" process thread sched signal pipe ipc net
}

@test "process_clone" { twice process_clone; }
@test "process_clone_kinds" { twice process_clone_kinds; }
@test "process_clone_refused" { twice process_clone_refused; }
@test "process_daemon" { twice process_daemon; }
@test "process_dead_order" { twice process_dead_order; }
@test "process_exec" { twice process_exec; }
@test "process_exec_poor" { twice process_exec_poor; }
@test "process_exec_thread" { twice process_exec_thread; }
@test "process_exit_codes" { twice process_exit_codes; }
@test "process_exit_group" { twice process_exit_group; }
@test "process_groups" { twice process_groups; }
@test "process_kill_all" { twice process_kill_all; }
@test "process_last_bytes" { twice process_last_bytes; }
@test "process_orphan" { twice process_orphan; }
@test "process_pidfd" { twice process_pidfd; }
@test "process_prctl" { twice process_prctl; }
@test "process_race" { twice process_race; }
@test "process_sigchld_ignored" { twice process_sigchld_ignored; }
@test "process_sigchld_order" { twice process_sigchld_order; }
@test "process_wait_blocked" { twice process_wait_blocked; }
@test "process_spawn" { twice process_spawn; }
@test "process_place_again" { twice process_place_again; }
@test "process_vfork" { twice process_vfork; }
@test "process_wait_order" { twice process_wait_order; }
@test "process_waitid" { twice process_waitid; }
@test "process_wnohang" { twice process_wnohang; }
@test "process_zombie" { twice process_zombie; }
@test "process_calls" { twice process_calls; }
@test "process_seccomp" { twice process_seccomp; }
@test "thread_futex_ops" { twice thread_futex_ops; }
@test "thread_pi" { twice thread_pi; }
@test "thread_pi_signal" { twice thread_pi_signal; }
@test "thread_polling" { twice thread_polling; }
@test "thread_append" { twice thread_append; }
@test "thread_barrier" { twice thread_barrier; }
@test "thread_convoy" { twice thread_convoy; }
@test "thread_cancel" { twice thread_cancel; }
@test "thread_condvar" { twice thread_condvar; }
@test "thread_ids" { twice thread_ids; }
@test "thread_join" { twice thread_join; }
@test "thread_lost" { twice thread_lost; }
@test "thread_mutex" { twice thread_mutex; }
@test "thread_robust" { twice thread_robust; }
@test "thread_rwlock" { twice thread_rwlock; }
@test "thread_sem" { twice thread_sem; }
@test "thread_spin" { twice thread_spin; }
@test "thread_timedcond" { twice thread_timedcond; }
@test "thread_tls" { twice thread_tls; }
@test "thread_yield" { twice thread_yield; }
@test "sched_lost" { twice sched_lost; }
@test "sched_order" { twice sched_order; }
@test "sched_turns" { twice sched_turns; }
@test "sched_violation" { twice sched_violation; }
@test "agent_edges" { twice agent_edges; }
@test "agent_files" { twice agent_files; }
@test "agent_segv" { twice agent_segv; }
@test "agent_store" { twice agent_store; }
@test "signal_breakpoints" { twice signal_breakpoints; }
@test "signal_eintr" { twice signal_eintr; }
@test "signal_families" { twice signal_families; }
@test "signal_faults" { twice signal_faults; }
@test "signal_frame" { twice signal_frame; }
@test "signal_group" { twice signal_group; }
@test "signal_mask" { twice signal_mask; }
@test "signal_nested" { twice signal_nested; }
@test "signal_restart" { twice signal_restart; }
@test "signal_self" { twice signal_self; }
@test "signal_siginfo" { twice signal_siginfo; }
@test "signal_signalfd" { twice signal_signalfd; }
@test "signal_signalfd_child" { twice signal_signalfd_child; }
@test "signal_signalfd_others" { twice signal_signalfd_others; }
@test "signal_sigsuspend" { twice signal_sigsuspend; }
@test "signal_spin" { twice signal_spin; }
@test "signal_stop" { twice signal_stop; }
@test "signal_storm" { twice signal_storm; }
@test "signal_threads" { twice signal_threads; }
@test "signal_trap_state" { twice signal_trap_state; }
@test "signal_traps" { twice signal_traps; }
@test "signal_unheard" { twice signal_unheard; }
@test "signal_wait" { twice signal_wait; }
@test "signal_altstack" { twice signal_altstack; }
@test "signal_bad_pointers" { twice signal_bad_pointers; }
@test "signal_core" { twice signal_core; }
@test "signal_inherit" { twice signal_inherit; }
@test "signal_jobs" { twice signal_jobs; }
@test "signal_own_terminal" { twice signal_own_terminal; }
@test "signal_no_reader" { twice signal_no_reader; }
@test "signal_odd_stack" { twice signal_odd_stack; }
@test "signal_queue" { twice signal_queue; }
@test "pipe_big" { twice pipe_big; }
@test "pipe_fifo" { twice pipe_fifo; }
@test "pipe_many_writers" { twice pipe_many_writers; }
@test "pipe_no_record" { twice pipe_no_record; }
@test "pipe_nonblock" { twice pipe_nonblock; }
@test "pipe_poll" { twice pipe_poll; }
@test "pipe_sigpipe" { twice pipe_sigpipe; }
@test "pipe_splice" { twice pipe_splice; }
@test "pipe_poll_families" { twice pipe_poll_families; }
@test "pipe_wrong_end" { twice pipe_wrong_end; }
@test "pipe_epoll_modes" { twice pipe_epoll_modes; }
@test "pipe_fifo_parties" { twice pipe_fifo_parties; }
@test "pipe_sizes" { twice pipe_sizes; }
@test "ipc_eventfd" { twice ipc_eventfd; }
@test "ipc_eventfd_full" { twice ipc_eventfd_full; }
@test "ipc_inotify" { twice ipc_inotify; }
@test "ipc_locks" { twice ipc_locks; }
@test "ipc_mq" { twice ipc_mq; }
@test "ipc_scm_rights" { twice ipc_scm_rights; }
@test "ipc_shared_futex" { twice ipc_shared_futex; }
@test "ipc_socketpair" { twice ipc_socketpair; }
@test "ipc_sysv" { twice ipc_sysv; }
@test "ipc_waiters" { twice ipc_waiters; }
@test "ipc_unix_server" { twice ipc_unix_server; }
@test "ipc_mq_notify" { twice ipc_mq_notify; }
@test "ipc_sem_undo" { twice ipc_sem_undo; }
@test "ipc_file_locks" { twice ipc_file_locks; }
@test "ipc_memfd" { twice ipc_memfd; }
@test "ipc_unix_names" { twice ipc_unix_names; }
@test "net_host" { twice net_host; }
@test "net_linger" { twice net_linger; }
@test "net_links" { twice net_links; }
@test "net_options" { twice net_options; }
@test "net_tcp" { twice net_tcp; }
@test "net_times" { twice net_times; }
@test "ipc_lock_hosts" { twice ipc_lock_hosts; }
@test "pipe_nothing_comes" { twice pipe_nothing_comes; }
@test "net_udp" { twice net_udp; }
@test "net_udp_errors" { twice net_udp_errors; }
@test "net_urgent" { twice net_urgent; }
@test "net_small_writes" { twice net_small_writes; }
@test "net_stream" { twice net_stream; }
@test "net_messages" { twice net_messages; }
@test "net_beyond" { twice net_beyond; }
@test "net_ports" { twice net_ports; }
