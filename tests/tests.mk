# Tests. Unit tests are tests/unit/NAME_test.c: cmocka against libpure.a alone, or against
# the module libraries named in LIBS_NAME below.

UNIT := $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/*_test.c))

# unit tests that need more than the pure half: extra archives and libraries, by test name
ALL_ARCHIVES = $(foreach m,cli run term feed db loop,$(B)/lib$(m).a)
UNIT_FEED    = $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/feed_*_test.c))
UNIT_LOOP    = $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/loop_*_test.c))
UNIT_DB      = $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/db_*_test.c))
UNIT_TERM    = $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/term_*_test.c))
UNIT_CLI     = $(patsubst tests/unit/%_test.c,$(B)/tests/%_test,$(wildcard tests/unit/cli_*_test.c))
$(UNIT_FEED): $(B)/libfeed.a
$(UNIT_LOOP): $(B)/libloop.a
$(UNIT_DB): $(B)/libdb.a $(B)/libloop.a
$(UNIT_TERM): $(B)/libterm.a
$(UNIT_CLI): $(B)/libcli.a $(B)/librun.a $(B)/libterm.a $(B)/libfeed.a $(B)/libdb.a $(B)/libloop.a

$(B)/tests/%_test: tests/unit/%_test.c $(B)/libpure.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests -o $@ $< $(LDFLAGS) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcmocka $(LIBS)

.PHONY: unit
unit: $(UNIT)
	@for t in $(UNIT); do LC_ALL=C.UTF-8 $$t || exit 1; done
