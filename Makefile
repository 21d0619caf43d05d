# make run          a working identity server on http://127.0.0.1:8005, its data in ./aldrava-data
# make test         everything that matters, on SQLite and PostgreSQL; what continuous integration runs
# make test-full    the same, with sanitizers, counted instructions, longer fuzzing and long kill -9 loops
# make check        format, layers, imports, forbidden calls: seconds
# make instructions the hot paths' instructions and allocations beside those on record; instructions-record keeps them
# make bench        beside the limit and beside peers, into docs/BENCHMARKS.md; ROWS="health me" for some rows
# make soak         mixed load on both databases with a fault every few seconds; SOAK_MINUTES=20, SOAK_SEED to repeat
# make install      the built program, its manual page and completions into PREFIX (/usr/local), below DESTDIR

stage := Scripts/stage
python := .build/venv/bin/python
postgres := Scripts/with-postgres
outside := $(postgres) env ALDRAVA_TEST_REQUIRE_POSTGRES=1 PYTHONPATH=Tests/Outside $(python) -m unittest
suites := env TMPDIR=/dev/shm $(postgres) env ALDRAVA_TEST_REQUIRE_POSTGRES=1 Scripts/suites

.NOTPARALLEL:
.PHONY: run build install install-deps install-test-deps check test test-full gate tally instructions instructions-record bench soak clean

run: install-deps build
	exec .build/release/aldrava serve

install-deps:
	@Scripts/install build

install-test-deps:
	@Scripts/install test

build: install-deps
	@$(stage) build-release Scripts/build-release

# Builds nothing: root may run it after somebody else ran `make build`.
PREFIX ?= /usr/local
BINARY ?= .build/release/aldrava
share := $(DESTDIR)$(PREFIX)/share
install:
	@test -x $(BINARY) || { echo '$(BINARY) is missing: make build' >&2; exit 66; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/aldrava
	$(BINARY) man | install -D -m 644 /dev/stdin $(share)/man/man1/aldrava.1
	$(BINARY) completion bash | install -D -m 644 /dev/stdin $(share)/bash-completion/completions/aldrava
	$(BINARY) completion zsh | install -D -m 644 /dev/stdin $(share)/zsh/site-functions/_aldrava
	$(BINARY) completion fish | install -D -m 644 /dev/stdin $(share)/fish/vendor_completions.d/aldrava.fish
	for unit in $(wildcard packaging/systemd/*); do \
		sed 's|/usr/bin/|$(PREFIX)/bin/|' $$unit | \
			install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; done

check:
	@Scripts/check

test: gate tally

# The stages of `make test`, the quickest and likeliest to fail first.
gate:
	@rm -rf .build/stages
	@$(stage) install Scripts/install test
	@$(stage) check Scripts/check
	@$(stage) check-test Scripts/check-test
	@$(stage) build-debug swift build --build-tests
	@$(stage) suites $(suites) 180 --skip-build
	@$(stage) build-release Scripts/build-release
	@$(stage) outside $(outside) readme journey dump raw observe keys supervise tls openapi docs_page contract operate audit hashing
	@$(stage) kill env ALDRAVA_TEST_LOOPS=3 $(outside) kill
	@$(stage) differential Tests/Differential/run
	@$(stage) fuzz Scripts/fuzz 10

test-full: gate
	@$(stage) install-full Scripts/install full
	@$(stage) instructions-test Scripts/gate-instructions-test
	@$(stage) instructions Scripts/gate-instructions
	@$(stage) address env ASAN_OPTIONS=detect_leaks=0 $(suites) 600 --sanitize=address --scratch-path .build/address
	@$(stage) thread $(suites) 600 --sanitize=thread -c release -Xswiftc -enable-testing --scratch-path .build/thread
	@$(stage) fuzz-long Scripts/fuzz 150
	@$(stage) contract-long env ALDRAVA_TEST_SECONDS=300 $(outside) contract
	@$(stage) kill-long env ALDRAVA_TEST_LOOPS=40 $(outside) kill
	@$(MAKE) --no-print-directory tally

tally:
	@Scripts/tally

instructions instructions-record:
	@Scripts/install full
	@Scripts/gate-instructions $(if $(filter %-record,$@),--record)

bench: build
	@Scripts/install bench
	@Scripts/with-postgres $(python) Benchmarks/bench $(ROWS)

# Not with the stages of a test: it takes its time, and needs the machine for itself.
soak: build
	@Scripts/install test
	@$(postgres) $(python) Tests/Soak/soak.py

clean:
	rm -rf .build
