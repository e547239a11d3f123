"""Issues: one line each, collected by policy, never more than the bound."""

from __future__ import annotations

import json
import pickle
import threading
import warnings

import pytest

from dicomkit.core.issue import DicomWarning, Issue, IssueCode, IssueCollector
from dicomkit.core.tag import Tag
from dicomkit.errors import IssueError

ISSUE = Issue(IssueCode.LENGTH_OVERRUN, "declares 900 bytes", "read 12", 340, (Tag(0x0040A730), 2, Tag(0x0040A043)))


def test_text_is_one_line_that_says_where_what_and_what_was_done():
    """`str` names the path, the offset, the code, the message and the action."""
    assert "(0040,A730)[2].(0040,A043) @340: length-overrun: declares 900 bytes; read 12" == str(ISSUE)
    assert "@0: no-preamble: starts with a tag" == str(Issue(IssueCode.NO_PREAMBLE, "starts with a tag", offset=0))
    assert "acr-nema: old" == str(Issue(IssueCode.ACR_NEMA, "old"))


@pytest.mark.parametrize("message", ["x" * 10_000, "a\nb\x1b[2J\u202e"])
def test_text_is_bounded_and_printable(message: str):
    """However hostile the message, the line has at most 200 printable characters."""
    text = str(Issue(IssueCode.VALUE_INVALID, message, message, 1, (0x00100010,) * 1001))
    assert len(text) <= 200
    assert text.isprintable()


def test_json():
    """`to_json` gives what the json module takes."""
    expected = {
        "code": "length-overrun",
        "message": "declares 900 bytes",
        "action": "read 12",
        "offset": 340,
        "path": "(0040,A730)[2].(0040,A043)",
    }
    assert expected == json.loads(json.dumps(ISSUE.to_json()))


def test_equal_hashable_picklable():
    """Issues compare by what they say."""
    assert ISSUE == pickle.loads(pickle.dumps(ISSUE))
    assert 1 == len({ISSUE, pickle.loads(pickle.dumps(ISSUE))})


def test_codes_are_their_names_in_small_letters():
    """Each code is stable text, derived from its name, and none stands twice."""
    assert [code.name.lower().replace("_", "-") for code in IssueCode] == [str(code) for code in IssueCode]
    assert len(IssueCode.__members__) == len(set(IssueCode))


def test_collect_keeps_in_order():
    """The default keeps the issues."""
    collector = IssueCollector()
    other = Issue(IssueCode.ODD_LENGTH, "3 bytes")
    collector.report(ISSUE)
    collector.report(other)
    assert (ISSUE, other) == collector.issues
    assert 2 == len(collector)


def test_bound():
    """Beyond the bound issues are counted, not kept, also with the policy that warns."""
    for policy in ("collect", "warn"):
        collector = IssueCollector(policy, bound=3)  # type: ignore[arg-type]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(10):
                collector.report(ISSUE)
        assert (3, 7) == (len(collector.issues), collector.dropped)
        assert (3 if policy == "warn" else 0) == len(caught)


@pytest.mark.parametrize(("policy", "expected"), [("collect", 5), ("warn", 5), ("ignore", 0), (print, 5)])
def test_what_others_did_not_keep_is_counted(policy, expected):
    """What whoever found it did not keep counts among the dropped ones."""
    collector = IssueCollector(policy)
    collector.drop(0)
    collector.drop(2)
    collector.drop(3)
    assert expected == collector.dropped


@pytest.mark.parametrize(
    ("policy", "expected"), [("collect", True), ("warn", True), ("ignore", True), ("raise", False), (print, False)]
)
def test_only_counts(policy, expected):
    """A full collector, and one that ignores, count at most; whoever raises or calls needs every issue whole."""
    collector = IssueCollector(policy, bound=0)
    assert [expected, policy == "ignore"] == [collector.only_counts, IssueCollector(policy).only_counts]


def test_warn():
    """The policy "warn" gives a DicomWarning with the text, and keeps the issue."""
    collector = IssueCollector("warn")
    with pytest.warns(DicomWarning, match="length-overrun") as caught:
        collector.report(ISSUE)
    assert __file__ == caught[0].filename
    assert (ISSUE,) == collector.issues


def test_raise():
    """The policy "raise" raises IssueError, which carries the issue, its offset and path."""
    with pytest.raises(IssueError) as raised:
        IssueCollector("raise").report(ISSUE)
    assert ISSUE is raised.value.issue
    assert (340, ISSUE.path, str(ISSUE)) == (raised.value.offset, raised.value.path, str(raised.value))


def test_ignore():
    """The policy "ignore" keeps nothing."""
    collector = IssueCollector("ignore")
    collector.report(ISSUE)
    assert ((), 0) == (collector.issues, collector.dropped)


def test_callable():
    """A callable gets each issue; nothing is kept."""
    seen: list[Issue] = []
    collector = IssueCollector(seen.append)
    collector.report(ISSUE)
    assert [ISSUE] == seen
    assert () == collector.issues


def test_unknown_policy():
    """Another text is a ValueError that names the policies."""
    with pytest.raises(ValueError, match="collect, warn, raise, ignore"):
        IssueCollector("strict")  # type: ignore[arg-type]


def test_what_is_told_anew_is_withdrawn():
    """An issue is taken back by identity: an equal one, found otherwise, stays."""
    collector = IssueCollector()
    same = Issue(ISSUE.code, ISSUE.message, ISSUE.action, ISSUE.offset, ISSUE.path)
    for issue in (ISSUE, same):
        collector.report(issue)
    collector.withdraw([ISSUE, Issue(IssueCode.TRUNCATED, "not kept")])
    assert 1 == len(collector.issues)
    assert same is collector.issues[0]


def test_threads_lose_nothing():
    """Reports of several threads at once are all kept or counted."""
    collector = IssueCollector(bound=500)
    threads = [threading.Thread(target=lambda: [collector.report(ISSUE) for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (500, 3500) == (len(collector.issues), collector.dropped)
