"""Matching of queries (PS3.4 C.2.2.2) against the standard's examples and a naive oracle."""

from __future__ import annotations

import inspect
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import Dataset
from dicomkit.core.vr import VR
from dicomkit.errors import LimitExceededError
from dicomkit.net.services.extended import FindExtension
from dicomkit.net.services.matching import Matcher, MatchingOptions, matches, response_of


def one(keyword: str, value: object) -> Dataset:
    """Give a data set of one element."""
    return Dataset({keyword: value})


def holds(keyword: str, wanted: object, value: object, **options: object) -> bool:
    """Say whether a query of one key matches an entity of one attribute."""
    return matches(one(keyword, wanted), one(keyword, value), MatchingOptions(**options))


CASES = [
    # single values: case counts but in names, spaces at the ends do not (C.2.2.2.1)
    ("PatientID", "A1", "A1", True),
    ("PatientID", "a1", "A1", False),
    ("PatientID", "A1 ", " A1", True),
    ("PatientName", "doe^john", "Doe^John", True),
    ("PatientName", "Doe^John", "Doe^John^^^", True),
    ("PatientName", "Doe^John^", "Doe^John", True),
    ("PatientName", "Doe", "Doe^John", False),
    ("PatientName", "Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
    ("PatientName", "山田^太郎", "Yamada^Tarou=山田^太郎", True),
    ("PatientName", "=山田*", "Yamada^Tarou=山田^太郎", True),
    ("PatientName", "=Yamada*", "Yamada^Tarou=山田^太郎", False),
    ("StudyDescription", "CT", "ct", False),
    ("SeriesNumber", 4, 4, True),
    ("SeriesNumber", "04", "4", True),
    ("SeriesNumber", 4, 5, False),
    ("PatientWeight", "70.0", "70", True),
    ("Rows", 512, 512, True),
    # universal (C.2.2.2.3); "*" is the same (C.2.2.2.4)
    ("PatientID", "", "A1", True),
    ("PatientID", "*", "A1", True),
    ("PatientID", "**", "A1", True),
    ("SeriesNumber", None, 5, True),
    ("StudyDate", "", "20240101", True),
    # lists of UIDs (C.2.2.2.2), and several values of the entity (C.2.2.3)
    ("StudyInstanceUID", ["1.2", "1.3"], "1.3", True),
    ("StudyInstanceUID", ["1.2", "1.3"], "1.4", False),
    ("StudyInstanceUID", "1.2", "1.2.3", False),
    ("ModalitiesInStudy", "MR", ["CT", "MR"], True),
    ("ModalitiesInStudy", ["US", "MR"], ["CT", "MR"], True),
    ("ModalitiesInStudy", ["US", "PT"], ["CT", "MR"], False),
    # wild cards (C.2.2.2.4)
    ("PatientID", "A*", "A", True),
    ("PatientID", "A?", "A", False),
    ("PatientID", "A?", "A1", True),
    ("PatientID", "*1*3", "12321", False),
    ("PatientID", "*1*3", "1233", True),
    ("PatientID", "a*", "A1", False),
    ("PatientID", "A.C*", "ABCD", False),
    ("PatientID", "A[BC]*", "AB", False),
    ("PatientID", "ab*ba", "aba", False),
    ("PatientName", "d?e^*", "Doe^John", True),
    ("PatientName", "Doe^*", "Doe", True),
    ("PatientName", "Doe^*^M*", "Doe^John^Mary", True),
    ("Modality", "?T", "CT", True),
    # ranges and single values of dates and times (C.2.2.2.5)
    ("StudyDate", "19950705-19950707", "19950706", True),
    ("StudyDate", "19950705-19950707", "19950707", True),
    ("StudyDate", "19950705-19950707", "19950708", False),
    ("StudyDate", "-19950707", "19000101", True),
    ("StudyDate", "19950705-", "19950704", False),
    ("StudyDate", "19950705", "1995.07.05", True),
    ("StudyTime", "1000-1800", "180059.5", True),
    ("StudyTime", "1000-1800", "1801", False),
    ("StudyTime", "1015", "101530", True),
    ("StudyTime", "-10", "105959.999", True),
    ("StudyTime", "101530.5", "101530.500000", True),
    ("AcquisitionDateTime", "2024-2025", "20251231235959", True),
    ("AcquisitionDateTime", "2024-2025", "2026", False),
    ("AcquisitionDateTime", "20240101120000+0100", "20240101110000+0000", True),
    ("AcquisitionDateTime", "20240101120000+0100", "20240101120000+0000", False),
    ("AcquisitionDateTime", "20240101120000+0100-20240101130000+0100", "20240101113000+0000", True),
    ("AcquisitionDateTime", "2024010112-", "20240101125900+0900", True),
]


@pytest.mark.parametrize(("keyword", "wanted", "value", "expected"), CASES)
def test_matching_follows_the_standard(keyword: str, wanted: object, value: object, expected: bool):
    """Single values, lists, wild cards and ranges match as PS3.4 C.2.2.2 has it."""
    assert expected == holds(keyword, wanted, value)


@pytest.mark.parametrize("wanted", ["A1", "A*", "?"])
def test_what_the_entity_lacks_matches_only_universally(wanted: str):
    """An unknown value fails to match any key but a universal one."""
    for entity in (Dataset(), one("PatientID", "")):
        assert not matches(one("PatientID", wanted), entity)
        assert matches(one("PatientID", "*"), entity)
        assert matches(one("PatientID", ""), entity)


def test_what_says_how_to_read_an_identifier_is_not_matched():
    """Character set, level and time zone of a query are no keys (PS3.4 C.2.2.2)."""
    query = Dataset(SpecificCharacterSet="ISO_IR 192", QueryRetrieveLevel="STUDY", TimezoneOffsetFromUTC="+0100")
    assert matches(query, Dataset())


def test_empty_values_are_asked_for_by_quotation_marks_once_negotiated():
    """PS3.4 C.2.2.2.7: two quotation marks match the absent and the empty, and nothing else."""
    for entity, expected in ((Dataset(), True), (one("PatientID", ""), True), (one("PatientID", "A"), False)):
        assert expected == matches(one("PatientID", '""'), entity, MatchingOptions(empty_values=True))
    assert holds("PatientID", '""', '""')


def test_several_values_must_all_be_there_once_negotiated():
    r"""PS3.4 C.2.2.2.8, note 1: CT\PT matches only studies that include both."""
    assert holds("ModalitiesInStudy", ["CT", "PT"], ["PT", "SR", "CT"], multiple_values=True)
    assert not holds("ModalitiesInStudy", ["CT", "PT"], ["CT", "SR"], multiple_values=True)
    assert holds("StudyInstanceUID", ["1.2", "1.3"], "1.2", multiple_values=True)


def test_case_and_accents_fold_as_told():
    """Options of the provider, off until asked for, but for case in names."""
    assert holds("StudyDescription", "schädel*", "SCHÄDEL ct", fold_case=True)
    assert not holds("PatientName", "muller", "Müller")
    assert holds("PatientName", "muller", "Müller", fold_accents=True)
    assert holds("PatientName", "m?ller", "Müller", fold_accents=True)


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("john doe", "Doe^John", True),
        ("doe", "Doe^John^M", True),
        ("jo do", "Doe^John", True),
        ("Smith", "Smyth^Ann", True),
        ("Meyer^Eva", "Mayer^Eva", True),
        ("Robert", "Rupert", True),
        ("doe doe", "Doe^John", False),
        ("Smith", "Jones^Ann", False),
        ("José", "Garcia^Jose", True),
        ("山田", "Yamada^Tarou=山田^太郎", True),
        ("山本", "Yamada^Tarou=山田^太郎", False),
    ],
)
def test_fuzzy_names_match_by_beginnings_and_sounds(wanted: str, value: str, expected: bool):
    """Tokens in any order; each begins one of the name's, or has its Soundex code."""
    assert expected == holds("PatientName", wanted, value, fuzzy_names=True)


