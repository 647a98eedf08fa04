#!/usr/bin/env bats
# Guests that look at the world: time, identities, chance, files, /proc, the machine.
# Each guest is run natively (the control) and traced under different conditions: tests/lib/twice.bash.

load ../lib/common
load ../lib/twice

setup_file() { twice_setup_file; }
teardown_file() { twice_teardown_file; }

@test "every guest of these families has a test" {
	twice_all_named "$BATS_TEST_FILENAME" time ids random file proc machine
}

@test "time_abstime" { twice time_abstime; }
@test "time_adjtimex" { twice time_adjtimex; }
@test "time_alarm" { twice time_alarm; }
@test "time_calibrate" { twice time_calibrate; }
@test "time_clocks" { twice time_clocks; }
@test "time_cpu_spin" { twice time_cpu_spin; }
@test "time_ctime_atime" { twice time_ctime_atime; }
@test "time_deadline" { twice time_deadline; }
@test "time_elapsed" { twice time_elapsed; }
@test "time_getres" { twice time_getres; }
@test "time_getrusage" { twice time_getrusage; }
@test "time_gettimeofday" { twice time_gettimeofday; }
@test "time_itimer" { twice time_itimer; }
@test "time_itimer_cpu" { twice time_itimer_cpu; }
@test "time_mtime_order" { twice time_mtime_order; }
@test "time_mtime_rules" { twice time_mtime_rules; }
@test "time_mtimes" { twice time_mtimes; }
@test "time_nanosleep" { twice time_nanosleep; }
@test "time_reads_beside" { twice time_reads_beside; }
@test "time_row_of_calls" { twice time_row_of_calls; }
@test "time_row_of_reads" { twice time_row_of_reads; }
@test "time_rdtsc" { twice time_rdtsc; }
@test "time_time" { twice time_time; }
@test "time_timer_create" { twice time_timer_create; }
@test "time_timerfd" { twice time_timerfd; }
@test "time_times" { twice time_times; }
@test "time_timerfd_inherited" { twice time_timerfd_inherited; }
@test "time_timer_signalfd" { twice time_timer_signalfd; }
@test "time_unheard" { twice time_unheard; }
@test "time_utimensat" { twice time_utimensat; }
@test "time_far" { twice time_far; }
@test "time_utime_now" { twice time_utime_now; }
@test "time_vdso" { twice time_vdso; }
@test "time_zone" { twice time_zone; }
@test "time_adjtimex_raw" { twice time_adjtimex_raw; }
@test "time_profiled_code" { twice time_profiled_code; }
@test "time_sleeps" { twice time_sleeps; }
@test "time_timerfds" { twice time_timerfds; }
@test "time_waits" { twice time_waits; }
@test "ids_fork_tree" { twice ids_fork_tree; }
@test "ids_pid" { twice ids_pid; }
@test "ids_user" { twice ids_user; }
@test "ids_caps" { twice ids_caps; }
@test "ids_change" { twice ids_change; }
@test "random_arc4" { twice random_arc4; }
@test "random_auxv" { twice random_auxv; }
@test "random_copied" { twice random_copied; }
@test "random_devices" { twice random_devices; }
@test "random_fork" { twice random_fork; }
@test "random_getrandom" { twice random_getrandom; }
@test "random_mkstemp" { twice random_mkstemp; }
@test "random_rdrand" { twice random_rdrand; }
@test "random_uuid" { twice random_uuid; }
@test "file_big_dir" { twice file_big_dir; }
@test "file_copyup" { twice file_copyup; }
@test "file_d_ino" { twice file_d_ino; }
@test "file_dirs" { twice file_dirs; }
@test "file_features" { twice file_features; }
@test "file_fdinfo" { twice file_fdinfo; }
@test "file_getdents" { twice file_getdents; }
@test "file_inode" { twice file_inode; }
@test "file_inode_reuse" { twice file_inode_reuse; }
@test "file_links" { twice file_links; }
@test "file_listing_removed" { twice file_listing_removed; }
@test "file_names" { twice file_names; }
@test "file_proc_fd" { twice file_proc_fd; }
@test "file_readlink" { twice file_readlink; }
@test "file_rename" { twice file_rename; }
@test "file_seekdir" { twice file_seekdir; }
@test "file_semantics" { twice file_semantics; }
@test "file_special" { twice file_special; }
@test "file_statfs" { twice file_statfs; }
@test "file_unlinked" { twice file_unlinked; }
@test "file_xattr_handle" { twice file_xattr_handle; }
@test "file_at_calls" { twice file_at_calls; }
@test "file_copies" { twice file_copies; }
@test "file_copy_within" { twice file_copy_within; }
@test "file_stat_overlap" { twice file_stat_overlap; }
@test "file_vectors" { twice file_vectors; }
@test "proc_global" { twice proc_global; }
@test "proc_hidden" { twice proc_hidden; }
@test "proc_listing" { twice proc_listing; }
@test "proc_join" { twice proc_join; }
@test "proc_machine" { twice proc_machine; }
@test "proc_mounts" { twice proc_mounts; }
@test "proc_self_all" { twice proc_self_all; }
@test "proc_self_maps" { twice proc_self_maps; }
@test "proc_self_stat" { twice proc_self_stat; }
@test "proc_alias" { twice proc_alias; }
@test "proc_sys_all" { twice proc_sys_all; }
@test "proc_walk" { twice proc_walk; }
@test "machine_addresses" { twice machine_addresses; }
@test "machine_auxv" { twice machine_auxv; }
@test "machine_cpuid" { twice machine_cpuid; }
@test "machine_code" { twice machine_code; }
@test "machine_cpuid_library" { twice machine_cpuid_library; }
@test "machine_cpuid_static" { twice machine_cpuid_static; }
@test "machine_cpuid_static_pie" { twice machine_cpuid_static_pie; }
@test "machine_entry" { twice machine_entry; }
@test "machine_jit" { twice machine_jit; }
@test "machine_jit_toggled" { twice machine_jit_toggled; }
@test "machine_libm" { twice machine_libm; }
@test "machine_lookalike" { twice machine_lookalike; }
@test "machine_processor" { twice machine_processor; }
@test "machine_rdpid" { twice machine_rdpid; }
@test "machine_xgetbv" { twice machine_xgetbv; }
@test "machine_cpus" { twice machine_cpus; }
@test "machine_environ" { twice machine_environ; }
@test "machine_features" { twice machine_features; }
@test "machine_gaps" { twice machine_gaps; }
@test "machine_interpreter" { twice machine_interpreter; }
@test "machine_layout" { twice machine_layout; }
@test "machine_limits" { twice machine_limits; }
@test "machine_rseq" { twice machine_rseq; }
@test "machine_stack_rest" { twice machine_stack_rest; }
@test "machine_later" { twice machine_later; }
@test "machine_sysinfo" { twice machine_sysinfo; }
@test "machine_tiny" { twice machine_tiny; }
@test "machine_tty" { twice machine_tty; }
@test "machine_uname" { twice machine_uname; }
@test "machine_execute_only" { twice machine_execute_only; }
@test "machine_unknown" { twice machine_unknown; }
@test "machine_memory" { twice machine_memory; }
@test "memory_write_only" { twice memory_write_only; }
@test "memory_ahead" { twice memory_ahead; }
@test "machine_sched" { twice machine_sched; }
@test "machine_pty" { twice machine_pty; }
@test "machine_pty_flow" { twice machine_pty_flow; }
@test "machine_pty_bytes" { twice machine_pty_bytes; }
