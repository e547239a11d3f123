"""Arguments that commands share."""

from __future__ import annotations

import argparse

import pytest

from dicomkit.cli.arguments import Parser, add_files, add_output, add_reading, parse_limit, read_options
from dicomkit.core.limits import DEFAULT_LIMITS


def parsed(*arguments: str) -> argparse.Namespace:
    """Parse arguments as a command that reads files would."""
    parser = Parser("test", "A test.")
    add_files(parser)
    add_reading(parser)
    add_output(parser, "; nothing else")
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("depth=1000", ("depth", 1000)),
        ("inflated_bytes=4G", ("inflated_bytes", 4 << 30)),
        ("read-ahead=64k", ("read_ahead", 64 << 10)),
        ("elements=none", ("elements", None)),
        ("issues=2M", ("issues", 2 << 20)),
    ],
)
def test_limits_are_read(text: str, expected: tuple[str, int | None]):
    """A limit is a name and a number, with K, M or G, or none."""
    assert expected == parse_limit(text)


@pytest.mark.parametrize(
    "text", ["depth", "depth=", "depth=x", "depth=-1", "depht=1", "depth=1T", "depth=٣", "depth=" + "9" * 30]
)
def test_what_is_no_limit(text: str):
    """Anything else is an error of the argument."""
    with pytest.raises(argparse.ArgumentTypeError):
        parse_limit(text)


def test_options_of_reading():
    """--force and --limit become ReadOptions; the rest is what it always is."""
    options = read_options(parsed("a.dcm", "--force", "--limit", "depth=9", "--limit", "issues=7"))
    assert (True, 9, 7) == (options.force, options.limits.depth, options.limits.issues)
    assert DEFAULT_LIMITS == read_options(parsed("a.dcm")).limits


def test_options_are_not_abbreviated():
    """--forc is no --force: a script must not change its meaning when an option is added."""
    with pytest.raises(SystemExit):
        parsed("a.dcm", "--forc")
