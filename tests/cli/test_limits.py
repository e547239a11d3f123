"""`dicomkit limits`."""

from __future__ import annotations

import pytest

from dicomkit.cli.limits import reasons
from dicomkit.core.limits import DEFAULT_LIMITS, Limits
from dicomkit.net.options import DEFAULT_ASSOCIATION, DEFAULT_SERVER
from tests.cli.conftest import Run


def test_each_limit_with_its_reason(run: Run):
    """Every field of Limits is listed with its value and the reason that stands in the source."""
    answer = run("limits", "--json").json
    del answer["association"], answer["server"]
    assert DEFAULT_LIMITS._as_dict() == {name: entry["value"] for name, entry in answer.items()}
    assert [] == [name for name, entry in answer.items() if len(entry["reason"]) < 40]
    assert answer["depth"]["reason"].startswith("Sequences inside sequences.")


def test_each_bound_of_the_network_with_its_reason(run: Run):
    """The numbers of an association and of a server follow, in objects of their own; what is no number is left out."""
    answer = run("limits", "--json").json
    for name, options in (("association", DEFAULT_ASSOCIATION), ("server", DEFAULT_SERVER)):
        part = answer[name]
        assert {field: entry["value"] for field, entry in part.items()}.items() <= options._as_dict().items()
        assert [] == [field for field, entry in part.items() if len(entry["reason"]) < 40]
    assert {"maximum_length", "artim_seconds", "association_seconds"} <= answer["association"].keys()
    assert {"associations", "check_called", "connections_per_second"} <= answer["server"].keys()
    assert not {"tls", "tls_server_name", "implementation_class_uid", "issues"} & answer["association"].keys()


def test_the_list_for_people(run: Run):
    """Names, numbers as people read them, reasons wrapped."""
    result = run("limits")
    assert (0, "") == (result.status, result.err)
    assert "inflated_bytes = 2,147,483,648 (2 Gi)\n    A deflated data set" in result.out
    assert "value_bytes = none\n" in result.out
    assert "association.artim_seconds = 30\n    ARTIM" in result.out
    assert "server.check_called = true\n    Reject" in result.out
    assert 100 >= max(map(len, result.out.splitlines()))


def test_without_sources_the_reasons_are_empty(monkeypatch: pytest.MonkeyPatch):
    """Where the package was installed without its sources, the values are there all the same."""

    def none(_: object) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr("inspect.getsource", none)
    assert {} == reasons()
    assert Limits() == DEFAULT_LIMITS
