"""The description of a codestream is a value."""

from __future__ import annotations

import pickle

import pytest

from dicomkit.codecs.codestream import CodestreamInfo


def test_a_description_is_a_value():
    """It is equal to one with the same fields, also after pickling, and cannot be changed."""
    info = CodestreamInfo(standard="JPEG", rows=3, columns=4)
    assert CodestreamInfo(standard="JPEG", rows=3, columns=4) == info
    assert info == pickle.loads(pickle.dumps(info))
    with pytest.raises(AttributeError):
        info.rows = 5  # type: ignore[misc]