def scheduled(date: str, clock: str, **more: object) -> Dataset:
    """Give a worklist entry or query of one scheduled step."""
    step = Dataset(ScheduledProcedureStepStartDate=date, ScheduledProcedureStepStartTime=clock, **more)
    return Dataset(ScheduledProcedureStepSequence=[step])


@pytest.mark.parametrize(
    ("date", "clock", "expected"),
    [
        ("19950705", "095959", False),
        ("19950705", "1000", True),
        ("19950706", "0300", True),
        ("19950707", "1800", True),
        ("19950707", "1801", False),
    ],
)
def test_the_start_of_a_scheduled_step_is_one_range(date: str, clock: str, expected: bool):
    """PS3.4 table K.6-1: from July 5, 10 o'clock until July 7, 18 o'clock."""
    query = scheduled("19950705-19950707", "1000-1800")
    assert expected == matches(query, scheduled(date, clock))


def test_other_dates_and_times_combine_once_negotiated():
    """Without negotiation date and time match each on its own (PS3.4 C.2.2.2.5)."""
    query = Dataset(StudyDate="20240101-20240103", StudyTime="1000-1800")
    night = Dataset(StudyDate="20240102", StudyTime="0300")
    assert not matches(query, night)
    assert matches(query, night, MatchingOptions(combined_date_time=True))
    assert matches(Dataset(StudyDate="", StudyTime="03"), night, MatchingOptions(combined_date_time=True))


