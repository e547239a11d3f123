"""Run the fuzzer from a checkout: `python fuzz/run.py --help`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    runpy.run_module("fuzz", run_name="__main__", alter_sys=True)
