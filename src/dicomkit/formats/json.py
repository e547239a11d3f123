"""The DICOM JSON Model (PS3.18 Annex F): to_json, iter_json and from_json."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import accumulate
from json import JSONDecodeError, JSONDecoder, JSONEncoder
from math import isfinite

from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.vr import VR, Kind
from dicomkit.errors import EncodingError, LimitExceededError, ValueDecodeError, escaped
from dicomkit.formats.building import Builder, tag_of
from dicomkit.formats.scalars import non_finite_text, without_empty_end, without_surrogates
from dicomkit.formats.traversal import (
    CLOSE_SEQUENCE,
    ELEMENT,
    EMPTY_SEQUENCE,
    OPEN_ITEM,
    OPEN_SEQUENCE,
    BulkData,
    base64_pieces,
    steps,
    value_length,
)

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from dicomkit.core.issue import IssuePolicy
    from dicomkit.core.limits import Limits
    from dicomkit.core.tag import Tag
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.formats.building import FetchBulkData
    from dicomkit.formats.scalars import Scalar, Value
    from dicomkit.formats.traversal import BulkDataURI

    # JSON's own types: dict, list, str, int, float, None.
    JSONObject: TypeAlias = dict[str, Any]
    JSONScalar: TypeAlias = str | int | float | dict[str, str] | None

__all__ = ["from_json", "from_json_array", "iter_json", "to_json"]

BULK_THRESHOLD = 1024
"""Bytes of a value above which `bulk_data_uri` is asked; what pydicom and most servers take."""

# RFC 8259 6: integers beyond are not the same to every reader, so that SV and UV beyond go as strings (PS3.18 F.2.3).
_LARGEST_SAFE = (1 << 53) - 1

_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")

# How much text iter_json gathers before it gives some out.
_CHUNK = 1 << 15

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)


# -- values ------------------------------------------------------------------------------------------------------------


def _text(vr: VR, value: Value, as_text: bool) -> JSONScalar:
    return without_surrogates(str.__str__(value)) if value else None


def _name(vr: VR, value: Value, as_text: bool) -> JSONScalar:
    groups = without_surrogates(str.__str__(value)).split("=", 2)
    return {name: group for name, group in zip(_GROUPS, groups, strict=False) if group} or None


def _number_text(vr: VR, value: Value, as_text: bool) -> JSONScalar:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return without_surrogates(str.__str__(value))  # what is no number, and was kept as it was found
    if as_text:
        return str(value)
    if isinstance(value, int):
        number = int(value)
        return number if -_LARGEST_SAFE <= number <= _LARGEST_SAFE else str(value)
    real = float(value)
    text = value.original_text if isinstance(value, DSfloat) else None
    if text is None:
        return int(real) if real.is_integer() and abs(real) <= _LARGEST_SAFE and str(real)[0:2] != "-0" else real
    if not _is_exact(text, real):
        return text  # PS3.18 F.2.3, note: "to avoid losing precision of a decimal string"
    return int(text) if text.lstrip("+-").isdigit() and real else real


def _is_exact(text: str, real: float) -> bool:
    """Return whether a float says the same decimal number as the text that it was read from."""
    if len(text) <= 15 and "e" not in text and "E" not in text:
        return True  # up to 15 digits are always the same after the way through a double
    return Decimal(text) == Decimal(repr(real))


def _number(vr: VR, value: Value, as_text: bool) -> JSONScalar:
    if value is None:
        return None
    if isinstance(value, int):
        if vr in (VR.SV, VR.UV) and (as_text or not -_LARGEST_SAFE <= value <= _LARGEST_SAFE):
            return str(int(value))
        return int(value)
    # JSON has no number for these, and PS3.18 no rule; see the list of words in dicomkit.formats.scalars.
    return float(value) if isfinite(value) else non_finite_text(value)


def _tag(vr: VR, value: Value, as_text: bool) -> JSONScalar:
    return None if value is None else f"{int(value):08X}"


_ENCODE: dict[Kind, Callable[[VR, Value, bool], JSONScalar]] = {
    Kind.TEXT: _text,
    Kind.UID: _text,
    Kind.NAME: _name,
    Kind.NUMBER_TEXT: _number_text,
    Kind.TEMPORAL: _text,
    Kind.NUMBER: _number,
    Kind.TAG: _tag,
}
_ENCODE_OF = {vr._value_: _ENCODE[vr.kind] for vr in VR if vr.kind in _ENCODE}


class _Attributes:
    """Makes the attribute objects of elements: what the options say, applied (PS3.18 F.2.2)."""

    __slots__ = ("_as_text", "_bulk")

    def __init__(self, bulk: BulkData, as_text: bool) -> None:
        self._bulk = bulk
        self._as_text = as_text

    def of(self, ds: Dataset, tag: int, vr: VR) -> JSONObject:
        """Return the attribute object of an element."""
        reference = self.reference(ds, tag, vr)
        if reference is not None:
            return reference
        if vr.kind is Kind.BINARY:
            text = "".join(base64_pieces(ds, tag, vr))
            return {"vr": vr._value_, "InlineBinary": text} if text else {"vr": vr._value_}
        return self._with_values(vr, self.values(ds, tag, vr))

    def reference(self, ds: Dataset, tag: int, vr: VR) -> JSONObject | None:
        """Return the attribute object of an element that goes by reference."""
        uri = self._bulk.uri(ds, tag, vr)
        return None if uri is None else {"vr": vr._value_, "BulkDataURI": uri}

    def values(self, ds: Dataset, tag: int, vr: VR) -> list[JSONScalar]:
        """Return the members of Value, one None for an empty element (F.2.4, F.2.5)."""
        value = ds._value_of(tag)
        encode, as_text = _ENCODE_OF[vr._value_], self._as_text
        if isinstance(value, list):
            return [encode(vr, part, as_text) for part in value]
        return [encode(vr, value, as_text)]

    @staticmethod
    def _with_values(vr: VR, values: list[JSONScalar]) -> JSONObject:
        if len(values) == 1 and values[0] is None:
            return {"vr": vr._value_}
        return {"vr": vr._value_, "Value": values}


# -- writing -----------------------------------------------------------------------------------------------------------


def to_json(
    ds: Dataset,
    *,
    bulk_data_uri: BulkDataURI | None = None,
    bulk_threshold: int = BULK_THRESHOLD,
    numbers_as_text: bool = False,
    limits: Limits | None = None,
) -> JSONObject:
    """Return the DICOM JSON Model object of a data set, made of JSON's own types (PS3.18 F.2.2).

    `bulk_data_uri` is called with the path (tags and item indexes in turn) and the element of each value of more than
    `bulk_threshold` bytes, and returns the URI that stands for it, or None to have it inline. With `numbers_as_text`,
    DS, IS, SV and UV are strings, which keeps how a number was written. Group lengths and the file meta are left out.
    Raises LimitExceededError for sequences nested deeper than `limits` (by default those of the data set) allow.
    """
    path: list[int] = []
    attributes = _Attributes(BulkData(bulk_data_uri, bulk_threshold, path), numbers_as_text)
    root: JSONObject = {}
    current = root
    outer: list[tuple[JSONObject, list[JSONObject]]] = []
    for what, holder, tag, vr in steps(ds, path, limits or ds._context.limits):
        if what == ELEMENT:
            current[f"{tag:08X}"] = attributes.of(holder, tag, vr)
        elif what == EMPTY_SEQUENCE:
            current[f"{tag:08X}"] = {"vr": "SQ"}
        elif what == OPEN_SEQUENCE:
            items: list[JSONObject] = []
            current[f"{tag:08X}"] = {"vr": "SQ", "Value": items}
            outer.append((current, items))
        elif what == OPEN_ITEM:
            current = {}
            outer[-1][1].append(current)
        elif what == CLOSE_SEQUENCE:
            current, _ = outer.pop()
    return root


def iter_json(
    ds: Dataset,
    *,
    bulk_data_uri: BulkDataURI | None = None,
    bulk_threshold: int = BULK_THRESHOLD,
    numbers_as_text: bool = False,
    limits: Limits | None = None,
) -> Iterator[str]:
    """Iterate over the text of the DICOM JSON Model object of a data set, to be joined or encoded as UTF-8.

    It says what to_json says, with the same arguments, but is never in memory as a whole: items are made one at a
    time, and long values are read piece by piece. DS and IS stand there as they were written, where that is a JSON
    number.
    """
    path: list[int] = []
    attributes = _Attributes(BulkData(bulk_data_uri, bulk_threshold, path), numbers_as_text)
    gathered: list[str] = []
    size = 0
    for piece in _pieces(ds, path, attributes, limits or ds._context.limits):
        gathered.append(piece)
        size += len(piece)
        if size > _CHUNK:
            yield "".join(gathered)
            gathered.clear()
            size = 0
    yield "".join(gathered)


_encode = JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode


def _pieces(ds: Dataset, path: list[int], attributes: _Attributes, limits: Limits) -> Iterator[str]:
    comma = False
    yield "{"
    for what, holder, tag, vr in steps(ds, path, limits):
        if what == ELEMENT:
            yield f'{"," if comma else ""}"{tag:08X}":'
            reference = attributes.reference(holder, tag, vr)
            if reference is not None:
                yield _encode(reference)
            elif vr.kind is Kind.BINARY:
                yield from _binary(holder, tag, vr)
            else:
                yield _values(attributes, holder, tag, vr)
            comma = True
        elif what == EMPTY_SEQUENCE:
            yield f'{"," if comma else ""}"{tag:08X}":{{"vr":"SQ"}}'
            comma = True
        elif what == OPEN_SEQUENCE:
            yield f'{"," if comma else ""}"{tag:08X}":{{"vr":"SQ","Value":['
        elif what == OPEN_ITEM:
            yield ",{" if path[-1] else "{"
            comma = False
        elif what == CLOSE_SEQUENCE:
            yield "]}"
            comma = True
        else:
            yield "}"
    yield "}"


def _binary(ds: Dataset, tag: int, vr: VR) -> Iterator[str]:
    if not value_length(ds, tag, vr):
        yield f'{{"vr":"{vr._value_}"}}'
        return
    yield f'{{"vr":"{vr._value_}","InlineBinary":"'
    yield from base64_pieces(ds, tag, vr)
    yield '"}'


def _values(attributes: _Attributes, ds: Dataset, tag: int, vr: VR) -> str:
    scalars = attributes.values(ds, tag, vr)
    if len(scalars) == 1 and scalars[0] is None:
        return f'{{"vr":"{vr._value_}"}}'
    if vr.kind is Kind.NUMBER_TEXT:
        value = ds._value_of(tag)
        parts = value if isinstance(value, list) else (value,)
        texts = [_as_written(part, scalar) for part, scalar in zip(parts, scalars, strict=True)]
    else:
        # repr() of a number is what the encoder writes too, without being asked one by one.
        texts = [repr(scalar) if type(scalar) in (int, float) else _encode(scalar) for scalar in scalars]
    return f'{{"vr":"{vr._value_}","Value":[{",".join(texts)}]}}'


def _as_written(part: Value, scalar: JSONScalar) -> str:
    """Return the text of a DS or IS: its own, where that is a JSON number."""
    if isinstance(part, (DSfloat, ISint)) and not isinstance(scalar, str):
        text = part.original_text
        if text is not None and _JSON_NUMBER.fullmatch(text):
            return text
    return _encode(scalar)


# -- reading -----------------------------------------------------------------------------------------------------------


def from_json(
    model: Mapping[str, Any] | list[Any] | str | bytes | bytearray | memoryview,
    *,
    bulk_data: FetchBulkData | None = None,
    limits: Limits | None = None,
    issues: IssuePolicy = "collect",
) -> Dataset:
    """Return the data set of a DICOM JSON Model object, or of its text in UTF-8 (PS3.18 F.2).

    An array of one object is taken for the object. `bulk_data` is called with each BulkDataURI and returns the bytes
    of the value, little endian and text in UTF-8; without it such elements are empty, which is an Issue. Nothing else
    ever follows a URI. Elements of group 0002 go to the file meta. What breaks the rules but can be understood is on
    ``ds.issues``, or goes where `issues` says. Raises EncodingError, with the path, for anything else, and
    LimitExceededError.
    """
    builder = Builder(limits, issues, bulk_data)
    parsed = _parsed(model, builder.limits)
    if not isinstance(parsed, list):
        parsed = [parsed]
    elif parsed is model:
        parsed = parsed[:]  # the caller's own
    if len(parsed) != 1:
        raise EncodingError(f"{len(parsed)} data sets where one is expected; see from_json_array")
    return _built(builder, parsed)


def from_json_array(
    models: Iterable[Mapping[str, Any]] | str | bytes | bytearray | memoryview,
    *,
    bulk_data: FetchBulkData | None = None,
    limits: Limits | None = None,
    issues: IssuePolicy = "collect",
) -> list[Dataset]:
    """Return the data sets of an array of DICOM JSON Model objects, the answer of a web service (PS3.18 F.2.1).

    The arguments are those of from_json; limits count for each data set.
    """
    builder = Builder(limits, issues, bulk_data)
    parsed = _parsed(models, builder.limits)
    if not isinstance(parsed, list):
        parsed = [parsed] if isinstance(parsed, dict) else list(parsed)
    return [_built(Builder(limits, issues, bulk_data), [model]) for model in parsed]


class _Repeated(dict):  # type: ignore[type-arg]  # of what JSON has
    """An object of which a name occurs twice: valid JSON, but nobody can say what it means."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    return result if len(result) == len(pairs) else _Repeated(result)


