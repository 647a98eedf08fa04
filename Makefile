# detbuild. Non-recursive: every source is found by wildcard, every object lies below $(BUILD).
#
#   make            the program, build/detbuild (needs only gcc, pkg-config and six -dev packages)
#   make deps       installs what building and testing needs (apt, as root or through sudo)
#   make demo       deps, build, chroot, and a real package proved reproducible
#   make check      deps, build and every test
#   make stress     every guest and some ordinary commands, 200 times each under random conditions, half of them on a busy
#                   machine (N=200; goes on where it was interrupted)
#   make random     random system calls by both executors and natively (N=1000 seeds)
#   make check-hooks  the real sbuild and pbuilder, end to end, and pages in a real browser (root, network, a quarter of an hour)
#   make lint       warnings as errors with two compilers, static analysis, house rules
#   make check-kernels   the guests and a package under Debian's stable and newest kernels, in QEMU
#   make bench      ratios against native
#   make install    DESTDIR= PREFIX=/usr/local
#   make asan       the program and its tests with AddressSanitizer and UBSan, in $(BUILD)/asan
#   make check-asan  these unit tests, the guests and the hostile guests under them
#   make man        man pages, made from the option tables, in $(BUILD)/man

VERSION   := 0.1
BUILD     ?= build
PREFIX    ?= /usr/local
DESTDIR   ?=
CC        ?= cc
CFLAGS    ?= -O2 -g
SANITIZE  ?=
WERROR    ?=

MODULES   := json-c
# The filter is made of the table by a program that runs here (src/syscall/filter_rows.c).
BUILDTIME := libseccomp
# Loaded when they are needed (src/base/library.h), under the names that a linked program would have.
LATE      := libcrypto libarchive
PKG_CONFIG ?= pkg-config
NM        ?= nm
READELF   ?= readelf
OBJCOPY   ?= objcopy
ZYDIS     := -lZydis
LIBS      := $(shell $(PKG_CONFIG) --libs $(MODULES) 2>/dev/null) $(ZYDIS)
DEFINES   :=
UNWIND    := $(shell $(PKG_CONFIG) --exists libunwind-ptrace libunwind-generic 2>/dev/null && echo yes)
ifeq ($(UNWIND),yes)
LATE      += libunwind-ptrace libunwind-generic
endif
soname     = $(shell $(READELF) -d "$$($(CC) -print-file-name=$(1).so)" 2>/dev/null | sed -n 's/.*(SONAME).*\[\(.*\)\]$$/\1/p')
define_soname = $(if $(2),-D$(1)='"$(2)"')
DEFINES   += $(call define_soname,SONAME_CRYPTO,$(call soname,libcrypto)) $(call define_soname,SONAME_ARCHIVE,$(call soname,libarchive))
ifeq ($(UNWIND),yes)
DEFINES   += -DHAVE_LIBUNWIND=1 $(call define_soname,SONAME_UNWIND,$(call soname,libunwind-ptrace)) $(call define_soname,SONAME_UNWIND_FIRST,$(call soname,libunwind-generic))
endif

WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
# The same bytes wherever the checkout lies: no absolute path in macros or debug information.
BASEFLAGS  = -std=gnu11 -D_GNU_SOURCE= -Isrc $(WARNINGS) $(DEFINES) -MMD -MP \
	-DDETBUILD_VERSION='"$(VERSION)"' -ffile-prefix-map=$(CURDIR)=. -fno-common
HARDEN     = $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2 -fstack-protector-strong) -fPIE
# Rooms that the in-process executor links as well: no libc, no SSE, no stack protector, no static state.
FREEFLAGS := -ffreestanding -mgeneral-regs-only -fno-stack-protector -U_FORTIFY_SOURCE -fPIE
LINKFLAGS  = -pie -Wl,-z,relro,-z,now $(SANITIZE) $(LDFLAGS)