def test_time_zones_are_adjusted_once_negotiated():
    """(0008,0201) of query and entity bring both to the same zone (PS3.4 C.2.2.2.1.1)."""
    query = Dataset(TimezoneOffsetFromUTC="+0200", StudyDate="20240102-20240102", StudyTime="00-0100")
    entity = Dataset(TimezoneOffsetFromUTC="+0000", StudyDate="20240101", StudyTime="2230")
    assert matches(query, entity, MatchingOptions(combined_date_time=True, timezone_adjustment=True))
    assert not matches(query, entity, MatchingOptions(combined_date_time=True))


def test_one_item_must_match_all_keys_of_a_sequence():
    """PS3.4 C.2.2.2.6: the keys of an item are matched against each item, all in the same one."""
    entity = Dataset(
        RequestAttributesSequence=[
            Dataset(ScheduledProcedureStepID="1", RequestedProcedureID="A"),
            Dataset(ScheduledProcedureStepID="2", RequestedProcedureID="B"),
        ]
    )

    def query(step: str, procedure: str) -> Dataset:
        return Dataset(
            RequestAttributesSequence=[Dataset(ScheduledProcedureStepID=step, RequestedProcedureID=procedure)]
        )

    assert matches(query("2", "B"), entity)
    assert not matches(query("2", "A"), entity)
    assert matches(query("", "A"), entity)
    assert not matches(query("2", "B"), Dataset())
    assert not matches(query("", ""), Dataset())
    assert matches(Dataset(RequestAttributesSequence=[]), Dataset())
    assert matches(Dataset(RequestAttributesSequence=[Dataset()]), Dataset())


def test_sequences_in_sequences_match():
    """Any item, at any depth, by its own keys."""

    def nested(*codes: str) -> Dataset:
        return Dataset(
            ScheduledProcedureStepSequence=[
                Dataset(Modality=f"M{number}", ScheduledProtocolCodeSequence=[Dataset(CodeValue=code)])
                for number, code in enumerate(codes)
            ]
        )

    def query(modality: str, code: str) -> Dataset:
        step = Dataset(Modality=modality, ScheduledProtocolCodeSequence=[Dataset(CodeValue=code)])
        return Dataset(ScheduledProcedureStepSequence=[step])

    entity = nested("a", "b", "c")
    assert matches(query("M1", "b"), entity)
    assert matches(query("M?", "c"), entity)
    assert not matches(query("M1", "c"), entity)
    assert not matches(query("M1", "d"), entity)


def test_a_deep_query_needs_no_stack():
    """Nesting costs no recursion: a query 400 items deep is matched and answered."""

    def deep() -> Dataset:
        ds = Dataset(CodeValue="x")
        for _ in range(400):
            ds = Dataset(ContentSequence=[ds])
        return ds

    query, entity = deep(), deep()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        assert matches(query, entity)
        assert 1 == len(response_of(query, entity))
    finally:
        sys.setrecursionlimit(limit)


def test_a_response_has_the_keys_asked_for():
    """Keys that the entity lacks are empty; what was not asked for stays away; the level is echoed."""
    query = Dataset(
        QueryRetrieveLevel="STUDY", PatientName="*", PatientID="", StudyDate="20240101-", ReferencedStudySequence=[]
    )
    entity = Dataset(SpecificCharacterSet="ISO_IR 100", PatientName="Müller", StudyDate="20240102", Modality="CT")

    response = response_of(query, entity)

    assert (
        Dataset(
            SpecificCharacterSet="ISO_IR 100",
            QueryRetrieveLevel="STUDY",
            PatientName="Müller",
            PatientID="",
            StudyDate="20240102",
            ReferencedStudySequence=[],
        )
        == response
    )
    assert "Modality" in entity
    assert VR.SQ == response["ReferencedStudySequence"].vr


def test_a_response_has_the_items_that_match():
    """PS3.4 C.2.2.2.6: a sequence of matching items with the requested attributes only."""
    entity = Dataset(
        RequestAttributesSequence=[
            Dataset(ScheduledProcedureStepID="1", RequestedProcedureID="A"),
            Dataset(ScheduledProcedureStepID="2", RequestedProcedureID="B"),
        ]
    )
    query = Dataset(RequestAttributesSequence=[Dataset(ScheduledProcedureStepID="2", StudyInstanceUID="")])

    response = response_of(query, entity)

    expected = Dataset(RequestAttributesSequence=[Dataset(ScheduledProcedureStepID="2", StudyInstanceUID="")])
    assert expected == response
    assert entity == response_of(Dataset(RequestAttributesSequence=[]), entity)
    assert 2 == len(entity.RequestAttributesSequence)
    assert "RequestedProcedureID" in entity.RequestAttributesSequence[1]


