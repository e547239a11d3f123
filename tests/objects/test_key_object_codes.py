"""The codes of key object selections against pydicom's copy of PS3.16."""

from __future__ import annotations

import pytest
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._concepts_dict import concepts

from dicomkit.errors import ValueEncodeError
from dicomkit.objects import KEY_OBJECT_TITLES, Code
from dicomkit.objects.key_object_codes import QUALITY_REASONS, SETS, code_named, is_rejection


@pytest.mark.parametrize(("cid", "ours"), [(7010, KEY_OBJECT_TITLES), (7011, QUALITY_REASONS), (7012, SETS)])
def test_the_context_groups(cid: int, ours: tuple[Code, ...]):
    """Each row of the three context groups, and no other."""
    theirs = {
        (value, "DCM", meaning)
        for keyword in cid_concepts[cid]["DCM"]
        for value, (meaning, groups) in concepts["DCM"][keyword].items()
        if cid in groups
    }
    assert theirs == {(code.value, code.scheme, code.meaning) for code in ours}
    assert len(theirs) == len(ours)


def test_codes_by_name():
    """By meaning in any case, by value, or themselves; the nearest one is named where there is none."""
    assert (
        KEY_OBJECT_TITLES[0] == code_named("of interest", KEY_OBJECT_TITLES) == code_named("113000", KEY_OBJECT_TITLES)
    )
    own = Code(value="1", scheme="99X", meaning="Mine")
    assert own is code_named(own, KEY_OBJECT_TITLES)
    with pytest.raises(ValueEncodeError, match="did you mean For Surgery"):
        code_named("for surgry", KEY_OBJECT_TITLES)


def test_rejections():
    """The four titles of Image Object Change Management, in the scheme of the standard alone."""
    assert {"113001", "113037", "113038", "113039"} == {code.value for code in KEY_OBJECT_TITLES if is_rejection(code)}
    assert not is_rejection(Code(value="113001", scheme="99X", meaning="Mine"))
