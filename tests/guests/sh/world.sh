#!/bin/bash
# What a shell script sees of the world: ids, chance, names, order of jobs, of files, of parallel helpers.
# shellcheck disable=SC2012 # the order and form of ls are the point
echo "pid $$ $BASHPID parent $PPID random $RANDOM $RANDOM seconds $SECONDS epoch $EPOCHREALTIME"
mktemp -u
mktemp -d ./tmp.XXXXXX
shuf -i 1-20 | tr '\n' ' '
awk 'BEGIN { srand(); print rand() }'
sort -R <(seq 10) | tr '\n' ' '
mkdir listing
for i in {1..50}; do : >"listing/$((i * 7919 % 4099))"; done
ls -fU listing | tr '\n' ' '
find listing | head -n 5
# shellcheck disable=SC2016 # each helper expands it
seq 12 | xargs -P 4 -I{} sh -c 'echo {} $$' | tr '\n' ' '
for i in 1 2 3 4; do
	(exit "$i") &
done
while :; do
	wait -n
	status=$?
	((status == 127)) && break
	printf 'job %s ' "$status"
done
echo
(for i in 1 2 3; do echo "a$i"; done; date) &
(for i in 1 2 3; do echo "b$i"; done; date) &
wait
ls -la --full-time listing | head -n 5
cat /proc/uptime /proc/loadavg
ps -ef 2>/dev/null | tail -n 3
ulimit -a | head -n 4
time true
