"""Named profiles of TLS as ``ssl.SSLContext`` (PS3.15 B.12, B.13), and what to do about a handshake that failed."""

from __future__ import annotations

import os
import ssl
from enum import StrEnum
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError, escaped

if TYPE_CHECKING:
    from collections.abc import Callable

    Path = str | os.PathLike[str]
    Password = str | bytes | Callable[[], str | bytes]

__all__ = ["TLSProfile", "client_context", "explain", "peer_names", "server_context", "wants_certificates"]


class TLSProfile(StrEnum):
    """A Secure Transport Connection Profile. Both speak TLS 1.3 or else 1.2, never less."""

    BCP195 = "bcp195"
    """BCP 195 (RFC 8996, 9325), PS3.15 B.12: the suites that RFC 9325 4.2 recommends. The default."""
    MODIFIED_BCP195 = "modified-bcp195"
    """Modified BCP 195, PS3.15 B.13: more suites, for peers with other ones; nothing besides these."""


_RECOMMENDED = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
)
# In B.13 as well are suites with Camellia, which OpenSSL has only in CBC mode, and DHE, whose key length cannot be set.
_OTHERS = (
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-ECDSA-AES128-CCM",
    "ECDHE-ECDSA-AES256-CCM8",
    "ECDHE-ECDSA-AES128-CCM8",
)

SUITES = {
    TLSProfile.BCP195: _RECOMMENDED,
    TLSProfile.MODIFIED_BCP195: _RECOMMENDED + _OTHERS,
}
"""The suites of TLS 1.2, by the names of OpenSSL, the strongest first. Those of TLS 1.3 are OpenSSL's own three, AES
256 and 128 with GCM and ChaCha20 with Poly1305; Python before 3.15 cannot choose among them."""

# RSA and DH keys of 2048 bits or more, curves of 224 or more, no SHA-1 in signatures.
_SECURITY_LEVEL = "@SECLEVEL=2"


def client_context(
    profile: TLSProfile | str = TLSProfile.BCP195,
    *,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    password: Password | None = None,
    crl: Path | None = None,
    check_name: bool = True,
) -> ssl.SSLContext:
    """Return how a requestor encrypts, whom it trusts, and who it is.

    `ca` is a PEM file, or a folder as ``openssl rehash`` makes it, with the authorities to trust; without it, those of
    the system. `certificate` and `key` are PEM files by which the server knows us; one file may hold both. With `crl`,
    a PEM file, revoked certificates are refused, and so are those whose authority has no list there. `check_name`
    compares the certificate with the host that is connected to; leave that out only where `ca` signs for one peer.
    Raises NetworkError that says what is wrong with which file.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT, TLSProfile(profile))
    context.check_hostname = check_name
    context.hostname_checks_common_name = False  # RFC 9325 5.1 and RFC 9525: what is no name by its type is none
    context.verify_mode = ssl.CERT_REQUIRED
    if ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    _trust(context, ca, crl)
    if certificate is not None:
        _identify(context, certificate, key, password)
    return context


def server_context(
    certificate: Path,
    key: Path | None = None,
    *,
    profile: TLSProfile | str = TLSProfile.BCP195,
    ca: Path | None = None,
    password: Password | None = None,
    crl: Path | None = None,
) -> ssl.SSLContext:
    """Return how an acceptor encrypts, who it is, and whom it lets in.

    With `ca`, a peer must have a certificate of one of these authorities: that authenticates it. Without, the line is
    encrypted and nobody is authenticated. The files are as for `client_context`. Raises NetworkError that says what is
    wrong with which file.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, TLSProfile(profile))
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_TICKET
    context.num_tickets = 0  # associations are long, and a key for tickets would have to be changed now and then
    _identify(context, certificate, key, password)
    if ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    elif crl is not None:
        raise NetworkError("a list of revoked certificates (crl) is of use only with the authorities to trust (ca)")
    _trust(context, ca, crl)
    return context


def _context(protocol: ssl._SSLMethod, profile: TLSProfile) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(":".join(SUITES[profile]) + ":" + _SECURITY_LEVEL)
    return context


