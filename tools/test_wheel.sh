#!/usr/bin/env bash
# Build the sdist and from it the wheel (which must hold its kernels), then run the suite against the installed wheel.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
venv=.venvs/wheel
pip=("$venv/bin/python" -m pip --disable-pip-version-check --retries 10 --timeout 180 install --quiet --quiet)

rm -rf dist build
DICOMKIT_REQUIRE_EXT=1 "$python" -m build --no-isolation --outdir dist .
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
wheel=$(ls dist/*.whl)
"${pip[@]}" "$wheel[dev]"
"${pip[@]}" --force-reinstall --no-deps "$wheel"
# -P keeps the checkout's src/ out of the way; the tests themselves come from the checkout.
"$venv/bin/python" -P -c "import dicomkit, pathlib, sys; sys.exit('src' in pathlib.Path(dicomkit.__file__).parts)"
"$venv/bin/python" -P -m pytest -n 2 -q
ls -l dist
