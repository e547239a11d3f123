"""What every test may use: peers, real files, and the mode (compiled or pure) in pytest's header."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import hypothesis
import pytest

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

import dicomkit
from tests.corpora import missing_corpora, real_file, real_files

# A machine under load must not turn an example that merely took long into a failure; speed has tests of its own.
hypothesis.settings.register_profile("default", deadline=None, print_blob=True)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=20)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=20_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def peers_required() -> bool:
    """Say whether a missing peer is a failure (in continuous integration) or a reason to skip."""
    return os.environ.get("REQUIRE_PEERS", "") not in {"", "0"}


def pytest_configure() -> None:
    """Bound the memory of each test process: what runs away fails there, before it takes the machine along."""
    if resource is not None and "asan" not in os.environ.get("LD_PRELOAD", ""):  # the sanitizer maps terabytes
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        bound = 8 << 30
        resource.setrlimit(resource.RLIMIT_AS, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def pytest_report_header() -> str:
    """Print which implementation of the kernels these tests run, and on how many real files."""
    info = getattr(dicomkit, "info", None)
    mode = info() if callable(info) else "no kernels yet"
    return f"dicomkit {dicomkit.__version__}: {mode}; {len(real_files())} real files"


def missing(what: str, remedy: str) -> NoReturn:
    """Skip for a missing peer, or fail where peers are required."""
    text = f"{what} is not installed: {remedy}"
    if peers_required():
        pytest.fail(text)
    pytest.skip(text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a failure of `pytest.importorskip` for a package that is missing where peers are required."""
    report = yield
    if report.skipped and peers_required() and "could not import" in str(report.longrepr):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def require_peer() -> Callable[[str], str]:
    """Give a function that finds a peer's program, or skips (fails with REQUIRE_PEERS=1)."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            missing(program, "run `make peers`")
        return path

    return find


@pytest.fixture(scope="session")
def require_package() -> Callable[[str], ModuleType]:
    """Give a function that imports a peer's package, or skips (fails with REQUIRE_PEERS=1)."""

    def find(package: str) -> ModuleType:
        try:
            return importlib.import_module(package)
        except ImportError:
            missing(package, "run `make setup`")

    return find


@pytest.fixture(scope="session")
def corpus() -> tuple[tuple[str, Path], ...]:
    """Give `(id, path)` of all real files, or skip (fail with REQUIRE_PEERS=1) where a corpus is missing."""
    for name in missing_corpora():
        missing(name, "run `make setup`")
    return real_files()


@pytest.fixture
def sample_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: object) -> Path:
    """Make an empty folder with CT_small.dcm the current one: where the examples of the documentation run."""
    shutil.copyfile(real_file("CT_small.dcm"), tmp_path / "CT_small.dcm")
    monkeypatch.chdir(tmp_path)
    return tmp_path
