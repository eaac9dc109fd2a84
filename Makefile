# SPDX-License-Identifier: Apache-2.0
# The cockpit: every word a developer or an admin types is a target here; `make help` lists them.

VERSION := 0.1.0
PREFIX ?= /usr
DESTDIR ?=
CC ?= cc
# Where ccache is installed it is used: what was compiled once in any tree is there already.
CCACHE := $(if $(findstring ccache,$(CC)),,$(shell command -v ccache 2>/dev/null))
export CCACHE_NOHASHDIR = 1
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

LIBS := ldap lber libcurl jansson sqlite3 yaml-0.1 libmicrohttpd libpcre2-8 libcrypto libutf8proc
HAVE_LIBS := $(shell pkg-config --exists $(LIBS) 2>/dev/null && echo yes)
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# Flags of the OpenSSF compiler guide are probed one by one: gcc 12, gcc 14 and clang know different ones.
probe = $(foreach flag,$(1),$(shell $(CC) -Werror $(flag) -x c -c /dev/null -o /dev/null 2>/dev/null && echo '$(flag)'))
probe_link = $(foreach flag,$(1),$(shell echo 'int main(void){return 0;}' | $(CC) -Werror $(flag) -x c - -o /dev/null 2>/dev/null && echo '$(flag)'))

WARN := -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wwrite-strings -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wimplicit-fallthrough -Wundef -Werror=implicit -Werror=format-security \
	-Werror=incompatible-pointer-types -Werror=int-conversion
# In CI a warning of gcc ends the build, so that lint need not compile everything a second time.
GCC_ERRORS := $(if $(CI),-Werror -Wno-error=maybe-uninitialized)
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard \
	-fstrict-flex-arrays=3 -ftrivial-auto-var-init=zero -fzero-init-padding-bits=all -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fno-strict-aliasing -Wtrampolines -Wbidi-chars=any
HARDEN_LINK := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen -Wl,--as-needed -Wl,--no-copy-dt-needed-entries

COMMON := -std=c17 -D_GNU_SOURCE -Isrc -DMUSTER_VERSION='"$(VERSION)"' -pthread
DEPS_FLAGS := $(if $(HAVE_LIBS),$(shell pkg-config --cflags $(LIBS)))
# What is compiled without them says what to do, instead of a missing header.
NEED_LIBS = $(if $(HAVE_LIBS),,@echo "Libraries are missing; 'make deps' installs them." >&2; exit 1)
LDLIBS := $(if $(HAVE_LIBS),$(shell pkg-config --libs $(LIBS))) -pthread