def test_bounds_are_kept():
    """More keys or longer wild cards than the options allow are refused before any work."""
    with pytest.raises(LimitExceededError):
        Matcher(one("StudyDescription", "*" + "a?" * 200))
    with pytest.raises(LimitExceededError):
        Matcher(Dataset(PatientID="1", PatientName="a"), MatchingOptions(keys=1))


def test_hostile_wild_cards_take_bounded_time():
    """No pattern backtracks: the worst one against 64 KiB ends within a guard far above its time."""
    pattern = "*" + "a?" * 60 + "b*" + "a?" * 60 + "c"
    matcher = Matcher(Dataset(UniversalEntityID=pattern))
    entity = one("UniversalEntityID", "a" * 65536)
    start = time.process_time()
    assert not matcher.matches(entity)
    assert time.process_time() - start < 10


def test_options_follow_what_was_negotiated():
    """What was granted is on, what was not is off; the provider's own choices stay."""
    options = MatchingOptions(fuzzy_names=True, fold_case=True).negotiated(FindExtension(empty_values=True))
    assert MatchingOptions(empty_values=True, fold_case=True) == options


def naive(pattern: str, text: str) -> bool:
    """Match wild cards by the textbook: a table of all prefixes."""
    row = [True] + [False] * len(text)
    for sign in pattern:
        if sign == "*":
            for place in range(len(text)):
                row[place + 1] = row[place + 1] or row[place]
        else:
            row = [False] + [row[place] and sign in ("?", text[place]) for place in range(len(text))]
    return row[-1]


@given(st.text("ab?*.[", max_size=8), st.text("ab.[", max_size=10))
def test_wild_cards_equal_a_naive_oracle(pattern: str, text: str):
    """Whatever the pattern, the answer is that of the table of prefixes."""
    expected = naive(pattern, text) if pattern.strip("*") else True
    if not text and pattern.strip("*"):
        expected = False  # an entity without a value matches only universally
    assert expected == holds("StudyDescription", pattern, text)


dates = st.dates().map(lambda day: f"{day:%Y%m%d}".zfill(8)).filter(lambda text: "1582" < text)


@given(dates, dates, dates)
def test_ranges_of_dates_equal_the_order_of_texts(first: str, last: str, value: str):
    """Eight digits sort as the days do."""
    assert (first <= value <= last) == holds("StudyDate", f"{first}-{last}", value)
    assert (first <= value) == holds("StudyDate", f"{first}-", value)
    assert (value <= last) == holds("StudyDate", f"-{last}", value)
    assert (first == value) == holds("StudyDate", first, value)


texts = st.sampled_from(["", "a", "b", "ab", "a*", "?b", "*"])
trees = st.recursive(
    st.dictionaries(st.sampled_from(["CodeValue", "CodeMeaning"]), texts, max_size=2),
    lambda below: st.dictionaries(
        st.sampled_from(["CodeValue", "ContentSequence", "ConceptNameCodeSequence"]),
        texts | st.lists(below, max_size=3),
        max_size=3,
    ),
    max_leaves=8,
)


def made(tree: dict[str, object]) -> Dataset | None:
    """Give the data set of a tree; None where it has a text for a sequence, or the other way round."""
    ds = Dataset()
    for keyword, value in tree.items():
        if keyword.endswith("Sequence") != isinstance(value, list):
            return None
        items = [made(item) for item in value] if isinstance(value, list) else value
        if isinstance(items, list) and None in items:
            return None
        ds[keyword] = items
    return ds


def naive_match(query: dict[str, object], entity: dict[str, object]) -> bool:
    """Match by the words of PS3.4 C.2.2.2, recursively."""
    for keyword, wanted in query.items():
        value = entity.get(keyword)
        if isinstance(wanted, list):
            keys = wanted[0] if wanted else {}
            if keys and not any(naive_match(keys, item) for item in value or []):
                return False
        elif wanted.strip("*") and not (value and naive(wanted, value)):
            return False
    return True


@given(trees, trees)
def test_trees_equal_a_naive_oracle(query: dict[str, object], entity: dict[str, object]):
    """Sequences in sequences: the answer without recursion is that with it, and so are the items of the response."""
    made_query, made_entity = made(query), made(entity)
    if made_query is None or made_entity is None:
        return

    assert naive_match(query, entity) == matches(made_query, made_entity)

    response = response_of(made_query, made_entity)
    assert {element.tag for element in made_query} == {element.tag for element in response}
    for keyword, wanted in query.items():
        if isinstance(wanted, list) and wanted and wanted[0]:
            matching = [item for item in entity.get(keyword) or [] if naive_match(wanted[0], item)]
            assert len(matching) == len(response[keyword].value)
