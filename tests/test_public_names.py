"""Public means: in a package's `__all__`, documented, and reachable by that name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import dicomkit

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def packages() -> list[ModuleType]:
    """Give the package and its public subpackages."""
    found = [dicomkit]
    for info in pkgutil.walk_packages(dicomkit.__path__, "dicomkit."):
        if info.ispkg and not any(part.startswith("_") for part in info.name.split(".")):
            found.append(importlib.import_module(info.name))
    return found


EVERY_PACKAGE = pytest.mark.parametrize("package", packages(), ids=lambda package: package.__name__)


@EVERY_PACKAGE
def test_each_public_name_is_there(package: ModuleType):
    """Whatever `__all__` promises can be had, each name once."""
    names = list(getattr(package, "__all__", []))
    assert len(names) == len(set(names))
    assert [] == [name for name in names if getattr(package, name, None) is None]


@EVERY_PACKAGE
def test_each_public_class_and_function_says_what_it_is(package: ModuleType):
    """A public class or function has a docstring of its own."""
    undocumented = []
    for name in getattr(package, "__all__", []):
        thing = getattr(package, name)
        if (inspect.isclass(thing) or inspect.isroutine(thing)) and not (thing.__doc__ or "").strip():
            undocumented.append(name)
    assert [] == undocumented


@EVERY_PACKAGE
def test_each_module_says_what_it_is(package: ModuleType):
    """A package has a docstring: one sentence, and the part of the standard it implements."""
    assert (package.__doc__ or "").strip()


@EVERY_PACKAGE
def test_each_package_with_public_names_is_in_the_reference(package: ModuleType):
    """The documentation has a page that takes up whatever the package makes public."""
    pages = [page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md")]
    line = f".. automodule:: {package.__name__}\n"
    assert not hasattr(package, "__all__") or any(line in page for page in pages)
