"""The tables of character sets: what they say beyond the standard's own, which tests/conformance checks."""

from __future__ import annotations

import codecs

import pytest

from dicomkit.encoding.charset_tables import ALIASES, DESIGNATIONS, STANDALONE_TERMS, TERMS


@pytest.mark.parametrize("escape", DESIGNATIONS)
def test_an_escape_sequence_says_its_own_area(escape):
    """The intermediate bytes tell G0 from G1, and one byte a character from two (ISO/IEC 2022)."""
    element = DESIGNATIONS[escape]
    g1 = escape[1:2] in (b")", b"-") or escape[1:3] == b"$)"
    assert (int(g1), 2 if b"$" in escape else 1) == (element.area, element.width)


@pytest.mark.parametrize("escape", DESIGNATIONS)
def test_the_codecs_exist(escape):
    """Python has the codec of each set."""
    element = DESIGNATIONS[escape]
    for codec in (element.codec, element.vendor_codec):
        assert not codec or codecs.lookup(codec)


def test_aliases_mean_defined_terms():
    """Each alias stands for a Defined Term and is spelt as it is looked up, without punctuation."""
    for alias, term in ALIASES.items():
        assert term in TERMS or term in STANDALONE_TERMS
        assert alias.isalnum()
        assert alias.upper() == alias


@pytest.mark.parametrize("term", STANDALONE_TERMS)
def test_standalone_sets_hold_ascii(term):
    """UTF-8, GB18030 and GBK have ASCII at its own codes, so that delimiters are single bytes."""
    text = "".join(map(chr, range(128)))
    assert text.encode("ascii") == text.encode(STANDALONE_TERMS[term])


def test_code_elements_cannot_be_changed():
    """The rows are immutable values."""
    with pytest.raises(AttributeError):
        TERMS["ISO_IR 100"].term = "x"
