"""Signed requests go to Tencent Cloud, or where somebody said twice that they may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.errors import UsageError
from smsops.net.loopback import is_loopback
from smsops.providers.tencent.endpoints import Endpoints, checked_region, resolve
from smsops.text.messages import NOTHING

STS = "https://sts.tencentcloudapi.com"


def test_the_default() -> None:
    assert resolve(None, ()) == Endpoints("https://sms.tencentcloudapi.com", STS)
    assert resolve("", ()) == resolve(None, ())


@pytest.mark.parametrize(
    "host",
    [
        "sms.tencentcloudapi.com",
        "sms.ap-beijing.tencentcloudapi.com",
        "sms.ap-guangzhou.tencentcloudapi.com",
        "sms.ap-nanjing.tencentcloudapi.com",
    ],
)
def test_official_names_need_no_allowing_and_keep_sts(host: str) -> None:
    assert resolve(f"https://{host}", ()) == Endpoints(f"https://{host}", STS)
    assert resolve(f"https://{host.upper()}:443/", ()) == Endpoints(f"https://{host}", STS)


def test_each_site_has_its_hosts() -> None:
    """The names that the official SDKs of both sites have, and those of the internal network."""
    abroad = Endpoints(
        "https://sms.intl.tencentcloudapi.com", "https://sts.intl.tencentcloudapi.com"
    )
    assert resolve(None, (), "cn") == resolve(None, ())
    assert resolve(None, (), "intl") == abroad
    assert resolve("https://sms.intl.tencentcloudapi.com", ()) == abroad
    assert resolve("https://sms.intl.tencentcloudapi.com", (), "intl") == abroad
    regional = "https://sms.ap-singapore.intl.tencentcloudapi.com"
    assert resolve(regional, (), "intl") == Endpoints(regional, abroad.sts)
    inside = "https://sms.ap-guangzhou.internal.tencentcloudapi.com"
    for site in ("cn", "intl", None):
        found = resolve(inside, (), site)
        assert found == Endpoints(inside, "https://sts.internal.tencentcloudapi.com")


@pytest.mark.parametrize(
    ("host", "site"),
    [("sms.tencentcloudapi.com", "intl"), ("sms.intl.tencentcloudapi.com", "cn")],
)
def test_a_host_of_the_other_site_is_refused(host: str, site: str) -> None:
    with pytest.raises(UsageError, match=f"and the project is on site {site}"):
        resolve(f"https://{host}", (host,), site)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
    ],
)
def test_loopback_needs_no_allowing_and_serves_sts_too(override: str, expected: str) -> None:
    assert resolve(override, ()) == Endpoints(expected, expected)


@pytest.mark.parametrize("allowed", [("api.example.com",), ("other", "API.example.com:443")])
def test_an_allowed_host_serves_sts_too(allowed: tuple[str, ...]) -> None:
    url = "https://api.example.com"
    assert resolve(url, allowed) == Endpoints(url, url)


def test_an_allowed_port_is_meant() -> None:
    url = "https://api.example.com:8443"
    assert resolve(url, ("api.example.com:8443",)) == Endpoints(url, url)
    assert resolve(url, ("api.example.com",)) == Endpoints(url, url)
    with pytest.raises(UsageError):
        resolve(url, ("api.example.com:9000",))


@pytest.mark.parametrize(
    "override",
    [
        "https://api.example.com",
        "https://sts.tencentcloudapi.com",
        "https://cvm.tencentcloudapi.com",
        "https://sts.intl.tencentcloudapi.com",
        "https://internal.tencentcloudapi.com",
        "https://sms.ap-singapore.tencentcloudapi.com",
        "https://sms.ap-shanghai.tencentcloudapi.com",
        "https://sms.tencentcloudapi.com.evil.example",
        "https://sms.tencentcloudapi.com:8443",
        "https://localhost.evil.example",
        "https://127.0.0.1.evil.example",
        "https://0.0.0.0",
        "https://10.0.0.1",
    ],
)
def test_any_other_host_has_to_be_allowed(override: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(override, ("something.else",))
    assert caught.value.message.endswith(" is unknown")
    assert "--allow-endpoint" in caught.value.hint


@pytest.mark.parametrize(
    ("override", "allowed"),
    [
        ("http://api.example.com", ("api.example.com",)),
        ("http://sms.tencentcloudapi.com", ()),
        ("http://10.0.0.1", ("10.0.0.1",)),
    ],
)
def test_only_loopback_goes_without_tls(override: str, allowed: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="must be https"):
        resolve(override, allowed)


@pytest.mark.parametrize(
    "override",
    [
        "127.0.0.1:8080",
        "localhost",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://127.0.0.1/path",
        "http://127.0.0.1/?q",
        "http://127.0.0.1?",
        "http://127.0.0.1/#f",
        "http://user@127.0.0.1",
        "http://user:hunter2@127.0.0.1",
        "http://@127.0.0.1",
        "http://127.0.0.1\r\nHost: x",
        "http://127.0.0.1\t",
        "http://[::1%25eth0]",
        "http://[::1",
        "https://例子.com",
        "https://-x",
        "https://a_b",
    ],
)
def test_what_is_not_just_a_host_is_refused(override: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(override, ("127.0.0.1", "例子.com", "-x", "a_b"))
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


@given(st.text())
def test_nothing_but_a_usage_error_escapes(override: str) -> None:
    try:
        found = resolve(override, ())
    except UsageError:
        return
    assert found == resolve(None, ()) or found.sms.startswith(("http://", "https://"))


@given(
    st.sampled_from(["http", "https"]), st.text(st.sampled_from("127.0locahst[]:@/%é"), max_size=20)
)
def test_plain_http_is_never_left_for_another_machine(scheme: str, rest: str) -> None:
    try:
        found = resolve(f"{scheme}://{rest}", ())
    except UsageError:
        return
    if found.sms.startswith("http:"):
        assert is_loopback(found.sms.removeprefix("http://").rsplit(":", 1)[0].strip("[]")) or (
            is_loopback(found.sms.removeprefix("http://").strip("[]"))
        )


def test_regions() -> None:
    assert checked_region("ap-guangzhou") == ("ap-guangzhou", NOTHING)
    with pytest.raises(UsageError, match="ap-nanjing"):
        checked_region("ap-shanghai")
    assert checked_region("ap-shanghai", "intl") == ("ap-shanghai", NOTHING)
    region, doubt = checked_region("eu-frankfurt", "intl")
    assert region == "eu-frankfurt"
    assert "is not known to have SMS on site intl" in str(doubt)
