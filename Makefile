# make run          a working identity server on http://127.0.0.1:8005, its data in ./aldrava-data
# make test         everything that matters, on SQLite and PostgreSQL; what continuous integration runs
# make test-full    the same, with the shipped program, sanitizers, counted instructions, fuzzing and long kill -9 loops
# make check        format, layers, imports, forbidden calls: seconds
# make instructions the hot paths' instructions and allocations beside those on record; instructions-record keeps them
# make bench        beside the limit and beside peers, into docs/BENCHMARKS.md; ROWS="health me" for some rows
# make soak         mixed load on both databases with a fault every few seconds; SOAK_MINUTES=20, SOAK_SEED to repeat
# make install      the built program, its manual page and completions into PREFIX (/usr/local), below DESTDIR

stage := Scripts/stage
# Where tests keep files for a moment: in memory where there is room, since making and deleting files is a tenth of their work.
scratch := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 4000000 ] 2>/dev/null && echo /dev/shm || echo /tmp)
python := .build/venv/bin/python
postgres := Scripts/with-postgres
# What is tested from outside: the program that was built with the tests, and in `make test-full` the one that is shipped, which
# takes longer to build than there is time for in `make test`.
built = $(CURDIR)/.build/debug/aldrava
outside = env TMPDIR=$(scratch) $(postgres) env ALDRAVA_BINARY=$(built) ALDRAVA_TEST_REQUIRE_POSTGRES=1 ALDRAVA_TEST_PAGES=$(views) \
	PYTHONPATH=Tests/Outside $(python) -m unittest
groups = '$(outside) contract readme journey dump tls' \
	'$(outside) keys raw' '$(outside) operate mail' \
	'$(outside) docs_page pages cookies forward_auth openapi audit hashing refresh' \
	'$(outside) account_pages profile_pages observe admin_users breached recovery throttle enumeration' \
	'$(outside) hashes bringing directory erasure remote organisations row_security'
longest := timeout 900 swift test --disable-xctest --skip-build --ignore-lock --filter
suites := env TMPDIR=$(scratch) $(postgres) env ALDRAVA_TEST_REQUIRE_POSTGRES=1 Scripts/suites

.NOTPARALLEL:
.PHONY: run build build-shipped install install-deps install-test-deps check test test-full inside outside tally instructions instructions-record bench soak clean

run: install-deps build
	exec .build/release/aldrava serve

install-deps:
	@Scripts/install build

install-test-deps:
	@Scripts/install test

build: install-deps build-shipped

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

test: inside outside tally

# The stages of `make test`, the quickest and likeliest to fail first.
inside:
	@rm -rf .build/stages
	@$(stage) install Scripts/install test
	@$(stage) check Scripts/check
	@$(stage) build-debug swift build --build-tests
	@$(stage) suites $(suites) 480 --skip-build

outside:
	@$(stage) outside Scripts/side-by-side $(groups)
	@$(stage) ends Scripts/side-by-side '$(outside) supervise' 'env ALDRAVA_TEST_LOOPS=2 $(outside) kill' Tests/Differential/run
	@$(stage) cluster $(outside) cluster

# Here the program from outside is the one that is shipped. What takes long because it waits does so together.
test-full: built = $(CURDIR)/.build/release/aldrava
test-full: views = all
test-full: inside build-shipped outside
	@$(stage) install-full Scripts/install full
	@$(stage) check-test Scripts/check-test
	@$(stage) instructions-test Scripts/gate-instructions-test
	@$(stage) instructions Scripts/gate-instructions
	@$(stage) address env ASAN_OPTIONS=detect_leaks=0 $(suites) 600 --sanitize=address --scratch-path .build/address
	@$(stage) thread $(suites) 600 --sanitize=thread -c release -Xswiftc -enable-testing --scratch-path .build/thread
	@$(stage) fuzz-long Scripts/fuzz 90
	@$(stage) orders-and-faults-long Scripts/side-by-side \
		'env TMPDIR=$(scratch) ALDRAVA_TEST_ORDERS=600 $(longest) NodeOrderTests' \
		'env TMPDIR=$(scratch) ALDRAVA_TEST_ORDERS=all $(longest) SQLiteFaultTests'
	@$(stage) cluster-long env ALDRAVA_TEST_LOOPS=10 $(outside) cluster
	@$(stage) long Scripts/side-by-side 'env ALDRAVA_TEST_SECONDS=200 $(outside) contract' \
		'env ALDRAVA_TEST_LOOPS=40 $(outside) refresh' 'env ALDRAVA_TEST_LOOPS=25 $(outside) kill'
	@$(MAKE) --no-print-directory tally

build-shipped:
	@$(stage) build-release Scripts/build-release

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
