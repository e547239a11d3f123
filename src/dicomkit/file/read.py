"""Reading DICOM files and bare data sets (PS3.10 7)."""

from __future__ import annotations

from functools import lru_cache

from dicomkit._ext import Scanner, scan_file
from dicomkit._lazy import load
from dicomkit.core.issue import Issue, IssueCode, IssueCollector
from dicomkit.core.tag import Tag
from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset, FilePart
from dicomkit.encoding.options import DEFAULT_READ, ReadOptions
from dicomkit.encoding.scanning import FIRST_WINDOW, keep_offset_tables, kernel_limits, report_deviations, run
from dicomkit.file.declared import check_declared
from dicomkit.file.meta import read_meta
from dicomkit.file.preamble import find_start, guess_form, has_form
from dicomkit.file.sources import open_source

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomkit._ext import Index
    from dicomkit.core.buffer import ByteSource
    from dicomkit.file.sources import Opened, Source

__all__ = ["dcmread", "index_data_set"]

_PIXELS = 0x7FE00008  # Float, Double Float and Pixel Data are the last elements of a data set but for paddings
_NO_STOP = 0xFFFFFFFF
_SPECIFIC_CHARACTER_SET = 0x00080005


def dcmread(
    source: Source,
    options: ReadOptions | None = None,
    *,
    force: bool | None = None,
    stop_before_pixels: bool | None = None,
    specific_tags: Sequence[int | str] | None = None,
    defer_size: int | str | None = None,
) -> Dataset:
    """Read a file: every element is indexed, values are decoded and large ones fetched when they are asked for.

    `source` is a path, an fsspec URL, bytes, or a binary file object. The other keywords are shorthand for options, as
    ported code uses them. What the file does wrong is on ``ds.issues``. Raises OSError for what cannot be opened,
    NotDicomError for what is not DICOM, LimitExceededError beyond ``options.limits``, and IssueError under the policy
    "raise".
    """
    if options is None:
        options = DEFAULT_READ
    if not isinstance(options, ReadOptions):
        raise TypeError(
            f"ReadOptions say how to read, not {type(options).__name__}; force, stop_before_pixels, specific_tags and "
            "defer_size are given by name"
        )
    if force is not None or stop_before_pixels is not None or specific_tags is not None or defer_size is not None:
        options = _with_shorthand(options, force, stop_before_pixels, specific_tags, defer_size)
    opened = open_source(source, force=bool(options.force))
    try:
        return _read(opened, options)
    finally:
        opened.close()


def _with_shorthand(
    options: ReadOptions,
    force: bool | None,
    stop_before_pixels: bool | None,
    specific_tags: Sequence[int | str] | None,
    defer_size: int | str | None,
) -> ReadOptions:
    changed: dict[str, object] = {}
    if force is not None:
        changed["force"] = force
    if stop_before_pixels is not None:
        changed["stop_before_pixels"] = stop_before_pixels
    if specific_tags is not None:
        changed["specific_tags"] = tuple(specific_tags)
    if defer_size is not None:
        changed["limits"] = options.limits.replace(deferred_bytes=_size(defer_size))
    return options.replace(**changed)


_UNITS = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def _size(size: int | str) -> int:
    """A number of bytes as ported code writes it: 512, "512 KB"."""
    if isinstance(size, int):
        return size
    digits = size.strip().upper()
    unit = digits.lstrip("0123456789").strip()
    number = digits[: len(digits) - len(unit)].strip()
    if unit not in _UNITS or not number.isdigit():
        raise ValueError(f"a size is a number of bytes, KB, MB or GB, not {size!r}")
    return int(number) * _UNITS[unit]


# By the encoded UID: what a scan can begin with at once.
_PLAIN = {
    (syntax.uid + "\0" * (len(syntax.uid) & 1)).encode("ascii"): (
        syntax,
        syntax.is_implicit,
        not syntax.is_little_endian,
    )
    for syntax in TRANSFER_SYNTAXES.values()
    if not syntax.is_deflated
}


@lru_cache(maxsize=64)
def _syntax(value: bytes) -> TransferSyntax:
    return TransferSyntax.of(value.decode("latin-1").strip(" \0"))


def _read(opened: Opened, options: ReadOptions) -> Dataset:
    limits = options.limits
    collector = IssueCollector(options.issues, limits.issues)
    head = opened.head(FIRST_WINDOW)
    size = opened.size
    assert size is not None  # a source without a size is spooled
    plain = scan_file(head, size, *_bounds(options, opened), _PLAIN, getattr(opened, "fd", -1))
    if plain is not None:
        meta_index, syntax, scanner, status, body = plain
        context = Context(opened, syntax, options.dictionary, limits, collector)
        index = scanner.index
        if status or scanner.has_deviations or syntax.is_encapsulated:
            index = _finished(context, scanner, status, size)
        # Only native Pixel Data under a native transfer syntax, of which there is nothing to say, is passed over.
        # Fragments, whoever expects them, were walked, or that they were not is a deviation.
        is_odd = scanner.has_deviations or index.counts[2]
        is_plain = not (is_odd or syntax.is_encapsulated or syntax.big_endian_pixels)
        return _made(opened, context, options, index, FilePart(meta_index, head[:128], body), is_plain=is_plain)
    preamble: bytes | None
    if head[128:132] == b"DICM":
        start, preamble = 132, head[:128]
    else:
        start, preamble = find_start(head, opened.name, options.force, collector)
    meta_index, body = read_meta(opened, head, start, limits, collector)
    syntax, _ = syntax_of(opened, head, meta_index, body, collector)
    context = Context(opened, syntax, options.dictionary, limits, collector)
    index, body = index_data_set(context, head, body, size, options)
    return _made(opened, context, options, index, FilePart(meta_index, preamble, body), is_plain=False)


