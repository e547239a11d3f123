"""Reading the Native DICOM Model (PS3.19 A.1): from_xml.

The parser is expat, which has no recursion, fed piece by piece. A document type declaration, where entities and
references to files would be declared, is refused before anything in it is looked at.
"""

from __future__ import annotations

from xml.parsers import expat

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import EncodingError, LimitExceededError, escaped
from dicomkit.formats.building import Builder, tag_of
from dicomkit.formats.scalars import number_of_text, without_empty_end

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.issue import IssuePolicy
    from dicomkit.core.limits import Limits
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.formats.building import FetchBulkData
    from dicomkit.formats.scalars import Scalar, Value

__all__ = ["NAMESPACE", "from_xml"]

NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"

_FED_AT_A_TIME = 1 << 16
_WHITE_SPACE = " \t\r\n"
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_COMPONENTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")

# The schema of A.1.6: which element may stand in which. Item holds what NativeDicomModel does.
_CHILDREN: dict[str, tuple[str, ...]] = {
    "": ("NativeDicomModel",),
    "NativeDicomModel": ("DicomAttribute",),
    "Item": ("DicomAttribute",),
    "DicomAttribute": ("Value", "InlineBinary", "BulkData", "PersonName", "Item"),
    "PersonName": _GROUPS,
    **dict.fromkeys(_GROUPS, _COMPONENTS),
}
# A.1.5: what the value of a VR may be. LUT Data of US may be InlineBinary (PS3.18 F.2.7), as may be any other value.
_CONTENT = {VR.SQ: ("Item",), VR.PN: ("PersonName", "InlineBinary", "BulkData")}
_OF_OTHERS = ("Value", "InlineBinary", "BulkData")
_HOLDS_TEXT = frozenset(("Value", "InlineBinary", *_COMPONENTS))

# The VRs in whose values white space around them means nothing, however somebody laid out the document.
_STRIPPED = (Kind.NUMBER, Kind.NUMBER_TEXT, Kind.TAG, Kind.TEMPORAL, Kind.UID)


