"""Options of associations and servers: the figures that the goals name, and what contradicts itself."""

from __future__ import annotations

import pickle

import pytest

from dicomkit.cli.limits import reasons
from dicomkit.net.options import DEFAULT_ASSOCIATION, DEFAULT_SERVER, AssociationOptions, ServerOptions


def test_defaults_of_an_association():
    """PDUs of 1 MiB, others of 1,024 bytes, command sets of 64 KiB, 128 contexts, ARTIM and TLS of 30 and 10 s."""
    assert (1 << 20, 1 << 20, 1 << 20, 1024, 64 << 10, 128, 30.0, 10.0) == (
        DEFAULT_ASSOCIATION.maximum_length,
        DEFAULT_ASSOCIATION.send_maximum,
        DEFAULT_ASSOCIATION.associate_bytes,
        DEFAULT_ASSOCIATION.other_pdu_bytes,
        DEFAULT_ASSOCIATION.command_bytes,
        DEFAULT_ASSOCIATION.contexts,
        DEFAULT_ASSOCIATION.artim_seconds,
        DEFAULT_ASSOCIATION.tls_handshake_seconds,
    )
    assert AssociationOptions() == DEFAULT_ASSOCIATION


def test_defaults_of_a_server():
    """100 associations in all and from one address, the called title is checked, ten seconds to stop."""
    assert (100, 100, True, 10.0) == (
        DEFAULT_SERVER.associations,
        DEFAULT_SERVER.associations_per_address,
        DEFAULT_SERVER.check_called,
        DEFAULT_SERVER.shutdown_seconds,
    )
    assert DEFAULT_ASSOCIATION == DEFAULT_SERVER.association
    assert ServerOptions() == DEFAULT_SERVER


@pytest.mark.parametrize("options", [AssociationOptions, ServerOptions])
def test_each_option_has_its_reason_beside_it(options: type[AssociationOptions | ServerOptions]):
    """Behind each field of the class stands a text, which `dicomkit limits` prints."""
    why = reasons(options)
    assert options()._as_dict().keys() == why.keys()
    assert [] == [name for name, reason in why.items() if len(reason) < 40]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maximum_length", 0),
        ("maximum_length", 1 << 32),
        ("send_maximum", -1),
        ("operations_invoked", 1 << 16),
        ("operations_performed", True),
        ("contexts", 129),
        ("contexts", 0),
        ("command_bytes", "1"),
        ("other_pdu_bytes", 3),
        ("data_set_bytes", -1),
        ("artim_seconds", 0),
        ("idle_seconds", float("nan")),
        ("idle_seconds", float("inf")),
        ("response_seconds", "60"),
        ("implementation_version_name", "x" * 17),
        ("implementation_class_uid", ""),
    ],
)
def test_what_no_association_can_have(name: str, value: object):
    """A value outside what the fields of PDUs can carry, or that no clock understands, is refused by name."""
    with pytest.raises(ValueError, match=name):
        AssociationOptions(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("associations", 0), ("workers", 0), ("connections_per_second", 0), ("backlog", -1), ("shutdown_seconds", -1)],
)
def test_what_no_server_can_have(name: str, value: object):
    """A server that takes nobody, or in no time, is refused by the name of the option."""
    with pytest.raises(ValueError, match=name):
        ServerOptions(**{name: value})
    for devices in ("CT1@10.0.0.1", ("CT1@10.0.0.1",)):
        with pytest.raises(TypeError, match="DeviceEntry"):
            ServerOptions(devices=devices)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="association takes AssociationOptions"):
        ServerOptions(association=None)  # type: ignore[arg-type]


def test_never_is_none():
    """Each time, and what has no natural bound, can be switched off."""
    times = {name: None for name in AssociationOptions()._as_dict() if name.endswith("_seconds")}
    assert 7 == len(times)
    assert set(times.values()) == {getattr(AssociationOptions(**times), name) for name in times}  # type: ignore[arg-type]
    assert ServerOptions(shutdown_seconds=None, connections_per_second=None).connections_per_second is None


def test_options_go_to_other_processes():
    """Options are pickled for worker processes, nested ones included."""
    options = ServerOptions(association=AssociationOptions(maximum_length=65536), associations=7)
    assert options == pickle.loads(pickle.dumps(options))
    assert 65536 == options.replace(associations=8).association.maximum_length