def _made(
    opened: Opened, context: Context, options: ReadOptions, index: Index, file: FilePart, *, is_plain: bool
) -> Dataset:
    """Make the data set of what was scanned, and, unless it `is_plain`, compare it with what the file meta says."""
    ds = Dataset._of(index, index.root, context)
    ds._file = file
    if not is_plain:
        assert file.meta_index is not None  # just read
        check_declared(ds, context.transfer_syntax, has_meta=bool(file.meta_index.counts[0]))
    if options.specific_tags is not None:
        _keep_only(ds, options.specific_tags)
    elif not options.stop_before_pixels:
        file.source = opened
    return ds


def syntax_of(
    opened: ByteSource, head: bytes, meta_index: Index, body: int, collector: IssueCollector
) -> tuple[TransferSyntax, bool]:
    """Return how the data set at `body` is encoded, and whether the file meta says so; `head` are the first bytes."""
    position = meta_index.find(meta_index.root, 0x00020010)
    value = meta_index.value(position) if position >= 0 else None
    if value:
        syntax = _syntax(value)
        if not syntax.is_known:
            collector.report(
                Issue(
                    IssueCode.TRANSFER_SYNTAX_UNKNOWN,
                    f"{syntax.uid[:64]!r} is no Transfer Syntax of PS3.6",
                    "read as Explicit VR Little Endian",
                    body,
                    (Tag(0x00020010),),
                )
            )
    else:
        syntax = _guessed(opened, head, body, collector, bool(meta_index.counts[0]))
    if not syntax.is_deflated:
        group = head[body : body + 2]
        # Group numbers of a first element are small: one that is so only in the other byte order says what order it is,
        # unless it leads to another element all the same (a print session begins with group 2000).
        if (
            len(group) == 2
            and (group[0] == 0) != (group[1] == 0)
            and (group[1] == 0) != syntax.is_little_endian
            and not has_form(opened, body, syntax, FIRST_WINDOW)
        ):
            syntax = _other_order(opened, head, body, collector)
    return syntax, bool(value)


def _other_order(opened: ByteSource, head: bytes, body: int, collector: IssueCollector) -> TransferSyntax:
    syntax = guess_form(_first_bytes(opened, head, body))
    collector.report(
        Issue(
            IssueCode.TRANSFER_SYNTAX_MISMATCH,
            "the data set has not the byte order of its transfer syntax",
            f"read as {syntax.name}",
            body,
        )
    )
    return syntax


def _first_bytes(opened: ByteSource, head: bytes, body: int) -> bytes:
    """The header of the first element, as far as there is one."""
    return head[body : body + 16] if len(head) >= body + 16 else opened.read_at(body, 16)


def _guessed(opened: ByteSource, head: bytes, body: int, collector: IssueCollector, has_meta: bool) -> TransferSyntax:
    """The form of a data set whose Transfer Syntax UID is missing."""
    syntax = guess_form(_first_bytes(opened, head, body))
    if has_meta:
        collector.report(
            Issue(IssueCode.TRANSFER_SYNTAX_MISSING, "no Transfer Syntax UID", f"read as {syntax.name}", body)
        )
    return syntax


def _bounds(options: ReadOptions, source: ByteSource) -> tuple[int, int, int, int, int, int, int]:
    """What a scanner takes of the options."""
    is_local = getattr(source, "is_local", False)
    return _DEFAULT_BOUNDS if options is DEFAULT_READ and is_local else _bounds_of(options, is_local)


def _bounds_of(options: ReadOptions, is_local: bool) -> tuple[int, int, int, int, int, int, int]:
    limits = options.limits
    depth, elements, fragments = kernel_limits(limits)
    return (
        limits.deferred_bytes,
        _PIXELS if options.stop_before_pixels else _NO_STOP,
        depth,
        elements,
        fragments,
        limits.issues,
        limits.fragments_at_open if is_local else 0,
    )


_DEFAULT_BOUNDS = _bounds_of(DEFAULT_READ, is_local=True)


def index_data_set(context: Context, head: bytes, start: int, size: int, options: ReadOptions) -> tuple[Index, int]:
    """Index the data set at `start` of the context's source, of which `head` are the first bytes and `size` all.

    Return where the data set begins in what the index describes: the inflated bytes, if they are deflated (PS3.5 A.5).
    """
    syntax, source = context.transfer_syntax, context.source
    assert source is not None  # what is read
    if syntax.is_deflated:
        inflated, head = load("inflate")(source, start, size, context.limits, context.collector)
        context.source = source = inflated
        start, size = 0, inflated.size or 0
    scanner = Scanner(start, size, syntax.is_implicit, not syntax.is_little_endian, *_bounds(options, source))
    scanner.index.add_segment(head, 0)
    if start < len(head):
        scanner.feed(head, 0)
    return _finished(context, scanner, scanner.run(), size), start


def _finished(context: Context, scanner: Scanner, status: int, size: int) -> Index:
    index = scanner.index
    if status:
        run(scanner, context.source, context.limits, size, status)
    if scanner.has_deviations:
        report_deviations(scanner, context.collector)
    if context.transfer_syntax.is_encapsulated and context.source is not None:
        keep_offset_tables(index, context.source, context.limits)
    return index


def _keep_only(ds: Dataset, wanted: tuple[int | str, ...]) -> None:
    tags = {ds._tag_of(key) for key in wanted}
    tags.add(_SPECIFIC_CHARACTER_SET)
    edits: dict[int, None] = {tag: None for tag in ds._tags() if tag not in tags}
    ds._edits = dict(edits)
    ds._dirty = True
