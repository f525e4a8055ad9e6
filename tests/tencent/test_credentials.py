"""Where credentials come from, and that no broken source leaks or is mixed with another."""

from __future__ import annotations

import json
import os
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from smsops.errors import CredentialsError, Exit, UsageError
from smsops.tencent.credentials import Credentials, Found, find

NOW = 1_763_800_000.0
ID, KEY, TOKEN = "AKIDenvironment00001111", "KeyOfEnvironment0123456789", "TokenOfEnvironment01"
FILE_ID, FILE_KEY = "AKIDfile0000000000002222", "KeyOfTheFile0123456789abcd"
TCCLI_ID, TCCLI_KEY = "AKIDtccli000000000003333", "KeyOfTccli0123456789abcdef"
PAIR = {"TENCENTCLOUD_SECRET_ID": ID, "TENCENTCLOUD_SECRET_KEY": KEY}
INI = f"[default]\nsecret_id = {FILE_ID}\nsecret_key = {FILE_KEY}\n"


@dataclass
class Home:
    """A home directory and an environment of the test's own."""

    path: Path
    environment: dict[str, str]

    def ini(self, text: str | bytes, *, mode: int = 0o600) -> Path:
        return self._write(self.path / ".tencentcloud" / "credentials", text, mode)

    def tccli(self, content: object, name: str = "default", *, mode: int = 0o600) -> Path:
        text = content if isinstance(content, str) else json.dumps(content)
        return self._write(self.path / ".tccli" / f"{name}.credential", text, mode)

    def find(self, *, profile: str | None = None) -> Found:
        return find(self.environment, profile=profile, now=NOW)

    @staticmethod
    def _write(path: Path, text: str | bytes, mode: int) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, {"HOME": str(tmp_path)})


def everything(home: Home) -> None:
    home.environment.update(PAIR)
    home.ini(INI)
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY})


def test_nothing_found_says_where_it_looked(home: Home) -> None:
    with pytest.raises(CredentialsError) as caught:
        home.find()
    assert caught.value.exit is Exit.CREDENTIALS
    for place in ("TENCENTCLOUD_SECRET_ID", ".tencentcloud/credentials", "default.credential"):
        assert place in caught.value.message
    assert "--emulator" in caught.value.hint


def test_without_a_home_only_the_environment_counts() -> None:
    assert find(PAIR, profile=None, now=NOW).credentials.secret_id == ID
    with pytest.raises(CredentialsError):
        find({}, profile=None, now=NOW)


def test_the_environment_wins_over_files(home: Home) -> None:
    everything(home)
    found = home.find()
    assert found.credentials == Credentials(ID, KEY, None, "environment")
    assert found.warnings == ()


def test_the_credentials_file_wins_over_tccli(home: Home) -> None:
    everything(home)
    home.environment = {"HOME": str(home.path)}
    assert home.find().credentials.secret_id == FILE_ID


def test_tccli_comes_last(home: Home) -> None:
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY, "token": "t-0"})
    credentials = home.find().credentials
    assert (credentials.secret_id, credentials.secret_key) == (TCCLI_ID, TCCLI_KEY)
    assert credentials.token == "t-0"


