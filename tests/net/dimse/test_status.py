"""Status codes: their classes, and the tables of PS3.7 and PS3.4 per service and primitive (PS3.7 annex C)."""

from __future__ import annotations

import pickle

import pytest

from dicomkit.net.dimse import status as module
from dicomkit.net.dimse.commands import CommandField
from dicomkit.net.dimse.status import PRIMITIVES, TABLES, Category, Status, StatusRow, status_rows

# PS3.7 annex C and the tables of PS3.4, as codes with their class, all primitives of a service together.
STANDARD = """
- 0000 Success
- 0105 Failure
- 0106 Failure
- 0107 Warning
- 0110 Failure
- 0111 Failure
- 0112 Failure
- 0113 Failure
- 0114 Failure
- 0115 Failure
- 0116 Warning
- 0117 Failure
- 0118 Failure
- 0119 Failure
- 0120 Failure
- 0121 Failure
- 0122 Failure
- 0123 Failure
- 0124 Failure
- 0210 Failure
- 0211 Failure
- 0212 Failure
- 0213 Failure
- FE00 Cancel
STORAGE A700-A7FF Failure
STORAGE A900-A9FF Failure
STORAGE B000 Warning
STORAGE B006 Warning
STORAGE B007 Warning
STORAGE C000-CFFF Failure
QUERY_RETRIEVE A700 Failure
QUERY_RETRIEVE A701 Failure
QUERY_RETRIEVE A702 Failure
QUERY_RETRIEVE A710 Failure
QUERY_RETRIEVE A801 Failure
QUERY_RETRIEVE A900 Failure
QUERY_RETRIEVE AA00 Failure
QUERY_RETRIEVE AA01 Failure
QUERY_RETRIEVE AA02 Failure
QUERY_RETRIEVE AA03 Failure
QUERY_RETRIEVE AA04 Failure
QUERY_RETRIEVE B000 Warning
QUERY_RETRIEVE B001 Warning
QUERY_RETRIEVE C000-CFFF Failure
QUERY_RETRIEVE FF00 Pending
QUERY_RETRIEVE FF01 Pending
MODALITY_WORKLIST A700 Failure
MODALITY_WORKLIST A900 Failure
MODALITY_WORKLIST C000-CFFF Failure
MODALITY_WORKLIST FF00 Pending
MODALITY_WORKLIST FF01 Pending
RELEVANT_PATIENT A700 Failure
RELEVANT_PATIENT A900 Failure
RELEVANT_PATIENT C000 Failure
RELEVANT_PATIENT C100 Failure
RELEVANT_PATIENT C200 Failure
RELEVANT_PATIENT FF00 Pending
SUBSTANCE_ADMINISTRATION A700 Failure
SUBSTANCE_ADMINISTRATION A900 Failure
SUBSTANCE_ADMINISTRATION C000-CFFF Failure
SUBSTANCE_ADMINISTRATION FF00 Pending
SUBSTANCE_ADMINISTRATION FF01 Pending
NON_PATIENT_STORAGE A700 Failure
NON_PATIENT_STORAGE A900 Failure
NON_PATIENT_STORAGE C000 Failure
PROCEDURE_STEP 0001 Warning
PRINT B600 Warning
PRINT B601 Warning
PRINT B602 Warning
PRINT B603 Warning
PRINT B604 Warning
PRINT B605 Warning
PRINT B609 Warning
PRINT B60A Warning
PRINT C600 Failure
PRINT C601 Failure
PRINT C602 Failure
PRINT C603 Failure
PRINT C605 Failure
PRINT C613 Failure
PRINT C616 Failure
INVENTORY B010 Warning
APPLICATION_EVENT_LOGGING B101 Warning
APPLICATION_EVENT_LOGGING B102 Warning
APPLICATION_EVENT_LOGGING B104 Warning
APPLICATION_EVENT_LOGGING C101 Failure
APPLICATION_EVENT_LOGGING C102 Failure
APPLICATION_EVENT_LOGGING C103 Failure
APPLICATION_EVENT_LOGGING C104 Failure
APPLICATION_EVENT_LOGGING C10E Failure
APPLICATION_EVENT_LOGGING C110 Failure
APPLICATION_EVENT_LOGGING C111 Failure
MEDIA_CREATION 0001 Warning
MEDIA_CREATION A510 Failure
MEDIA_CREATION C201 Failure
MEDIA_CREATION C202 Failure
MEDIA_CREATION C203 Failure
UPS 0001 Warning
UPS A700 Failure
UPS A900 Failure
UPS B300 Warning
UPS B301 Warning
UPS B304 Warning
UPS B305 Warning
UPS B306 Warning
UPS C000-CFFF Failure
UPS C300 Failure
UPS C301 Failure
UPS C302 Failure
UPS C303 Failure
UPS C304 Failure
UPS C307 Failure
UPS C308 Failure
UPS C309 Failure
UPS C310 Failure
UPS C311 Failure
UPS C312 Failure
UPS C313 Failure
UPS C314 Failure
UPS C315 Failure
UPS FF00 Pending
UPS FF01 Pending
RT_MACHINE_VERIFICATION C112 Failure
RT_MACHINE_VERIFICATION C221 Failure
RT_MACHINE_VERIFICATION C222 Failure
RT_MACHINE_VERIFICATION C223 Failure
RT_MACHINE_VERIFICATION C224 Failure
RT_MACHINE_VERIFICATION C225 Failure
RT_MACHINE_VERIFICATION C226 Failure
RT_MACHINE_VERIFICATION C227 Failure
"""