def _trust(context: ssl.SSLContext, ca: Path | None, crl: Path | None) -> None:
    if ca is not None:
        path = os.fspath(ca)
        try:
            if os.path.isdir(path):  # noqa: PTH112  a str stays one in messages
                context.load_verify_locations(capath=path)
            else:
                context.load_verify_locations(cafile=path)
        except OSError as error:
            raise _of_file("the authorities to trust", path, error, "a PEM file of CA certificates") from error
    if crl is not None:
        path = os.fspath(crl)
        before = context.cert_store_stats()["crl"]
        try:
            context.load_verify_locations(cafile=path)
        except OSError as error:
            raise _of_file("the list of revoked certificates", path, error, "a PEM file of CRLs") from error
        if context.cert_store_stats()["crl"] == before:
            raise NetworkError(f"the list of revoked certificates: {escaped(path, 200)} holds no CRL in PEM")
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _identify(context: ssl.SSLContext, certificate: Path, key: Path | None, password: Password | None) -> None:
    path, key_path = os.fspath(certificate), None if key is None else os.fspath(key)
    content = b""
    for one in (path, key_path):
        if one is not None:
            try:
                with open(one, "rb") as file:  # noqa: PTH123  a str stays one in messages
                    content = file.read(1 << 20)
            except OSError as error:
                raise _of_file("our certificate or its key", one, error, "") from error
    try:
        # Without a password OpenSSL would ask the terminal.
        context.load_cert_chain(path, key_path, "" if password is None else password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            advice = "the key is not that of the certificate"
        elif b"ENCRYPTED" in content:
            advice = "the key is encrypted: give its password" if password is None else "the password is wrong"
        else:
            advice = "a PEM file with the certificate first, then those between it and the authority, and the key"
        raise _of_file("our certificate or its key", path, error, advice) from error


def _of_file(what: str, path: str, error: OSError, advice: str) -> NetworkError:
    if isinstance(error, ssl.SSLError):
        reason = f"{escaped(path, 200)} was not understood ({error.reason or 'no PEM'}); {advice}"
    else:
        reason = f"{escaped(path, 200)}: {error.strerror or error}"
    return NetworkError(f"{what}: {reason}")


def wants_certificates(context: ssl.SSLContext | None) -> bool:
    """Return whether a peer must have a certificate that is trusted; without a context nobody must."""
    return context is not None and context.verify_mode == ssl.CERT_REQUIRED


# -- a peer and what is wrong with it ----------------------------------------------------------------------------------


def peer_names(connection: ssl.SSLSocket | ssl.SSLObject) -> tuple[str, ...]:
    """Return the names in the verified certificate of the peer: DNS names, addresses, URIs, then the common name.

    Empty if the peer showed no certificate, or none was asked for. Names of a certificate are as trustworthy as the
    authority that signed it.
    """
    certificate = connection.getpeercert()
    if not certificate:
        return ()
    names = [str(pair[1]) for pair in certificate.get("subjectAltName", ())]
    for attributes in certificate.get("subject", ()):
        names += [str(pair[1]) for pair in attributes if pair[0] == "commonName"]
    return tuple(dict.fromkeys(names))


# By the codes of X509_verify_cert (OpenSSL, x509_vfy.h).
_OF_CERTIFICATE = {
    3: "its authority has no list of revoked certificates here: add it to crl",
    7: "its signature is wrong: it was damaged or forged",
    9: "it is not valid yet: compare the clocks",
    10: "it has expired: the peer needs a new one",
    12: "the list of revoked certificates has expired: get a new one",
    18: "it is self-signed: give that very certificate as ca if you know it to be the peer's",
    19: "an authority that is not trusted here signed it: add that authority to ca",
    20: "an authority that is not trusted here signed it: add that authority to ca",
    21: "the certificates between it and the authority are missing: the peer must send them",
    23: "it was revoked",
    24: "one that is no authority signed it",
    26: "it may not be used for this: its extended key usage lacks client or server authentication",
    32: "its authority may not sign certificates",
    62: "it is for another host name: connect by the name in it, or give tls_server_name",
    64: "it is for another address: connect by the name in it, or give tls_server_name",
    66: "its key is too short: RSA takes 2048 bits or more",
    68: "it is signed with SHA-1 or MD5, which are broken",
    79: "its authority's certificate is no authority's",
}

_OF_HANDSHAKE = {
    "WRONG_VERSION_NUMBER": "the peer does not speak TLS on this port",
    "HTTP_REQUEST": "the peer speaks HTTP",
    "UNSUPPORTED_PROTOCOL": "the peer has only versions before TLS 1.2, which are forbidden (RFC 8996)",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the peer has only versions before TLS 1.2, which are forbidden (RFC 8996)",
    "NO_SHARED_CIPHER": "no cipher suite in common: try the other profile",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "no cipher suite in common, or the peer wants a certificate of ours",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the peer showed no certificate, and must",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the peer wants a certificate of ours: give certificate and key",
    "TLSV1_ALERT_UNKNOWN_CA": "the peer does not trust the authority of our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the peer says that our certificate has expired",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "the peer says that our certificate was revoked",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the peer does not accept our certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the peer does not accept our certificate",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "the peer does not accept our certificate for this use",
    "TLSV1_ALERT_DECRYPT_ERROR": "the peer could not verify our signature: certificate and key may not belong together",
}


def explain(error: OSError) -> str:
    """Return what a failed handshake means and what to do about it, in one line, without what the peer sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        known = _OF_CERTIFICATE.get(error.verify_code)
        return f"the peer's certificate was refused: {known or escaped(error.verify_message)}"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return "the peer closed the connection during the TLS handshake: it may not speak TLS, or refused us"
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        return f"the TLS handshake failed: {_OF_HANDSHAKE.get(reason) or reason or escaped(str(error))}"
    return f"the TLS handshake failed: {escaped(error.strerror or str(error))}"
