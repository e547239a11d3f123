"""The one door upwards: methods of Dataset that live in higher layers, imported when first used.

The contract test of the layers reads this table; nothing else in the package imports upwards.
"""

from __future__ import annotations

from importlib import import_module

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["TABLE", "LazyMethod", "LazyProperty"]

TABLE = {
    "from_pydicom": "dicomkit.formats.pydicom_objects:from_pydicom",
    "pickled": "dicomkit.file.pickling:reduce",
    "pixel_array": "dicomkit.file.pixels:pixel_array",
    "save_as": "dicomkit.file.write:save_as",
    "to_bytes": "dicomkit.file.write:to_bytes",
    "to_json": "dicomkit.formats.json:to_json",
    "to_pydicom": "dicomkit.formats.pydicom_objects:to_pydicom",
    "to_xml": "dicomkit.formats.xml:to_xml",
}


class LazyMethod:
    """A method whose function is imported at its first use."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def function(self) -> Callable[..., Any]:
        """Import and return the function."""
        module, _, name = TABLE[self.name].partition(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function

    def __get__(self, instance: object, owner: type) -> Any:
        function = self.function()
        return function if instance is None else function.__get__(instance, owner)


class LazyProperty(LazyMethod):
    """A property whose getter is imported at its first use."""

    __slots__ = ()

    def __get__(self, instance: object, owner: type) -> Any:
        return self if instance is None else self.function()(instance)
