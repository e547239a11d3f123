"""TLS profiles: what is offered and taken, whom each end trusts, and what is said when it is not the other one."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.errors import NetworkError
from dicomkit.net import tls
from dicomkit.net.tls import TLSProfile, client_context, explain, peer_names, server_context
from tests.net.certificates import Authority, make_key, openssl, self_signed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the certificates of this module."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """Give the authority that both ends trust."""
    return Authority(folder / "trusted")


@pytest.fixture(scope="module")
def good(authority: Authority) -> Path:
    """Give a certificate with its key that is good for both ends."""
    return authority.issue("good")


def handshake(
    client: ssl.SSLContext, server: ssl.SSLContext, name: str | None = "localhost"
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Let two contexts meet in memory; raise what either end raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    waiting: list[ssl.SSLObject] = [one, other]
    for _ in range(10):
        for end in list(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(end)
        if not waiting:
            # TLS 1.3: the client is done before the server has looked at its certificate.
            for end in (other, one):
                with pytest.raises(ssl.SSLWantReadError):
                    end.read(1)
            return one, other
    raise AssertionError("the handshake does not come to its end")


# -- protocols and suites ----------------------------------------------------------------------------------------------

ALLOWED = {
    # RFC 9325 4.2.
    TLSProfile.BCP195: {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    },
    # PS3.15 B.13, those that OpenSSL has.
    TLSProfile.MODIFIED_BCP195: {
        "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    },
}
TLS_1_3 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}


def all_suites() -> list[tuple[str, str]]:
    """Give all suites of TLS 1.2 and before that this OpenSSL has: its own name, and that of the registry."""
    command = ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0"]
    try:
        text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    found = [(part[4], part[2]) for line in text.splitlines() if (part := line.split())[5] != "TLSv1.3"]
    return [(own, name) for own, name in found if "PSK" not in own and "SRP" not in own]


@pytest.mark.parametrize("profile", list(TLSProfile))
def test_only_the_suites_of_the_profile_are_offered(profile: TLSProfile):
    """A client offers the suites of its profile and those of TLS 1.3, no others."""
    names = dict(all_suites())
    if not names:
        pytest.skip("openssl is not installed")
    offered = {suite["name"] for suite in client_context(profile).get_ciphers()}
    assert ALLOWED[profile] | TLS_1_3 >= {names.get(name, name) for name in offered}
    assert ALLOWED[TLSProfile.BCP195] | TLS_1_3 <= {names.get(name, name) for name in offered}


@pytest.mark.parametrize("profile", list(TLSProfile))
def test_forbidden_suites_are_refused(authority: Authority, folder: Path, profile: TLSProfile):
    """Of all suites that OpenSSL has, a client that offers only one gets through with those of the profile alone."""
    servers = [server_context(authority.issue(f"ec-{profile}"), profile=profile)]
    servers.append(server_context(authority.issue(f"rsa-{profile}", key=("-algorithm", "RSA")), profile=profile))
    accepted, tried = set(), 0
    for own, name in all_suites():
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            client.set_ciphers(f"{own}:@SECLEVEL=0")
        except ssl.SSLError:
            continue
        tried += 1
        for server in servers:
            try:
                handshake(client, server)
            except ssl.SSLError:
                continue
            accepted.add(name)
    assert accepted <= ALLOWED[profile]
    if tried:
        assert tried > 40
        assert accepted >= ALLOWED[TLSProfile.BCP195]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(authority: Authority, good: Path, version: ssl.TLSVersion):
    """TLS 1.0 and 1.1 are refused by a server, and not spoken by a client."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with pytest.raises(ssl.SSLError, match=r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|unsupported protocol") as caught:
        handshake(old, server_context(good))
    assert "RFC 8996" in explain(caught.value)
    ancient = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ancient.load_cert_chain(good)
    ancient.set_ciphers("ALL:@SECLEVEL=0")
    ancient.minimum_version = ancient.maximum_version = version
    with pytest.raises(ssl.SSLError):
        handshake(client_context(ca=authority.certificate), ancient)


@pytest.mark.parametrize(
    ("most", "expected"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.MAXIMUM_SUPPORTED, "TLSv1.3")]
)
def test_the_newest_version_is_spoken(authority: Authority, good: Path, most: ssl.TLSVersion, expected: str):
    """TLS 1.3 if both have it, else TLS 1.2, without compression."""
    client = client_context(ca=authority.certificate)
    client.maximum_version = most
    one, other = handshake(client, server_context(good))
    assert (expected, expected) == (one.version(), other.version())
    assert one.compression() is None
    assert client.options & ssl.OP_NO_RENEGOTIATION


