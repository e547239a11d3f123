"""The exception tree: as drawn, with fields, in one line, through pickle."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from dicomkit import errors
from dicomkit.core.issue import Issue, IssueCode
from dicomkit.errors import DicomError, escaped, format_path


def drawn() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Read the tree in the docstring: each class with its parent and the builtins in parentheses."""
    tree: dict[str, tuple[str, tuple[str, ...]]] = {}
    parents: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        indented = line.replace("│", " ").replace("├──", "   ").replace("└──", "   ")
        name, _, builtins = indented.strip().partition(" (")
        if not name.endswith("Error") or " " in name:
            continue
        depth = (len(indented) - len(indented.lstrip()) - 4) // 4
        parents[depth:] = [name]
        bases = tuple(builtins.rstrip(")").split(", ")) if builtins else ()
        tree[name] = (parents[depth - 1] if depth else "Exception", bases)
    return tree


def descendants(cls: type[DicomError]) -> list[type[DicomError]]:
    """Give a class and all its subclasses that errors.py defines."""
    own = [sub for sub in cls.__subclasses__() if sub.__module__ == "dicomkit.errors"]
    return [cls, *[found for sub in own for found in descendants(sub)]]


CLASSES = descendants(DicomError)

ARGUMENTS: dict[str, tuple[tuple[object, ...], dict[str, object]]] = {
    "EncodingError": (("bad",), {"offset": 4, "path": (0x0040A730, 2)}),
    "TruncatedError": (("bad",), {"offset": 4}),
    "ValueDecodeError": (("bad",), {"offset": 4, "path": (0x00100030,), "vr": "DA", "value": b"x\n"}),
    "ValueEncodeError": (("bad",), {"tag": 0x00100030, "vr": "DA", "value": "x"}),
    "IssueError": ((Issue(IssueCode.TRUNCATED, "bad", "cut", 4, (0x00100010,)),), {}),
    "FileFormatError": (("bad",), {"source": "a.dcm", "offset": 4}),
    "MissingElementError": ((), {"tag": 0x00100010}),
    "UnknownTagError": ((), {"tag": "PatientNam"}),
    "UnknownKeywordError": (("PatientNam", ("PatientName", "PatientID")), {}),
    "LimitExceededError": (("depth", 65), {"bound": 64, "offset": 4, "path": (0x0040A730,)}),
    "UnsupportedTransferSyntaxError": (("1.2.840.10008.1.2.4.201", "install dicomkit[codecs]"), {}),
    "CodecError": (("bad",), {"codec": "rle", "offset": 4, "frame": 0}),
    "AssociationRejectedError": (("no",), {"result": 1, "source": 1, "reason": 7}),
    "AssociationAbortedError": (("no",), {"source": 2, "reason": 6}),
    "NoPresentationContextError": ((), {"abstract_syntax": "1.2.840.10008.1.1"}),
    "DimseStatusError": (("full",), {"status": 0xA700}),
    "NetworkTimeoutError": ((), {"deadline": 3.5, "waiting_for": "A-ASSOCIATE-AC"}),
    "WebError": (("gone",), {"status": 410, "url": "http://host/studies"}),
}


def example(cls: type[DicomError]) -> DicomError:
    """Make an error with all its fields set."""
    positional, named = ARGUMENTS.get(cls.__name__, (("bad",), {}))
    return cls(*positional, **named)


def test_the_docstring_draws_the_tree():
    """The classes, their parents and the builtins they inherit from are those of the drawing."""
    actual = {}
    for cls in CLASSES:
        own = [base.__name__ for base in cls.__bases__ if base.__module__ == "dicomkit.errors"]
        builtins = tuple(base.__name__ for base in cls.__bases__ if base.__module__ == "builtins")
        actual[cls.__name__] = (own[0], builtins) if own else ("Exception", ())
    assert drawn() == actual


def test_all_names_are_public():
    """Each class of the tree is in `__all__`."""
    assert {cls.__name__ for cls in CLASSES} <= set(errors.__all__)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_pickle_and_copy_keep_the_fields(cls: type[DicomError]):
    """An error comes out of a process pool with the same type, text, args and fields."""
    error = example(cls)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(error) is type(other)
        assert str(error) == str(other)
        assert error.args == other.args
        assert vars(error) == vars(other)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_keyword_arguments_pickle_too(cls: type[DicomError]):
    """Errors made from keywords only, whose args are empty or not, are restored as well."""
    positional, named = ARGUMENTS.get(cls.__name__, (("bad",), {}))
    names = list(inspect.signature(cls.__init__).parameters)[1:]
    error = cls(**dict(zip(names, positional, strict=False)), **named)
    assert vars(error) == vars(pickle.loads(pickle.dumps(error)))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_text_is_one_printable_line(cls: type[DicomError]):
    """Text has no control characters, whatever a file says."""
    text = str(example(cls))
    assert text
    assert text.isprintable()


