"""How long a data set and what lies in it live: until nobody holds any of it, without waiting for the collector."""

from __future__ import annotations

import gc
import random
from typing import TYPE_CHECKING
from weakref import ref

import pytest

from dicomkit import Dataset, Sequence, dcmread
from dicomkit._ext import COMPILED
from tests.corpora import real_files

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not COMPILED, reason="in pure mode the collector of cycles frees data sets")

TEXT = "Älter"


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """Nothing here waits for the collector of cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def nested() -> Dataset:
    """Read a data set of three levels, whose innermost items need the character set of the outermost."""
    series = [Dataset(PatientComments=TEXT, PixelSpacing=[1, 2]), Dataset(PatientComments="b")]
    study = [Dataset(StudyInstanceUID="1.2.3", ReferencedSeriesSequence=series), Dataset(StudyInstanceUID="1.2.4")]
    ds = Dataset(SpecificCharacterSet="ISO_IR 192", SOPClassUID="1.2", SOPInstanceUID="1.2.5")
    ds.ReferencedStudySequence = study
    return dcmread(ds.to_bytes())


@pytest.mark.parametrize("path", [path for _, path in real_files()][::6], ids=lambda path: path.name)
def test_a_data_set_that_was_looked_at_goes_with_its_last_reference(path: object) -> None:
    """Walking over every element of a real file leaves nothing that only the collector frees."""
    ds = dcmread(path)  # type: ignore[arg-type]  # a path
    for element in ds.walk():
        _ = element.value
    element = None  # type: ignore[assignment]  # the last one
    gone = ref(ds)
    del ds
    assert gone() is None


def test_an_item_keeps_what_it_lies_in() -> None:
    """An item alone still has the character set of its data set, and lets it go when it goes."""
    ds = nested()
    gone = ref(ds)
    item = ds.ReferencedStudySequence[0].ReferencedSeriesSequence[0]
    del ds
    assert (TEXT, True) == (item.PatientComments, gone() is not None)
    item.PatientComments = "Öl"
    item.PixelSpacing[0] = 3
    assert ("Öl", 3) == (item.PatientComments, item.PixelSpacing[0])
    del item
    assert gone() is None


def test_a_sequence_keeps_what_it_lies_in() -> None:
    """So does a sequence, and each thing below it in turn."""
    ds = nested()
    gone = ref(ds)
    studies = ds.ReferencedStudySequence
    del ds
    study = studies[0]
    del studies
    series = study.ReferencedSeriesSequence
    del study
    first, second = series
    del series
    assert (TEXT, "b") == (first.PatientComments, second.PatientComments)
    del first
    assert ("b", True) == (second.PatientComments, gone() is not None)
    del second
    assert gone() is None


def test_an_element_keeps_its_data_set() -> None:
    """What a DataElement shows is there as long as the DataElement."""
    ds = nested()
    gone = ref(ds)
    element = ds["ReferencedStudySequence"]
    del ds
    assert TEXT == element.value[0].ReferencedSeriesSequence[0].PatientComments
    del element
    assert gone() is None


def test_what_was_replaced_keeps_its_character_set() -> None:
    """A sequence that was taken out of its data set is read on as before, and so are its items."""
    ds = nested()
    gone = ref(ds)
    studies = ds.ReferencedStudySequence
    ds.ReferencedStudySequence = []
    del ds
    assert gone() is None
    series = studies[0].ReferencedSeriesSequence
    del studies
    assert TEXT == series[0].PatientComments


def test_new_data_sets_are_no_cycles_either() -> None:
    """A data set from scratch goes with its last reference, and an item of it can go elsewhere."""
    ds = Dataset(ReferencedStudySequence=[Dataset(PatientComments="a")])
    gone = ref(ds)
    item = ds.ReferencedStudySequence[0]
    del ds
    other = Dataset(ReferencedStudySequence=Sequence([item]))
    del item
    assert ("a", None) == (other.ReferencedStudySequence[0].PatientComments, gone())


def test_a_deep_data_set_goes_without_recursion() -> None:
    """A hundred thousand levels that were looked at are let go one by one."""
    ds = Dataset()
    for _ in range(100_000):
        ds = Dataset(ReferencedStudySequence=[ds])
    gone = ref(ds)
    item = ds.ReferencedStudySequence[0]
    del ds
    while "ReferencedStudySequence" in item:
        item = item.ReferencedStudySequence[0]
    assert gone() is not None
    del item
    assert gone() is None


@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_letting_go_is_sound(seed: int) -> None:
    """Whatever is held, taken out, put elsewhere and let go, texts stay what they were and all goes in the end."""
    chance = random.Random(seed)
    ds = nested()
    gone = ref(ds)
    held: list[Dataset | Sequence] = [ds]
    del ds
    for _ in range(60):
        something = chance.choice(held)
        if isinstance(something, Sequence):
            if len(something):
                held.append(something[chance.randrange(len(something))])
                if chance.random() < 0.1:
                    held.append(something.pop())
        else:
            for keyword in ("ReferencedStudySequence", "ReferencedSeriesSequence"):
                if keyword in something:
                    held.append(something[keyword].value)
            assert something.get("PatientComments", "b") in (TEXT, "b")
            if chance.random() < 0.05:
                something.ReferencedSeriesSequence = [Dataset(PatientComments="b")]
        if len(held) > 1 and chance.random() < 0.6:
            held.pop(chance.randrange(len(held)))
        something = held[0]
    del something
    held.clear()
    assert gone() is None
