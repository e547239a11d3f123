"""Certificates for tests, made by the openssl program: good ones, and one of each kind that must be refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.conftest import missing

_CONFIG = """
[ca]
default_ca = own
[own]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
default_md = sha256
policy = any
default_crl_days = 30
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""

CA_EXTENSIONS = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"


def openssl(*arguments: str | Path) -> None:
    """Run the openssl program."""
    if shutil.which("openssl") is None:
        missing("openssl", "install the openssl program")
    command = ["openssl", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


class Authority:
    """An authority in a folder of its own, which signs what it is told to."""

    def __init__(self, folder: Path, name: str = "Test authority", signed_by: Authority | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("1000\n")
        (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
        self.key = folder / "ca.key"
        self.certificate = folder / "ca.pem"
        make_key(self.key)
        if signed_by is None:
            subject = ("-subj", f"/CN={name}", "-days", "30", "-config", folder / "openssl.cnf")
            extensions = [argument for line in CA_EXTENSIONS.splitlines() for argument in ("-addext", line)]
            openssl("req", "-x509", "-key", self.key, "-out", self.certificate, *subject, *extensions)
        else:
            signed_by.sign(self.key, self.certificate, name, extensions=CA_EXTENSIONS)

    def issue(
        self,
        name: str,
        *,
        names: str = "DNS:localhost,IP:127.0.0.1",
        start: str = "20200101000000Z",
        end: str = "20490101000000Z",
        usage: str = "clientAuth,serverAuth",
        key: tuple[str, ...] = (),
        digest: str = "sha256",
    ) -> Path:
        """Make a key and a certificate; return the file that holds both."""
        key_path, path = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        make_key(key_path, *key)
        lines = ["basicConstraints=CA:FALSE", f"extendedKeyUsage={usage}"]
        if names:
            lines.append(f"subjectAltName={names}")
        self.sign(key_path, path, name, start=start, end=end, digest=digest, extensions="\n".join(lines))
        path.write_bytes(path.read_bytes() + key_path.read_bytes())
        return path

    def sign(
        self,
        key: Path,
        path: Path,
        name: str,
        *,
        start: str = "20200101000000Z",
        end: str = "20490101000000Z",
        digest: str = "sha256",
        extensions: str,
    ) -> None:
        """Sign a certificate."""
        request, config = path.with_suffix(".csr"), self.folder / "openssl.cnf"
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request, "-config", config)
        extra = path.with_suffix(".ext")
        extra.write_text(extensions)
        openssl(
            "ca", "-batch", "-config", config, "-cert", self.certificate, "-keyfile", self.key, "-in", request,
            "-out", path, "-notext", "-startdate", start, "-enddate", end, "-md", digest, "-extfile", extra,
        )  # fmt: skip

    def revoke(self, path: Path) -> None:
        """Put a certificate on the list."""
        config = self.folder / "openssl.cnf"
        openssl("ca", "-config", config, "-cert", self.certificate, "-keyfile", self.key, "-revoke", path)

    def revoked(self) -> Path:
        """Return the list of revoked certificates."""
        path, config = self.folder / "crl.pem", self.folder / "openssl.cnf"
        openssl("ca", "-config", config, "-cert", self.certificate, "-keyfile", self.key, "-gencrl", "-out", path)
        return path


def make_key(path: Path, *how: str) -> None:
    """Make a private key, on the curve P-256 unless told otherwise."""
    openssl("genpkey", "-out", path, *(how or ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")))


def self_signed(folder: Path, name: str = "self") -> Path:
    """Make a certificate that only its own key vouches for."""
    key, path = folder / f"{name}.key", folder / f"{name}.pem"
    make_key(key)
    openssl(
        "req", "-x509", "-key", key, "-out", path, "-subj", "/CN=self", "-days", "30",
        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path