# What conformance statements list for a primitive of a service (PS3.2 N.7.3.2), with what PS3.7 has for it.
PER_PRIMITIVE = {
    # Table N.7-42; its 0112 and 0214 for "not supported" and "not authorized" are 0122 and 0124 in PS3.7.
    ("STORAGE", "C-STORE"): "0000 0117 0122 0124 0210 0211 0212 A700-A7FF A900-A9FF B000 B006 B007 C000-CFFF",
    # Table N.7-12.
    ("PROCEDURE_STEP", "N-CREATE"): ("0000 0105 0106 0107 0110 0111 0116 0117 0118 0120 0121 0124 0210 0211 0212 0213"),
    # Table N.7-16.
    ("UPS", "N-CREATE"): ("0000 0105 0106 0107 0110 0111 0116 0117 0118 0120 0121 0124 0210 0211 0212 0213 B300 C309"),
    # Table N.7-40.
    ("INSTANCE_AVAILABILITY", "N-CREATE"): (
        "0000 0105 0106 0107 0110 0111 0116 0117 0118 0120 0121 0124 0210 0211 0212 0213"
    ),
    # Table N.7-44.
    ("STORAGE_COMMITMENT", "N-ACTION"): "0000 0110 0112 0114 0115 0117 0118 0119 0123 0124 0210 0211 0212 0213",
}


def in_standard() -> dict[str, dict[str, str]]:
    """Give the class by code, by service."""
    tables: dict[str, dict[str, str]] = {}
    for line in STANDARD.strip().splitlines():
        table, codes, category = line.split()
        tables.setdefault(table, {})[codes] = category
    return tables


def codes(rows: tuple[StatusRow, ...]) -> str:
    """Give the codes of rows as one text."""
    return " ".join([row.codes for row in rows])


def test_every_number_has_the_class_of_annex_c():
    """0000; FF00 and FF01; FE00; 0001, 0107, 0116 and Bxxx; Axxx, Cxxx, 01xx, 02xx (PS3.7 C)."""
    pending, warning = {0xFF00, 0xFF01}, {0x0001, 0x0107, 0x0116, *range(0xB000, 0xC000)}
    failure = {*range(0xA000, 0xB000), *range(0xC000, 0xD000), *range(0x0100, 0x0300)} - warning
    for number in range(0x10000):
        status = Status(number)
        category = status.category
        flags = (status.is_success, status.is_pending, status.is_cancel, status.is_warning, status.is_failure)
        assert flags == tuple(category is one for one in Category)
        assert (number == 0) is (category is Category.SUCCESS)
        assert (number in pending) is (category is Category.PENDING)
        assert (number == 0xFE00) is (category is Category.CANCEL)
        assert (number in warning) is (category is Category.WARNING)
        assert number not in failure or category is Category.FAILURE


@pytest.mark.parametrize("table", [name for name in in_standard() if name != "-"])
def test_a_table_has_the_codes_of_the_standard(table: str):
    """Of each service, every code of PS3.4 is there, no other, and of its class."""
    found = {row.codes: str(row.category) for rows in TABLES[table].values() for row in rows}
    assert in_standard()[table] == found