SOURCES := $(sort $(wildcard src/*/*.c src/*/*/*.c src/*/*/*/*.c))
EMBEDDED := $(wildcard schemas/*.* schemas/scim/* conf/profiles/* src/serve/*.html src/serve/*.css)
PROGRAM := build/muster

# Lazy on purpose: the probes run only where something is compiled.
CFLAGS_PLAIN = $(COMMON) $(DEPS_FLAGS) $(WARN) $(GCC_ERRORS) $(EXTRA) -O2 -g -fPIE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 $(HARDEN_OK)
CFLAGS_CHECKED = $(COMMON) $(DEPS_FLAGS) $(WARN) $(GCC_ERRORS) $(EXTRA) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
# gcc guesses wrongly about what a failed call leaves unset; clang and the sanitizers know better.
CFLAGS_LINT = $(COMMON) $(DEPS_FLAGS) $(WARN) -Werror -Wno-maybe-uninitialized -Wno-unknown-warning-option \
	-Itests -O2
CFLAGS_FUZZ = $(COMMON) $(DEPS_FLAGS) $(WARN) -Itests -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
CFLAGS_TSAN = $(COMMON) $(DEPS_FLAGS) $(WARN) -O1 -g -fno-omit-frame-pointer -fsanitize=thread
CFLAGS_COVERAGE = $(COMMON) $(DEPS_FLAGS) -Itests -O0 -g --coverage -fprofile-update=atomic
HARDEN_OK = $(eval HARDEN_OK := $(call probe,$(HARDEN)))$(HARDEN_OK)
HARDEN_LINK_OK = $(eval HARDEN_LINK_OK := $(call probe_link,$(HARDEN_LINK)))$(HARDEN_LINK_OK)

OBJECTS := $(SOURCES:src/%.c=build/plain/%.o)
CHECKED := $(SOURCES:src/%.c=build/checked/%.o)
FUZZED := $(SOURCES:src/%.c=build/fuzz/src/%.o)

# The tests: one program a file in unit/ and fuzz/, one a folder in plans/, faults/ and server/.
FLOORS := base model expr config wire store plan view connect serve run cli
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c tests/unit/*/*/*/test_*.c))
UNIT_ALL := $(UNIT_SOURCES:tests/unit/%.c=build/unit/%)
UNIT := $(foreach room,$(FLOORS),$(filter build/unit/$(room)/%,$(UNIT_ALL)))
UNIT += $(filter-out $(UNIT),$(UNIT_ALL))
TEST_LIBRARY := $(patsubst tests/%.c,build/tests/%.o,$(wildcard tests/lib/*.c))
# A folder with anything in it but pytest files has a runner, and one that cannot be built is a failure.
runner = $(if $(filter-out %.py %/__pycache__,$(wildcard tests/$(1)/*)),build/tests/$(1)_runner)
RUNNERS := $(foreach suite,plans faults server,$(call runner,$(suite)))
PYTESTS := $(sort $(dir $(wildcard tests/peers/test_*.py tests/server/test_*.py tests/live/test_*.py)))
FUZZ := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
TEST_SOURCES := $(sort $(wildcard tests/*/*.c tests/unit/*/*.c tests/unit/*/*/*.c tests/unit/*/*/*/*.c))
HEADERS := $(wildcard src/*/*.h src/*/*/*.h src/*/*/*/*.h tests/*/*.h tests/unit/*/*.h tests/unit/*/*/*.h)
LIVE := $(patsubst tests/%.c,build/%,$(wildcard tests/live/*.c))
SCRIPTS := $(shell grep -lE '^\#!/bin/(ba)?sh' $(wildcard tests/* tests/*/* conf/*/* .ci/*) 2>/dev/null)
BENCHES := $(patsubst tests/bench/%.c,build/bench/%,$(wildcard tests/bench/*.c))
MAN_PAGES := $(sort $(wildcard src/man/*.[1-8])) build/man/muster.yaml.5
# A make that was not told how many jobs to run builds the tests with one a core.
PARALLEL = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
RUN := tests/run.py --jobs $(JOBS) $(if $(filter 1,$(V)),--verbose)

all: $(PROGRAM) ## builds build/muster

$(PROGRAM): build/plain/main.o build/libmuster.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(HARDEN_LINK_OK) -o $@ $^ $(LDLIBS)

# The same program under ASan and UBSan: what the live tests run.
build/checked/muster: build/checked/main.o build/libchecked.a
	@echo "  LINK+ $@"
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ $(LDLIBS)

build/libmuster.a: $(OBJECTS)
build/libchecked.a: $(CHECKED)
build/libtests.a: $(TEST_LIBRARY)
build/libfuzz.a: $(FUZZED)
build/libmuster.a build/libchecked.a build/libtests.a build/libfuzz.a build/libcoverage.a:
	@echo "  AR    $@"
	$(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

build/plain/%.o: src/%.c
	$(NEED_LIBS)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CCACHE) $(CC) $(CFLAGS_PLAIN) -MMD -MP -c $< -o $@

build/checked/%.o: src/%.c
	$(NEED_LIBS)
	@mkdir -p $(@D)
	@echo "  CC+   $<"
	$(Q)$(CCACHE) $(CC) $(CFLAGS_CHECKED) -MMD -MP -c $< -o $@

build/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CCACHE) $(CC) $(CFLAGS_CHECKED) -Itests -MMD -MP -c $< -o $@

build/fuzz/src/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  FUZZ  $<"
	$(Q)$(CCACHE) clang $(CFLAGS_FUZZ) -MMD -MP -c $< -o $@

# What EMBED takes in is not seen by -MMD.
$(shell grep -lE '^EMBED.' $(SOURCES) 2>/dev/null | sed -E 's,src/(.*)\.c,build/plain/\1.o build/checked/\1.o build/fuzz/src/\1.o build/tsan/\1.o build/coverage/src/\1.o,'): $(EMBEDDED)

build/unit/%: tests/unit/%.c build/libtests.a build/libchecked.a
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CC) $(CFLAGS_CHECKED) -Itests -MMD -MP -MF $@.d -o $@ $< build/libtests.a build/libchecked.a $(LDLIBS) -lcmocka

$(foreach suite,plans server,$(eval build/tests/$(suite)_runner: \
	$(patsubst tests/%.c,build/tests/%.o,$(sort $(wildcard tests/$(suite)/*.c)))))
# The fault tests drive the golden cases through thousands of processes, which the sanitizers would slow too much.
FAULT_OBJECTS := $(patsubst tests/%.c,build/faults/%.o,$(sort $(wildcard tests/faults/*.c tests/plans/case*.c tests/lib/*.c)))
build/faults/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CCACHE) $(CC) $(CFLAGS_PLAIN) -Itests -MMD -MP -c $< -o $@
build/tests/faults_runner: $(FAULT_OBJECTS) build/libmuster.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(HARDEN_LINK_OK) -o $@ $^ $(LDLIBS) -lcmocka
build/tests/%_runner: build/libtests.a build/libchecked.a
	@echo "  LINK+ $@"
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) build/libtests.a build/libchecked.a $(LDLIBS) -lcmocka

build/fuzz/%: tests/fuzz/%.c build/libfuzz.a
	@mkdir -p $(@D)
	@echo "  FUZZ  $<"
	$(Q)clang $(CFLAGS_FUZZ) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< build/libfuzz.a $(LDLIBS)

# Programs that the live tests drive, under ASan and UBSan as well.
build/live/%: tests/live/%.c build/libchecked.a
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CC) $(CFLAGS_CHECKED) -Itests -MMD -MP -MF $@.d -o $@ $< build/libchecked.a $(LDLIBS)

build/bench/%: tests/bench/%.c build/libmuster.a
	@mkdir -p $(@D)
	@echo "  BENCH $<"
	$(Q)$(CC) $(CFLAGS_PLAIN) -Itests -MMD -MP -MF $@.d -o $@ $< build/libmuster.a $(LDLIBS)

deps: ## installs the Debian packages that building and testing need
	@tests/deps.sh build test

test: ## installs what is missing, builds, runs every test; ends with "N passed, N failed"
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory $(PARALLEL) test-programs
	@$(RUN) $(UNIT) $(RUNNERS) $(PYTESTS)

test-programs: $(PROGRAM) build/checked/muster $(UNIT) $(RUNNERS) $(LIVE)

one: ## one test alone: T=plan/test_plan, T=plans/leaver, T=faults/leaver, T=fuzz/json, T=live/test_scim.py::NAME
	@MAKE='$(MAKE)' tests/one.sh '$(T)'

# What to run before every commit: under a minute when warm. Fuzzers and benchmarks are compiled as well, so that
# nobody's change leaves one behind.
UNSEEN := $(patsubst %,build/lint/gcc/%.o,$(wildcard tests/fuzz/*.c tests/bench/*.c))
quick: ## unit tests, golden cases, walls and format: before every commit
	@tests/deps.sh build test lint
	@$(MAKE) --no-print-directory $(PARALLEL) $(PROGRAM) $(UNIT) $(call runner,plans) $(UNSEEN)
	@$(RUN) $(UNIT) $(call runner,plans)
	@$(MAKE) --no-print-directory $(PARALLEL) walls lint-format

unit: $(UNIT) ## the unit tests, in floor order, under ASan and UBSan
	@$(RUN) $(UNIT)

plans: $(call runner,plans) ## the golden cases: source, target, links, policy -> plan and verdict
	@$(RUN) $^

faults: $(call runner,faults) ## the golden cases stopped at every step, and taken up again
	@$(RUN) $^

live: $(PROGRAM) build/checked/muster $(LIVE) $(call runner,server) ## real servers and strict stand-ins on loopback
	@$(RUN) $(call runner,server) $(PYTESTS)

interop: ## the wider circle: peers from npm and PyPI, other directory servers
	@tests/deps.sh build test interop
	@$(MAKE) --no-print-directory $(PARALLEL) $(PROGRAM) build/checked/muster $(LIVE)
	@$(RUN) tests/interop

fuzz: ## every parser of outside bytes, FUZZ_SECONDS (60) each
	@tests/deps.sh build fuzz
	@$(MAKE) --no-print-directory $(PARALLEL) fuzz-programs
	@tests/fuzz.sh $(FUZZ)

fuzz-programs: $(FUZZ)

# The service has threads: its tests again, with every access to shared memory looked at.
tsan: ## the server tests under ThreadSanitizer
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory $(PARALLEL) $(PROGRAM) build/tsan/muster
	@TSAN_OPTIONS='halt_on_error=1 exitcode=66' MUSTER=$(CURDIR)/build/tsan/muster $(RUN) tests/server

build/tsan/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  TSAN  $<"
	$(Q)$(CCACHE) $(CC) $(CFLAGS_TSAN) -MMD -MP -c $< -o $@

build/tsan/muster: build/tsan/main.o $(SOURCES:src/%.c=build/tsan/%.o)
	@echo "  LINK  $@"
	$(Q)$(CC) -fsanitize=thread -o $@ $^ $(LDLIBS)

# A figure for each room; COVERAGE=--files lists the files as well.
coverage: ## how much of each room the tests reach
	@tests/deps.sh build test
	@$(MAKE) --no-print-directory $(PARALLEL) $(COVERED) build/coverage/muster $(PROGRAM) $(LIVE)
	@find build/coverage -name '*.gcda' -delete
	@$(RUN) $(COVERED)
	@MUSTER=$(CURDIR)/build/coverage/muster $(RUN) $(PYTESTS)
	@tests/coverage.py build/coverage/src $(COVERAGE)

COVERED = $(UNIT:build/unit/%=build/coverage/unit/%) build/coverage/plans_runner
build/coverage/%.o: %.c
	@mkdir -p $(@D)
	@echo "  COVER $<"
	$(Q)$(CC) $(CFLAGS_COVERAGE) -MMD -MP -c $< -o $@
build/libcoverage.a: $(SOURCES:%.c=build/coverage/%.o) $(patsubst %.c,build/coverage/%.o,$(wildcard tests/lib/*.c))
build/coverage/muster: build/coverage/src/main.o build/libcoverage.a
build/coverage/plans_runner: $(patsubst %.c,build/coverage/%.o,$(wildcard tests/plans/*.c)) build/libcoverage.a
build/coverage/unit/%: build/coverage/tests/unit/%.o build/libcoverage.a
	@mkdir -p $(@D)
	$(Q)$(CC) --coverage -o $@ $< build/libcoverage.a $(LDLIBS) -lcmocka
build/coverage/muster build/coverage/plans_runner:
	$(Q)$(CC) --coverage -o $@ $^ $(LDLIBS) -lcmocka

# For clangd and editors, which look in build/ on their own.
build/compile_commands.json: Makefile
	@mkdir -p $(@D)
	$(Q)for file in $(SOURCES) src/main.c $(TEST_SOURCES); do \
		printf '{"directory": "%s", "file": "%s", "command": "%s"},\n' '$(CURDIR)' "$$file" \
		"$(subst ",\\\",$(CC) $(CFLAGS_CHECKED) -Itests -c) $$file"; done | \
		sed -e '1s/^/[/' -e '$$s/,$$/]/' >$@
compile_commands.json: build/compile_commands.json ## tells clangd and editors how each file is compiled

bench: ## ratios against a floor measured in the same run (BENCH_SCALE=small or full)
	@tests/deps.sh build test bench
	@$(MAKE) --no-print-directory $(PARALLEL) $(PROGRAM) $(BENCHES)
	@tests/bench/run.py

demo: ## installs what is missing, builds, and shows the main job on a sample company
	@tests/deps.sh build demo
	@$(MAKE) --no-print-directory $(PARALLEL) $(PROGRAM)
	@conf/demo/demo.sh $(PROGRAM)

# Everything is looked at, then what was found decides: -k.
lint: ## gcc and clang with -Werror, clang-tidy, cppcheck, shellcheck, pyflakes, mandoc, the format
	@tests/deps.sh build test lint
	@$(MAKE) --no-print-directory $(PARALLEL) -k lint-programs

LINTED := $(SOURCES) $(wildcard src/main.c) $(TEST_SOURCES)
# In CI gcc has seen every source with -Werror already, when it was built.
lint-programs: $(if $(CI),,$(LINTED:%=build/lint/gcc/%.o)) $(LINTED:%=build/lint/clang/%.o) lint-header lint-cppcheck \
	$(patsubst %,build/lint/tidy/%.ok,$(SOURCES) src/main.c) lint-scripts lint-man lint-format

build/lint/gcc/%.o: %
	@mkdir -p $(@D)
	@echo "  GCC   $<"
	$(Q)$(CCACHE) gcc $(CFLAGS_LINT) -MMD -MP -c $< -o $@

build/lint/clang/%.o: %
	@mkdir -p $(@D)
	@echo "  CLANG $<"
	$(Q)$(CCACHE) clang $(CFLAGS_LINT) -MMD -MP -c $< -o $@

# The object knows which headers the file takes in, so that a change in one is looked at again.
build/lint/tidy/%.ok: % build/lint/clang/%.o .clang-tidy
	@mkdir -p $(@D)
	@echo "  TIDY  $<"
	$(Q)clang-tidy --quiet $< -- $(CFLAGS_LINT) 2>$@.log || { grep -v 'warnings generated' $@.log; exit 1; }
	@touch $@

lint-header:
	@echo "  EACH  header by itself"
	$(Q)for header in $(HEADERS); do \
		gcc $(CFLAGS_LINT) -Wno-unused-macros -fsyntax-only -x c -include $$header /dev/null || exit 1; done

lint-cppcheck:
	@echo "  CPPCHECK"
	$(Q)cppcheck --quiet --std=c17 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingInclude --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
		--suppress=internalAstError --suppress=comparePointers --suppress=CastIntegerToAddressAtReturn --language=c \
		--library=tests/cppcheck.xml -D_GNU_SOURCE --max-configs=1 -j $(JOBS) -Isrc src

lint-scripts:
	@echo "  SHELLCHECK, PYFLAKES"
	$(Q)shellcheck $(SCRIPTS)
	$(Q)pyflakes3 $(wildcard tests/*.py tests/*/*.py tests/*/*/*.py)

lint-man: $(MAN_PAGES)
	@echo "  MANDOC"
	$(Q)for page in $(MAN_PAGES); do mandoc -T lint -W warning $$page || exit 1; done

lint-format:
	@echo "  FORMAT"
	$(Q)clang-format --dry-run -Werror $(LINTED) $(HEADERS)

format: ## lays out every C file as .clang-format says
	clang-format -i $(LINTED) $(HEADERS)

walls: $(PROGRAM) ## the floor plan, the doors and the measures of the house
	@tests/walls.py . build/plain

build/muster.schema.json: $(PROGRAM)
	$(Q)$(PROGRAM) config schema > $@

# What goes where Debian expects it: "source target mode", the target under DESTDIR.
SYSTEM_UNITS := $(PREFIX)/lib/systemd/system
PROFILES := $(wildcard conf/profiles/*)
EXAMPLES := $(wildcard conf/*.yaml conf/*.csv)
UNIT_FILES := $(wildcard systemd/*.service systemd/*.socket systemd/*.timer systemd/*.d/*.conf)
INSTALLED = $(PREFIX)/bin/muster $(UNIT_FILES:systemd/%=$(SYSTEM_UNITS)/%) \
	$(PROFILES:conf/profiles/%=$(PREFIX)/share/muster/profiles/%) \
	$(EXAMPLES:conf/%=$(PREFIX)/share/doc/muster/examples/%) \
	$(PREFIX)/share/muster/muster.schema.json \
	$(foreach page,$(MAN_PAGES),$(PREFIX)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
# $(call place,MODE,SOURCES,FOLDER TO STRIP,TARGET FOLDER)
place = $(foreach file,$(2),install -D -m $(1) '$(file)' '$(DESTDIR)$(4)/$(file:$(3)/%=%)' &&) true

# The keys of the configuration come from the tables that read it.
build/man/%: src/man/%.in $(PROGRAM)
	@mkdir -p $(@D)
	$(Q)$(PROGRAM) config manual > $@.keys && sed -e '/^@KEYS@$$/{r $@.keys' -e 'd;}' $< > $@

install: $(PROGRAM) $(MAN_PAGES) build/muster.schema.json ## puts it under DESTDIR and PREFIX (/usr); a configuration that is there stays
	$(Q)$(call place,755,$(PROGRAM),build,$(PREFIX)/bin)
	$(Q)$(call place,644,$(UNIT_FILES),systemd,$(SYSTEM_UNITS))
	$(Q)sed -i 's,/usr/bin/muster,$(PREFIX)/bin/muster,' $(UNIT_FILES:systemd/%='$(DESTDIR)$(SYSTEM_UNITS)/%')
	$(Q)$(call place,644,$(PROFILES),conf/profiles,$(PREFIX)/share/muster/profiles)
	$(Q)$(call place,644,build/muster.schema.json,build,$(PREFIX)/share/muster)
	$(Q)$(call place,644,$(EXAMPLES),conf,$(PREFIX)/share/doc/muster/examples)
	$(Q)$(foreach page,$(MAN_PAGES),install -D -m 644 $(page) \
		'$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page))' &&) true
	$(Q)install -d -m 755 '$(DESTDIR)/etc/muster'

uninstall: ## takes away what install put there, and nothing else
	$(Q)rm -f $(INSTALLED:%='$(DESTDIR)%')
	$(Q)for folder in $(sort $(dir $(INSTALLED:%=$(DESTDIR)%)) $(DESTDIR)/etc/muster); do \
		rmdir -p --ignore-fail-on-non-empty "$$folder" 2>/dev/null || true; done

clean: ## removes what was built
	rm -rf build

help: ## lists these targets
	@echo "make TARGET   (V=1 shows the commands; DESTDIR and PREFIX=$(PREFIX) steer install)"
	@sed -nE 's/^([a-z_.-]+):[^#]*## (.*)/  \1	\2/p' $(firstword $(MAKEFILE_LIST)) | sort | expand -t 24

.PHONY: all bench clean compile_commands.json coverage deps demo faults format fuzz fuzz-programs help install interop lint lint-cppcheck \
	lint-format lint-header lint-man lint-programs lint-scripts live one plans quick test test-programs tsan uninstall unit walls
.DELETE_ON_ERROR:
.SECONDARY:
-include $(FAULT_OBJECTS:.o=.d) $(OBJECTS:.o=.d) $(CHECKED:.o=.d) $(FUZZED:.o=.d) $(UNIT:%=%.d) $(LIVE:%=%.d) $(FUZZ:%=%.d) $(BENCHES:%=%.d) \
	$(patsubst %,build/lint/clang/%.d,$(LINTED)) $(patsubst %,build/lint/gcc/%.d,$(LINTED)) \
	$(SOURCES:src/%.c=build/tsan/%.d) $(SOURCES:%.c=build/coverage/%.d) $(TEST_SOURCES:%.c=build/coverage/%.d) \
	$(TEST_LIBRARY:.o=.d) $(patsubst tests/%.c,build/tests/%.d,$(TEST_SOURCES)) build/plain/main.d build/checked/main.d
