"""`dicomkit codecs`."""

from __future__ import annotations

from argparse import Namespace

import pytest

from dicomkit.cli import codecs
from dicomkit.cli.terminal import Terminal
from dicomkit.codecs import DEFAULT_REGISTRY, Registry
from dicomkit.codecs.native import NATIVE, NativeCodec
from tests.cli.conftest import Run

RLE, JPEG = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"


def test_each_transfer_syntax_with_its_codecs(run: Run):
    """One line for each transfer syntax with Pixel Data: what decodes it, what encodes it, its name."""
    result = run("codecs")
    assert (0, "") == (result.status, result.err)
    lines = {line.split()[0]: line.split() for line in result.out.splitlines() if line.startswith("1.2.")}
    assert [RLE, "rle", "rle", "RLE", "Lossless"] == lines[RLE]
    assert ["native", "native"] == lines["1.2.840.10008.1.2.1"][1:3]
    assert "1.2.840.10008.1.2.4.107" in lines
    assert "1.2.840.10008.1.2.4.94" not in lines  # JPIP: no Pixel Data


def test_json_has_all_codecs_in_order(run: Run):
    """--json tells every codec of a transfer syntax, in the order of preference, and the ones that are used."""
    answer = run("codecs", "--json").json
    assert {"name": "rle", "installed": True, "requires": ""} == answer[RLE]["decoders"][0]
    assert ("rle", "rle", False) == (answer[RLE]["decoder"], answer[RLE]["encoder"], answer[RLE]["retired"])
    for uid, entry in answer.items():
        assert [codec.name for codec in DEFAULT_REGISTRY.decoders(uid)] == [each["name"] for each in entry["decoders"]]


def test_what_is_missing_comes_with_the_command_that_adds_it(capsys: pytest.CaptureFixture[str]):
    """Below the table stands what to install, and what it adds; what nothing adds has a dash only."""
    absent = NativeCodec(
        name="far", requires="far-away", is_available=False, decodes=frozenset({RLE, JPEG}), encodes=frozenset({JPEG})
    )
    arguments = Namespace(json=False)
    assert 0 == codecs.run(arguments, Terminal("codecs", color=False), Registry([NATIVE, absent]))
    out = capsys.readouterr().out
    assert [JPEG, "–", "–", "JPEG", "Baseline"] == next(line for line in out.splitlines() if JPEG in line).split()[:5]
    assert out.endswith(f'\n\npip install "far-away" adds\n  decoding  {JPEG} {RLE}\n  encoding  {JPEG}\n')