def test_services_without_codes_of_their_own_have_empty_tables():
    """What is in no table of the standard has the codes of PS3.7 alone."""
    empty = {name for name in TABLES if name not in in_standard()}
    assert {"VERIFICATION", "STORAGE_COMMITMENT", "INSTANCE_AVAILABILITY", "DISPLAY_SYSTEM"} == empty
    assert [{}] * len(empty) == [dict(TABLES[name]) for name in sorted(empty)]


def test_the_codes_of_all_services_are_those_of_annex_c():
    """What the primitives have in every service is, together, what annex C defines; N-DELETE has no arguments."""
    found = {row.codes: str(row.category) for rows in PRIMITIVES.values() for row in rows}
    assert in_standard()["-"] == found
    assert "0114" not in codes(PRIMITIVES["N-DELETE"])


def test_each_primitive_has_its_codes():
    """There is a row for each message that is answered."""
    assert {field.primitive for field in CommandField if field.is_response} == set(PRIMITIVES)
    assert {name for rows in TABLES.values() for name in rows} <= set(PRIMITIVES)


@pytest.mark.parametrize(("table", "primitive"), PER_PRIMITIVE)
def test_a_primitive_of_a_service_has_the_codes_that_conformance_statements_list(table: str, primitive: str):
    """The rows of a service and primitive, by code, are those of PS3.2 N.7.3.2."""
    assert PER_PRIMITIVE[table, primitive] == codes(status_rows(table, primitive))


def test_a_private_service_has_the_codes_of_its_primitives():
    """A name that no table has is answered with what PS3.7 says."""
    assert PRIMITIVES["C-ECHO"] == status_rows("MY_OWN", "C-ECHO")
    assert () == status_rows("MY_OWN", "C-JUMP")


@pytest.mark.parametrize(
    ("number", "table", "primitive", "meaning"),
    [
        (0x0000, "", "", "Success"),
        (0xA700, "STORAGE", "C-STORE", "Refused: out of resources"),
        (0xA7FF, "STORAGE", "C-STORE", "Refused: out of resources"),
        (0xA800, "STORAGE", "C-STORE", ""),
        (0xA700, "QUERY_RETRIEVE", "C-FIND", "Refused: out of resources"),
        (0xA700, "QUERY_RETRIEVE", "C-MOVE", ""),
        (0xFF00, "QUERY_RETRIEVE", "C-MOVE", "Sub-operations are continuing"),
        (0xFF00, "QUERY_RETRIEVE", "C-FIND", "Matches are continuing: current match is supplied"),
        (0xC302, "UPS", "N-ACTION", "The UPS is already IN PROGRESS"),
        (0xC302, "UPS", "C-FIND", "Failed: unable to process"),
        (0xC302, "UPS", "", "The UPS is already IN PROGRESS"),
        (0x0110, "UPS", "N-SET", "Processing failure"),
        (0xFE00, "STORAGE", "", "Cancelled"),
        (0xC302, "", "", ""),
        (0x9999, "STORAGE", "C-STORE", ""),
    ],
)
def test_a_number_means_what_its_service_and_primitive_say(number: int, table: str, primitive: str, meaning: str):
    """The same number may mean different things; a single code is more exact than a range."""
    assert meaning == Status(number).meaning(table, primitive)


def test_a_status_is_a_number_that_says_what_it_is():
    """A status equals its number, and its text has the four digits of the standard."""
    status = Status(0x0122)
    assert 0x0122 == status == pickle.loads(pickle.dumps(status))
    assert ("0122 Refused: SOP class not supported", "Status(0x0122)") == (str(status), repr(status))
    assert "A701 Failure" == str(Status(0xA701))


def test_each_constant_is_a_code_of_annex_c():
    """The names by which programs know the codes are those of the rows."""
    named = {name: value for name, value in vars(module).items() if type(value) is Status}
    assert set(named) <= set(module.__all__)
    assert {row.first for rows in PRIMITIVES.values() for row in rows} | {0xFF00, 0xFF01} == set(named.values())
    for name, value in named.items():
        words = name.lower().split("_")
        meaning = value.meaning().lower().replace("-", " ").replace("cancelled", "cancel")
        missing = [word for word in words if word not in meaning]
        assert [] == missing, name
