# SPDX-License-Identifier: Apache-2.0
# The cockpit: every word a developer or an admin types is a target here; `make help` lists them.

VERSION := 0.1.0
PREFIX ?= /usr
DESTDIR ?=
CC ?= cc
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

LIBS := ldap lber libcurl jansson sqlite3 yaml-0.1 libmicrohttpd libpcre2-8 libcrypto
HAVE_LIBS := $(shell pkg-config --exists $(LIBS) 2>/dev/null && echo yes)

# Flags of the OpenSSF compiler guide are probed one by one: gcc 12, gcc 14 and clang know different ones.
probe = $(foreach flag,$(1),$(shell $(CC) -Werror $(flag) -x c -c /dev/null -o /dev/null 2>/dev/null && echo '$(flag)'))
probe_link = $(foreach flag,$(1),$(shell echo 'int main(void){return 0;}' | $(CC) -Werror $(flag) -x c - -o /dev/null 2>/dev/null && echo '$(flag)'))

WARN := -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wwrite-strings -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wimplicit-fallthrough -Wundef -Werror=implicit -Werror=format-security \
	-Werror=incompatible-pointer-types -Werror=int-conversion
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard \
	-fstrict-flex-arrays=3 -ftrivial-auto-var-init=zero -fzero-init-padding-bits=all -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fno-strict-aliasing -Wtrampolines -Wbidi-chars=any
HARDEN_LINK := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen -Wl,--as-needed -Wl,--no-copy-dt-needed-entries

COMMON := -std=c17 -D_GNU_SOURCE -Isrc -DMUSTER_VERSION='"$(VERSION)"' -pthread
DEPS_FLAGS := $(if $(HAVE_LIBS),$(shell pkg-config --cflags $(LIBS)))
LDLIBS := $(if $(HAVE_LIBS),$(shell pkg-config --libs $(LIBS))) -pthread

SOURCES := $(sort $(wildcard src/*/*.c src/*/*/*.c))
EMBEDDED := $(wildcard schemas/* conf/profiles/* src/serve/*.html src/serve/*.css)
PROGRAM := build/muster

# Lazy on purpose: the probes run only where something is compiled.
CFLAGS_PLAIN = $(COMMON) $(DEPS_FLAGS) $(WARN) $(EXTRA) -O2 -g -fPIE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 $(HARDEN_OK)
CFLAGS_CHECKED = $(COMMON) $(DEPS_FLAGS) $(WARN) $(EXTRA) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
HARDEN_OK = $(eval HARDEN_OK := $(call probe,$(HARDEN)))$(HARDEN_OK)
HARDEN_LINK_OK = $(eval HARDEN_LINK_OK := $(call probe_link,$(HARDEN_LINK)))$(HARDEN_LINK_OK)

OBJECTS := $(SOURCES:src/%.c=build/plain/%.o)
CHECKED := $(SOURCES:src/%.c=build/checked/%.o)
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/*.c))
UNIT := $(UNIT_SOURCES:tests/unit/%.c=build/unit/%)
FLOORS := base model config wire store plan connect serve run cli

all: $(PROGRAM) ## builds build/muster

$(PROGRAM): build/plain/main.o build/libmuster.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(HARDEN_LINK_OK) -o $@ $^ $(LDLIBS)

build/libmuster.a: $(OBJECTS)
build/libchecked.a: $(CHECKED)
build/libmuster.a build/libchecked.a:
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcs $@ $^

build/plain/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_PLAIN) -MMD -MP -c $< -o $@

build/checked/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  CC+   $<"
	$(Q)$(CC) $(CFLAGS_CHECKED) -MMD -MP -c $< -o $@

# What EMBED takes in is not seen by -MMD.
$(shell grep -lE '^EMBED.' $(SOURCES) 2>/dev/null | sed -E 's,src/(.*)\.c,build/plain/\1.o build/checked/\1.o,'): $(EMBEDDED)

build/unit/%: tests/unit/%.c build/libchecked.a
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	$(Q)$(CC) $(CFLAGS_CHECKED) -Itests -MMD -MP -MF $@.d -o $@ $< build/libchecked.a $(LDLIBS) -lcmocka

unit: $(UNIT) ## builds and runs the unit tests, in floor order, under ASan and UBSan
	@for room in $(FLOORS); do for t in $(sort $(wildcard $(UNIT))) $(UNIT); do \
		case $$t in build/unit/$$room/*) echo $$t;; esac; done; done | awk '!seen[$$0]++' | \
		while read -r t; do echo "== $$t"; "$$t" || exit 1; done

clean: ## removes what was built
	rm -rf build

.PHONY: all unit clean
.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d) $(CHECKED:.o=.d) $(UNIT:%=%.d) build/plain/main.d build/checked/main.d
