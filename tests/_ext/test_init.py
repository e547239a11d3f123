"""The choice between kernels and twins is made once, by the environment and by what was compiled."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

IS_BUILT = importlib.util.find_spec("dicomkit._ext.scan") is not None


def chosen(switch: str | None) -> tuple[str, str]:
    """Give whether a fresh interpreter says that it runs compiled code, and the module its scanner comes from."""
    environment = {name: value for name, value in os.environ.items() if name != "DICOMKIT_PURE"}
    if switch is not None:
        environment["DICOMKIT_PURE"] = switch
    program = "from dicomkit import _ext; print(_ext.COMPILED, _ext.Scanner.__module__)"
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    compiled, module = answer.stdout.split()
    return compiled, module


@pytest.mark.parametrize("switch", ["1", "yes", "TRUE"])
def test_the_switch_chooses_the_twins(switch: str):
    """With DICOMKIT_PURE on, the twins run although kernels were compiled."""
    assert ("False", "dicomkit._ext.pure.scan") == chosen(switch)


@pytest.mark.skipif(not IS_BUILT, reason="no kernels here")
@pytest.mark.parametrize("switch", [None, "", "0", "no", "Off"])
def test_kernels_run_where_they_were_built(switch: str | None):
    """Without the switch, or with it off, the compiled kernels run."""
    assert ("True", "dicomkit._ext.scan") == chosen(switch)
