# Everything is set up by the targets that need it: on a clean clone `make test` and `make demo` are the only commands to know.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --retries 10 --timeout 180 install --quiet --quiet
JOBS   ?= 2
PYTEST := $(PY) -m pytest -n $(JOBS)
QUICK  := not slow and not interop and not fuzz
PYTHONS ?= 3.12 3.13
KERNELS := $(wildcard src/dicomkit/_ext/*.pyx src/dicomkit/_ext/*.pxd src/dicomkit/_ext/*.pxi)
STUBS   := $(patsubst src/dicomkit/_ext/%.pyi,dicomkit._ext.%,$(wildcard src/dicomkit/_ext/*.pyi))

.DEFAULT_GOAL := help
.PHONY: help all setup peers demo test test-compiled test-pure test-pythons check build debug sanitize lint types layers docs bench fuzz soak dist clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

all: test docs dist  ## everything that continuous integration and a release run

# --- set-up ----------------------------------------------------------------------------------------------------------

setup: $(VENV)/.built  ## the environment in .venv, the project installed editable, the kernels compiled

$(VENV)/.ready: pyproject.toml
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PIP) "setuptools>=77" "cython>=3.1" wheel
	DICOMKIT_PURE=1 $(PIP) --no-build-isolation --editable ".[dev]"
	@touch $@

$(VENV)/.built: $(VENV)/.ready setup.py $(KERNELS)
	$(PY) setup.py --quiet build_ext --inplace --parallel $(JOBS)
	@touch $@

build: $(VENV)/.ready  ## the kernels, compiled in place whether they changed or not
	$(PY) setup.py --quiet build_ext --inplace --force --parallel $(JOBS)
	@touch $(VENV)/.built

debug: $(VENV)/.ready  ## the kernels with line tracing and no optimisation (for coverage and gdb)
	DICOMKIT_DEBUG=1 $(PY) setup.py --quiet build_ext --inplace --force
	@rm -f $(VENV)/.built

sanitize: $(VENV)/.ready  ## the kernels under AddressSanitizer and UBSan, then the tests of the kernels (TESTS="tests -m …" for more)
	DICOMKIT_SANITIZE=1 DICOMKIT_REQUIRE_EXT=1 $(PY) setup.py --quiet build_ext --inplace --force
	@rm -f $(VENV)/.built
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 \
		PYTHONMALLOC=malloc $(PY) -m pytest -q -p no:randomly $(or $(TESTS),tests/_ext)

PEERS = dcmtk orthanc openssl

peers:  ## DCMTK and Orthanc, the peers that PyPI does not have; the only target that installs outside the checkout
	@if command -v dcmdump >/dev/null && command -v Orthanc >/dev/null && command -v openssl >/dev/null; then \
		echo "peers: $$(dcmdump --version | head -1 | tr -d '$$') $$(Orthanc --version | head -1)"; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(PEERS) && \
		(service orthanc stop >/dev/null 2>&1; update-rc.d orthanc disable >/dev/null 2>&1; true); \
	else echo "peers: $(PEERS) are not all installed and this user cannot install them; comparisons will be skipped"; fi

# --- what a user runs ------------------------------------------------------------------------------------------------

demo: setup  ## read, check, edit and rewrite real files (FILES="a.dcm b.dcm" for your own)
	@$(PY) examples/demo.py $(FILES)

# --- tests and checks ------------------------------------------------------------------------------------------------

test: setup  ## all tests, compiled and pure, and every check (a failure does not hide the next one)
	@$(MAKE) --no-print-directory --keep-going check test-compiled test-pure

test-compiled: setup
	$(PYTEST)

test-pure: setup
	DICOMKIT_PURE=1 $(PYTEST) -m "$(QUICK)"

check: lint types layers docs

lint: setup  ## ruff: rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: setup  ## mypy --strict on the library and the files of tests/typing, and the kernels against their stubs
	$(PY) -m mypy src/dicomkit $(wildcard tests/typing/*.py)
	$(if $(STUBS),$(PY) -m mypy.stubtest --concise --allowlist tests/typing/stubs_allowlist.txt $(STUBS))

layers: setup  ## the import contracts of pyproject.toml
	$(VENV)/bin/lint-imports --no-logo --no-cache

docs: setup  ## the documentation, warnings as errors
	$(PY) examples/pictures.py docs/_pictures
	$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build/html

test-pythons:  ## build and quick tests of the core on the other Pythons that pyenv has
	@for version in $(PYTHONS); do tools/test_python.sh $$version || exit 1; done

# --- measurements ----------------------------------------------------------------------------------------------------

bench: setup  ## the benchmarks against their peers and budgets
	PYTHONPATH=. $(PY) -m benchmarks $(NAMES)

fuzz: setup  ## each fuzz target for SECONDS (60 unless told)
	$(PY) fuzz/run.py --seconds $(or $(SECONDS),60) $(TARGETS)

soak: setup  ## the slow and fuzz tests with many more examples, every truncation with the twins too, 200,000 inputs a target
	HYPOTHESIS_PROFILE=soak $(PYTEST) -m "slow or fuzz" --timeout 3600 -o faulthandler_timeout=4000
	DICOMKIT_PURE=1 $(PYTEST) --timeout 3600 -o faulthandler_timeout=4000 -m "not interop" tests/faults/test_truncation.py
	$(PY) fuzz/run.py --jobs $(JOBS) --executions 200000 --seconds 600

# --- release ---------------------------------------------------------------------------------------------------------

dist: setup  ## sdist and wheel in dist/, then the suite against the installed wheel
	tools/test_wheel.sh

clean:  ## remove what was built, keep the environment
	rm -rf build dist docs/_build docs/_pictures src/*.egg-info src/dicomkit/_ext/*.c src/dicomkit/_ext/*.so $(VENV)/.built
