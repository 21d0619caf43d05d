# make run          a working identity server on http://127.0.0.1:8005, its data in ./aldrava-data
# make test         everything that matters, on SQLite and PostgreSQL; what continuous integration runs
# make test-full    the same, with sanitizers, longer fuzzing and long kill -9 loops
# make check        format, layers, imports, forbidden calls: seconds
# make bench        beside nginx on this machine

stage := Scripts/stage
python := .build/venv/bin/python
postgres := Scripts/with-postgres
outside := $(postgres) env ALDRAVA_TEST_REQUIRE_POSTGRES=1 PYTHONPATH=Tests/Outside $(python) -m unittest
suites := env TMPDIR=/dev/shm $(postgres) env ALDRAVA_TEST_REQUIRE_POSTGRES=1 Scripts/suites

.NOTPARALLEL:
.PHONY: run build install-deps install-test-deps check test test-full gate tally bench clean

run: install-deps build
	exec .build/release/aldrava serve

install-deps:
	@Scripts/install build

install-test-deps:
	@Scripts/install test

build: install-deps
	@$(stage) build-release Scripts/build-release

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
	@$(stage) outside $(outside) readme journey dump raw audit
	@$(stage) kill env ALDRAVA_TEST_LOOPS=3 $(outside) kill
	@$(stage) differential Tests/Differential/run
	@$(stage) fuzz Scripts/fuzz 10

test-full: gate
	@$(stage) address env ASAN_OPTIONS=detect_leaks=0 $(suites) 600 --sanitize=address --scratch-path .build/address
	@$(stage) thread $(suites) 600 --sanitize=thread -c release -Xswiftc -enable-testing --scratch-path .build/thread
	@$(stage) fuzz-long Scripts/fuzz 150
	@$(stage) kill-long env ALDRAVA_TEST_LOOPS=40 $(outside) kill
	@$(MAKE) --no-print-directory tally

tally:
	@Scripts/tally

bench: build
	@Scripts/install test
	@Scripts/bench

clean:
	rm -rf .build
