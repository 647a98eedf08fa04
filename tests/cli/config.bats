# Configuration files: what counts, what is said, and what is wrong.
load ../lib/common

setup() {
	common_setup
	export XDG_CONFIG_HOME=$T/xdg
	unset DETBUILD_CONFIG
	mkdir -p xdg/detbuild
}
# config LINE...: the user's file.
config() { printf '%s\n' "$@" >xdg/detbuild/config; }

@test "a file sets options, and each run says so; -q and --no-config do what they say" {
	config '# a comment' '' 'seed = 7' '[run]' ' hostname =  from-file ' 'env=A=x y' 'env = B=2' '[pkg]' 'output = nowhere'
	detbuild_run -- sh -c 'hostname; echo "$A $B"'
	same "$output" $'from-file\nx y 2'
	same "$stderr" "detbuild: $T/xdg/detbuild/config sets hostname=from-file env=A=x y env=B=2 seed=7"
	detbuild_run -q -- hostname
	same "$output$stderr" from-file
	detbuild_run --no-config -- hostname
	same "$output$stderr" detbuild
	detbuild_run run --no-config -- hostname
	same "$output$stderr" detbuild
}

@test "the nearer place counts alone: command line, environment, the verb's section, the rest; lists too" {
	config 'hostname = wide' 'epoch = 2030-01-01' 'env = A=1' 'strict = yes' '[run]' 'hostname = narrow'
	detbuild_run -- sh -c 'hostname; date +%Y'
	same "$output" $'narrow\n2030'
	SOURCE_DATE_EPOCH=0 detbuild_run --hostname given --env B=2 -- sh -c 'hostname; date +%Y; echo "${A-unset} $B"'
	same "$output" $'given\n1970\nunset 2'
	detbuild_run 5 -- perl -e 'syscall(999)'
	detbuild_run --strict=no -- perl -e 'syscall(999)'
	detbuild_run 2 --strict=perhaps -- true
	expect err 'takes no value, or yes or no'
}

@test "a relaxation from a file is a relaxation" {
	config 'network = yes'
	detbuild_run --report r -- true
	expect err 'relaxed: network'
	python3 -c 'import json; assert json.load(open("r"))["relaxed"] == ["network"]'
	detbuild_run verify --runs 2 --vary=none -- true
	expect out 'identical: '
	[[ $output != *$'\nreproducible'* ]]
}

@test "what is wrong is told with file and line, whatever the verb, before anything runs" {
	wrong() { # REGEX LINE...
		config "${@:2}"
		detbuild_run 2 -- touch "$T/ran"
		expect err "$1" && [[ ! -e $T/ran ]]
	}
	wrong "xdg/detbuild/config:2: no verb has an option 'hostnam'" '' 'hostnam = x'
	expect err "did you mean 'hostname'"
	wrong "config:2: the verb of this section has no option 'hostname'" '[diff]' 'hostname = x'
	wrong "config:1: there is no verb 'rnu'" '[rnu]'
	expect err 'did you mean \[run\]'
	wrong "config:1: there is no verb 'help'" '[help]'
	wrong "config:3: a line is KEY = VALUE, not 'strict'" '[run]' '' 'strict'
	wrong "config:1: a section is \[VERB\], not '\[run'" '[run'
	wrong "config:1: --seed: 'x' is not what it takes" 'seed = x'
	expect err 'takes a number'
	wrong "config:1: --image-mtimes: 'z'" 'image-mtimes = z'
	head -c 100 /dev/zero >xdg/detbuild/config
	detbuild_run 2 -- true
	expect err 'is no text'
	detbuild_run help pkg
	detbuild_run help config
	expect out 'detbuild.conf\(5\)'
	detbuild_run --no-config -- true
}

@test "DETBUILD_CONFIG names the only file, which must exist; an empty HOME is none" {
	config 'hostname = user'
	printf 'hostname = asked\n' >asked
	DETBUILD_CONFIG=asked detbuild_run -- hostname
	same "$output" asked
	DETBUILD_CONFIG=nosuch detbuild_run 2 -- hostname
	expect err 'cannot read the configuration file nosuch'
	unset XDG_CONFIG_HOME
	mkdir -p home/.config/detbuild
	echo 'hostname = home' >home/.config/detbuild/config
	HOME=$T/home detbuild_run -- hostname
	same "$output" home
}

@test "the file of a home that is another user's is left out with a warning" {
	requires root user
	config 'hostname = closed'
	chmod 700 xdg
	as_user_run -- true # its $HOME is its own: the file is where XDG_CONFIG_HOME says
	expect err 'cannot read the configuration file .*going on without it'
}

@test "detbuild that detbuild starts is given its options and reads no file" {
	config 'hostname = from-file' '[run]' 'umask = 077' '[verify]' 'runs = 2'
	mkdir tree
	cd tree
	detbuild_run verify --keep --output ../kept --vary=none -- sh -c 'hostname; umask'
	same "$(cat ../kept/run-1/stdout)" $'from-file\n0022'
	grep -q 'run --no-config' "$TOP/hooks/rules"
}
