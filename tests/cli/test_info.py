"""`dicomkit info`."""

from __future__ import annotations

import dicomkit
from dicomkit.installation import OPTIONAL_PACKAGES
from tests.cli.conftest import Run


def test_says_what_is_installed(run: Run):
    """Version, kernels, edition of the standard, every optional package."""
    result = run("info")
    assert (0, "") == (result.status, result.err)
    assert f"dicomkit  {dicomkit.__version__}" in result.out
    assert dicomkit.dictionary.EDITION in result.out
    assert dicomkit.info().kernels in result.out
    assert [] == [name for name, _, _ in OPTIONAL_PACKAGES if f"\n{name} " not in result.out]


def test_json_is_that_of_the_library(run: Run):
    """--json says what dicomkit.info() says."""
    assert dicomkit.info().to_json() == run("info", "--json").json
