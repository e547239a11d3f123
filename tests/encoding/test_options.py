"""Options: frozen values (design: options, never globals)."""

from __future__ import annotations

import pickle

import pytest

from dicomkit import ReadOptions, WriteOptions, dictionary
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.encoding.options import DEFAULT_READ, DEFAULT_WRITE, named_syntax
from dicomkit.errors import ValueEncodeError


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


@pytest.mark.parametrize("policy", ["error", "", None, 1])
def test_an_issue_policy_that_is_none_is_refused_at_once(policy):
    """What happens to issues is one of four words or a function; a misspelt one is not found out while reading."""
    with pytest.raises(ValueError, match="collect, warn, raise, ignore"):
        ReadOptions(issues=policy)
    assert print is ReadOptions(issues=print).issues


def test_transfer_syntaxes_by_uid_and_keyword():
    """Every transfer syntax of PS3.6 has its UID and its keyword; the data set's own may be any."""
    for entry in dictionary.uids("Transfer Syntax"):
        assert entry.uid == named_syntax(entry.uid).uid == named_syntax(entry.keyword).uid
    private = TransferSyntax.of("1.2.3.4")
    assert private is named_syntax("1.2.3.4", private)


@pytest.mark.parametrize("name", ["", "implicit", "nonsense", "1.2.3.4", "CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"])
def test_what_is_no_transfer_syntax_is_refused(name):
    """Neither a word, nor another UID, nor the keyword of another one is a transfer syntax."""
    with pytest.raises(ValueEncodeError, match="ImplicitVRLittleEndian"):
        named_syntax(name, TransferSyntax.of("1.2.840.10008.1.2"))
