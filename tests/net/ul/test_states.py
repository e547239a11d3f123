"""PS3.8 Table 9-10, cell by cell."""

from __future__ import annotations

import pytest

from dicomkit.net.ul import NEXT_STATES, TRANSITIONS, Action, Evt, State

#: Table 9-10 written out by hand from the standard, one line per event: states, and what is done there.
TABLE_9_10 = {
    1: "1 AE-1",
    2: "4 AE-2",
    3: "2 AA-1, 3 AA-8, 5 AE-3, 6-12 AA-8, 13 AA-6",
    4: "2 AA-1, 3 AA-8, 5 AE-4, 6-12 AA-8, 13 AA-6",
    5: "1 AE-5",
    6: "2 AE-6, 3 AA-8, 5-12 AA-8, 13 AA-7",
    7: "3 AE-7",
    8: "3 AE-8",
    9: "6 DT-1, 8 AR-7",
    10: "2 AA-1, 3 AA-8, 5 AA-8, 6 DT-2, 7 AR-6, 8-12 AA-8, 13 AA-6",
    11: "6 AR-1",
    12: "2 AA-1, 3 AA-8, 5 AA-8, 6 AR-2, 7 AR-8, 8-12 AA-8, 13 AA-6",
    13: "2 AA-1, 3 AA-8, 5-6 AA-8, 7 AR-3, 8-9 AA-8, 10 AR-10, 11 AR-3, 12 AA-8, 13 AA-6",
    14: "8 AR-4, 9 AR-9, 12 AR-4",
    15: "3 AA-1, 4 AA-2, 5-12 AA-1",
    16: "2 AA-2, 3 AA-3, 5-12 AA-3, 13 AA-2",
    17: "2 AA-5, 3-12 AA-4, 13 AR-5",
    18: "2 AA-2, 13 AA-2",
    19: "2 AA-1, 3 AA-8, 5-12 AA-8, 13 AA-7",
}


def cells(event: int) -> dict[int, str]:
    """Give the cells of an event's line."""
    found = {}
    for part in TABLE_9_10[event].split(", "):
        states, action = part.split()
        first, _, last = states.partition("-")
        found.update(dict.fromkeys(range(int(first), int(last or first) + 1), action))
    return found


#: The states that Tables 9-6 to 9-9 name after each action.
TABLES_9_6_TO_9_9 = {
    "AE-1": (4,), "AE-2": (5,), "AE-3": (6,), "AE-4": (1,), "AE-5": (2,), "AE-6": (3, 13), "AE-7": (6,), "AE-8": (13,),
    "DT-1": (6,), "DT-2": (6,),
    "AR-1": (7,), "AR-2": (8,), "AR-3": (1,), "AR-4": (13,), "AR-5": (1,), "AR-6": (7,), "AR-7": (8,), "AR-8": (9, 10),
    "AR-9": (11,), "AR-10": (12,),
    "AA-1": (13,), "AA-2": (1,), "AA-3": (1,), "AA-4": (1,), "AA-5": (1,), "AA-6": (13,), "AA-7": (13,), "AA-8": (13,),
}  # fmt: skip


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
@pytest.mark.parametrize("event", Evt, ids=lambda event: event.name)
def test_each_cell_is_the_standards(state: State, event: Evt):
    """What is done when an event comes in a state is what Table 9-10 says, and nothing where it says nothing."""
    action = TRANSITIONS.get((state, event))
    assert cells(event).get(state) == (None if action is None else action.value)


def test_each_action_leads_where_the_standard_says():
    """The state after each action is that of Tables 9-6 to 9-9."""
    assert TABLES_9_6_TO_9_9 == {action.value: tuple(map(int, states)) for action, states in NEXT_STATES.items()}
    assert set(Action) == set(NEXT_STATES) == set(TRANSITIONS.values())


@pytest.mark.interop
def test_the_table_is_that_of_pynetdicom():
    """Another reading of the same table, cell by cell."""
    fsm = pytest.importorskip("pynetdicom.fsm")
    ours = {(f"Evt{event:d}", f"Sta{state:d}"): action.value for (state, event), action in TRANSITIONS.items()}
    assert fsm.TRANSITION_TABLE == ours
    theirs = {}
    for name, (_, _, states) in fsm.ACTIONS.items():
        theirs[name] = (states,) if isinstance(states, str) else tuple(states)
    assert theirs == {
        action.value: tuple(f"Sta{state:d}" for state in states) for action, states in NEXT_STATES.items()
    }