FILTERMAKER := src/syscall/filter_rows.c
SOURCES   := $(sort $(filter-out src/agent/% $(FILTERMAKER),$(wildcard src/*/*.c src/*/*/*.c)))
# Hosted although they lie in a freestanding room: the filter is the supervisor's only.
HOSTED    := $(wildcard src/syscall/filter*.c)
FREE      := $(filter-out $(HOSTED),$(filter src/model/% src/sched/% src/syscall/%,$(SOURCES)))
object     = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
# The agent in the guests: the same handlers, and of the model what only looks. What it lacks is agent_cannot() there.
AGENTONLY := $(sort $(wildcard src/agent/*.c))
AGENTSRC  := $(AGENTONLY) src/insn/tsc_place.c $(filter-out $(addprefix src/model/,world.c clock.c inode.c rng.c timer.c) src/sched/%,$(FREE))
# As one program, and fast whatever CFLAGS say: most calls are a dozen short functions in a row. memcpy() and its like are meant as the standard says,
# although they are the agent's own.
WHOLE     := -flto -flinker-output=nolto-rel -flto-partition=one
AGENTWHOLE := $(if $(shell $(CC) $(CFLAGS) -O3 $(WHOLE) -r -nostdlib -x c -o /dev/null /dev/null >/dev/null 2>&1 && echo yes),$(WHOLE))
AGENTFLAGS := $(FREEFLAGS) -fno-asynchronous-unwind-tables -fcf-protection=none -O3 -fbuiltin -ffunction-sections -fdata-sections -DTABLE_OF_AGENT $(if $(AGENTWHOLE),-flto,-fno-lto)
# A string instruction takes longer to begin than most of what is cleared and copied here; and the loops that do it must not become calls of themselves.
AGENTFLAGS += $(foreach f,-mstringop-strategy=unrolled_loop -fno-tree-loop-distribute-patterns,$(shell $(CC) -Werror $f -E -x c /dev/null >/dev/null 2>&1 && echo $f))
AGENTOBJ  := $(patsubst src/%.c,$(BUILD)/agent/%.o,$(AGENTSRC))
AGENTBIN  := $(BUILD)/agent/agent.bin
IMAGE     := $(BUILD)/obj/agent/image.o
FILTERS   := $(BUILD)/obj/filters.o
OBJECTS   := $(call object,$(SOURCES)) $(IMAGE) $(FILTERS)
FREEOBJ   := $(call object,$(FREE))
MAINOBJ   := $(call object,src/cli/main.c)
ARCHIVE   := $(BUILD)/libdetbuild.a
PROGRAM   := $(BUILD)/detbuild

UNITS     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))
OTHERHOST := $(BUILD)/tests/other-host
VARY      := $(BUILD)/tests/vary
RANDOM_CALLS := $(BUILD)/tests/random/calls
GUESTPROGRAMS := $(patsubst tests/guests/%.c,$(BUILD)/tests/guests/%,$(wildcard tests/guests/*.c))

.PHONY: all tests unit deps test-user check check-asan check-hooks stress random lint check-kernels bench demo install clean asan man completion
.DELETE_ON_ERROR:
all: $(PROGRAM)

# A changed flag or compiler rebuilds everything.
FLAGLINE   = $(CC) $(BASEFLAGS) $(HARDEN) $(CFLAGS) $(CPPFLAGS) $(SANITIZE) $(LINKFLAGS) $(LIBS) $(AGENTFLAGS) $(LD)
$(BUILD)/flags: always
	@mkdir -p $(BUILD)
	@echo '$(subst ','\'',$(FLAGLINE))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGLINE))' >$@
.PHONY: always

$(FREEOBJ): ROOMFLAGS = $(FREEFLAGS)
ROOMFLAGS  = $(HARDEN)

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(ROOMFLAGS) $(SANITIZE) -c $< -o $@

# Never with a sanitizer: nothing of it is in the guests.
$(BUILD)/agent/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  AGENT   $<"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(AGENTFLAGS) -c $< -o $@

$(BUILD)/agent/agent.ld: src/agent/agent.ld.S src/syscall/agent_place.h $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) -E -P -x assembler-with-cpp -Isrc $< -o $@

$(AGENTBIN): $(AGENTOBJ) $(BUILD)/agent/agent.ld $(BUILD)/sources
	@echo "  AGENT   $@"
	@$(CC) $(WARNINGS) $(CFLAGS) $(AGENTFLAGS) $(AGENTWHOLE) -r -nostdlib -o $(BUILD)/agent/all.o $(AGENTOBJ)
	@$(LD) -static --gc-sections --no-relax --fatal-warnings --build-id=none -z noexecstack --no-warn-rwx-segments -T $(BUILD)/agent/agent.ld -o $(BUILD)/agent/agent.elf $(BUILD)/agent/all.o \
		$$($(NM) -u $(BUILD)/agent/all.o | awk '$$2 ~ /^(x|world|inode|timer|futex)_/ { print "--defsym=" $$2 "=agent_cannot" }')
	@$(OBJCOPY) -O binary -j .all $(BUILD)/agent/agent.elf $@

$(IMAGE): src/agent/image.S $(AGENTBIN)
	@mkdir -p $(@D)
	@echo "  AS      $<"
	@$(CC) -Wa,-I,$(BUILD)/agent -c $< -o $@

MAKEROBJ  := $(BUILD)/filter/filter_rows.o $(BUILD)/filter/table.o
$(BUILD)/filter/%.o: src/syscall/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists --print-errors $(BUILDTIME) || { echo "  missing libraries: run 'make deps'"; exit 1; }
	@echo "  FILTER  $<"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(HARDEN) $(SANITIZE) -DTABLE_OF_FILTER $(shell $(PKG_CONFIG) --cflags $(BUILDTIME) 2>/dev/null) -c $< -o $@

$(BUILD)/filter/maker: $(MAKEROBJ)
	@echo "  LD      $@"
	@$(CC) $(LINKFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(BUILDTIME) 2>/dev/null)

$(BUILD)/filter/filters.c: $(BUILD)/filter/maker
	@echo "  FILTERS $@"
	@$< >$@

$(FILTERS): $(BUILD)/filter/filters.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(HARDEN) $(SANITIZE) -c $< -o $@

# Rebuilt whole, so that a deleted source leaves no member behind.
$(ARCHIVE): $(filter-out $(MAINOBJ),$(OBJECTS)) $(BUILD)/sources
	@echo "  AR      $@"
	@rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)
$(BUILD)/sources: always
	@mkdir -p $(BUILD)
	@echo '$(SOURCES) $(AGENTSRC)' | cmp -s - $@ || echo '$(SOURCES) $(AGENTSRC)' >$@

# The program links objects, not the archive: everything is in it, constructors included.
$(PROGRAM): $(OBJECTS) $(BUILD)/sources
	@$(PKG_CONFIG) --exists --print-errors $(MODULES) $(LATE) || { echo "  missing libraries: run 'make deps'"; exit 1; }
	@echo "  LD      $@"
	@$(CC) $(LINKFLAGS) -o $@ $(OBJECTS) $(LIBS)

# ---- tests --------------------------------------------------------------------------------------------------------
tests: unit $(PROGRAM) $(OTHERHOST) $(VARY) $(RANDOM_CALLS) $(GUESTPROGRAMS)
unit: $(UNITS)

$(BUILD)/tests/unit/%: tests/unit/%.c $(ARCHIVE)
	@mkdir -p $(@D)
	@echo "  UNIT    $<"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(HARDEN) $(SANITIZE) -Itests/unit $< $(LINKFLAGS) -o $@ $(ARCHIVE) $(LIBS) \
		$(if $(filter %/report_archive %/report_fuzz,$@),$(shell $(PKG_CONFIG) --libs libarchive))

# The program on a host whose processor has less (tests/seams/host_cpu.c).
$(OTHERHOST): tests/seams/host_cpu.c $(OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(HARDEN) $(SANITIZE) $< $(LINKFLAGS) -o $@ \
		$(filter-out $(call object,src/run/host_cpu.c),$(OBJECTS)) $(LIBS)

# Runs what is tested under conditions that must not matter (tests/lib/twice.bash).
$(VARY): tests/lib/vary.c $(ARCHIVE)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(BASEFLAGS) $(CFLAGS) $(CPPFLAGS) $(HARDEN) $(SANITIZE) $< $(LINKFLAGS) -o $@ $(ARCHIVE) $(LIBS)

$(RANDOM_CALLS): $(wildcard tests/random/*.c tests/random/*.h) tests/random/ops.def
	@mkdir -p $(@D)
	@echo "  GUEST   tests/random"
	@$(CC) -std=gnu11 -D_GNU_SOURCE= -O1 -g -Wall -Wextra -pthread $(filter %.c,$^) -o $@

# A guest that needs other flags names them in a line "/* flags: ... */" of its source.
$(BUILD)/tests/guests/%: tests/guests/%.c
	@mkdir -p $(@D)
	@echo "  GUEST   $<"
	@$(CC) -std=gnu11 -D_GNU_SOURCE= -O1 -g -Wall -Wextra -MMD -MP -pthread $< -o $@ \
		$$(sed -n 's,^/\* flags: \(.*\) \*/.*$$,\1,p' $<) -lm

deps:
	@.ci/deps all

# Some tests run as an ordinary user, whom root makes once.
test-user:
	@if [ "$$(id -u)" = 0 ]; then .ci/test-user; fi

check: deps test-user
	@$(MAKE) --no-print-directory tests
	@tests/run $(BUILD)

check-hooks: test-user
	@.ci/deps hooks
	@$(MAKE) --no-print-directory tests
	@TEST_FILE_TIMEOUT=7200 TEST_JOBS=1 tests/run $(BUILD) tests/hooks/*.bats

lint: deps
	@tests/lint/run $(BUILD)

# The long form of tests/det: tests/stress/run says what it does and where its results lie.
stress:
	@.ci/deps stress
	@$(MAKE) --no-print-directory tests
	@BUILD=$(abspath $(BUILD)) tests/stress/run -n $(or $(N),200)

random: $(PROGRAM) $(RANDOM_CALLS)
	@BUILD=$(abspath $(BUILD)) tests/random/run -n $(or $(N),1000)

check-kernels:
	@.ci/deps kernels
	@$(MAKE) --no-print-directory tests
	@tests/kernels/run $(BUILD)

bench: $(PROGRAM) tests
	@if [ -x tests/bench/run ]; then echo "measuring: ratios against native"; tests/bench/run $(BUILD); \
	else echo "tests/bench/run is not there"; exit 1; fi

demo: deps
	@$(MAKE) --no-print-directory all
	@echo "demo: proves a real package reproducible"
	@DETBUILD=$(abspath $(PROGRAM)) bash pkgbuild/demo.sh

asan:
	@echo "building with AddressSanitizer and UBSan in $(BUILD)/asan"
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer' tests

# Leaks are not looked for: a program that ends with an error leaves its memory to the kernel.
check-asan: deps test-user
	@$(MAKE) --no-print-directory asan
	@ASAN_OPTIONS=detect_leaks=0 tests/run $(BUILD)/asan tests/det/*.bats tests/box/*.bats \
		$(patsubst tests/unit/%.c,$(BUILD)/asan/tests/unit/%,$(wildcard tests/unit/*.c))

# ---- documentation -------------------------------------------------------------------------------------------------
MANPAGES   = $(patsubst docs/man/%,$(BUILD)/man/%,$(wildcard docs/man/*.[1-9]))
man: $(PROGRAM) $(MANPAGES)
	@echo "  MAN     $(BUILD)/man"
	@$(PROGRAM) help --list | while read -r verb rest; do \
		$(PROGRAM) help --man $$verb >$(BUILD)/man/detbuild-$$verb.1 || exit 1; done
$(BUILD)/man/%: docs/man/%
	@mkdir -p $(@D)
	@cp $< $@
completion: $(PROGRAM)
	@mkdir -p $(BUILD)/completion
	@echo "  COMPL   $(BUILD)/completion/detbuild"
	@$(PROGRAM) help --completion bash >$(BUILD)/completion/detbuild
	@$(PROGRAM) help --completion zsh >$(BUILD)/completion/_detbuild

# ---- installation --------------------------------------------------------------------------------------------------
SCRIPTS    = $(wildcard chroot-tools pkgbuild hooks)
ZSHDIR    ?= $(PREFIX)/share/zsh/site-functions
LIBDIR     = $(DESTDIR)$(PREFIX)/lib/detbuild
install: all man completion
	@echo "installing in $(DESTDIR)$(PREFIX)"
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/detbuild
	@mkdir -p $(LIBDIR)
	cp -r $(SCRIPTS) $(LIBDIR)/
	sed -i 's,/usr/lib/detbuild/hooks,$(PREFIX)/lib/detbuild/hooks,' $(LIBDIR)/hooks/*/*rc
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(BUILD)/man/*.1
	@for p in $(BUILD)/man/*.[57]; do [ ! -e $$p ] || \
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man$${p##*.} $$p; done
	install -D -m 644 $(BUILD)/completion/detbuild $(DESTDIR)$(PREFIX)/share/bash-completion/completions/detbuild
	install -D -m 644 $(BUILD)/completion/_detbuild $(DESTDIR)$(ZSHDIR)/_detbuild

clean:
	@echo "removing $(BUILD)"
	@rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(MAKEROBJ:.o=.d) $(AGENTOBJ:.o=.d) $(addsuffix .d,$(UNITS)) $(addsuffix .d,$(GUESTPROGRAMS))
