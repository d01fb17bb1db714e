# How the tests are built and run; tests/README.md says what they are.
#
# tests/unit/AREA_subject_test.c links libpure.a and what NEEDS_AREA names; e2e tests link cmocka and
# libvterm only, for they see the program from outside.

NEEDS_loop := loop
NEEDS_db   := db loop
NEEDS_feed := feed db loop
NEEDS_net  := net loop
HELP_net   := tests/net_stub.c
NEEDS_term := term loop
NEEDS_run  := run term net feed db loop
NEEDS_cli  := cli run term net feed db loop

UNIT_TESTS := $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/*_test.c))
E2E_TESTS  := $(patsubst tests/e2e/%_test.c,$(B)/tests/e2e_%_test,$(wildcard tests/e2e/*_test.c))
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_TESTS := $(FUZZ_NAMES:%=$(B)/tests/fuzz_%)
BENCHES    := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))

area      = $(firstword $(subst _, ,$(notdir $(1))))
archives  = $(foreach m,$(NEEDS_$(call area,$(1))),$(B)/lib$(m).a)
link_test = $(CC) $(CFLAGS) -Itests -o $@ $(filter %.c,$^) $(LDFLAGS) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

.SECONDEXPANSION:
E2E_HELP := $(filter-out %_test.c,$(wildcard tests/e2e/*.c))
$(B)/tests/e2e_%_test: tests/e2e/%_test.c $(E2E_HELP) $(wildcard tests/e2e/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PQ_CFLAGS) -Itests -o $@ $< $(E2E_HELP) $(LDFLAGS) -lcmocka -lvterm -lutil $(LIBS)
$(B)/tests/%_test: tests/unit/%_test.c $$(HELP_$$(call area,$$*)) $$(call archives,$$*) $(B)/libpure.a
	@mkdir -p $(@D)
	$(link_test) -lcmocka $(LIBS)
# This one tells the clock, and answers for the database.
$(B)/tests/db_relay_test: private LDFLAGS += -Wl,--wrap=loop_now,--wrap=wire_send
# Fuzz targets: the tests give them their corpora, libFuzzer (make fuzz) what it makes of those.
fuzz_needs = $(wildcard tests/fuzz/lib/*.h) $(foreach m,$(filter-out $(PURE),$(MODULES)),$(B)/lib$(m).a) $(B)/libpure.a
link_fuzz  = $(CC) $(CFLAGS) -Itests/fuzz/lib -I. -o $@ $(filter %.c,$^) $(LDFLAGS) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)
$(B)/tests/fuzz_%: tests/fuzz/%.c tests/fuzz/lib/fuzz.c tests/fuzz/lib/replay.c $$(fuzz_needs)
	@mkdir -p $(@D)
	$(link_fuzz)
$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/lib/fuzz.c $$(fuzz_needs)
	@mkdir -p $(@D)
	$(link_fuzz) -fsanitize=fuzzer
$(B)/tests/db_% $(B)/tests/feed_% $(B)/bench/%: CFLAGS += $(PQ_CFLAGS)
# The benchmarks see the program from outside too.
$(B)/bench/%: tests/bench/%.c tests/e2e/terminal.c $$(foreach m,$(filter-out $(PURE),$(MODULES)),$(B)/lib$$(m).a) $(B)/libpure.a
	@mkdir -p $(@D)
	$(link_test) -lvterm -lutil $(LIBS)

# Helpers of the tests: tests/tools/NAME.c
TOOLS := $(patsubst tests/tools/%.c,$(B)/tests/tool_%,$(wildcard tests/tools/*.c))
$(B)/tests/tool_%: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS)

# What e2e/clock preloads into the program.
$(B)/tests/shift.so: tests/tools/preload/shift.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -shared -fPIC -o $@ $<

# Everything the tests need, built; `make check` runs them on what is there (ONLY="unit/core db/").
.PHONY: build-tests check unit
build-tests: $(B)/doorstep $(B)/tables $(TOOLS) $(B)/tests/shift.so $(UNIT_TESTS) $(E2E_TESTS) $(FUZZ_TESTS) documents
check: build-tests
	@B=$(B) tests/tools/run $(ONLY)
unit: $(UNIT_TESTS)
	@for t in $(UNIT_TESTS); do LC_ALL=C.UTF-8 $$t || exit 1; done

# DOORSTEP_FAULTS: places at which tests/cli/faults.sh has the program die (include/loop/fault.h).
SANITIZE := EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DDOORSTEP_FAULTS" \
            HARDEN="-fstack-protector-strong -fPIE" OPT="-O1 -g"
FUZZING  := CC=clang EXTRA="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" \
            HARDEN=-fPIE OPT="-O1 -g"
COVERAGE := EXTRA=--coverage HARDEN=-fPIE OPT="-O0 -g"
JOBS     ?= $(shell nproc)
submake   = $(MAKE) --no-print-directory -s -j$(JOBS)

.PHONY: test asan faults fuzz fuzzers cov lint bench
test: ## install what is missing, build, run every test; ends with "N passed, N failed"
	@src/mk/deps.sh build server test
	@$(submake) build-tests
	@B=$(B) tests/tools/run $(ONLY)

asan: ## the same tests with the address and undefined-behaviour sanitizers
	@src/mk/deps.sh build server test
	@$(submake) B=build/asan $(SANITIZE) build-tests
	@B=build/asan RUN_TIMEOUT=900 tests/tools/run $(ONLY)

valgrind: ## the end-to-end tests with the program under valgrind (slow); ONLY="e2e/queue" some of them
	@src/mk/deps.sh build server test valgrind
	@$(submake) build-tests
	@B=$(B) VALGRIND=1 RUN_TIMEOUT=900 tests/tools/run $(or $(ONLY),$(filter-out e2e/hostile,$(patsubst tests/e2e/%_test.c,e2e/%,$(wildcard tests/e2e/*_test.c))))

fuzzers: $(FUZZ_NAMES:%=$(B)/fuzz/%)
fuzz: ## libFuzzer on what comes from outside, FUZZ_SECONDS (600) a target, ONLY="feed form" some of them
	@src/mk/deps.sh build fuzz
	@$(submake) B=build/fuzz $(FUZZING) fuzzers
	@B=build/fuzz tests/tools/fuzz $(ONLY)

faults: ## kills, freezes and cuts off a worker at every step of its work
	@src/mk/deps.sh build server test
	@$(submake) B=build/faults EXTRA=-DDOORSTEP_FAULTS build/faults/doorstep $(TOOLS:$(B)/%=build/faults/%)
	@B=build/faults RUN_TIMEOUT=900 tests/tools/run cli/faults

cov: ## lines covered by the tests, a file a line, least first
	@src/mk/deps.sh build server test
	@$(submake) B=build/cov $(COVERAGE) build-tests
	@find build/cov -name '*.gcda' -delete
	@B=build/cov tests/tools/run $(ONLY)
	@tests/tools/cov build/cov

lint: ## layers, warnings under two compilers, banned calls, scripts, static checks
	@src/mk/deps.sh build lint
	@src/mk/lint.sh $(B)/lint

bench: ## measures speed against bare programs, in one run
	@src/mk/deps.sh build server
	@$(submake) $(B)/doorstep $(TOOLS) $(BENCHES)
	@B=$(B) tests/bench/run
