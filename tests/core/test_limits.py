"""Limits: their defaults are those that the reliability goals name, and each says why."""

from __future__ import annotations

import ast
import inspect

import pytest

from dicomkit.core import limits
from dicomkit.core.limits import DEFAULT_LIMITS, Limits


def test_defaults():
    """The bounds that are promised: depth 64, 2 GiB inflated with 64 MiB in memory, 1 MiB ahead of the data."""
    assert (64, 2 << 30, 64 << 20, 1 << 20, 1000) == (
        DEFAULT_LIMITS.depth,
        DEFAULT_LIMITS.inflated_bytes,
        DEFAULT_LIMITS.inflate_memory,
        DEFAULT_LIMITS.read_ahead,
        DEFAULT_LIMITS.issues,
    )
    assert DEFAULT_LIMITS == Limits()


def test_each_limit_has_its_reason_beside_it():
    """Behind each field of the class stands a text."""
    body = next(node for node in ast.parse(inspect.getsource(limits)).body if isinstance(node, ast.ClassDef)).body
    fields = [index for index, node in enumerate(body) if isinstance(node, ast.AnnAssign)]
    assert fields
    for index in fields:
        follower = body[index + 1]
        assert isinstance(follower, ast.Expr)
        assert isinstance(follower.value, ast.Constant)


@pytest.mark.parametrize("value", [-1, "64", 1.5])
def test_a_limit_is_a_positive_number_or_none(value: object):
    """Other values are a ValueError that names the limit."""
    with pytest.raises(ValueError, match="depth"):
        Limits(depth=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "10"])
def test_a_time_is_a_number_of_seconds_above_0(value: object):
    """Whole or not; other values are a ValueError that names the limit."""
    assert [0.5, 10, None] == [Limits(codec_seconds=seconds).codec_seconds for seconds in (0.5, 10, None)]
    with pytest.raises(ValueError, match="codec_seconds"):
        Limits(codec_seconds=value)  # type: ignore[arg-type]


def test_none_switches_off_what_can_be_switched_off():
    """None is allowed."""
    assert Limits(depth=None).depth is None
