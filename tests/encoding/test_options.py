"""Options: frozen values (design: options, never globals)."""

from __future__ import annotations

import pickle

import pytest

from dicomkit import ReadOptions, WriteOptions
from dicomkit.encoding.options import DEFAULT_READ, DEFAULT_WRITE


@pytest.mark.parametrize(("options", "field"), [(DEFAULT_READ, "force"), (DEFAULT_WRITE, "durable")])
def test_options_are_frozen_values(options, field):
    """Options cannot be changed, are equal by their fields, and go through pickle."""
    with pytest.raises((AttributeError, TypeError)):
        setattr(options, field, True)
    changed = options.replace(**{field: True})
    assert [False, True, type(options)(**{field: True})] == [getattr(options, field), getattr(changed, field), changed]
    assert changed != options
    assert changed == pickle.loads(pickle.dumps(changed))


@pytest.mark.parametrize("kind", [ReadOptions, WriteOptions])
def test_fields_are_given_by_name_and_must_exist(kind):
    """Positional values and unknown names are refused."""
    for arguments, keywords in (((True,), {}), ((), {"no_such_field": 1})):
        with pytest.raises(TypeError):
            kind(*arguments, **keywords)
