#!/usr/bin/env bash
# Build the kernels and run the quick tests of the core, from bytes to pixels, on another Python, if pyenv has it: tools/test_python.sh 3.13
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
python=$(command -v pyenv >/dev/null && pyenv prefix "$(pyenv versions --bare | grep -E "^${version//./\\.}(\.|$)" | tail -n 1)" 2>/dev/null || true)/bin/python
if [ ! -x "$python" ]; then
    echo "test-pythons: no Python $version here, skipped"
    exit 0
fi
venv=.venvs/$version
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip=("$venv/bin/python" -m pip --disable-pip-version-check --retries 10 --timeout 180 install --quiet --quiet)
"${pip[@]}" "setuptools>=77" "cython>=3.1" wheel
DICOMKIT_PURE=1 "${pip[@]}" --no-build-isolation --editable ".[test]"
"$venv/bin/python" setup.py --quiet build_ext --inplace --parallel 2
echo "test-pythons: Python $version"
core=(_ext core dictionary encoding dataset file formats codecs pixels leaks net/ul net/dimse)
"$venv/bin/python" -m pytest -n 2 -q -m "not slow and not interop and not fuzz" "${core[@]/#/tests/}"
