"""What every test may use: peers, real files, and the mode (compiled or pure) in pytest's header."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

import dicomkit


def peers_required() -> bool:
    """Say whether a missing peer is a failure (in continuous integration) or a reason to skip."""
    return os.environ.get("REQUIRE_PEERS", "") not in {"", "0"}


def pytest_report_header() -> str:
    """Print which implementation of the kernels these tests run."""
    info = getattr(dicomkit, "info", None)
    return f"dicomkit {dicomkit.__version__}: {info() if info is not None else 'no kernels yet'}"


def missing(what: str, remedy: str) -> None:
    """Skip for a missing peer, or fail where peers are required."""
    text = f"{what} is not installed: {remedy}"
    if peers_required():
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture(scope="session")
def require_peer() -> Callable[[str], str]:
    """Give a function that finds a peer's program, or skips (fails with REQUIRE_PEERS=1)."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            missing(program, "run `make peers`")
        return str(path)

    return find
