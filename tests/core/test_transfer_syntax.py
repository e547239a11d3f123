"""TransferSyntax as a type; the table is checked in tests/conformance/test_transfer_syntaxes.py."""

from __future__ import annotations

import copy
import pickle

import pytest

from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax


def test_known():
    """`of` gives the row of the table."""
    syntax = TransferSyntax.of("1.2.840.10008.1.2.1")
    assert syntax is TRANSFER_SYNTAXES["1.2.840.10008.1.2.1"]
    assert syntax.is_known
    assert "Explicit VR Little Endian (1.2.840.10008.1.2.1)" == str(syntax)


@pytest.mark.parametrize("uid", ["1.2.3", "", "1.2.840.10008.1.2.1 ", "1.2.840.10008.1.2\0"])
def test_unknown_is_read_as_explicit_little_endian(uid: str):
    """PS3.5 10: other Transfer Syntaxes encode the data set so; that this is a guess is said."""
    syntax = TransferSyntax.of(uid)
    assert (uid, False, True, False, False, False) == (
        syntax.uid,
        syntax.is_implicit,
        syntax.is_little_endian,
        syntax.is_deflated,
        syntax.is_encapsulated,
        syntax.is_known,
    )


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2.5", "1.2.3"])
def test_copied_pickled_compared(uid: str):
    """A Transfer Syntax is its UID: equal, hashed, pickled by it."""
    syntax = TransferSyntax.of(uid)
    for other in (pickle.loads(pickle.dumps(syntax)), copy.deepcopy(syntax), copy.copy(syntax)):
        assert syntax == other
        assert hash(syntax) == hash(other)
        assert syntax.is_known == other.is_known
    assert syntax != TransferSyntax.of("1.2.840.10008.1.2")
    assert syntax != uid


def test_immutable():
    """No field can be set."""
    with pytest.raises(AttributeError):
        TransferSyntax.of("1.2.840.10008.1.2").is_implicit = False


def test_ge_private():
    """GE's private syntax is Implicit VR Little Endian but for its Pixel Data."""
    syntax = TransferSyntax.of("1.2.840.113619.5.2")
    assert (True, True, True) == (syntax.is_implicit, syntax.is_little_endian, syntax.big_endian_pixels)
