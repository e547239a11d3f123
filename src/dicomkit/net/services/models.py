"""Information models of queries: levels, their unique keys, and the SOP Classes that work on them (PS3.4 C.3, C.6)."""

from __future__ import annotations

from dicomkit.core.frozen import Frozen
from dicomkit.core.uid import UID

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.net.services.attributes import AttributeTable

__all__ = ["InformationModel", "Level"]


class Level(Frozen):
    """A level of an information model: its name in (0008,0052), its unique key, and the keys of queries at it.

    A model without levels has one, whose name is empty.
    """

    __slots__ = ("keys", "name", "unique_key")

    name: str
    unique_key: str
    keys: AttributeTable

    def __init__(self, name: str, unique_key: str, keys: AttributeTable) -> None:
        """Take the cells of a row; the unique key is a keyword, empty where the model has none."""
        put = object.__setattr__
        put(self, "name", name)
        put(self, "unique_key", unique_key)
        put(self, "keys", keys)


class InformationModel(Frozen):
    """A model that queries and retrievals speak of, such as Study Root; immutable.

    ``find``, ``move`` and ``get`` are the SOP Classes of these operations, None where the model has no such operation.
    """

    __slots__ = ("name", "section", "levels", "find", "move", "get")  # noqa: RUF023  in the order of a row

    name: str
    section: str
    levels: tuple[Level, ...]
    find: UID | None
    move: UID | None
    get: UID | None

    def __init__(
        self, name: str, section: str, levels: Iterable[Level], *, find: str = "", move: str = "", get: str = ""
    ) -> None:
        """Take the cells of a row."""
        put = object.__setattr__
        put(self, "name", name)
        put(self, "section", section)
        put(self, "levels", tuple(levels))
        put(self, "find", UID(find) if find else None)
        put(self, "move", UID(move) if move else None)
        put(self, "get", UID(get) if get else None)

    @property
    def is_hierarchical(self) -> bool:
        """True if identifiers must name a level in (0008,0052)."""
        return bool(self.levels[0].name)

    def level(self, name: str) -> Level | None:
        """Return the level of a name such as ``"STUDY"``, None if the model has no such level."""
        for level in self.levels:
            if level.name == name:
                return level
        return None

    def above(self, name: str) -> tuple[Level, ...]:
        """Return the levels above one, top first: those whose unique keys an identifier must give (PS3.4 C.4.1)."""
        names = [level.name for level in self.levels]
        return self.levels[: names.index(name)] if name in names else ()