def _real(text: str) -> float:
    # The text is kept, for a DS is what was written.
    try:
        return DSfloat(text)
    except ValueDecodeError:
        return float(text)  # infinite


def _whole(text: str) -> float:
    # More digits than any VR can hold, and than Python converts in linear time.
    if len(text) > 40:
        return _real(text)
    return -0.0 if text == "-0" else int(text)


def _parsed(model: object, limits: Limits) -> Any:
    """Return what JSON text says; what is no text is taken as it is."""
    if isinstance(model, (bytes, bytearray, memoryview)):
        data = bytes(model)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise EncodingError("JSON is UTF-8 (RFC 8259 8.1), this is not", offset=error.start) from None
    elif isinstance(model, str):
        text = model.removeprefix("\ufeff")
        data = text.encode("utf-8", "surrogatepass")
    else:
        return model
    if limits.depth is not None:
        _check_nesting(data, limits.depth)
    decoder = JSONDecoder(object_pairs_hook=_unique, parse_float=_real, parse_int=_whole)
    try:
        return decoder.decode(text)
    except JSONDecodeError as error:
        raise EncodingError(f"not JSON: {escaped(error.msg)}", offset=error.pos) from None
    except RecursionError:
        # Only with the limit raised beyond what the stack of the parser, which recurses, holds.
        raise LimitExceededError("depth", _nesting(data) // 3, bound=limits.depth or 0) from None


# What is opened on the way to a value: array, object, attribute, Value; for each level an item, an attribute and its
# Value; the object of a person name.
_AROUND, _PER_LEVEL = 5, 3


def _check_nesting(data: bytes, depth: int) -> None:
    """Raise LimitExceededError for text that nests deeper than a model of so many levels, before it is parsed."""
    nesting = _nesting(data)
    if nesting > _AROUND + _PER_LEVEL * depth:
        raise LimitExceededError("depth", (nesting - _AROUND + _PER_LEVEL - 1) // _PER_LEVEL, bound=depth)


_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b'"[]{}'))
_STRING = re.compile(rb'"[^"]*"')


