# What a Perl program sees of the world: chance, time, hash order, addresses, its id, children, directory order.
use strict;
use warnings;
use Time::HiRes ();
use File::Temp ();

my %h = map { ($_ => 1) } 'a' .. 'z';
print "keys ", join(' ', keys %h), "\n";
print "rand ", rand(), " ", int(rand(1e9)), "\n";
print "time ", time, " ", Time::HiRes::time(), " since start ", time - $^T, " times ", join(' ', times), "\n";
print "pid $$ parent ", getppid(), " reference ", {}, "\n";
print "localtime ", scalar(localtime), "\n";
mkdir 'listing' or die;
for my $i (1 .. 60) {
	open(my $f, '>', sprintf('listing/%x', $i * 7919 % 4099)) or die;
}
opendir(my $d, 'listing') or die;
print "readdir ", join(' ', readdir $d), "\n";
print "glob ", join(' ', (glob 'listing/*')[0 .. 4]), "\n";
print "stat ", join(' ', stat 'listing'), "\n";
print "temporary ", File::Temp->new->filename, "\n";
my @kids;
for my $i (1 .. 4) {
	my $pid = fork();
	if (!$pid) {
		srand();
		print "child $i $$ ", rand(), "\n";
		exit $i;
	}
	push @kids, $pid;
}
while ((my $pid = wait) > 0) {
	print "ended $pid ", $? >> 8, "\n";
}
