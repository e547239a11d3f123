"""``dicomkit modify``: set and delete elements, convert the character set, repair; all else stays byte for byte."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.cli.arguments import add_files, add_json, add_output, add_reading, read_options
from dicomkit.cli.element_path import ALL, ElementPath, parse_path
from dicomkit.cli.inputs import find_inputs, for_each, read, size_of
from dicomkit.cli.outputs import STANDARD_OUTPUT, plan_outputs, refuse_dicomdir, refuse_link, write
from dicomkit.cli.terminal import CommandError
from dicomkit.cli.values import element_from_text, same_element
from dicomkit.core.tag import Tag
from dicomkit.dataset import Sequence
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.options import WriteOptions
from dicomkit.errors import ValueEncodeError, escaped

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.inputs import Input
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset

__all__ = ["Assignment", "configure", "parse_assignment", "run"]

_TRANSFER_SYNTAX_UID = 0x00020010

# What writing a file decides (PS3.10 7.1), so that setting it would be in vain, and what to do instead.
_WRITTEN_ANEW = {
    0x00020000: "a file meta has its length: it is counted when the file is written",
    0x00020002: "a file is named after its data set: set SOPClassUID",
    0x00020003: "a file is named after its data set: set SOPInstanceUID",
    0x00020012: "a file says who wrote it: dicomkit puts its own ImplementationClassUID",
    0x00020013: "a file says who wrote it: dicomkit puts its own ImplementationVersionName",
}


class Changes(NamedTuple):
    """What was done to a data set, in words; what was to be deleted and is not there; whether it is to be repaired."""

    made: list[str]
    absent: list[str]
    is_repaired: bool

    def told(self, *, is_done: bool) -> str:
        """Say it in one line."""
        parts = [f"{'changed' if is_done else 'would change'} {', '.join(self.made)}"] if self.made else []
        parts += ["repaired" if is_done else "would be repaired"] if self.is_repaired else []
        missing = f"; not there: {', '.join(self.absent)}" if self.absent else ""
        return (", ".join(parts) or "nothing to change") + missing


class Assignment(NamedTuple):
    """What ``--set`` says: an element, a VR or "", the text of the value."""

    path: ElementPath
    vr: str
    text: str


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    add_output(parser, "; without it the files are replaced, each at once when it is written")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="ELEMENT=VALUE",
        help="set an element, also ELEMENT:VR=VALUE; several values with \\ between them, bytes in hexadecimal",
    )
    parser.add_argument(
        "--delete", action="append", default=[], metavar="ELEMENT", help="delete an element, or an item as Sequence[0]"
    )
    parser.add_argument("--delete-private", action="store_true", help="delete all private elements, those in items too")
    parser.add_argument(
        "--charset", metavar="TERMS", help="write all text in this Specific Character Set, as ISO_IR 192 for UTF-8"
    )
    parser.add_argument(
        "--repair", action="store_true", help="write every element anew: a conformant file from a bad one"
    )
    parser.add_argument("--durable", action="store_true", help="go on only when a file is safely on the disk")
    parser.add_argument("-n", "--dry-run", action="store_true", help="say what would change and write nothing")
    add_json(parser, "a JSON object a line for each file: file, output, changed elements")
    add_reading(parser)
    parser.examples(
        "dicomkit modify image.dcm --set PatientID=12345 --delete PatientBirthDate",
        'dicomkit modify image.dcm -o new.dcm --set "(0010,0010)=Doe^Jane" --set "ContentSequence[0].ValueType=TEXT"',
        "dicomkit modify folder/ -o repaired/ --repair --charset 'ISO_IR 192'",
        'dicomkit modify image.dcm --delete "ReferencedImageSequence[*].PurposeOfReferenceCodeSequence"',
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Change each file."""
    assignments = [parse_assignment(text) for text in arguments.set]
    deletions = [_parse_deletion(text) for text in arguments.delete]
    if not (assignments or deletions or arguments.delete_private or arguments.charset or arguments.repair):
        raise CommandError("nothing to do: --set, --delete, --delete-private, --charset or --repair")
    if arguments.charset is not None:
        arguments.charset = _character_set_terms(arguments.charset)
    inputs, status = find_inputs(arguments.files, terminal)
    targets = plan_outputs(inputs, arguments.output, terminal, check=not arguments.dry_run)
    outputs = dict(zip(inputs, targets, strict=True))
    act = partial(_change, arguments, terminal, assignments, deletions, outputs)
    return max(status, for_each(inputs, terminal, "writing", act))