@pytest.mark.parametrize("name", ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"])
def test_the_token_has_two_names(home: Home, name: str) -> None:
    home.environment |= PAIR | {name: TOKEN}
    assert home.find().credentials.token == TOKEN


def test_both_token_names_may_agree(home: Home) -> None:
    home.environment |= PAIR | dict.fromkeys(
        ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"), TOKEN
    )
    assert home.find().credentials.token == TOKEN


def test_two_different_tokens_are_an_error(home: Home) -> None:
    tokens = {"TENCENTCLOUD_TOKEN": TOKEN, "TENCENTCLOUD_SECURITY_TOKEN": TOKEN + "x"}
    home.environment |= PAIR | tokens
    with pytest.raises(CredentialsError, match="both set, and differ") as caught:
        home.find()
    assert TOKEN not in caught.value.message


@pytest.mark.parametrize(
    "half",
    [
        {"TENCENTCLOUD_SECRET_ID": ID},
        {"TENCENTCLOUD_SECRET_KEY": KEY},
        {"TENCENTCLOUD_SECRET_ID": ID, "TENCENTCLOUD_SECRET_KEY": ""},
        {"TENCENTCLOUD_TOKEN": TOKEN},
    ],
)
def test_half_a_pair_is_passed_over_and_lends_nothing(home: Home, half: dict[str, str]) -> None:
    """An environment with only a part must not be completed from a file, nor its token used."""
    everything(home)
    home.environment = {"HOME": str(home.path)} | half
    found = home.find()
    assert found.credentials.secret_id == FILE_ID
    assert found.credentials.secret_key == FILE_KEY
    assert found.credentials.token is None
    assert "environment is passed over" in found.warnings[0]


@pytest.mark.parametrize(
    "value", [f" {KEY}", f"{KEY} ", f"{KEY}\n", "key with spaces", "schlüssel"]
)
def test_a_badly_pasted_secret_is_an_error_that_names_the_variable(home: Home, value: str) -> None:
    home.environment |= PAIR | {"TENCENTCLOUD_SECRET_KEY": value}
    with pytest.raises(CredentialsError, match="TENCENTCLOUD_SECRET_KEY has white space") as caught:
        home.find()
    assert value.strip() not in caught.value.message


def test_a_secret_with_a_line_break_cannot_reach_a_header(home: Home) -> None:
    home.environment |= PAIR | {"TENCENTCLOUD_TOKEN": "x\r\nX-Evil: 1"}
    with pytest.raises(CredentialsError):
        home.find()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (INI, FILE_KEY),
        ("\ufeff" + INI, FILE_KEY),
        (INI.replace("\n", "\r\n"), FILE_KEY),
        (INI.replace(FILE_KEY, f'"{FILE_KEY}"').replace(FILE_ID, f"'{FILE_ID}'"), FILE_KEY),
        (INI.replace(FILE_KEY, f"{FILE_KEY}   # of production"), FILE_KEY),
        (INI.replace(FILE_KEY, f"{FILE_KEY} ; of production"), FILE_KEY),
        (INI.replace(FILE_KEY, "100%sure%(secret_id)s"), "100%sure%(secret_id)s"),
        (INI.replace(FILE_KEY, "abc#def;ghi"), "abc#def;ghi"),
        (f"# mine\n\n[other]\nsecret_id = a\nsecret_key = b\n{INI}", FILE_KEY),
        (f"[DEFAULT]\nsecret_key = of-nobody\n{INI}", FILE_KEY),
        (INI.replace("secret_id", "SECRET_ID"), FILE_KEY),
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "quoted",
        "hash",
        "semicolon",
        "percent",
        "inner",
        "other",
        "DEFAULT",
        "upper",
    ],
)
def test_credentials_files_as_people_write_them(home: Home, text: str, key: str) -> None:
    path = home.ini(text)
    credentials = home.find().credentials
    assert (credentials.secret_id, credentials.secret_key) == (FILE_ID, key)
    assert credentials.source == f"{path} [default]"


def test_a_credentials_file_may_hold_a_token(home: Home) -> None:
    home.ini(INI + f"token = {TOKEN}\n")
    assert home.find().credentials.token == TOKEN


def test_a_named_credentials_file_replaces_the_one_at_home(home: Home, tmp_path: Path) -> None:
    home.ini("broken")
    other = tmp_path / "other"
    other.write_text(INI)
    other.chmod(0o600)
    home.environment["TENCENTCLOUD_CREDENTIALS_FILE"] = str(other)
    assert home.find().credentials.secret_id == FILE_ID


def test_a_named_credentials_file_has_to_exist(home: Home) -> None:
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY})
    home.environment["TENCENTCLOUD_CREDENTIALS_FILE"] = str(home.path / "nowhere")
    with pytest.raises(CredentialsError, match="does not exist"):
        home.find()


def test_a_file_without_a_default_section_is_not_a_source(home: Home) -> None:
    home.ini(INI.replace("default", "other"))
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY})
    assert home.find().credentials.secret_id == TCCLI_ID


SECRET = "TopSecretValue0123456789"
BROKEN_INI: dict[str, str | bytes] = {
    "headerless": f"secret_id = {SECRET}\nsecret_key = {SECRET}\n",
    "headerless with BOM": f"\ufeffsecret_id = {SECRET}\n",
    "duplicate key": f"{INI}secret_key = {SECRET}\n",
    "duplicate section": f"{INI}[default]\nsecret_key = {SECRET}\n",
    "no assignment": f"[default]\n{SECRET}\n",
    "broken over two lines": f"[default]\nsecret_id = x\nsecret_key = {SECRET}\n  {SECRET}\n",
    "open bracket": f"[default\nsecret_key = {SECRET}\n",
    "not UTF-8": f"[default]\nsecret_key = {SECRET}\xff".encode("latin-1"),
    "UTF-16": INI.replace(FILE_KEY, SECRET).encode("utf-16"),
    "too large": INI.encode() + b"#" * 70_000,
    "quote left open": f'[default]\nsecret_id = {FILE_ID}\nsecret_key = "{SECRET} x"\n',
}


@pytest.mark.parametrize("text", BROKEN_INI.values(), ids=BROKEN_INI.keys())
def test_a_broken_credentials_file_is_an_error_that_quotes_nothing(
    home: Home, text: str | bytes
) -> None:
    """Not a fall-through to other credentials, and no traceback shows the secret either."""
    path = home.ini(text)
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY})
    with pytest.raises(CredentialsError) as caught:
        home.find()
    said = "".join(traceback.format_exception(caught.value))
    assert SECRET not in said
    assert str(path) in caught.value.message


def test_a_broken_file_is_reported_by_line(home: Home) -> None:
    home.ini(f"{INI}secret_key = {SECRET}\n")
    with pytest.raises(CredentialsError, match="line 4: a key occurs twice"):
        home.find()