def _nesting(data: bytes) -> int:
    """Return how deep arrays and objects nest in text, valid or not; in linear time and by the C of bytes."""
    if b"\\" in data:
        # A run of backslashes escapes itself in pairs from the left, and what is left over escapes a quote.
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    bare = data.translate(_BRACKETS, _OTHERS)
    brackets = _STRING.sub(b"", bare.replace(b'""', b"")).replace(b'"', b"")
    removed = 0
    while removed < 6 and b"[]" in brackets:
        # Each time the innermost go; of a real model hardly anything is left.
        brackets = brackets.replace(b"[]", b"")
        removed += 1
    steps_of = {ord("["): 1, ord("]"): -1}
    return removed + max(accumulate(map(steps_of.__getitem__, brackets)), default=0)


class _Pending:
    """The items of a sequence, and what the model says of those that are still to be filled."""

    __slots__ = ("contents", "items", "path")

    def __init__(self, path: list[int], items: list[Dataset], contents: list[Any]) -> None:
        self.path = tuple(path)
        self.items = items
        self.contents = contents[::-1]


def _built(builder: Builder, models: list[Any]) -> Dataset:
    """Return the data set of the one parsed model, which is taken out of its list.

    Nobody else may have it then, and what has been read of it is let go, so that it and the data set need not both be
    in memory as a whole.
    """
    path: list[int] = []
    known: dict[str, Tag] = {}
    stack = [_Pending(path, [builder.root], [models.pop()])]
    while stack:
        top = stack[-1]
        if not top.contents:
            stack.pop()
            continue
        content = top.contents.pop()
        number = len(top.items) - 1 - len(top.contents)
        path[:] = (*top.path, number, 0) if top.path else (0,)
        if type(content) is not dict:
            content = _data_set_object(content, path)
        inner: list[_Pending] = []
        ds = top.items[number]
        for name, attribute in content.items():
            tag = known.get(name)
            if tag is None:
                tag = tag_of(name, tuple(path[:-1]))
                path[-1] = tag
                if type(attribute) is dict and not builder.check_tag(tag, path):
                    builder.count(path)
                    continue
                known[name] = tag
            path[-1] = tag
            _add_attribute(builder, ds, tag, attribute, path, inner)
        inner.reverse()
        stack += inner
    return builder.finish()


