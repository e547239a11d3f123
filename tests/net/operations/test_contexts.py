"""The choice among accepted contexts."""

from __future__ import annotations

import pytest

from dicomkit.core.uid import UID
from dicomkit.errors import NoPresentationContextError
from dicomkit.net.operations.contexts import Contexts
from dicomkit.net.services import SERVICES
from dicomkit.net.ul import AcceptedContext

CT = UID("1.2.840.10008.5.1.4.1.1.2")
PRINT = UID("1.2.840.10008.5.1.1.9")


def context(number: int, abstract: str, syntax: str, *, is_scu: bool = True, is_scp: bool = False) -> AcceptedContext:
    """Give an accepted context."""
    return AcceptedContext(number, UID(abstract), UID(syntax), is_scu, is_scp)


def test_explicit_vr_is_preferred():
    """Of a deflated, an implicit and an explicit context the explicit one carries identifiers."""
    syntaxes = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
    contexts = Contexts([context(2 * n + 1, CT, uid) for n, uid in enumerate(syntaxes)], SERVICES)
    assert 5 == contexts.choose(CT).id


def test_the_role_counts():
    """A context in which this side is SCP alone carries no request of an SCU."""
    contexts = Contexts([context(1, CT, "1.2.840.10008.1.2", is_scu=False, is_scp=True)], SERVICES)
    with pytest.raises(NoPresentationContextError, match=r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.2"):
        contexts.choose(CT)
    assert 1 == contexts.choose(CT, as_scu=False).id


def test_a_meta_sop_class_stands_for_its_members():
    """A Film Session goes through Basic Grayscale Print Management (PS3.4 H.3.2.2)."""
    contexts = Contexts([context(1, PRINT, "1.2.840.10008.1.2")], SERVICES)
    assert 1 == contexts.choose("1.2.840.10008.5.1.1.1").id
    assert PRINT in contexts
