"""Hypothesis strategies: data sets of all VRs, and models that are right, wrong or nonsense."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dicomkit import DataElement, Dataset
from tests.strategies import value_texts

__all__ = ["attribute_names", "data_sets", "json_documents", "xml_documents"]

_UNICODE = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\\^=\ufffe\uffff"), max_size=12
).map(str.strip)
_LONG = st.text(st.sampled_from("äöü Ж日本\r\n\t<>&\"']]>"), max_size=20).map(lambda text: text.rstrip(" "))


def _name(text: str) -> str:
    """Give a name without the delimiters at its end, which the models do not keep."""
    return "=".join(group.rstrip("^") for group in text.split("=")).rstrip("=")


_NUMBERS = {
    "FD": st.floats(),
    "FL": st.floats(width=32),
    "SL": st.integers(-(2**31), 2**31 - 1),
    "SS": st.integers(-(2**15), 2**15 - 1),
    "SV": st.integers(-(2**63), 2**63 - 1),
    "UL": st.integers(0, 2**32 - 1),
    "US": st.integers(0, 2**16 - 1),
    "UV": st.integers(0, 2**64 - 1),
    "AT": st.integers(0, 2**32 - 1),
}
_TEXTS = {
    **{vr: value_texts(vr) for vr in ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI")},
    "LO": _UNICODE,
    "PN": value_texts("PN").map(_name) | _UNICODE,
    "SH": _UNICODE,
    "UC": _UNICODE,
}
_SIZES = {"OB": 1, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "UN": 1}


def _several(one: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return one | st.lists(one, min_size=2, max_size=4)


_VALUES: dict[str, SearchStrategy[Any]] = {
    **{vr: st.none() | _several(numbers) for vr, numbers in _NUMBERS.items()},
    **{vr: st.just("") | _several(texts | st.just("")) for vr, texts in _TEXTS.items()},
    **dict.fromkeys(("LT", "ST", "UT"), _LONG),
    "UR": value_texts("UR"),
    **{vr: st.binary(max_size=3).map(lambda data, size=size: data * size) for vr, size in _SIZES.items()},
}

_TAGS = st.sampled_from([0x00080012, 0x00100010, 0x00185100, 0x00720070, 0x7FE00010]) | st.integers(
    0x00091001, 0x00091009
)


@st.composite
def data_sets(draw: st.DrawFn, depth: int = 2) -> Dataset:
    """Give data sets in UTF-8 with elements of all VRs, private ones too, and sequences down to a depth."""
    ds = draw(_items(depth))
    ds.SpecificCharacterSet = "ISO_IR 192"
    return ds


@st.composite
def _items(draw: st.DrawFn, depth: int) -> Dataset:
    ds = Dataset()
    ds[0x00090010] = DataElement(0x00090010, "LO", "ACME")
    for tag in draw(st.lists(_TAGS, max_size=4, unique=True)):
        if depth and draw(st.booleans()):
            items = draw(st.lists(_items(depth - 1), max_size=2))
            ds[tag] = DataElement(tag, "SQ", items)
        else:
            vr = draw(st.sampled_from(sorted(_VALUES)))
            ds[tag] = DataElement(tag, vr, draw(_VALUES[vr]))
    return ds


# -- models that may be anything ---------------------------------------------------------------------------------------

#: What stands for a tag.
attribute_names = st.sampled_from(
    ["00080005", "00100010", "0010001a", "00091001", "00020010", "00080000", "FFFEE000", "7FE00010", "PatientID", ""]
)
_vr_names = st.sampled_from([*sorted({*_VALUES, "US or SS", "xx", ""}), "DS", "IS", "PN", "SQ", "SQ", "UN", "FD", "US"])
_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 3),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["00100020", "1.5", "NaN", "-inf", "20240101", "A\\B", "QUJD", "\ud800", "ISO_IR 100", "9" * 50]),
)


def _models(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    attribute = st.fixed_dictionaries(
        {},
        optional={
            "vr": _vr_names | _leaves,
            "Value": st.lists(inner | _leaves, max_size=3) | _leaves,
            "InlineBinary": st.sampled_from(["QUJD", "QUI=", "?", ""]) | _leaves,
            "BulkDataURI": st.text(max_size=5) | _leaves,
        },
    )
    name = st.dictionaries(st.sampled_from(["Alphabetic", "Ideographic", "Phonetic", "x"]), _leaves, max_size=3)
    return st.dictionaries(attribute_names, attribute | _leaves, max_size=4) | name | st.lists(inner, max_size=2)


#: Objects that JSON can say, most of them shaped like a model.
json_documents: SearchStrategy[Any] = st.recursive(_leaves, _models, max_leaves=12)

_ELEMENTS = [
    *("NativeDicomModel", "DicomAttribute", "Value", "InlineBinary", "BulkData", "PersonName", "Item", "Alphabetic"),
    *("Ideographic", "Phonetic", "FamilyName", "GivenName", "Other"),
]
_attributes = st.fixed_dictionaries(
    {},
    optional={
        "tag": attribute_names,
        "vr": _vr_names,
        "number": st.sampled_from(["1", "2", "3", "0", "x", "99999999999"]),
        "privateCreator": st.sampled_from(["ACME", "", "Ä"]),
        "uri": st.text("abc:/", max_size=4),
        "uuid": st.just("u"),
    },
)
_words = st.sampled_from(["", " ", "1", "-0", "1e999", "ABC", "QUJD", "00100010", "\n", "é", "A\\B", "NaN"])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _nodes(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    def node(name: str, attributes: dict[str, str], children: list[str]) -> str:
        said = "".join(f' {key}="{_escaped(value)}"' for key, value in attributes.items())
        return f"<{name}{said}>{''.join(children)}</{name}>"

    return st.builds(node, st.sampled_from(_ELEMENTS), _attributes, st.lists(inner, max_size=3))


@st.composite
def _likely(draw: st.DrawFn) -> str:
    """Give a DicomAttribute with children that could belong there."""
    tag, vr = draw(attribute_names), draw(_vr_names)
    child = draw(st.sampled_from(["Value", "Item", "PersonName", "InlineBinary", "BulkData"]))
    count = draw(st.integers(0, 2))
    creator = draw(st.sampled_from(["", ' privateCreator="ACME"', ' privateCreator="X"']))
    inside = [f'<{child} number="{number + 1}">{draw(_words)}</{child}>' for number in range(count)]
    return f'<DicomAttribute tag="{tag}" vr="{vr}"{creator}>{"".join(inside)}</DicomAttribute>'


#: XML documents, most of them shaped like a model.
xml_documents: SearchStrategy[str] = st.recursive(_words | _likely(), _nodes, max_leaves=12) | st.lists(
    _likely(), max_size=4
).map(lambda parts: f"<NativeDicomModel>{''.join(parts)}</NativeDicomModel>")
