"""Identifiers of queries and retrievals held against their information model (PS3.4 C.4.1.1.3, C.4.2.1.4, Y.3.2)."""

from __future__ import annotations

from dicomkit import dictionary
from dicomkit.net.services.checks import SUCCESS, Verdict, described
from dicomkit.net.services.items import is_empty

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset import Dataset
    from dicomkit.net.services.models import InformationModel, Level

__all__ = ["check_query", "check_retrieval"]

NOT_OF_THIS_MODEL = 0xA900
INVALID_FRAMES = 0xAA04

_LEVEL = 0x00080052
_FRAME_KEYS = tuple([int(dictionary.tag(name)) for name in ("SimpleFrameList", "CalculatedFrameList", "TimeRange")])


def check_query(model: InformationModel, identifier: Dataset, *, relational: bool = False) -> Verdict:
    """Say what is wrong with the identifier of a C-FIND: A900 with the elements at fault, or success.

    A hierarchical model wants its level in (0008,0052), and one value for the unique key of each level above, unless
    relational queries were negotiated (PS3.4 C.4.1.2.2.1). Models without levels take any keys.
    """
    level, verdict = _level(model, identifier)
    if level is None or relational or not verdict.is_success:
        return verdict
    return _check_above(model, level, identifier)


def check_retrieval(model: InformationModel, identifier: Dataset, *, relational: bool = False) -> Verdict:
    """Say what is wrong with the identifier of a C-MOVE or C-GET: A900, AA04 for frames, or success.

    Beside what a query needs, the unique key of the level itself must be there, with one UID or several; a Patient ID
    is one (PS3.4 C.4.2.1.4.1). Frames are asked for of one instance, in one of three ways (PS3.4 Y.3.2).
    """
    level, verdict = _level(model, identifier)
    if level is None or not verdict.is_success:
        return verdict
    tag = int(dictionary.tag(level.unique_key))
    if not _values(identifier, tag):
        return Verdict(NOT_OF_THIS_MODEL, described("missing", [tag]), [tag])
    if _has_wildcard(identifier, tag):
        return Verdict(NOT_OF_THIS_MODEL, described("no single value", [tag]), [tag])
    if level.name in ("PATIENT", "FRAME") and len(_values(identifier, tag)) > 1:
        return Verdict(NOT_OF_THIS_MODEL, described("not one value", [tag]), [tag])
    if level.name == "FRAME":
        given = [one for one in _FRAME_KEYS if not is_empty(identifier, one)]
        return SUCCESS if len(given) == 1 else Verdict(INVALID_FRAMES, "not one list of frames", given or _FRAME_KEYS)
    # Instances are enough for the models that know nothing else of them.
    if relational or model.levels[0].name == "IMAGE":
        return SUCCESS
    return _check_above(model, level, identifier)


def _level(model: InformationModel, identifier: Dataset) -> tuple[Level | None, Verdict]:
    if not model.is_hierarchical:
        return (model.levels[0] if model.levels[0].unique_key else None), SUCCESS
    name = str(identifier[_LEVEL].value or "").strip() if _LEVEL in identifier else ""
    level = model.level(name)
    if level is not None:
        return level, SUCCESS
    comment = f"no level of {model.name}" if name else "missing: QueryRetrieveLevel"
    return None, Verdict(NOT_OF_THIS_MODEL, comment, [_LEVEL])


def _check_above(model: InformationModel, level: Level, identifier: Dataset) -> Verdict:
    tags = [int(dictionary.tag(above.unique_key)) for above in model.above(level.name)]
    wrong = [tag for tag in tags if len(_values(identifier, tag)) != 1 or _has_wildcard(identifier, tag)]
    return Verdict(NOT_OF_THIS_MODEL, described("not one value", wrong), wrong) if wrong else SUCCESS


def _values(identifier: Dataset, tag: int) -> list[object]:
    if is_empty(identifier, tag):
        return []
    value = identifier[tag].value
    return list(value) if isinstance(value, list) else [value]


def _has_wildcard(identifier: Dataset, tag: int) -> bool:
    return any("*" in str(value) or "?" in str(value) for value in _values(identifier, tag))
