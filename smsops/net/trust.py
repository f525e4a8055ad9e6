"""CA bundles: whom TLS trusts, and what a failed handshake means.

``--ca-bundle`` or ``SMSOPS_CA_BUNDLE``, alone. Else ``SSL_CERT_FILE``, ``SSL_CERT_DIR``, and what
tccli and Tencent's SDK go by, ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE``: those that are set
replace the bundle that comes along, all of them together. There is no way to turn verification off.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from collections.abc import Mapping
from typing import NamedTuple

from smsops import platforms
from smsops.errors import SmsopsError
from smsops.text.messages import T, Text, listed

#: Stands for the option, too.
OWN = "SMSOPS_CA_BUNDLE"
#: Each names a file, the second one directories; the last two, which requests reads, either.
NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
#: How OpenSSL finds a certificate in a directory.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
#: How a certificate begins in PEM.
_BEGIN = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
_MOST = 16 * 1024 * 1024


class Failure(NamedTuple):
    """What is wrong with a handshake, about ``{peer}``, and what to do."""

    words: Text
    remedy: Text


_UNKNOWN_CA = T("the certificate of {peer} was issued by a CA that smsops does not know")
_NAME = T("the certificate of {peer} is for another name")
_OWN_CA = T(
    "If it is your company's own CA, or a proxy that opens TLS, set SSL_CERT_FILE to its bundle "
    "in PEM (REQUESTS_CA_BUNDLE is read, too)."
)
_ANSWERS = T("Is it the right host? A proxy or a captive portal may answer in its place.")
#: For a handshake that somebody else ended or never answered.
ON_WAY = T("A firewall or a proxy on the way may forbid it.")
_RENEW = T("Whoever runs the server has to renew it. This machine's clock may be wrong, too.")
#: OpenSSL's X509_V_ERR_* numbers, which stay the same across versions; their texts do not.
CERTIFICATES: Mapping[int, Failure] = {
    2: Failure(_UNKNOWN_CA, _OWN_CA),
    9: Failure(T("the certificate of {peer} is not valid yet"), T("Check this machine's clock.")),
    10: Failure(T("the certificate of {peer} has expired"), _RENEW),
    18: Failure(
        T(
            "the certificate of {peer} was issued by a CA that smsops does not know: "
            "it signed itself"
        ),
        _OWN_CA,
    ),
    19: Failure(_UNKNOWN_CA, _OWN_CA),
    20: Failure(_UNKNOWN_CA, _OWN_CA),
    21: Failure(_UNKNOWN_CA, _OWN_CA),
    62: Failure(_NAME, _ANSWERS),
    64: Failure(_NAME, _ANSWERS),
}
_NO_TLS = Failure(
    T("what answers at {peer} does not speak TLS"),
    T("Check host and port; a proxy or a captive portal may answer in its place."),
)
#: Parts of OpenSSL's names of errors; the first that fits.
HANDSHAKES: Mapping[str, Failure] = {
    "WRONG_VERSION_NUMBER": _NO_TLS,
    "RECORD_LAYER_FAILURE": _NO_TLS,
    "PACKET_LENGTH_TOO_LONG": _NO_TLS,
    "HTTP_REQUEST": _NO_TLS,
    "UNEXPECTED_EOF": Failure(T("{peer} ended the connection in the TLS handshake"), ON_WAY),
    "PROTOCOL": Failure(
        T("{peer} speaks no version of TLS that smsops accepts (1.2 or 1.3)"),
        T("The server, or a proxy that opens TLS, has to be brought up to date."),
    ),
    "ALERT": Failure(
        T("{peer} refused the TLS handshake ({reason})"),
        T("The server may ask for a client certificate, or know no such host."),
    ),
}


def context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """A context that trusts the bundle of the environment, or the one that comes along.

    Raises :class:`SmsopsError` for a bundle that cannot be used.
    """
    names = named(environment)
    if not names:
        import httpx

        return httpx.create_ssl_context(trust_env=False)
    made = nobody()
    # A bundle may hold a company's intermediate CA instead of its root.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Several often name the same file.
    for path, name in {environment[name]: name for name in reversed(names)}.items():
        either = name in NAMES[2:] and os.path.isdir(path)
        add = _add_directory if name == "SSL_CERT_DIR" or either else _add_file
        add(made, _called(name), path)
    return made


def nobody() -> ssl.SSLContext:
    """A context for plain http, quick to make: it verifies, and trusts nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def named(environment: Mapping[str, str]) -> list[str]:
    """The variables that name bundles."""
    if environment.get(OWN):
        return [OWN]
    return [name for name in NAMES if environment.get(name)]


