"""Conformity of values with Table 6.2-1."""

from __future__ import annotations

import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.vm import VM
from dicomkit.core.vr import VR
from dicomkit.encoding.values import problems
from tests.encoding.values.recording import Recorder

INVALID, LONG, LENGTH, COUNT = (
    IssueCode.VALUE_INVALID,
    IssueCode.VALUE_TOO_LONG,
    IssueCode.VALUE_LENGTH,
    IssueCode.VM_MISMATCH,
)

# PS3.5 Table 6.2-1: for each VR a value that breaks each of its rules.
BROKEN = [
    (VR.AE, b"  ", INVALID),
    (VR.AE, b"A" * 17, LONG),
    (VR.AE, b"A\nB", INVALID),
    (VR.AS, b"23Y ", INVALID),
    (VR.AS, b"023X", INVALID),
    (VR.AT, b"\0\0\0", LENGTH),
    (VR.CS, b"lower ", INVALID),
    (VR.CS, b"A-B ", INVALID),
    (VR.CS, b"A" * 17, LONG),
    (VR.CS, b"\xc9", INVALID),
    (VR.DA, b"20240230", INVALID),
    (VR.DA, b"2024.01.01", INVALID),
    (VR.DS, b"1,5 ", INVALID),
    (VR.DS, b"1.234567890123456", LONG),
    (VR.DT, b"2024010125", INVALID),
    (VR.FD, b"\0" * 7, LENGTH),
    (VR.FL, b"\0" * 6, LENGTH),
    (VR.IS, b"1.5 ", INVALID),
    (VR.IS, b"2147483648", INVALID),
    (VR.IS, b"0000000000001", LONG),
    (VR.LO, b"A" * 65, LONG),
    (VR.LO, b"A\tB ", INVALID),
    (VR.LO, b"A\0", INVALID),
    (VR.LT, b"A" * 10241, LONG),
    (VR.LT, b"A\x01", INVALID),
    (VR.OW, b"\0\0\0", LENGTH),
    (VR.OD, b"\0" * 12, LENGTH),
    (VR.PN, b"A" * 65, LONG),
    (VR.PN, b"a^b^c^d^e^f ", INVALID),
    (VR.PN, b"a=b=c=d ", INVALID),
    (VR.PN, b"a\nb ", INVALID),
    (VR.SH, b"A" * 17, LONG),
    (VR.SL, b"\0" * 5, LENGTH),
    (VR.ST, b"A" * 1025, LONG),
    (VR.SV, b"\0" * 4, LENGTH),
    (VR.TM, b"25", INVALID),
    (VR.TM, b"10:11:12", INVALID),
    (VR.UI, b"1.02", INVALID),
    (VR.UI, b"1.2.3 ", INVALID),
    (VR.UI, b"1.2\0\0", INVALID),
    (VR.UI, b"1." + b"2" * 64, LONG),
    (VR.UR, b"a b ", INVALID),
    (VR.US, b"\0\0\0", LENGTH),
    (VR.LO, b"\xe9", IssueCode.CHARSET_UNDECLARED),
]

SOUND = [
    (VR.AE, b" AE "),
    (VR.CS, b"DERIVED \\PRIMARY"),
    (VR.DA, b""),
    (VR.DS, b" 1.5 \\-2E+10"),
    (VR.IS, b"-2147483648 "),
    (VR.LO, b"A" * 64),
    (VR.LO, b" " * 10 + b"A" * 64),
    (VR.LT, b"line\r\n\tline\x0c"),
    (VR.PN, b"A" * 64 + b"=" + b"B" * 64 + b" "),
    (VR.UI, b"1.2.3\0"),
    (VR.UR, b"https://example.org/a?b=%20#c "),
    (VR.UT, b"A" * 20000),
    (VR.OB, b"\0"),
    (VR.UN, b"\0\1\2"),
    (VR.US, b""),
]


@pytest.mark.parametrize(("vr", "data", "code"), BROKEN)
def test_each_rule_is_checked(vr, data, code):
    """A value that breaks one rule has the code of that rule, and decoding's reports are not made."""
    context = Recorder()
    assert code in [found for found, _ in problems(vr, data, None, context)]
    assert [] == context.reports


@pytest.mark.parametrize(("vr", "data"), SOUND)
def test_sound_values(vr, data):
    """What the table allows has no problem."""
    assert [] == list(problems(vr, data, None, Recorder()))


@pytest.mark.parametrize(
    ("vr", "data", "vm", "expected"),
    [
        (VR.CS, b"A\\B ", "1", [COUNT]),
        (VR.CS, b"A\\B ", "2-n", []),
        (VR.DS, b"1\\2\\3\\4 ", "2-2n", []),
        (VR.DS, b"1\\2\\3 ", "2-2n", [COUNT]),
        (VR.US, b"\0" * 6, "3", []),
        (VR.US, b"\0" * 4, "3", [COUNT]),
        (VR.LT, b"A\\B ", "1", []),
        (VR.OB, b"\0\0", "1", []),
        (VR.CS, b"", "1", []),
        (VR.AT, b"\0" * 8, "1", [COUNT]),
    ],
)
def test_value_multiplicity(vr, data, vm, expected):
    """Values are counted by the VR's own rule; an empty element has no count."""
    assert expected == [code for code, _ in problems(vr, data, VM.parse(vm), Recorder())]


@pytest.mark.parametrize(
    ("vr", "data", "message"),
    [
        (VR.UI, b"1.02", "UI: '1.02' is no UID (PS3.5 9.1)"),
        (VR.DA, b"20240230", "DA: '20240230' is not in the form of the VR (PS3.5 6.2)"),
        (VR.TM, b"25\x1b[", "TM: '25\\x1b[' is not in the form of the VR (PS3.5 6.2)"),
        (VR.US, b"x", "US: 1 byte, where each value has 2"),
    ],
)
def test_messages_show_the_value(vr: VR, data: bytes, message: str):
    """What is wrong is shown, escaped."""
    assert [message] == [text for _, text in problems(vr, data, None, Recorder())]


def test_a_backslash_inside_a_character_is_no_second_value():
    """GB18030 hides a 5C in a character, and check() counts one value."""
    assert [] == list(problems(VR.LO, "誠a".encode("gb18030"), VM.parse("1"), Recorder("GB18030")))


def test_the_problems_of_many_values_are_few():
    """Ten thousand bad values are reported a few times."""
    assert len(list(problems(VR.DS, b"x\\" * 10000, None, Recorder()))) < 6


def test_lengths_count_characters():
    """The limit of LO is 64 characters, not bytes (PS3.5 6.2)."""
    assert [] == list(problems(VR.LO, ("é" * 64).encode(), None, Recorder("ISO_IR 192")))
