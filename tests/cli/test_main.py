"""The entry of the command line: which command, which status, one line for whatever goes wrong."""

from __future__ import annotations

import errno
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import dicomkit
from dicomkit.cli.arguments import Parser
from dicomkit.cli.loading import command_module
from dicomkit.cli.main import COMMANDS
from tests import hostile, hostile_bytes
from tests.cli.conftest import Run
from tests.test_docs_examples import check_session

ROOT = Path(__file__).resolve().parent.parent.parent

EACH_COMMAND = pytest.mark.parametrize("command", COMMANDS)


def process(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in an interpreter of its own."""
    command = [sys.executable, "-W", "error", "-m", "dicomkit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


@EACH_COMMAND
def test_each_command_explains_itself_with_an_example(command: str, run: Run):
    """`--help` is status 0 on standard output, with a summary, --json and examples of the command."""
    result = run(command, "--help")
    assert (0, "") == (result.status, result.err)
    assert COMMANDS[command] in result.out
    assert "--json" in result.out
    assert f"examples:\n  dicomkit {command}" in result.out


@EACH_COMMAND
def test_each_command_refuses_an_option_that_it_does_not_have_in_one_line(command: str, run: Run):
    """An unknown option, or a missing argument, is status 2 and one line on standard error."""
    result = run(command, "--nonsense\x1b[2J")
    assert (2, "") == (result.status, result.out)
    assert 1 == result.err.count("\n")
    assert result.err.startswith(f"dicomkit {command}: ")
    assert "\x1b" not in result.err


def parser_of(command: str) -> Parser:
    """Give the parser of a command."""
    parser = Parser(command, COMMANDS[command])
    command_module(command).configure(parser)
    return parser


@EACH_COMMAND
def test_each_example_can_be_parsed(command: str):
    """The examples of --help are commands that the parsers understand."""
    examples = [line.strip() for line in (parser_of(command).epilog or "").splitlines()[1:]]
    assert examples
    for example in examples:
        words = shlex.split(example)
        start = words.index("dicomkit")
        end = next((n for n, word in enumerate(words) if n > start and word in ("|", "&&", ">")), len(words))
        parser_of(words[start + 1]).parse_intermixed_args(words[start + 2 : end])


@EACH_COMMAND
def test_the_reference_lists_each_option(command: str):
    """docs/reference/cli.md names every option of every command, and no other."""
    rows = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8").splitlines()
    table = rows[rows.index("| command | options |") :]
    row = next(row for row in table if f"`{command}`" in row)
    listed = set(re.findall(r"`(--[a-z-]+)`", row))
    shared = {"--help", "--json", "--traceback", "--force", "--limit"}
    options = {
        option for action in parser_of(command)._actions for option in action.option_strings if option[:2] == "--"
    }
    assert listed == options - shared


@pytest.mark.parametrize(("name", "least"), [("how-to/command-line.md", 8), ("tutorials/first-steps.md", 4)])
def test_the_page_shows_what_happens(name: str, least: int, run: Run, sample_folder: Path):
    """Each command of a page prints what the page says; an ellipsis stands for any lines. Python runs in between."""
    page = ROOT / "docs" / name
    names: dict[str, object] = {"__name__": "__main__"}
    blocks = re.findall(r"^```(console|python|pycon)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    count = 0
    for language, text in blocks:
        if language == "pycon":
            check_session(text, names, page, 0)
        elif language == "python":
            exec(compile(text, name, "exec"), names)
        else:
            for command, expected in re.findall(r"^\$ dicomkit (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                check_command(run, command, expected)
                count += 1
    assert count >= least


def check_command(run: Run, command: str, expected: str) -> None:
    """Run a command and compare what it prints."""
    words = shlex.split(command)
    given = b""
    if "<" in words:
        given = Path(words[words.index("<") + 1]).read_bytes()
        words = words[: words.index("<")]
    result = run(*words, stdin=given)
    assert "" == result.err
    if "-o -" in command:
        assert dicomkit.dcmread(result.data).transfer_syntax.is_implicit
        return
    pattern = re.escape(expected.strip("\n")).replace(re.escape("..."), ".*")
    assert re.fullmatch(pattern, result.out.rstrip("\n"), re.DOTALL), result.out


def test_overview_names_every_command(run: Run):
    """`dicomkit --help` lists the commands; without any argument it does so on standard error, status 2."""
    result = run("--help")
    assert (0, "") == (result.status, result.err)
    assert [] == [name for name in COMMANDS if f"  {name} " not in result.out]
    assert (2, "", result.out) == ((bare := run()).status, bare.out, bare.err)


def test_version(run: Run):
    """`--version` tells the version of the package."""
    assert f"dicomkit {dicomkit.__version__}\n" == run("--version").out


def test_misspelt_command_names_the_nearest(run: Run):
    """A command that does not exist is status 2, with the nearest one."""
    result = run("dmup")
    assert 2 == result.status
    assert "dicomkit: no command 'dmup'; did you mean dump?\n" == result.err


def test_nothing_escapes_as_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch):
    """A defect of our own is one line too; --traceback says where."""

    def defective(*_: object) -> object:
        raise RuntimeError("a defect\x1b[2J")

    monkeypatch.setattr("dicomkit.cli.info.info", defective)
    result = run("info")
    assert (2, 1) == (result.status, result.err.count("\n"))
    assert "internal error: RuntimeError: a defect\\x1b[2J" in result.err
    shown = run("info", "--traceback").err
    assert "in defective" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("case", hostile.CASES[::3], ids=lambda case: case.name)
def test_hostile_files_are_shown_or_refused(case: hostile.Case, run: Run, tmp_path: Path):
    """Whatever is in a file, dump shows it or says one line, and writes no control character."""
    path = tmp_path / "hostile.dcm"
    path.write_bytes(case.build())
    for form in ((), ("--json",), ("--check", "--issues")):
        result = run("dump", path, *form)
        assert result.status in (0, 1, 2)
        assert "internal error" not in result.err
        assert result.err.count("\n") == (1 if result.status == 2 else 0)
        assert [] == [c for c in result.out if not c.isprintable() and c != "\n"]


def test_a_reader_that_leaves_is_no_error(tmp_path: Path):
    """A closed pipe on standard output ends the command without a word, with the status that shells give."""
    path = tmp_path / "long.dcm"
    elements = (hostile_bytes.text(0x00080016 + (n << 16), "UI", "1.2.3") for n in range(0, 0x6000, 2))
    path.write_bytes(hostile_bytes.part10(b"".join(elements)))
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "dicomkit", "dump", str(path)]
    with os.fdopen(writer, "wb") as pipe:
        answer = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (141, b"") == (answer.returncode, answer.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line():
    """What cannot be written is said once, not again when the interpreter ends."""
    with Path("/dev/full").open("wb") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "dicomkit", "limits"], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert 2 == answer.returncode
    assert f"dicomkit: standard output: {os.strerror(errno.ENOSPC)}\n" == answer.stderr.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_closed_streams(tmp_path: Path):
    """Without standard output or input there is no traceback either."""
    path = tmp_path / "a.dcm"
    path.write_bytes(hostile_bytes.part10(hostile_bytes.basic()))
    shell = f"{shlex.quote(sys.executable)} -m dicomkit dump"
    for command, status, err in (
        (f"{shell} {path} >&-", 0, ""),
        (f"{shell} {path} 2>&-", 0, ""),
        (f"{shell} - <&-", 2, "dicomkit dump: standard input: it is closed\n"),
    ):
        answer = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)
        assert (status, err) == (answer.returncode, answer.stderr)


def test_interruption_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C ends a command with the status that shells give, without a traceback."""

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("dicomkit.cli.info.info", interrupted)
    assert (130, "", "") == ((result := run("info")).status, result.out, result.err)


def test_terminals_without_unicode_get_escapes(run: Run, tmp_path: Path):
    """Text that the encoding of the output does not have is written as an escape, not refused."""
    path = tmp_path / "name.dcm"
    charset = hostile_bytes.text(0x00080005, "CS", "ISO_IR 192")
    name = hostile_bytes.element(0x00100010, "PN", "山田".encode())
    path.write_bytes(hostile_bytes.part10(charset + name))
    assert "PatientName                      \\u5c71\\u7530" in run("dump", path, encoding="ascii").out


def test_commands_load_only_what_they_need():
    """`dicomkit --version` and `dump` load neither NumPy, nor rich, nor pydicom, nor the other commands."""
    program = (
        "import sys; from dicomkit.cli.main import main; status = main(sys.argv[1:]); "
        "print(sorted({'numpy', 'rich', 'pydicom', 'dicomkit.cli.modify', 'dicomkit.formats'} & set(sys.modules)))"
    )
    for arguments in (["--version"], ["dump", "--help"]):
        command = [sys.executable, "-c", program, *arguments]
        assert "[]" == subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]


def test_as_a_process(tmp_path: Path):
    """`python -m dicomkit` reads standard input, writes bytes to standard output, and leaves with the status."""
    data = hostile_bytes.part10(hostile_bytes.basic())
    shown = process("dump", "-", input=data)
    assert (0, b"") == (shown.returncode, shown.stderr)
    assert b"Hostile^Case" in shown.stdout
    changed = process("modify", "-", "--set", "PatientID=H-2", input=data)
    assert (0, b"") == (changed.returncode, changed.stderr)
    assert "H-2" == dicomkit.dcmread(changed.stdout).PatientID
    left, right = tmp_path / "left.dcm", tmp_path / "right.dcm"
    left.write_bytes(data)
    right.write_bytes(changed.stdout)
    assert 1 == process("diff", left, right).returncode
    assert 0 == process("diff", left, left).returncode
    assert 2 == process("diff", left, tmp_path / "none.dcm").returncode
