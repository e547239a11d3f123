"""Signatures of classes whose ``__init__`` takes any keyword; a module of its own, for `inspect` takes long to load."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomkit.core.frozen import Options

__all__ = ["options_signature"]


def options_signature(cls: type[Options]) -> Signature:
    """Return the signature of a class of options: its fields as keywords with their defaults."""
    annotations = cls.__annotations__
    return Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotations[name])
            for name, default in cls._defaults.items()
        ]
    )
