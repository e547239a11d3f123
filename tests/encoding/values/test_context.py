"""The context of values."""

from __future__ import annotations

import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.vr import VR
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.values.context import ValueContext
from tests.encoding.values.recording import Recorder


def test_text_problems_are_reported_with_their_code():
    """A problem of characters keeps its kind and names the VR."""
    context = Recorder()
    context.report_text(VR.LO, CharacterSet.of().decode(b"\xe9")[1])
    ((code, message, _),) = context.reports
    assert IssueCode.CHARSET_UNDECLARED == code
    assert message.startswith("LO: ")


def test_a_context_has_no_other_attributes():
    """A misspelt attribute is an error, not a setting without effect."""
    context = ValueContext(CharacterSet.of(), True, print)
    with pytest.raises(AttributeError):
        context.little_endian = False
