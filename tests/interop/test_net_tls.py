"""TLS with the programs of DCMTK at the other end, and what each end says of a certificate that it does not take."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.errors import NetworkError
from dicomkit.net import sync
from dicomkit.net.options import AssociationOptions, ServerOptions
from dicomkit.net.tls import TLSProfile, client_context, server_context
from tests.conftest import missing
from tests.net.certificates import Authority

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Give the authority that both ends trust."""
    for program in ("echoscu", "storescp"):
        if shutil.which(program) is None:
            missing(program, "apt-get install dcmtk")
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture(scope="module")
def ours(authority: Authority) -> Path:
    """Give our certificate and key."""
    return authority.issue("ours")


@pytest.fixture(scope="module")
def theirs(authority: Authority) -> Path:
    """Give the peer's certificate and key."""
    return authority.issue("theirs", names="DNS:localhost,IP:127.0.0.1,DNS:modality.example")


def echoscu(port: int, *options: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run DCMTK's C-ECHO."""
    command = ["echoscu", "-to", "10", *map(str, options), "-aec", "ME", "127.0.0.1", str(port)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("profile", list(TLSProfile))
def test_dcmtk_speaks_to_us(authority: Authority, ours: Path, theirs: Path, profile: TLSProfile):
    """echoscu gets through with a certificate of the authority, and not without one, nor in plain text."""
    context = server_context(ours, profile=profile, ca=authority.certificate)
    options = ServerOptions(association=AssociationOptions(tls=context))
    with sync.serve(("127.0.0.1", 0), ae_title="ME", handlers={}, options=options) as server:
        port = server.address[1]
        known = echoscu(port, "+tls", theirs, theirs, "+cf", authority.certificate)
        assert 0 == known.returncode, known.stderr
        assert 0 != echoscu(port, "+tla", "+cf", authority.certificate).returncode
        assert 0 != echoscu(port).returncode
        stranger = Authority(authority.folder.parent / f"stranger-{profile}").issue("stranger")
        assert 0 != echoscu(port, "+tls", stranger, stranger, "+cf", authority.certificate).returncode
        again = echoscu(port, "+tls", theirs, theirs, "+cf", authority.certificate)
        assert 0 == again.returncode, again.stderr


@pytest.fixture
def storescp(authority: Authority, theirs: Path, tmp_path: Path) -> Iterator[int]:
    """Give the port of DCMTK's storescp, which wants a certificate."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    command = ["storescp", "-od", str(tmp_path), "+tls", str(theirs), str(theirs), "+cf", str(authority.certificate)]
    with subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
        process.kill()


def test_we_speak_to_dcmtk(authority: Authority, ours: Path, storescp: int, sample_folder: Path):
    """An instance goes to storescp with our certificate; without, or with another authority, the error says why."""
    options = AssociationOptions(tls=client_context(ca=authority.certificate, certificate=ours))
    results = list(sync.send(("127.0.0.1", storescp), [sample_folder / "CT_small.dcm"], options=options))
    assert [0] == [result.status for result in results]
    with pytest.raises(NetworkError):
        sync.Association.request(
            ("127.0.0.1", storescp), options=AssociationOptions(tls=client_context(ca=authority.certificate))
        )
    stranger = Authority(authority.folder.parent / "other")
    with pytest.raises(NetworkError, match="add that authority to ca"):
        sync.Association.request(
            ("127.0.0.1", storescp), options=AssociationOptions(tls=client_context(ca=stranger.certificate))
        )


def test_we_speak_to_ourselves(authority: Authority, ours: Path, theirs: Path):
    """Both ends with certificates: the handler knows the names of the peer; a plain peer is told what is wrong."""
    seen = []
    context = server_context(ours, ca=authority.certificate)
    options = ServerOptions(association=AssociationOptions(tls=context))

    def echo(request: object) -> int:
        seen.append(request.peer)  # type: ignore[attr-defined]
        return 0

    with sync.serve(("127.0.0.1", 0), ae_title="ME", handlers={"echo": echo}, options=options) as server:
        tls = client_context(ca=authority.certificate, certificate=theirs)
        request = {"called": "ME", "options": AssociationOptions(tls=tls)}
        with sync.Association.request(server.address, **request) as association:  # type: ignore[arg-type]
            assert 0 == association.echo()
        wrong = AssociationOptions(tls=tls, tls_server_name="elsewhere.example")
        with pytest.raises(NetworkError, match="another host name"):
            sync.Association.request(server.address, called="ME", options=wrong)
    assert 1 == len(seen)
    with (
        sync.serve(("127.0.0.1", 0), ae_title="ME", handlers={}) as plain,
        pytest.raises(NetworkError, match=r"does not speak TLS|closed the connection"),
    ):
        sync.Association.request(plain.address, called="ME", options=AssociationOptions(tls=tls))
