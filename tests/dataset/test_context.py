"""What the data sets of one source share."""

from __future__ import annotations

import dicomkit
from dicomkit import Dataset, ReadOptions
from dicomkit.core.issue import IssueCode
from dicomkit.dataset.context import Context


def test_items_share_the_context_of_their_data_set():
    """Issues found in an item are on the data set, with the path that leads there."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", ReferencedStudySequence=[Dataset(SliceThickness="1.5")])
    ds = dicomkit.dcmread(made.to_bytes().replace(b"1.5 ", b"x.y "))
    item = ds.ReferencedStudySequence[0]
    assert [(), "x.y"] == [ds.issues, item.SliceThickness]
    assert ["(0008,1110)[0].(0018,0050)"] == [str(issue).split()[0] for issue in ds.issues]
    assert item.issues == ds.issues


def test_data_sets_from_scratch_share_nothing():
    """Each new data set has a collector of its own, and the standard's dictionary and limits."""
    one, two = Context(), Context()
    one.report(IssueCode.VALUE_INVALID, "m", "", None, ())
    assert [1, 0] == [len(one.collector.issues), len(two.collector.issues)]
    assert [one.dictionary, one.limits] == [ReadOptions().dictionary, ReadOptions().limits]