def from_xml(
    data: bytes | bytearray | memoryview | str,
    *,
    bulk_data: FetchBulkData | None = None,
    limits: Limits | None = None,
    issues: IssuePolicy = "collect",
) -> Dataset:
    """Return the data set of a Native DICOM Model document (PS3.19 A.1).

    `bulk_data` is called with the uri of each BulkData element, or with ``urn:uuid:`` and its uuid, and returns the
    bytes of the value, little endian and text in UTF-8; without it such elements are empty, which is an Issue.
    Nothing else ever follows a URI. A private element goes to the block that its creator has in the data set, or else
    to a free one (PS3.5 7.8.1). Elements of group 0002 go to the file meta. What breaks the rules but can be
    understood is on ``ds.issues``, or goes where `issues` says. Raises EncodingError, with path and offset, for
    anything else, such as a document type declaration, and LimitExceededError.
    """
    builder = Builder(limits, issues, bulk_data)
    reader = _Reader(builder)
    encoding = None
    if isinstance(data, str):
        data, encoding = data.encode("utf-8", "replace"), "utf-8"
    parser = expat.ParserCreate(encoding, " ")
    parser.buffer_text = True
    parser.ordered_attributes = False
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.SkippedEntityHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    view = memoryview(data).cast("B")
    try:
        for start in range(0, len(view), _FED_AT_A_TIME):
            parser.Parse(view[start : start + _FED_AT_A_TIME], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"not XML: {expat.ErrorString(error.code)}"
        raise EncodingError(message, offset=parser.ErrorByteIndex, path=reader.path) from None
    except (EncodingError, LimitExceededError) as error:
        if error.offset is None:
            error.offset = parser.CurrentByteIndex
        raise
    except (LookupError, ValueError) as error:
        # What the parser says of an encoding that Python does not know, or that is none of single bytes.
        raise EncodingError(f"the encoding: {escaped(str(error))}", offset=0) from None
    return builder.finish()


def _refuse(*declaration: object) -> int:
    raise EncodingError("a document type declaration or an entity, which the model has no use for")


class _DataSet:
    """NativeDicomModel or Item: a data set being read."""

    __slots__ = ("ds", "path", "private")

    def __init__(self, ds: Dataset, path: tuple[int, ...]) -> None:
        self.ds = ds
        self.path = path
        # Private elements whose creator is named; where it has its block is known when all has been read.
        self.private: list[tuple[Tag, str, VR, Value]] = []


class _Attribute:
    """A DicomAttribute: what is said of an element, and what has been found in it."""

    __slots__ = ("content", "creator", "found", "numbers", "path", "tag", "vr")

    def __init__(self, tag: Tag, vr: VR, creator: str, path: tuple[int, ...]) -> None:
        self.tag = tag
        self.vr = vr
        self.creator = creator
        self.path = path
        self.found = ""  # Value, Item, … : at most one kind
        self.content: list[str | Dataset] = []
        self.numbers: list[int] = []


class _Reader:
    """Takes the events of the parser; a stack of what is open, and of the elements that they stand for."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._open: list[str] = [""]
        self._data_sets: list[_DataSet] = []
        self._attributes: list[_Attribute] = []
        self._text: list[str] = []
        self._size = 0
        self._name: list[list[str]] = []

    @property
    def path(self) -> tuple[int, ...]:
        """The tags and item indexes that lead to what is being read."""
        if len(self._attributes) == len(self._data_sets) and self._attributes:
            return self._attributes[-1].path
        return self._data_sets[-1].path if self._data_sets else ()

    # -- events --------------------------------------------------------------------------------------------------------

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take a start tag."""
        namespace, _, local = name.rpartition(" ")
        if namespace not in ("", NAMESPACE) or local not in _CHILDREN.get(self._open[-1], ()):
            where = f"in {self._open[-1]}" if self._open[-1] else "as the root"
            raise EncodingError(f"the element {escaped(local, 32)} {where} (PS3.19 A.1.6)", path=self.path)
        self._open.append(local)
        self._text.clear()
        self._size = 0
        if local == "NativeDicomModel":
            self._data_sets.append(_DataSet(self._builder.root, ()))
        elif local == "DicomAttribute":
            self._open_attribute(attributes)
        elif local in _GROUPS or local in _COMPONENTS:
            pass
        else:
            self._open_content(local, attributes)

    def text(self, text: str) -> None:
        """Take character data."""
        if self._open[-1] in _HOLDS_TEXT:
            self._text.append(text)
            self._size += len(text)
            bound = self._builder.limits.value_bytes
            if bound is not None and self._size > 2 * bound + 64:
                raise LimitExceededError("value_bytes", self._size, bound=bound, path=self.path)
        elif text.strip(_WHITE_SPACE):
            raise EncodingError(f"text in {self._open[-1]}: '{escaped(text, 32)}'", path=self.path)

    def end(self, name: str) -> None:
        """Take an end tag."""
        local = self._open.pop()
        if local in ("NativeDicomModel", "Item"):
            self._close_data_set(self._data_sets.pop())
        elif local == "DicomAttribute":
            self._close_attribute(self._attributes.pop())
        elif local in ("Value", "InlineBinary"):
            self._attributes[-1].content.append("".join(self._text))
        elif local == "PersonName":
            groups = [without_empty_end(group, "^") for group in self._name]
            self._attributes[-1].content.append(without_empty_end(groups, "="))
        elif local in _COMPONENTS:
            group = self._name[_GROUPS.index(self._open[-1])]
            group[_COMPONENTS.index(local)] = "".join(self._text)

    # -- what they mean ------------------------------------------------------------------------------------------------

    def _open_attribute(self, attributes: dict[str, str]) -> None:
        outer = self._data_sets[-1].path
        tag = tag_of(attributes.get("tag", ""), outer)
        path = (*outer, tag)
        self._builder.count(path)
        vr = self._builder.vr(attributes.get("vr"), tag, path)
        creator = attributes.get("privateCreator", "") if tag.is_private else ""
        self._attributes.append(_Attribute(tag, vr, creator, path))

    def _open_content(self, local: str, attributes: dict[str, str]) -> None:
        attribute = self._attributes[-1]
        if attribute.found and (attribute.found != local or local in ("InlineBinary", "BulkData")):
            raise EncodingError(f"both {attribute.found} and {local}", path=attribute.path)
        if local not in _CONTENT.get(attribute.vr, _OF_OTHERS):
            raise EncodingError(f"{local} in an attribute of VR {attribute.vr}", path=attribute.path)
        attribute.found = local
        number = attributes.get("number", "")
        if local in ("Value", "PersonName", "Item"):
            # Nothing has so many values that their number is longer; a wrong one is reported when all are known.
            is_number = len(number) < 10 and number.isascii() and number.isdigit()
            attribute.numbers.append(int(number) if is_number else 0)
        if local == "Item":
            path = (*attribute.path, len(attribute.content))
            self._builder.check_depth(len(path) // 2, attribute.path)
            self._builder.count(path)
            item = self._builder.dataset()
            attribute.content.append(item)
            self._data_sets.append(_DataSet(item, path))
        elif local == "PersonName":
            self._name = [[""] * len(_COMPONENTS) for _ in _GROUPS]
        elif local == "BulkData":
            uri, uuid = attributes.get("uri", attributes.get("URI", "")), attributes.get("uuid", "")
            if not uri and not uuid:
                raise EncodingError("BulkData with neither uri nor uuid", path=attribute.path)
            attribute.content.append(uri or f"urn:uuid:{uuid}")

    def _close_attribute(self, attribute: _Attribute) -> None:
        builder, holder, path = self._builder, self._data_sets[-1], attribute.path
        # With a creator, gggg0000 is the first element of its block.
        if not attribute.creator and not builder.check_tag(attribute.tag, path):
            return
        self._order(attribute)
        value = self._value(attribute)
        if attribute.creator:
            holder.private.append((attribute.tag, attribute.creator, attribute.vr, value))
            return
        if holder.ds._has(attribute.tag):
            raise EncodingError("the tag occurs twice", path=path)
        builder.store(holder.ds, attribute.tag, attribute.vr, value)

    def _order(self, attribute: _Attribute) -> None:
        """Put values into the order of their numbers, which the schema does not ask the document to keep."""
        numbers = attribute.numbers
        if numbers == list(range(1, len(numbers) + 1)):
            return
        message, action = "values are not numbered from 1 by 1", "taken in the order of their numbers"
        if len(set(numbers)) < len(numbers) or 0 in numbers:
            action = "taken in the order of the document"
        else:
            order = sorted(range(len(numbers)), key=numbers.__getitem__)
            attribute.content = [attribute.content[position] for position in order]
        self._builder.report(IssueCode.VALUE_INVALID, message, action, attribute.path)

    def _value(self, attribute: _Attribute) -> Value:
        builder, vr, path, content = self._builder, attribute.vr, attribute.path, attribute.content
        if attribute.found == "Item" or vr is VR.SQ:
            return Sequence([item for item in content if not isinstance(item, str)])
        texts = [text for text in content if isinstance(text, str)]
        if attribute.found == "InlineBinary":
            return builder.inline(vr, texts[0], path)
        if attribute.found == "BulkData":
            return builder.referenced(vr, texts[0], path)
        parts: list[Scalar] = [text or None for text in texts]
        if vr.kind in _STRIPPED:
            stripped = [text.strip(_WHITE_SPACE) for text in texts]
            read = number_of_text if vr.kind is Kind.NUMBER else str
            parts = [read(text) if text else None for text in stripped]
        return builder.value(vr, parts, path)

    # -- private elements ----------------------------------------------------------------------------------------------

    def _close_data_set(self, holder: _DataSet) -> None:
        blocks: dict[tuple[int, str], list[int]] = {}
        last: dict[tuple[int, str], int] = {}
        for tag, creator, vr, value in holder.private:
            group, element = tag & 0xFFFF0000, tag.element & 0xFF
            if tag.element > 0xFF:
                # Not as the model wants it, which is gggg00ee, but clear.
                block = tag.element >> 8
                self._reserve(holder, group, block, creator)
            else:
                key = group, creator
                if key not in blocks:
                    blocks[key] = self._blocks_of(holder, group, creator)
                elif element <= last[key] and len(blocks[key]) > 1:
                    # A creator with several blocks has its elements in their order; see PS3.18 F.3.1.
                    del blocks[key][0]
                last[key] = element
                block = blocks[key][0]
            place = Tag(group | block << 8 | element)
            if holder.ds._has(place):
                raise EncodingError("the tag occurs twice", path=(*holder.path, place))
            self._builder.store(holder.ds, place, vr, value)

    def _blocks_of(self, holder: _DataSet, group: int, creator: str) -> list[int]:
        """Return the blocks that a creator has reserved, one that it gets now if there is none."""
        blocks = [
            block
            for block in range(0x10, 0x100)
            if holder.ds._has(group | block) and holder.ds._value_of(group | block) == creator
        ]
        return blocks or [self._new_block(holder, group, creator)]

    def _new_block(self, holder: _DataSet, group: int, creator: str) -> int:
        for block in range(0x10, 0x100):
            if not holder.ds._has(group | block):
                self._reserve(holder, group, block, creator)
                return block
        raise EncodingError("no block is left for a private creator (PS3.5 7.8.1)", path=holder.path)

    def _reserve(self, holder: _DataSet, group: int, block: int, creator: str) -> None:
        if block >= 0x10 and not holder.ds._has(group | block):
            path = (*holder.path, Tag(group | block))
            self._builder.store(holder.ds, group | block, VR.LO, self._builder.value(VR.LO, [creator], path))