def _called(name: str) -> str:
    """What names a bundle, for people: the option counts as its variable."""
    return f"--ca-bundle ({OWN})" if name == OWN else name


def failure(error: Exception, peer: str | Text, environment: Mapping[str, str]) -> Failure:
    """What an exception of a handshake with ``peer`` means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code, said = error.verify_code, error.verify_message
        other = T("the certificate of {peer} cannot be verified: {said}", said=said)
        found = CERTIFICATES.get(code, Failure(other, _ANSWERS))
        remedy, bundles = found.remedy, [_called(name) for name in named(environment)]
        if found.remedy is _OWN_CA and bundles:
            remedy = T(
                "smsops goes by {bundles}: the CA has to be in there.",
                bundles=listed(" and ", bundles),
            )
        return Failure(found.words.filled(peer=peer), remedy)
    reason = str(getattr(error, "reason", "") or "")
    if isinstance(error, ssl.SSLEOFError):
        reason = "UNEXPECTED_EOF"
    for part, row in HANDSHAKES.items():
        if part in reason:
            shown = reason.lower().replace("_", " ")
            return Failure(row.words.filled(peer=peer, reason=shown), row.remedy)
    why = reason.lower().replace("_", " ") or type(error).__name__
    failed = T("the TLS handshake with {peer} failed ({why})", peer=peer, why=why)
    return Failure(failed, _ANSWERS)


def _add_file(made: ssl.SSLContext, name: str, path: str) -> None:
    if os.path.isdir(path):
        raise SmsopsError(
            T("{name} names {path}, which is a directory", name=name, path=path),
            hint=T("SSL_CERT_DIR is for directories."),
        )
    try:
        with open(path, "rb", opener=_not_blocking) as stream:
            whole = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            body = stream.read(_MOST) if whole else b""
    except OSError as error:
        raise SmsopsError(
            T(
                "{name} names {path}, which cannot be read: {strerror}",
                name=name,
                path=path,
                strerror=error.strerror,
            ),
            hint=T("{name} is the path of a CA bundle: certificates in PEM.", name=name),
        ) from None
    if _BEGIN.search(body):
        try:
            made.load_verify_locations(cafile=path)
        except OSError:  # its words name functions of OpenSSL
            hint = T("One that begins there cannot be read: it is damaged or cut off.")
        else:
            return
    else:
        hint = _contents(body)
    raise SmsopsError(
        T("{name} names {path}, which holds no certificate", name=name, path=path), hint=hint
    )


def _not_blocking(path: str, flags: int) -> int:
    """An opener, so that a FIFO in the place of the file does not hang the run."""
    return os.open(path, flags | platforms.NONBLOCK)


def _contents(body: bytes) -> Text:
    """What a file without a certificate in PEM may be instead."""
    if b"PRIVATE KEY" in body:
        return T("It holds a private key. The CA's certificate is what belongs there.")
    if body.startswith(b"\x30"):
        return T(
            "It seems to be DER: `openssl x509 -inform der -in FILE -out ca.pem` makes it PEM."
        )
    return T("A CA bundle holds certificates in PEM, from BEGIN CERTIFICATE to END CERTIFICATE.")


def _add_directory(made: ssl.SSLContext, name: str, path: str) -> None:
    """OpenSSL itself takes any directory, and then trusts nobody."""
    found = [item for item in path.split(os.pathsep) if os.path.isdir(item)]
    if not found:
        raise SmsopsError(T("{name} names {path}, which is no directory", name=name, path=path))
    try:
        names = [entry for item in found for entry in os.listdir(item)]
    except OSError as error:
        raise SmsopsError(
            T(
                "{name} names {path}, which cannot be read: {strerror}",
                name=name,
                path=path,
                strerror=error.strerror,
            )
        ) from None
    if not any(map(_HASHED.fullmatch, names)):
        raise SmsopsError(
            T(
                "{name} names {path}, which holds no certificate under its hash",
                name=name,
                path=path,
            ),
            hint=T("`openssl rehash DIR` makes the names that OpenSSL looks for."),
        )
    made.load_verify_locations(capath=path)
