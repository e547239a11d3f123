"""Signatures of options."""

from __future__ import annotations

import inspect
import pydoc
import re

import pytest

from dicomkit import ReadOptions, WriteOptions
from dicomkit.core.limits import Limits
from dicomkit.core.signatures import options_signature


@pytest.mark.parametrize("cls", [ReadOptions, WriteOptions, Limits])
def test_options_have_their_signature(cls: type):
    """What inspect, and so help() and editors, show of options are the fields with their defaults."""
    signature = inspect.signature(cls)
    assert options_signature(cls) == signature
    assert cls() == cls(**{name: parameter.default for name, parameter in signature.parameters.items()})
    assert {inspect.Parameter.KEYWORD_ONLY} == {parameter.kind for parameter in signature.parameters.values()}


def test_help_shows_the_options():
    """help() of a class of options begins with its keywords, and has nothing that is private."""
    text = pydoc.plain(pydoc.render_doc(WriteOptions))
    # Python 3.13 gives each parameter a line.
    words = re.sub(r"[\s|]+", " ", text).replace("( ", "(")
    assert "WriteOptions(*, transfer_syntax: 'str None' = None, durable: 'bool' = False, " in words
    assert [] == re.findall(r"^ \|  _[a-z]\w*", text, re.MULTILINE)