def test_a_directory_in_the_place_of_the_file_is_an_error(home: Home) -> None:
    (home.path / ".tencentcloud" / "credentials").mkdir(parents=True)
    with pytest.raises(CredentialsError, match="credentials"):
        home.find()


def test_a_fifo_in_the_place_of_the_file_does_not_hang(home: Home) -> None:
    (home.path / ".tencentcloud").mkdir()
    os.mkfifo(home.path / ".tencentcloud" / "credentials")
    with pytest.raises(CredentialsError, match="is not a file"):
        home.find()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_readable_file_is_used_with_a_warning(home: Home, mode: int) -> None:
    path = home.ini(INI, mode=mode)
    found = home.find()
    assert found.credentials.secret_id == FILE_ID
    assert found.warnings == (f"{path} can be read by others; run `chmod 600 {path}`",)


BROKEN_TCCLI = {
    "not JSON": f'{{"secretId": "{SECRET}", }}',
    "a list": f'["{SECRET}"]',
    "a number for a key": '{"secretId": "AKIDx", "secretKey": 12345}',
    "deep": "[" * 60_000,
    "a role": json.dumps({"secretId": "a", "secretKey": SECRET, "role-arn": "qcs::cam::x"}),
}


@pytest.mark.parametrize("text", BROKEN_TCCLI.values(), ids=BROKEN_TCCLI.keys())
def test_a_tccli_file_that_cannot_be_used_is_an_error(home: Home, text: str) -> None:
    path = home.tccli(text)
    with pytest.raises(CredentialsError) as caught:
        home.find()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert str(path) in caught.value.message


@pytest.mark.parametrize(("expires", "fine"), [(NOW + 3600, True), (NOW + 30, False), (0, False)])
def test_oauth_credentials_end(home: Home, expires: float, fine: bool) -> None:
    content = {"secretId": TCCLI_ID, "secretKey": TCCLI_KEY, "token": TOKEN, "type": "oauth"}
    home.tccli({**content, "expiresAt": expires, "oauth": {"accessToken": "x"}})
    if fine:
        assert home.find().credentials.token == TOKEN
        return
    with pytest.raises(CredentialsError, match="have expired") as caught:
        home.find()
    assert "tccli auth login" in caught.value.hint


def test_tccli_has_profiles_of_its_own(home: Home) -> None:
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY}, "work")
    home.environment["TCCLI_PROFILE"] = "work"
    assert home.find().credentials.secret_id == TCCLI_ID


def test_a_tccli_role_without_keys_is_no_source(home: Home) -> None:
    home.tccli({"type": "cvm-role"})
    with pytest.raises(CredentialsError, match="secretId and secretKey not set"):
        home.find()


def test_a_profile_is_a_section_first(home: Home) -> None:
    everything(home)
    home.ini(f"{INI}[work]\nsecret_id = AKIDwork\nsecret_key = KeyOfWork\n")
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY}, "work")
    assert home.find(profile="work").credentials.secret_id == "AKIDwork"


def test_a_profile_may_be_of_tccli(home: Home) -> None:
    everything(home)
    home.tccli({"secretId": "AKIDwork", "secretKey": "KeyOfWork"}, "work")
    assert home.find(profile="work").credentials.secret_id == "AKIDwork"


def test_a_missing_profile_falls_back_to_nothing(home: Home) -> None:
    everything(home)
    with pytest.raises(CredentialsError) as caught:
        home.find(profile="work")
    assert "has no section [work]" in caught.value.message
    assert "work.credential: does not exist" in caught.value.message


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "", "a b", "x" * 200, "a\n", "..a"])
def test_a_profile_name_cannot_walk_the_file_system(home: Home, name: str) -> None:
    with pytest.raises(UsageError):
        home.find(profile=name)


SHOWS: list[Callable[[Credentials], str]] = [repr, str, "{}".format, "{!r}".format]


@pytest.mark.parametrize("show", SHOWS)
def test_credentials_do_not_print_their_secrets(show: Callable[[Credentials], str]) -> None:
    shown = show(Credentials(ID, KEY, TOKEN, "environment"))
    assert "environment" in shown
    for secret in (ID, KEY, TOKEN):
        assert secret not in shown


def test_the_secret_id_is_shown_as_its_last_four() -> None:
    assert Credentials(ID, KEY, None, "x").masked_id == "****1111"
    assert Credentials("short", KEY, None, "x").masked_id == "****"


def test_echoed_secrets_are_redacted() -> None:
    credentials = Credentials(ID, KEY, TOKEN, "x")
    said = credentials.redacted(f"id {ID}, key {KEY}, token {TOKEN}.")
    assert said == "id ****, key ****, token ****."


def test_credentials_are_frozen() -> None:
    credentials = Credentials(ID, KEY, None, "x")
    with pytest.raises(AttributeError):
        credentials.secret_key = "other"  # type: ignore[misc]  # that is the test
    assert pickle.loads(pickle.dumps(credentials)) == credentials