# -- certificates ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bad(folder: Path, authority: Authority) -> dict[str, Path]:
    """Give one certificate of each kind that must be refused."""
    stranger = Authority(folder / "stranger")
    between = Authority(folder / "between", "Between", signed_by=authority)
    leaf = authority.issue("leaf")
    no_authority = Authority(folder / "no-authority", signed_by=authority)
    no_authority.certificate.write_bytes(leaf.read_bytes())
    no_authority.key.write_bytes((leaf.parent / "leaf.key").read_bytes())
    revoked = authority.issue("revoked")
    authority.revoke(revoked)
    return {
        "expired": authority.issue("expired", end="20210101000000Z"),
        "not yet valid": authority.issue("early", start="20480101000000Z"),
        "other authority": stranger.issue("strange"),
        "self-signed": self_signed(folder),
        "other name": authority.issue("elsewhere", names="DNS:elsewhere.example,IP:192.0.2.1"),
        "no name": authority.issue("localhost", names=""),
        "other use": authority.issue("mail", usage="emailProtection"),
        "revoked": revoked,
        "short key": authority.issue("short", key=("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")),
        "SHA-1": authority.issue("sha1", digest="sha1"),
        "no intermediate": between.issue("beyond"),
        "signed by no authority": no_authority.issue("climber"),
    }


SAID = {
    "expired": "expired",
    "not yet valid": "not valid yet",
    "other authority": "add that authority to ca",
    "self-signed": "self-signed",
    "other name": "another host name",
    "no name": "another host name",
    "other use": "extended key usage",
    "revoked": "revoked",
    "short key": "2048 bits",
    "SHA-1": "SHA-1",
    "no intermediate": "authority",
    "signed by no authority": "authority",
}


def lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """Let a peer show a certificate that dicomkit itself would not load."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.parametrize("kind", SAID)
def test_a_bad_server_is_refused(authority: Authority, bad: dict[str, Path], kind: str):
    """A client refuses each of twelve bad certificates, and says what to do."""
    server = lenient(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    server.load_cert_chain(bad[kind])
    client = client_context(ca=authority.certificate, crl=authority.revoked())
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client, server)
    assert SAID[kind] in explain(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in SAID if "name" not in kind])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_bad_client_is_refused(
    authority: Authority, good: Path, bad: dict[str, Path], kind: str, version: ssl.TLSVersion
):
    """A server that asks for certificates refuses each; names of clients are for who knows them to judge."""
    client = lenient(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    client.load_verify_locations(authority.certificate)
    client.load_cert_chain(bad[kind])
    client.minimum_version = client.maximum_version = version
    server = server_context(good, ca=authority.certificate, crl=authority.revoked())
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client, server)
    assert SAID[kind] in explain(caught.value)


def test_a_client_without_certificate_is_refused(authority: Authority, good: Path):
    """A server that trusts an authority takes nobody without a certificate of it."""
    with pytest.raises(ssl.SSLError) as caught:
        handshake(client_context(ca=authority.certificate), server_context(good, ca=authority.certificate))
    assert "showed no certificate" in explain(caught.value)


def test_both_know_each_other(authority: Authority, good: Path):
    """With certificates on both sides, each end knows the names of the other; without, there are none."""
    client = client_context(ca=authority.certificate, certificate=authority.issue("modality", names="DNS:ct.example"))
    one, other = handshake(client, server_context(good, ca=authority.certificate))
    assert ("localhost", "127.0.0.1", "good") == peer_names(one)
    assert ("ct.example", "modality") == peer_names(other)
    _, other = handshake(client_context(ca=authority.certificate), server_context(good))
    assert () == peer_names(other)


def test_names_and_addresses(authority: Authority, good: Path):
    """The host that is connected to must be in the certificate, by name or address, unless the check is left out."""
    server = server_context(good)
    handshake(client_context(ca=authority.certificate), server, "127.0.0.1")
    for name, text in (("other.example", "host name"), ("192.0.2.9", "address")):
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            handshake(client_context(ca=authority.certificate), server, name)
        assert f"another {text}" in explain(caught.value)
        handshake(client_context(ca=authority.certificate, check_name=False), server, name)


def test_an_intermediate_that_is_sent(folder: Path, authority: Authority):
    """A chain is followed to the authority if the peer sends what is between."""
    between = Authority(folder / "sent", "Sent", signed_by=authority)
    leaf = between.issue("chained")
    leaf.write_bytes(leaf.read_bytes() + between.certificate.read_bytes())
    handshake(client_context(ca=authority.certificate), server_context(leaf))


def test_without_authorities_those_of_the_system_count(good: Path):
    """A certificate of a private authority is not trusted by itself."""
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(client_context(), server_context(good))


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_that_are_not_what_they_should_be(folder: Path, authority: Authority, good: Path):
    """Each wrong file is named, with what is wrong or what to give."""
    text = folder / "text.pem"
    text.write_text("hello")
    other = folder / "other.key"
    make_key(other)
    sealed = folder / "sealed.key"
    openssl("pkey", "-in", other, "-aes256", "-passout", "pass:secret", "-out", sealed)
    crl = authority.revoked()
    cases: list[tuple[str, dict[str, object]]] = [
        (r"missing\.pem: No such file", {"certificate": folder / "missing.pem"}),
        (r"text\.pem was not understood", {"certificate": text}),
        (r"the key is not that of the certificate", {"certificate": good, "key": other}),
        (r"give its password", {"certificate": good, "key": sealed}),
        (r"the password is wrong", {"certificate": good, "key": sealed, "password": "public"}),
        (r"authorities to trust: .*text\.pem", {"certificate": good, "ca": text}),
        (r"holds no CRL", {"certificate": good, "ca": authority.certificate, "crl": authority.certificate}),
        (r"only with the authorities", {"certificate": good, "crl": crl}),
    ]
    for message, arguments in cases:
        with pytest.raises(NetworkError, match=message):
            server_context(**arguments)  # type: ignore[arg-type]
    with pytest.raises(NetworkError, match=r"missing\.pem"):
        client_context(ca=folder / "missing.pem")
    with pytest.raises(ValueError, match="ssl3"):
        client_context("ssl3")


def test_a_sealed_key(folder: Path, authority: Authority):
    """A key that is encrypted is opened with its password."""
    path = authority.issue("sealed")
    key = folder / "own-sealed.key"
    openssl("pkey", "-in", path, "-aes256", "-passout", "pass:secret", "-out", key)
    handshake(client_context(ca=authority.certificate), server_context(path, key, password="secret"))


# -- real programs -----------------------------------------------------------------------------------------------------


@pytest.fixture
def port(good: Path) -> Iterator[int]:
    """Give the port of a server that shakes hands and says which suite it was."""
    context = server_context(good)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.settimeout(10)
                try:
                    with context.wrap_socket(connection, server_side=True) as encrypted:
                        encrypted.sendall(b"welcome")
                except OSError:
                    connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize(
    ("offer", "is_taken"),
    [
        (("-tls1",), False),
        (("-tls1_1",), False),
        (("-no_tls1_3", "-fallback_scsv"), False),
        (("-tls1_2", "-cipher", "AES256-GCM-SHA384"), False),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"), False),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"), False),
        (("-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"), False),
        (("-tls1_2", "-cipher", "ADH-AES256-GCM-SHA384:@SECLEVEL=0"), False),
        (("-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"), False),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"), False),
        (("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"), False),
        (("-tls1_2",), True),
        (("-tls1_3",), True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_offers_of_another_program(authority: Authority, port: int, offer: tuple[str, ...], is_taken: bool):
    """The openssl program gets through with what the profile allows, and with nothing else: no downgrade either."""
    command = [
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(authority.certificate), "-quiet",
        "-verify_return_error", *offer,
    ]  # fmt: skip
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert is_taken == (b"welcome" in answer.stdout), answer.stderr.decode()


def test_what_is_said_of_a_peer_without_tls():
    """An answer that is no TLS, and a connection that is closed, are explained."""
    bio, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = client_context(check_name=False).wrap_bio(bio, out)
    with pytest.raises(ssl.SSLWantReadError):
        end.do_handshake()
    bio.write(b"\x03\0\0\0\0\x04\0\x01\x01\x01")  # A-ASSOCIATE-RJ
    with pytest.raises(ssl.SSLError) as caught:
        end.do_handshake()
    assert "does not speak TLS" in explain(caught.value)
    assert "closed the connection" in explain(ConnectionResetError(104, "reset"))
    assert "timed out" in explain(TimeoutError("timed out"))


def test_every_reason_has_its_text():
    """Each advice is one line that ends without a stop, as the others do."""
    for text in (*tls._OF_CERTIFICATE.values(), *tls._OF_HANDSHAKE.values()):
        assert re.fullmatch(r"[a-z].*[^.]", text)
