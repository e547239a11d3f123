"""The choice between kernels and twins is made once, by the environment and by what was compiled."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from dicomkit import _ext

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


@pytest.mark.parametrize("kernel", sorted(Path(_ext.__file__).parent.glob("*.pyx")), ids=lambda path: path.stem)
def test_kernels_keep_the_interpreter_lock(kernel: Path):
    """No kernel says that it runs without the interpreter lock, which it rests on (docs/decisions/0004)."""
    setup = Path(__file__).resolve().parents[2] / "setup.py"
    said = kernel.read_text(encoding="utf-8").partition('"""')[0]
    assert "freethreading_compatible" not in said
    if setup.is_file():
        assert '"freethreading_compatible": True' not in setup.read_text(encoding="utf-8")


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="an interpreter with a lock")
def test_an_interpreter_without_a_lock_takes_one():
    """Where there is no lock, loading the kernels takes it, and a warning says so."""
    program = "import sys; from dicomkit import _ext; print(sys._is_gil_enabled(), _ext.COMPILED)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    has_lock, is_compiled = answer.stdout.split()
    assert is_compiled == has_lock
