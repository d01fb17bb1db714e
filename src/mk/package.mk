# What is written from the program's own tables, what is installed, and the Debian package.

DOCUMENTS := tables man complete
$(addprefix $(B)/,$(DOCUMENTS)): $(B)/%: src/mk/%.c $(foreach m,cli run term net feed db loop,$(B)/lib$(m).a) $(B)/libpure.a
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

MAN         := $(patsubst src/mk/man/%,$(B)/share/man/%,$(wildcard src/mk/man/*.[1-8]))
COMPLETIONS := $(addprefix $(B)/share/complete/,doorstep.bash _doorstep doorstep.fish)
$(B)/share/man/%: src/mk/man/% $(B)/man
	@mkdir -p $(@D)
	$(B)/man $< >$@.new && mv $@.new $@
$(B)/share/complete/%: src/mk/complete/% $(B)/complete
	@mkdir -p $(@D)
	$(B)/complete $< >$@.new && mv $@.new $@

.PHONY: documents readme install deb
documents: $(MAN) $(COMPLETIONS) ## man pages and shell completions: build/share
readme: $(B)/tables ## fill the tables in README.md from the program
	@$(B)/tables README.md >$(B)/README.new && mv $(B)/README.new README.md

# The program carries its schema and keymaps; the keymap files are installed as documentation.
TO      := $(DESTDIR)$(PREFIX)
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
UNITS   := $(wildcard src/mk/systemd/*.service src/mk/systemd/*.socket src/mk/systemd/*.timer)
# Units name the program and pages its data where they will be.
here     = sed 's,/usr/\(local/\)\?\(bin/doorstep\|share/doorstep\),$(PREFIX)/\2,g'

install: $(B)/doorstep documents ## copy all there is to PREFIX (/usr/local), under DESTDIR if given
	install -d $(TO)/bin $(TO)/share/doorstep/keymaps $(TO)/share/bash-completion/completions $(DESTDIR)$(ZSHDIR) \
	    $(TO)/share/fish/vendor_completions.d $(DESTDIR)$(UNITDIR) $(TO)/lib/sysusers.d
	install -m 755 $(B)/doorstep $(TO)/bin/doorstep
	install -m 644 $(KEYMAPS) $(TO)/share/doorstep/keymaps/
	install -m 644 $(B)/share/complete/doorstep.bash $(TO)/share/bash-completion/completions/doorstep
	install -m 644 $(B)/share/complete/_doorstep $(DESTDIR)$(ZSHDIR)/_doorstep
	install -m 644 $(B)/share/complete/doorstep.fish $(TO)/share/fish/vendor_completions.d/doorstep.fish
	for page in $(MAN); do \
	    folder=$(TO)/share/man/man$${page##*.}; install -d $$folder && $(here) $$page >$$folder/$${page##*/} && \
	    chmod 644 $$folder/$${page##*/} || exit 1; done
	for unit in $(UNITS); do \
	    $(here) $$unit >$(DESTDIR)$(UNITDIR)/$${unit##*/} && chmod 644 $(DESTDIR)$(UNITDIR)/$${unit##*/} || exit 1; done
	install -m 644 src/mk/systemd/doorstep.sysusers $(TO)/lib/sysusers.d/doorstep.conf

deb: $(B)/doorstep documents ## a Debian package: build/doorstep_VERSION_ARCH.deb
	@rm -rf $(B)/deb
	@$(MAKE) --no-print-directory -s B=$(B) install PREFIX=/usr DESTDIR=$(B)/deb UNITDIR=/lib/systemd/system \
	    ZSHDIR=/usr/share/zsh/vendor-completions
	@src/mk/deb/build.sh $(B)/deb $(VERSION) $(B)
