"""Immutable values: what ``dataclass(frozen=True, slots=True)`` makes, for classes that every program loads.

Importing `dataclasses` pulls in `inspect`, `ast`, `dis` and more: 10 ms, half of what importing dicomkit may cost, and
each decorated class compiles its methods at import. These two bases cost nothing but their few lines.
"""

from __future__ import annotations

from dicomkit._lazy import load

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_: object):
        return lambda decorated: decorated


__all__ = ["Frozen", "Options"]


def _restored(cls: type[Frozen], fields: dict[str, object]) -> Frozen:
    value = cls.__new__(cls)
    for name, field in fields.items():
        object.__setattr__(value, name, field)
    return value


class Frozen:
    """A value whose fields are its class's ``__slots__``: immutable, equal and hashed by them, picklable.

    ``__init__`` sets the fields with ``object.__setattr__``. A subclass of a subclass adds no fields.
    """

    __slots__ = ()

    # Not `_fields`: help() takes what has that for a named tuple, and shows all that is private.
    def _as_dict(self) -> dict[str, object]:
        slots: tuple[str, ...] = self.__slots__
        return {name: getattr(self, name) for name in slots}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self._as_dict() == other._as_dict()

    def __hash__(self) -> int:
        return hash((type(self), *self._as_dict().values()))

    def __repr__(self) -> str:
        fields = ", ".join([f"{name}={value!r}" for name, value in self._as_dict().items()])
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self._as_dict())

    def __copy__(self) -> Self:
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot delete {name}")


class _OptionsType(type):
    """Turns the annotated defaults of a class body into slots and the defaults of ``__init__``."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> _OptionsType:
        annotations = namespace.get("__annotations__", {})
        assert isinstance(annotations, dict)  # the interpreter made it
        defaults = {field: namespace.pop(field) for field in annotations if field[0] != "_"}  # not ClassVars
        namespace["__slots__"] = tuple(defaults)
        namespace["_defaults"] = defaults
        return super().__new__(mcs, name, bases, namespace)

    @property
    def __signature__(cls) -> Signature:
        """What ``help``, editors and the reference show instead of ``**fields``."""
        signature: Signature = load("options_signature")(cls)
        return signature


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=True)
class Options(Frozen, metaclass=_OptionsType):
    """A frozen value made from keywords, each with a default in the class body: ``depth: int = 64``.

    Defaults must be immutable. ``replace`` returns a changed copy.
    """

    _defaults: ClassVar[dict[str, object]]

    def __init__(self, **fields: object) -> None:
        defaults = self._defaults
        if not fields.keys() <= defaults.keys():
            unknown = ", ".join(sorted(fields.keys() - defaults.keys()))
            raise TypeError(f"{type(self).__name__} has no option {unknown}; it has {', '.join(defaults)}")
        for name, default in defaults.items():
            object.__setattr__(self, name, fields.get(name, default))
        self._check()

    def _check(self) -> None:
        """Raise ValueError if the fields contradict themselves."""

    def replace(self, **fields: object) -> Self:
        """Return a copy with some fields changed."""
        return type(self)(**{**self._as_dict(), **fields})
