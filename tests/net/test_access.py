"""Who may connect, associate and do what."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import NetworkError
from dicomkit.net.access import AccessRules, ConnectionGate, DeviceEntry, check_listening

# -- device entries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title", "network", "services"),
    [
        ("CT1@10.1.0.0/16:store,find", "CT1", "10.1.0.0/16", {"store", "find"}),
        ("CT1@10.1.2.3", "CT1", "10.1.2.3/32", set()),
        ("CT1@10.1.2.3/16", "CT1", "10.1.0.0/16", set()),
        ("CT1@*:echo", "CT1", None, {"echo"}),
        ("*@*", "*", None, set()),
        ("A@B:C@[2001:db8::]/32:Store", "A@B:C", "2001:db8::/32", {"store"}),
        (" CT 1 @[::1]", "CT 1", "::1/128", set()),
        ("CT1@10.0.0.1:1.2.840.10008.1.1,n-create", "CT1", "10.0.0.1/32", {"1.2.840.10008.1.1", "n-create"}),
    ],
)
def test_entries_as_people_write_them(text: str, title: str, network: str | None, services: set[str]):
    """Titles may hold @ and colons, IPv6 is in brackets, services are optional; written again they are the same."""
    entry = DeviceEntry.parse(text)
    assert (title, network, services) == (
        entry.ae_title,
        None if entry.network is None else str(entry.network),
        set(entry.services),
    )
    assert entry == DeviceEntry.parse(str(entry))
    assert entry == pickle.loads(pickle.dumps(entry))


@pytest.mark.parametrize(
    "text",
    ["", "CT1", "@10.0.0.1", "CT1@", "CT1@10.1.0.0/33", "CT1@host", "CT1@10.0.0.1:", "CT1@10.0.0.1:store,,find",
     "ABCDEFGHIJKLMNOPQ@10.0.0.1", "A\\B@10.0.0.1", "A\nB@*", "CT1@2001:db8::1", "CT1@[10.0.0.1", "é@*"],
)  # fmt: skip
def test_texts_that_are_no_entry(text: str):
    """What is none is refused where it is written, not when the device calls."""
    with pytest.raises(ValueError, match=r"device entry|network|services|AE title"):
        DeviceEntry.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_an_entry_or_a_value_error(text: str):
    """No text leads to another exception."""
    try:
        entry = DeviceEntry.parse(text)
    except ValueError:
        return
    assert entry == DeviceEntry.parse(str(entry))


@pytest.mark.parametrize(
    ("calling", "address", "names", "expected"),
    [
        ("CT1", "10.1.9.9", (), True),
        ("CT1 ", "::ffff:10.1.9.9", (), True),
        ("CT1", "10.2.0.1", (), False),
        ("ct1", "10.1.9.9", (), False),
        ("CT11", "10.1.9.9", (), False),
        ("CT1", "fe80::1%eth0", (), False),
        ("CT1", "", (), False),
        ("CT1", "nonsense", (), False),
    ],
)
def test_who_is_meant(calling: str, address: str, names: tuple[str, ...], expected: bool):
    """Title and address must both be right, however the socket writes the address."""
    assert expected == DeviceEntry.parse("CT1@10.1.0.0/16").matches(calling, address, names)


def test_names_of_certificates():
    """An entry that asks for a certificate is nobody's who has none, or another one's."""
    entry = DeviceEntry("CT1", None, (), "CT.example")
    assert entry.matches("CT1", "10.0.0.1", ("other", "ct.EXAMPLE"))
    assert not entry.matches("CT1", "10.0.0.1", ("ct.example.org",))
    assert not entry.matches("CT1", "10.0.0.1")


# -- associations ------------------------------------------------------------------------------------------------------

RULES = AccessRules(
    [
        DeviceEntry.parse("CT1@10.1.0.0/16:store"),
        DeviceEntry.parse("CT1@10.1.2.0/24:find"),
        DeviceEntry.parse("ADMIN@10.9.9.9"),
        DeviceEntry.parse("*@10.7.0.0/16:1.2.840.10008.1.1"),
    ],
    ["PACS"],
)


@pytest.mark.parametrize(
    ("calling", "called", "address", "reject"),
    [
        ("CT1", "PACS", "10.1.2.3", None),
        ("CT1", "PACS ", "10.1.2.3", None),
        ("CT1", "NOBODY", "10.1.2.3", (1, 1, 7)),
        ("CT1", "pacs", "10.1.2.3", (1, 1, 7)),
        ("CT1", "", "10.1.2.3", (1, 1, 7)),
        ("CT2", "PACS", "10.1.2.3", (1, 1, 3)),
        ("CT1", "PACS", "10.2.2.3", (1, 1, 3)),
        ("ADMIN", "PACS", "10.9.9.8", (1, 1, 3)),
        ("ADMIN", "PACS", "2001:db8::1", (1, 1, 3)),
        ("WHOEVER", "PACS", "10.7.0.1", None),
    ],
)
def test_who_may_associate(calling: str, called: str, address: str, reject: tuple[int, int, int] | None):
    """An unknown device and a wrong called title are rejected with the numbers of PS3.8 Table 9-21."""
    permission = RULES.judge(calling, called, address)
    assert (reject, reject is None) == (permission.reject, permission.is_admitted)


def test_what_a_device_may_do():
    """What any of its entries allows, and Verification; a device without named services may do all."""
    permission = RULES.judge("CT1", "PACS", "10.1.2.3")
    assert [True, True, True, False, False] == [
        permission.allows(name) for name in ("store", "find", "echo", "move", "n-create")
    ]
    assert permission.allows("move", "FIND")
    assert not RULES.judge("CT1", "PACS", "10.1.3.3").allows("find")
    assert RULES.judge("ADMIN", "PACS", "10.9.9.9").allows("move")
    assert RULES.judge("X", "PACS", "10.7.0.1").allows("n-get", "1.2.840.10008.1.1")
    assert not RULES.judge("X", "PACS", "10.8.0.1").allows("echo")


def test_without_entries():
    """Everybody who reaches the server may do all; the called title counts all the same, unless told otherwise."""
    rules = AccessRules(titles=["ME"])
    assert rules.judge("ANY", "ME", "203.0.113.1").allows("store")
    assert not rules.judge("ANY", "YOU", "127.0.0.1").is_admitted
    assert AccessRules(titles=["ME"], check_called=False).judge("ANY", "YOU", "127.0.0.1").is_admitted


# -- listening ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_needs_no_choice(address: str):
    """Nobody else reaches loopback."""
    check_listening([address])


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", "10.1.1.1", "192.168.0.1", "fe80::1%eth0", "host.example"])
def test_a_server_for_others_needs_a_choice(address: str):
    """Without one it does not start, and the message says which there are; each of them will do."""
    with pytest.raises(NetworkError, match="say who may call"):
        check_listening(["127.0.0.1", address])
    check_listening([address], devices=[DeviceEntry.parse("*@*")])
    check_listening([address], has_client_certificates=True)
    check_listening([address], has_identity_check=True)


# -- connections -------------------------------------------------------------------------------------------------------


def test_a_rate_of_connections():
    """A burst is taken, then as many as the rate allows; other addresses are not touched, time never runs backwards."""
    gate = ConnectionGate(2.0, 3, 1000)
    taken = [gate.enter(number, "10.0.0.1", 100.0)[0] for number in range(5)]
    assert [True, True, True, False, False] == taken
    assert gate.enter("a", "10.0.0.2", 100.0)[0]
    assert not gate.enter("b", "::ffff:10.0.0.1", 100.4)[0]
    assert gate.enter("c", "10.0.0.1", 100.5)[0]
    assert not gate.enter("d", "10.0.0.1", 90.0)[0]
    assert not gate.enter("e", "10.0.0.1", 100.6)[0]
    assert [True] * 3 == [gate.enter(("e", number), "10.0.0.1", 1000.0)[0] for number in range(3)]
    assert not gate.enter("f", "10.0.0.1", 1000.0)[0]


def test_a_network_of_ipv6_is_one_customer():
    """Who has 2**64 addresses does not have as many bursts."""
    gate = ConnectionGate(1.0, 2, 1000)
    taken = [gate.enter(number, f"2001:db8::{number:x}", 0.0)[0] for number in range(4)]
    assert [True, True, False, False] == taken
    assert gate.enter("other", "2001:db8:0:1::1", 0.0)[0]


def test_no_rate():
    """None switches the limit off."""
    gate = ConnectionGate(None, 1, 1000)
    assert all(gate.enter(number, "10.0.0.1", 0.0)[0] for number in range(100))


def test_many_addresses_cost_no_memory():
    """Of a flood from everywhere only so many addresses are remembered."""
    gate = ConnectionGate(1.0, 1, 1 << 30)
    for number in range(20_000):
        gate.enter(number, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", float(number))
    assert 10_000 == len(gate._buckets)


def test_the_longest_waiting_makes_room():
    """When all places are taken, the oldest connection without an association goes; with one, it stays."""
    gate = ConnectionGate(None, 1, 3)
    for key in "abc":
        assert (True, None) == gate.enter(key, "10.0.0.1", 0.0)
    gate.associated("a")
    assert (True, "b") == gate.enter("d", "10.0.0.2", 1.0)
    gate.leave("b")
    assert 3 == gate.count
    gate.associated("c")
    gate.associated("d")
    assert (False, None) == gate.enter("e", "10.0.0.2", 2.0)
    gate.leave("a")
    assert (True, None) == gate.enter("e", "10.0.0.2", 2.0)
    assert 3 == gate.count


@given(st.lists(st.tuples(st.sampled_from("el"), st.integers(0, 9), st.floats(0, 1e6)), max_size=200))
def test_the_gate_never_counts_wrong(steps: list[tuple[str, int, float]]):
    """Whatever the order, there are never more connections than allowed once those that must go have gone."""
    gate = ConnectionGate(5.0, 5, 4)
    inside: set[int] = set()
    for step, key, now in steps:
        if step == "e" and key not in inside:
            is_taken, victim = gate.enter(key, f"10.0.0.{key}", now)
            if victim is not None:
                assert isinstance(victim, int)
                inside.remove(victim)
                gate.leave(victim)
            if is_taken:
                inside.add(key)
        elif step == "l" and key in inside:
            inside.remove(key)
            gate.leave(key)
        assert len(inside) == gate.count <= 4
