"""Instances in the forms that programs have them in."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.errors import MissingElementError
from dicomkit.net.exchanges.references import pairs, reference


def test_data_sets_and_pairs_are_instances() -> None:
    """Each is named once, in the order in which they come."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3")
    assert [("1.2", "1.3"), ("1.2", "1.4")] == pairs([ds, ("1.2", "1.4"), ds])
    assert "1.4" == reference("1.2", "1.4").ReferencedSOPInstanceUID


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID"])
def test_an_instance_without_its_uids_is_none(keyword: str) -> None:
    """MissingElementError names what is not there."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3")
    del ds[keyword]
    with pytest.raises(MissingElementError, match=keyword):
        pairs([ds])