def _data_set_object(content: object, path: list[int]) -> dict[str, Any]:
    """Return what is taken for the object of a data set, EncodingError for what cannot be."""
    here = tuple(path[:-1])
    if content is None and here:
        return {}  # pydicom takes null for an empty item, so it is met
    if not isinstance(content, dict):
        raise EncodingError(f"{_kind(content)} where the object of a data set is expected", path=here)
    if type(content) is _Repeated:
        raise EncodingError("a tag occurs twice", path=here)
    return content


_MEMBERS = ("Value", "BulkDataURI", "InlineBinary")


def _add_attribute(
    builder: Builder, ds: Dataset, tag: Tag, attribute: object, path: list[int], inner: list[_Pending]
) -> None:
    if not isinstance(attribute, dict):
        raise EncodingError(f"{_kind(attribute)} where the object of an attribute is expected", path=tuple(path))
    if type(attribute) is _Repeated:
        raise EncodingError("a member occurs twice", path=tuple(path))
    builder.count(path)
    if ds._has(tag):
        raise EncodingError("the tag occurs twice, in small and in capital letters", path=tuple(path))
    vr = builder.vr(attribute.get("vr"), tag, path)
    if len(attribute) == 2 and "Value" in attribute:
        member, content = "Value", attribute["Value"]
        if content is None:
            content = []
    else:
        member, content = _content_of(attribute, path)
    if member == "Value" and not isinstance(content, list):
        raise EncodingError(f"{_kind(content)} where the array of values is expected", path=tuple(path))
    if member == "Value" and vr is VR.SQ:
        if content:
            builder.check_depth((len(path) + 1) // 2, path)
        sequence = builder.sequence(len(content), path)
        inner.append(_Pending(path, list(sequence), content))
        builder.store(ds, tag, vr, sequence)
    else:
        builder.store(ds, tag, vr, _value(builder, vr, member, content, path))


def _content_of(attribute: dict[str, Any], path: list[int]) -> tuple[str, Any]:
    """Return which member holds the value, and what it holds; Value with nothing in it if none does (F.2.5)."""
    given = [member for member in _MEMBERS if member in attribute]
    if len(given) > 1:
        # F.2.2: "At most one of".
        raise EncodingError(f"both {given[0]} and {given[1]}", path=tuple(path))
    member = given[0] if given else "Value"
    content = attribute.get(member)
    return member, [] if content is None and member == "Value" else content


def _value(builder: Builder, vr: VR, member: str, content: Any, path: list[int]) -> Value:
    if member == "Value":
        if vr is VR.PN:
            content = [_name_text(builder, part, path) for part in content]
        return builder.value(vr, content, path)
    if isinstance(content, list) and len(content) == 1:
        content = content[0]  # as the example of PS3.18 F.4 has it, against F.2.2
    if not isinstance(content, str):
        raise EncodingError(f"{_kind(content)} where the string of {member} is expected", path=tuple(path))
    return builder.inline(vr, content, path) if member == "InlineBinary" else builder.referenced(vr, content, path)


def _name_text(builder: Builder, part: object, path: list[int]) -> Scalar:
    """Return the DICOM text of a person name (F.2.2)."""
    if not isinstance(part, dict):
        if isinstance(part, str):
            builder.note(path)("a string where the object of a person name is expected", "taken as its text")
        elif part is not None:
            raise EncodingError(f"{_kind(part)} where the object of a person name is expected", path=tuple(path))
        return part
    groups = [part.get(name) or "" for name in _GROUPS]
    if type(part) is _Repeated or not all(isinstance(group, str) for group in groups):
        raise EncodingError("each group of a person name is one string", path=tuple(path))
    if any("\\" in group for group in groups):
        raise EncodingError("a backslash cannot be part of a person name (PS3.5 6.2)", path=tuple(path))
    if part.keys() - set(_GROUPS):
        builder.note(path)("a person name has other members than its groups", "left out")
    return without_empty_end(groups, "=")


def _kind(content: object) -> str:
    """Return what something is to JSON."""
    if content is None:
        return "null"
    names: dict[type, str] = {dict: "an object", list: "an array", str: "a string", bool: "a truth value"}
    for kind, name in names.items():
        if isinstance(content, kind):
            return name
    return "a number" if isinstance(content, (int, float)) else f"a {type(content).__name__}"