@pytest.mark.parametrize(("number", "text"), [(0, "0 bytes"), (1, "1 byte"), (2, "2 bytes"), (39206, "39,206 bytes")])
def test_counted(number: int, text: str):
    """One is singular; thousands are separated."""
    assert text == errors.counted(number, "byte")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.EncodingError("bad length", offset=4, path=(0x0040A730, 2, 0x0040A043)),
         "bad length (in (0040,A730)[2].(0040,A043) at offset 4)"),
        (errors.ValueDecodeError("not a date", vr="DA", value=b"2020\x1b[2J"), "DA: not a date: '2020\\x1b[2J'"),
        (errors.ValueEncodeError("not a date", tag=0x00100030, vr="DA", value=5), "(0010,0030): DA: not a date: '5'"),
        (errors.ValueEncodeError("70000 is outside 0 to 65535", tag=0x00280010, vr="US", value=70000),
         "(0028,0010): US: 70000 is outside 0 to 65535"),
        (errors.ValueEncodeError("not a tag: 'zz'", vr="AT", value="zz"), "AT: not a tag: 'zz'"),
        (errors.ValueEncodeError("outside 0 to 65535", vr="US", value=5), "US: outside 0 to 65535: '5'"),
        (errors.MissingElementError(tag=0x00100010), "no element (0010,0010)"),
        (errors.UnknownTagError(tag="x" * 500), f"not a tag: '{'x' * 79}…'"),
        (errors.UnknownKeywordError("PatientNam", ("PatientName",)),
         "'PatientNam' is not a DICOM keyword; did you mean PatientName?"),
        (errors.LimitExceededError("depth", 65, bound=64, offset=9),
         "the limit depth=64 is exceeded by 65 (at offset 9)"),
        (errors.FileFormatError("too short", source="a\nb"), "a\\nb: too short"),
        (errors.DimseStatusError("out of\rspace", status=0xA700), "status 0xA700: out of\\rspace"),
        (errors.WebError(status=404, url="http://h/"), "HTTP 404 (http://h/)"),
        (errors.NetworkTimeoutError(waiting_for="A-RELEASE-RP"), "timed out waiting for A-RELEASE-RP"),
        (errors.CodecError("broken", codec="rle", frame=3, offset=7), "frame 3: rle: broken (at offset 7)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_text_of(error: DicomError, text: str):
    """The text says what, where and with which value, those from outside escaped and cut."""
    assert text == str(error)


def test_missing_element_is_what_getattr_and_mappings_expect():
    """`hasattr` sees MissingElementError as absence, and `except KeyError` catches it."""

    class Holder:
        def __getattr__(self, name: str) -> object:
            raise errors.MissingElementError(tag=0x00100010)

    assert not hasattr(Holder(), "PatientName")
    assert issubclass(errors.MissingElementError, KeyError)


def test_encode_error_with_an_unpicklable_value_pickles():
    """A value that no pickle can hold does not hide the error that carries it."""
    error = errors.ValueEncodeError("no", vr="DA", value=lambda: None)
    assert str(error).startswith("DA: no: '<function")
    assert pickle.loads(pickle.dumps(error)).value.startswith("<function")


@pytest.mark.parametrize("value", [10**5000, [10**5000]], ids=["int", "list"])
def test_a_value_without_repr_still_has_an_error(value: object):
    """An integer longer than Python prints does not turn the error's text into another error."""
    assert type(value).__name__ in str(errors.ValueEncodeError("too large", vr="IS", value=value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain ü 山", "plain ü 山"),
        ("a\r\n\x1b[31m\x7f\x9b\u202e\u2028", "a\\r\\n\\x1b[31m\\x7f\\x9b\\u202e\\u2028"),
        (b"\x00\xff", "\\x00ÿ"),
        ("\ud800", "\\ud800"),
        (12, "12"),
        (None, "None"),
    ],
)
def test_escaped(value: object, text: str):
    """Control, bidirectional and surrogate characters are written as escapes."""
    assert text == escaped(value)


@pytest.mark.parametrize("value", ["x" * 10_000_000, b"\n" * 10_000_000, memoryview(bytes(10_000_000))])
def test_escaped_is_bounded(value: object):
    """However long a value is, its text is not."""
    assert len(escaped(value, 50)) <= 50


STEP = "(0040,A730)[1]"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        ((0x00100010,), "(0010,0010)"),
        ((0x0040A730, 0), "(0040,A730)[0]"),
        ((0x0040A730, 2, 0x0040A043, 0, 0x00080100), "(0040,A730)[2].(0040,A043)[0].(0008,0100)"),
        ((0x0040A730, 1) * 8, ".".join([STEP] * 8)),
        ((0x0040A730, 1) * 8 + (0x00080100,), ".".join([STEP] * 4 + ["…"] + [STEP] * 3 + ["(0008,0100)"])),
        ((0x0040A730, 1) * 10, ".".join([STEP] * 4 + ["…"] + [STEP] * 4)),
        ((0x0040A730, 1) * 10 + (0x00080100,), ".".join([STEP] * 4 + ["…"] + [STEP] * 3 + ["(0008,0100)"])),
    ],
)
def test_format_path(path: tuple[int, ...], text: str):
    """A path alternates tags and item indexes; a very long one is shortened between two items."""
    assert text == format_path(path)