def parse_assignment(text: str) -> Assignment:
    """Read ``ELEMENT=VALUE`` or ``ELEMENT:VR=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--set {escaped(text)}: write ELEMENT=VALUE; ELEMENT= makes it empty")
    name, _, vr = name.partition(":")
    path = parse_path(name)
    if path.item is not None:
        raise CommandError(f"--set {escaped(text)}: set elements of the item, as in {path}.PatientID=X")
    if path.tag == _TRANSFER_SYNTAX_UID:
        raise CommandError("dicomkit transcode writes another transfer syntax; setting its UID alone would be a lie")
    if path.tag in _WRITTEN_ANEW:
        raise CommandError(_WRITTEN_ANEW[path.tag])
    return Assignment(path, vr, value)


def _parse_deletion(text: str) -> ElementPath:
    path = parse_path(text)
    if path.tag == _TRANSFER_SYNTAX_UID:
        raise CommandError("a file needs its Transfer Syntax UID")
    if path.tag in _WRITTEN_ANEW:
        raise CommandError(_WRITTEN_ANEW[path.tag].partition(":")[0])
    return path


def _character_set_terms(text: str) -> tuple[str, ...]:
    meant = CharacterSet.of(tuple(text.split("\\")))
    if meant.problems:
        # What a reader says it does, "read as ISO_IR 192", is what a writer has to be told to do.
        problem = meant.problems[0].replace("; read as ", "; write ").removesuffix("; ignored")
        raise CommandError(f"--charset {escaped(text)}: {problem}")
    return meant.declared


def _change(
    arguments: Namespace,
    terminal: Terminal,
    assignments: list[Assignment],
    deletions: list[ElementPath],
    outputs: dict[Input, str],
    file: Input,
) -> int:
    refuse_link(file, outputs[file], arguments.output)
    ds = read(file.path, read_options(arguments))
    refuse_dicomdir(ds)
    changes = _apply(arguments, assignments, deletions, ds)
    for tag in _without_creator(ds, assignments):
        terminal.note(f"{escaped(file.path, 200)}: {tag} has no private creator: set {_creator_of(tag)} too")
    target = outputs[file]
    is_changed = bool(changes.made) or changes.is_repaired
    is_written = not arguments.dry_run and (is_changed or arguments.output is not None or target == STANDARD_OUTPUT)
    if is_written:
        progress = terminal.part_of(size_of(file.path))
        _write(target, ds, WriteOptions(repair=arguments.repair, durable=arguments.durable, progress=progress))
    if target != STANDARD_OUTPUT or arguments.dry_run:
        _report(arguments, terminal, file, target if is_written else None, changes)
    return 0


def _apply(arguments: Namespace, assignments: list[Assignment], deletions: list[ElementPath], ds: Dataset) -> Changes:
    """Do to the data set what the options say."""
    made: list[str] = []
    if arguments.charset is not None:
        ds.convert_charset(*arguments.charset)
        made.append("SpecificCharacterSet")
    if arguments.delete_private:
        before = sum(element.is_private for element in ds.walk())
        ds.remove_private_tags()
        made += [f"{before} private element{'' if before == 1 else 's'}"] if before else []
    absent = [str(path) for path in deletions if not _delete(ds, path)]
    made += [str(path) for path in deletions if str(path) not in absent]
    made += [str(assignment.path) for assignment in assignments if _set(ds, assignment)]
    return Changes(made, absent, arguments.repair)


def _without_creator(ds: Dataset, assignments: list[Assignment]) -> list[Tag]:
    """The private elements among those set that nobody has reserved a block for (PS3.5 7.8.1)."""
    paths = [each.path for each in assignments if each.path.tag.is_private and not each.path.tag.is_private_creator]
    return [path.tag for path in paths if any(_creator_of(path.tag) not in holder for holder in path.holders(ds))]


def _creator_of(tag: Tag) -> Tag:
    return Tag(tag.group, tag.element >> 8)


def _write(target: str, ds: Dataset, options: WriteOptions) -> None:
    try:
        write(target, ds, options)
    except ValueEncodeError as error:
        # The advice is for people who write Python.
        raise CommandError(str(error).replace('ds.convert_charset("ISO_IR 192")', "--charset 'ISO_IR 192'")) from error


def _report(arguments: Namespace, terminal: Terminal, file: Input, target: str | None, changes: Changes) -> None:
    if arguments.json:
        changed = changes.made + (["repaired"] if changes.is_repaired else [])
        terminal.json({"file": file.path, "output": target, "changed": changed, "absent": changes.absent})
        return
    what = changes.told(is_done=not arguments.dry_run)
    where = f" -> {escaped(target, 1000)}" if target is not None and target != file.path else ""
    terminal.line(f"{escaped(file.path, 1000)}{where}: {escaped(what, 400)}")


def _set(ds: Dataset, assignment: Assignment) -> bool:
    """Set an element wherever its path leads; whether that changed anything."""
    path, has_changed = assignment.path, False
    for holder in path.holders(ds, create=True):
        element = element_from_text(holder, path.tag, assignment.vr, assignment.text)
        if not same_element(holder, element):
            holder[path.tag] = element
            has_changed = True
    return has_changed


def _delete(ds: Dataset, path: ElementPath) -> bool:
    """Delete an element or item wherever its path leads; whether there was one."""
    has_changed = False
    for holder in path.holders(ds):
        if path.tag not in holder:
            continue
        if path.item is None:
            del holder[path.tag]
            has_changed = True
            continue
        sequence = holder[path.tag].value
        if not isinstance(sequence, Sequence):
            raise CommandError(f"{path} is no item of a sequence")
        if path.item == ALL and len(sequence):
            sequence.clear()
            has_changed = True
        elif 0 <= path.item < len(sequence):
            del sequence[path.item]
            has_changed = True
    return has_changed
