# Doorstep. `make demo` to see it, `make test` to check it, `make help` for the rest.

B      ?= build
PREFIX ?= /usr/local
CC     ?= cc

VERSION := 0.1.0
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
           -Wswitch-enum -Wundef
OPT     ?= -O2 -g
# Of these flags those that the compiler takes.
takes    = $(shell $(CC) -Werror -O1 $(1) -include stdio.h -x c -c /dev/null -o /dev/null 2>/dev/null && echo '$(1)')
HARDEN  := $(or $(call takes,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE $(call takes,-fstack-clash-protection) \
           $(call takes,-fcf-protection) $(call takes,-ftrivial-auto-var-init=zero)
# `make … EXTRA=…` adds flags to both compiling and linking: the sanitizers come in that way.
EXTRA   ?=
CFLAGS  := -std=c17 -D_GNU_SOURCE -DDOORSTEP_VERSION='"$(VERSION)"' $(WARN) $(OPT) $(HARDEN) $(EXTRA) -MMD -MP -Iinclude
LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed $(EXTRA)

PQ_CFLAGS = $(shell pkg-config --cflags libpq)
LIBS      = $(shell pkg-config --libs libpq libcurl libcrypto jansson ncursesw)

# Layers, lowest first. A module may use those it names in src/mk/layers and no others.
PURE    := base core app view
MODULES := $(PURE) loop db feed net term run cli

sources = $(wildcard src/$(1)/*.c)
objects = $(patsubst src/%.c,$(B)/%.o,$(call sources,$(1)))

SCHEMA  := $(sort $(wildcard src/db/schema/*.sql))
QUERIES := $(sort $(wildcard src/db/query/*.sql))
DEMO    := $(sort $(wildcard src/db/demo/*.sql))
MESSAGES := $(sort $(wildcard src/db/message/*.mustache))
KEYMAPS := $(sort $(wildcard keymaps/*.keys))
PAGES   := $(sort $(wildcard src/run/page/*.mustache))

db_gen  := $(B)/gen/db_schema.o $(B)/gen/db_query.o $(B)/gen/db_demo.o $(B)/gen/db_message.o
app_gen := $(B)/gen/app_keymaps.o
run_gen := $(B)/gen/run_page.o

.PHONY: all
all: $(B)/doorstep ## build the program: build/doorstep

$(B)/doorstep: $(B)/main.o $(foreach m,cli run term net feed db loop,$(B)/lib$(m).a) $(B)/libpure.a
	$(CC) $(LDFLAGS) -o $@ $(B)/main.o -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

define module
$(B)/lib$(1).a: $(call objects,$(1)) $($(1)_gen)
	@rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach m,$(filter-out $(PURE),$(MODULES)),$(eval $(call module,$(m))))

$(B)/libpure.a: $(foreach m,$(PURE),$(call objects,$(m))) $(app_gen)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/db/%.o: CFLAGS += $(PQ_CFLAGS)

$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(CFLAGS) -c -o $@ $<

$(B)/gen/db_schema.c: $(SCHEMA) src/mk/embed.sh
	@mkdir -p $(@D)
	src/mk/embed.sh db_schema_files $(SCHEMA) >$@.new && mv $@.new $@
$(B)/gen/db_query.c: $(QUERIES) src/mk/embed.sh
	@mkdir -p $(@D)
	src/mk/embed.sh db_query_files $(QUERIES) >$@.new && mv $@.new $@
$(B)/gen/db_demo.c: $(DEMO) src/mk/embed.sh
	@mkdir -p $(@D)
	src/mk/embed.sh db_demo_files $(DEMO) >$@.new && mv $@.new $@
$(B)/gen/db_message.c: $(MESSAGES) src/mk/embed.sh
	@mkdir -p $(@D)
	src/mk/embed.sh db_message_files $(MESSAGES) >$@.new && mv $@.new $@
$(B)/gen/run_page.c: $(PAGES) src/mk/embed.sh
	@mkdir -p $(@D)
	src/mk/embed.sh run_page_files $(PAGES) >$@.new && mv $@.new $@
$(B)/gen/app_keymaps.c: $(KEYMAPS) src/mk/embed.sh
	@mkdir -p $(@D)
	src/mk/embed.sh app_keymap_files $(KEYMAPS) >$@.new && mv $@.new $@

.PHONY: demo help
demo: ## install what is missing, build, and open the dashboard on a sample world
	@src/mk/deps.sh build server
	@$(submake) $(B)/doorstep
	@$(B)/doorstep demo

include src/mk/package.mk

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

# Compiles one module's files, for working on it alone: make compile-core
compile-%:
	$(MAKE) --no-print-directory $(patsubst src/%.c,$(B)/%.o,$(wildcard src/$*/*.c))

include tests/tests.mk

.PHONY: clean
clean: ## remove what was built
	rm -rf $(B)

-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
