"""A certificate authority for tests, made with the openssl program."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

#: openssl's own form of a moment.
PAST, YESTERDAY = "20200101000000Z", "20200102000000Z"
FUTURE, LATER = "21000101000000Z", "21010101000000Z"

_CONFIG = """
[ca]
default_ca = test
[test]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = names
prompt = no
x509_extensions = authority
[names]
commonName = Authority of the tests
[authority]
basicConstraints = critical, CA:true
subjectKeyIdentifier = hash
"""


class Authority:
    """A CA in a directory of its own; ``certificate`` is what has to be trusted."""

    def __init__(self, directory: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("makes its certificates with openssl, which is not installed")
        self._directory = directory
        self.certificate = directory / "ca.pem"
        directory.mkdir()
        (directory / "ca.cnf").write_text(_CONFIG)
        (directory / "index.txt").touch()
        (directory / "serial").write_text("1000\n")
        self._openssl(
            *("req", "-x509", "-config", "ca.cnf", "-newkey", "rsa:2048", "-nodes"),
            *("-keyout", "ca.key", "-out", "ca.pem", "-days", "36500"),
        )

    def server(
        self, name: str, *, start: str = PAST, end: str = FUTURE, signed: bool = True
    ) -> ssl.SSLContext:
        """What a server shows that is called ``name``, a host or an IP address."""
        kind = "IP" if name.replace(".", "").isdigit() else "DNS"
        (self._directory / "leaf.cnf").write_text(
            f"subjectAltName = {kind}:{name}\nauthorityKeyIdentifier = keyid\n"
        )
        self._openssl(
            *("req", "-new", "-config", "ca.cnf", "-newkey", "rsa:2048", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", "leaf.key", "-out", "leaf.csr"),
        )
        if signed:
            self._openssl(
                *("ca", "-batch", "-config", "ca.cnf", "-in", "leaf.csr", "-out", "leaf.pem"),
                *("-keyfile", "ca.key", "-cert", "ca.pem", "-extfile", "leaf.cnf", "-notext"),
                *("-startdate", start, "-enddate", end),
            )
        else:
            self._openssl(
                *("x509", "-req", "-in", "leaf.csr", "-signkey", "leaf.key", "-days", "9"),
                *("-out", "leaf.pem"),
            )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self._directory / "leaf.pem", self._directory / "leaf.key")
        return made

    def _openssl(self, *arguments: str) -> None:
        ran = subprocess.run(["openssl", *arguments], cwd=self._directory, capture_output=True)
        assert ran.returncode == 0, ran.stderr.decode()
