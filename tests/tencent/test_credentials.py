"""Where credentials come from, and that no broken source leaks or is mixed with another."""

from __future__ import annotations

import json
import os
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from smsops.errors import CredentialsError, Exit, UsageError
from smsops.providers.tencent import sources
from smsops.providers.tencent.credentials import (
    AssumedRole,
    Bearer,
    Credentials,
    InstanceRole,
    Provider,
    Role,
    TokenFile,
    TokenRequest,
    TokenVariable,
    WebIdentity,
    chain,
)
from smsops.providers.tencent.sources import Found, find

NOW = 1_763_800_000.0
ID, KEY, TOKEN = "AKIDenvironment00001111", "KeyOfEnvironment0123456789", "TokenOfEnvironment01"
FILE_ID, FILE_KEY = "AKIDfile0000000000002222", "KeyOfTheFile0123456789abcd"
TCCLI_ID, TCCLI_KEY = "AKIDtccli000000000003333", "KeyOfTccli0123456789abcdef"
TOKEN_NAMES = ("TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
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
    assert tuple(map(str, found.warnings)) == ()


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


#: Halves of a pair, in one place or in several -> the words for each.
APART: dict[str, tuple[dict[str, str], str | None, dict[str, str] | None, list[str]]] = {
    "only an id": (
        {"TENCENTCLOUD_SECRET_ID": ID},
        None,
        None,
        ["environment: TENCENTCLOUD_SECRET_KEY not set"],
    ),
    "only a key": (
        {"TENCENTCLOUD_SECRET_KEY": KEY},
        None,
        None,
        ["environment: TENCENTCLOUD_SECRET_ID not set"],
    ),
    "an empty key": (
        {"TENCENTCLOUD_SECRET_ID": ID, "TENCENTCLOUD_SECRET_KEY": ""},
        None,
        None,
        ["environment: TENCENTCLOUD_SECRET_KEY empty (a secret that this run does not get?)"],
    ),
    "id and key in two places": (
        {"TENCENTCLOUD_SECRET_ID": ID},
        f"[default]\nsecret_key = {FILE_KEY}\n",
        None,
        ["environment: TENCENTCLOUD_SECRET_KEY not set", "[default]: secret_id not set"],
    ),
    "a third place": (
        {"TENCENTCLOUD_SECRET_KEY": KEY},
        f"[default]\nsecret_id = {FILE_ID}\nsecret_key =\n",
        {"secretId": TCCLI_ID, "secretKey": ""},
        [
            "environment: TENCENTCLOUD_SECRET_ID not set",
            "[default]: secret_key empty",
            "default.credential: secretKey empty",
        ],
    ),
    "the names of a cloud function": (
        {"TENCENTCLOUD_SECRETID": ID, "TENCENTCLOUD_SECRETKEY": KEY},
        None,
        None,
        [
            "TENCENTCLOUD_SECRETID is set, but is not what smsops reads",
            "TENCENTCLOUD_SECRETKEY is set, but is not what smsops reads",
        ],
    ),
    "the names of another file": (
        {},
        f"[default]\nsecretId = {FILE_ID}\nsecret-key = {FILE_KEY}\n",
        None,
        ["secretid is set, but is not what smsops reads", "secret-key is set, but is not"],
    ),
}


@pytest.mark.parametrize(("environment", "ini", "tccli", "words"), APART.values(), ids=APART)
def test_halves_are_named_and_never_put_together(
    environment: dict[str, str],
    ini: str | None,
    tccli: dict[str, str] | None,
    words: list[str],
    home: Home,
) -> None:
    home.environment |= environment
    if ini is not None:
        home.ini(ini)
    if tccli is not None:
        home.tccli(tccli)
    with pytest.raises(CredentialsError, match="no credentials found") as caught:
        home.find()
    for word in words:
        assert word in caught.value.message
    if any("not set" in word or "empty" in word for word in words):
        assert "have to stand in the same place" in caught.value.hint
    said = caught.value.message + caught.value.hint
    assert not any(secret in said for secret in (ID, KEY, FILE_ID, FILE_KEY, TCCLI_ID))


def test_nothing_at_all_is_no_matter_of_halves(home: Home) -> None:
    home.environment |= dict.fromkeys(PAIR, "")
    with pytest.raises(CredentialsError) as caught:
        home.find()
    assert "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY empty" in caught.value.message
    assert "same place" not in caught.value.hint
    assert "tccli configure" in caught.value.hint
    home.environment["CI"] = "true"
    with pytest.raises(CredentialsError) as caught:
        home.find()
    assert "tccli configure" not in caught.value.hint
    assert "keep secrets from forks" in caught.value.hint


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
    assert "environment is passed over" in str(found.warnings[0])


#: What people hand over as a key -> the words for it, and what to do.
NO_KEYS: dict[str, tuple[str, str, str]] = {
    "space before": (f" {KEY}", "has white space at an end", "Copy it again"),
    "space after": (f"{KEY} ", "has white space at an end", "Copy it again"),
    "tab after": (f"{KEY}\t", "has white space at an end", "Copy it again"),
    "ideographic space": (f"{KEY}\u3000", "has white space at an end", "Copy it again"),
    "only a space": (" ", "is nothing but white space", "Copy it again"),
    "line break after": (f"{KEY}\n", "has a line break in it", "Copy it again"),
    "two lines": (f"{KEY[:9]}\n{KEY[9:]}", "has a line break in it", "Copy it again"),
    "carriage return": (f"{KEY}\r", "ends with a carriage return", "line ends of Windows"),
    "BOM": (f"\ufeff{KEY}", "has an invisible character", "without a BOM"),
    "zero-width space": (f"{KEY}\u200b", "has an invisible character", "without a BOM"),
    "double quotes": (f'"{KEY}"', "has quotation marks around it", "docker --env-file"),
    "single quotes": (f"'{KEY}'", "has quotation marks around it", "without them"),
    "curly quotes": (f"“{KEY}”", "has quotation marks around it", "without them"),
    "a quote before": (f'"{KEY}', "has quotation marks around it", "without them"),
    "a quote after": (f"{KEY}'", "has quotation marks around it", "without them"),
    "quotes of nothing": ('""', "has quotation marks around it", "without them"),
    "asterisks": ("***", "is masked", "only when it is made"),
    "masked by tccli": (f"****************{KEY[-4:]}", "is masked", "only when it is made"),
    "masked by GitLab": ("[MASKED]", "is masked", "only when it is made"),
    "dots": ("...", "is masked", "only when it is made"),
    "shell variable": ("$SECRET_KEY", "is the name of a variable", "does not replace variables"),
    "braces": ("${SECRET_KEY}", "is the name of a variable", "does not replace variables"),
    "Actions": ("${{ secrets.KEY }}", "is the name of a variable", "does not replace variables"),
    "Windows variable": ("%SECRET_KEY%", "is the name of a variable", "does not replace"),
    "angle brackets": ("<your secret key>", "is a placeholder", "Put in the value itself"),
    "your": ("your-secret-key", "is a placeholder", "Put in the value itself"),
    "its own name": ("secretKey", "is a placeholder", "Put in the value itself"),
    "null": ("null", "is a placeholder", "Put in the value itself"),
    "words": ("key with spaces", "has white space in it", "Copy it again"),
    "an umlaut": ("schlüssel", "has characters that no credential has", "Copy it again"),
    "full width": ("ｋｅｙ", "has characters that no credential has", "Copy it again"),
    "a SecretId": ("AKIDenvironment00002222", "is a SecretId, too", "SecretKey that belongs"),
}


def written(place: str, value: str) -> bool:
    """Whether a place can hold a value: a line of a credentials file is stripped and unquoted."""
    stripped = value.strip() == value and "\n" not in value
    return place != "file" or (stripped and not value[0] == value[-1] in ("'", '"'))


@pytest.mark.parametrize(
    ("place", "value", "words", "remedy"),
    [
        pytest.param(place, *row, id=f"{name} in {place}")
        for place in ("environment", "file", "tccli")
        for name, row in NO_KEYS.items()
        if written(place, row[0])
    ],
)
def test_what_cannot_be_a_key_is_an_error_that_names_it(
    place: str, value: str, words: str, remedy: str, home: Home
) -> None:
    """In whatever place it stands. A credentials file may quote, and has one line a key."""
    if place == "environment":
        home.environment |= PAIR | {"TENCENTCLOUD_SECRET_KEY": value}
        where, name = "environment", "TENCENTCLOUD_SECRET_KEY"
    elif place == "file":
        where, name = f"{home.ini(INI.replace(FILE_KEY, value))} [default]", "secret_key"
    else:
        where = str(home.tccli({"secretId": TCCLI_ID, "secretKey": value}))
        name = "secretKey"
    with pytest.raises(CredentialsError) as caught:
        home.find()
    assert caught.value.exit is Exit.CREDENTIALS
    assert caught.value.message.startswith(f"{where}: the value of {name} {words}")
    assert remedy in caught.value.hint
    if len(value) > 12:
        said = "".join(traceback.format_exception(caught.value))
        assert value.strip("\ufeff\u200b\"'“” \r\n\t") not in said


@pytest.mark.parametrize("name", ["TENCENTCLOUD_SECRET_ID", *TOKEN_NAMES])
def test_the_other_values_are_looked_at_like_the_key(name: str, home: Home) -> None:
    home.environment |= PAIR | {name: f'"{TOKEN}"'}
    with pytest.raises(CredentialsError, match="has quotation marks around it") as caught:
        home.find()
    assert name in caught.value.message
    assert TOKEN not in caught.value.message


def test_a_pair_that_is_mixed_up_is_said_so(home: Home) -> None:
    home.environment |= {"TENCENTCLOUD_SECRET_ID": KEY, "TENCENTCLOUD_SECRET_KEY": ID}
    with pytest.raises(CredentialsError, match="the two are mixed up") as caught:
        home.find()
    assert caught.value.hint == "Swap them."
    assert not {ID, KEY} & set(caught.value.message.split())


@pytest.mark.parametrize("key", ["x" * 12, "100%sure", "abc#def;ghi", "a'b", "$x$y", "-_./+=~"])
def test_what_may_be_a_key_is_left_to_the_api(key: str, home: Home) -> None:
    home.environment |= {"TENCENTCLOUD_SECRET_ID": "AKIDxxxxxxxx", "TENCENTCLOUD_SECRET_KEY": key}
    assert home.find().credentials.secret_key == key


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


def test_a_file_from_powershell_is_named(home: Home) -> None:
    home.ini(INI.encode("utf-16"))
    with pytest.raises(CredentialsError, match="is UTF-16, as PowerShell writes it") as caught:
        home.find()
    assert caught.value.hint == "Save it as UTF-8."


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
    assert tuple(map(str, found.warnings)) == (
        f"{path} can be read by others; run `chmod 600 {path}`",
    )


BROKEN_TCCLI = {
    "not JSON": f'{{"secretId": "{SECRET}", }}',
    "a list": f'["{SECRET}"]',
    "a number for a key": '{"secretId": "AKIDx", "secretKey": 12345}',
    "deep": "[" * 60_000,
    "a role of no name": json.dumps(
        {"secretId": "a", "secretKey": SECRET, "role-arn": "qcs::cam::x"}
    ),
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


PERMANENT = {"secretId": TCCLI_ID, "secretKey": TCCLI_KEY}
KEYS = f"secret_id = {FILE_ID}\nsecret_key = {FILE_KEY}\n"
ROLE = "qcs::cam::uin/1:roleName/x"
FILE_KEYS = Credentials(FILE_ID, FILE_KEY, None, "")
#: A section with keys or a source, by how the role is spelled.
ROLE_SECTIONS: dict[str, str] = {
    "with a source": f"role_arn = {ROLE}\nsource_profile = base\n",
    "with keys": f"{KEYS}role_arn = {ROLE}\n",
    "as tccli spells it": f"{KEYS}role-arn = {ROLE}\n",
    "in capitals": f"{KEYS}RoleArn = {ROLE}\n",
}


def without_places(provider: Provider) -> Provider:
    """A provider that says nothing of where it was found."""
    if isinstance(provider, AssumedRole):
        role = replace(provider.role, source="")
        return AssumedRole(role, without_places(provider.by))
    assert isinstance(provider, Credentials)
    return replace(provider, source="")


@pytest.mark.parametrize("section", ROLE_SECTIONS.values(), ids=ROLE_SECTIONS)
@pytest.mark.parametrize("profile", [None, "work"])
def test_a_section_may_ask_for_a_role(section: str, profile: str | None, home: Home) -> None:
    name = profile or "default"
    path = home.ini(f"[{name}]\n{section}[base]\n{KEYS}")
    found = home.find(profile=profile).provider
    assert without_places(found) == AssumedRole(Role(ROLE, ""), FILE_KEYS)
    assert isinstance(found, AssumedRole)
    assert found.role.source == f"{path} [{name}]"


def test_a_profile_of_tccli_may_ask_for_a_role(home: Home) -> None:
    home.tccli({**PERMANENT, "role-arn": ROLE, "role-session-name": "ci-7"}, "work")
    found = without_places(home.find(profile="work").provider)
    keys = Credentials(TCCLI_ID, TCCLI_KEY, None, "")
    assert found == AssumedRole(Role(ROLE, "", "ci-7"), keys)


def test_roles_form_a_chain(home: Home) -> None:
    second = ROLE.replace("x", "y")
    home.ini(
        f"[work]\nrole_arn = {second}\nsource_profile = middle\nexternal_id = e-1\n"
        f"duration_seconds = 900\n[middle]\nrole_arn = {ROLE}\nsource_profile = base\n"
        f"[base]\n{KEYS}"
    )
    found = home.find(profile="work").provider
    middle = AssumedRole(Role(ROLE, ""), FILE_KEYS)
    role = Role(second, "", seconds=900, external_id="e-1")
    assert without_places(found) == AssumedRole(role, middle)
    assert [link.role for link in chain(found)] == [None, ROLE, second]
    assert "e-1" not in repr(found)


#: A section that cannot be followed -> the words for it, and what to do.
NOT_FOLLOWED: dict[str, tuple[str, str, str]] = {
    "only a source": ("source_profile = base\n", "names none", "role_arn"),
    "nobody": (f"role_arn = {ROLE}\n", "nobody to assume it", "source_profile"),
    "somebody who is not there": (
        f"role_arn = {ROLE}\nsource_profile = nobody\n",
        "there is no profile nobody with keys",
        "source_profile",
    ),
    "itself": (f"role_arn = {ROLE}\nsource_profile = work\n", "in a circle", "begins with"),
    "both": (f"{KEYS}role_arn = {ROLE}\nsource_profile = base\n", "who assumes", "mixed"),
    "no ARN": (f"{KEYS}role_arn = deploy\n", "is not the ARN of a role", "qcs::cam::uin/"),
    "a session": (f"{KEYS}role_arn = {ROLE}\nrole_session_name = a b\n", "session", "2 to 128"),
    "too long": (f"{KEYS}role_arn = {ROLE}\nduration_seconds = 43201\n", "duration", "43200"),
    "of an instance": ("use_cvm_role = true\n", "role of an instance", "cvm-role:NAME"),
    "of this instance": ("use-cvm-role = deploy\n", "of an instance", "cvm-role:deploy"),
    "of a token": (f"{KEYS}web_identity_token_file = /x\n", "a web identity", "PROVIDER_ID"),
    "of a program": (f"{KEYS}credential_process = /bin/x\n", "to run a program", "_TOKEN"),
}


@pytest.mark.parametrize(("section", "words", "remedy"), NOT_FOLLOWED.values(), ids=NOT_FOLLOWED)
def test_a_role_that_cannot_be_had_is_an_error(
    section: str, words: str, remedy: str, home: Home
) -> None:
    """Never the keys beside it: they are not the role's, and may do more or less than it."""
    home.ini(f"[work]\n{section}[base]\n{KEYS}")
    with pytest.raises(CredentialsError, match=words) as caught:
        home.find(profile="work")
    assert caught.value.exit is Exit.CREDENTIALS
    assert remedy in caught.value.hint
    assert FILE_KEY not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("content", "words", "remedy"),
    [
        ({"use-cvm-role": "deploy-role"}, "use-cvm-role asks", "--profile cvm-role:deploy-role."),
        ({"use-cvm-role": True}, "use-cvm-role asks", "--profile cvm-role:NAME."),
        ({"type": "cvm-role"}, "type asks", "--profile cvm-role:NAME."),
        ({"type": "CVM-Role", "secretId": "", "secretKey": ""}, "type asks", "cvm-role:NAME."),
        ({"role-arn": ROLE, "role-session-name": "xy"}, "nobody to assume it", "secretId"),
        ({"role-arn": 7, "secretId": TCCLI_ID, "secretKey": TCCLI_KEY}, "not the ARN", "qcs::"),
    ],
)
def test_a_tccli_profile_that_asks_for_more_is_an_error(
    content: dict[str, object], words: str, remedy: str, home: Home
) -> None:
    path = home.tccli(content, "work")
    with pytest.raises(CredentialsError, match=words) as caught:
        home.find(profile="work")
    assert str(path) in caught.value.message
    assert remedy in caught.value.hint
    assert TCCLI_KEY not in caught.value.message + caught.value.hint


def test_the_role_of_an_instance_is_had_only_when_asked_for(home: Home) -> None:
    everything(home)
    assert home.find(profile="cvm-role:deploy").provider == InstanceRole("deploy")
    home.environment = {"HOME": str(home.path), "TENCENTCLOUD_CAM_ROLE_NAME": "deploy"}
    assert "--profile cvm-role:NAME" in str(home.find().warnings[0])
    with pytest.raises(UsageError):
        home.find(profile="cvm-role:")


def test_the_file_of_the_machine_is_for_who_has_no_other(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = tmp_path / "machine"
    machine.write_text(INI)
    machine.chmod(0o644)
    monkeypatch.setattr(sources, "MACHINE", machine)
    assert home.find() == Found(Credentials(FILE_ID, FILE_KEY, None, f"{machine} [default]"))
    home.tccli(PERMANENT)
    assert home.find().credentials.secret_id == TCCLI_ID


ISSUER = {"TENCENTCLOUD_ROLE_ARN": ROLE, "TENCENTCLOUD_PROVIDER_ID": "GitHub"}
REQUEST = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://runner.example.com/x?v=2",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": TOKEN,
}
#: Variables that ask for a role -> who vouches, and by what.
WEB: dict[str, tuple[dict[str, str], str, object]] = {
    "a file": (
        {**ISSUER, "TENCENTCLOUD_WEB_IDENTITY_TOKEN_FILE": "/t"},
        "web-identity",
        TokenFile(Path("/t")),
    ),
    "GitLab": (
        {**ISSUER, "TENCENT_ID_TOKEN": TOKEN},
        "GitLab",
        TokenVariable("TENCENT_ID_TOKEN", Bearer(TOKEN)),
    ),
    "GitHub": (
        {**ISSUER, **REQUEST},
        "GitHub",
        TokenRequest("https://runner.example.com/x?v=2", Bearer(TOKEN), "sts.tencentcloudapi.com"),
    ),
    "GitHub for another": (
        {**ISSUER, **REQUEST, "TENCENTCLOUD_OIDC_AUDIENCE": "acme"},
        "GitHub",
        TokenRequest("https://runner.example.com/x?v=2", Bearer(TOKEN), "acme"),
    ),
    "TKE": (
        {
            "TKE_ROLE_ARN": ROLE,
            "TKE_PROVIDER_ID": "tke",
            "TKE_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
        },
        "TKE",
        TokenFile(Path("/var/run/token")),
    ),
}


@pytest.mark.parametrize(("environment", "name", "voucher"), WEB.values(), ids=WEB)
def test_the_environment_may_ask_for_a_role_by_a_token(
    environment: dict[str, str], name: str, voucher: object, home: Home
) -> None:
    home.environment |= environment
    found = home.find()
    assert isinstance(found.provider, WebIdentity)
    assert (found.provider.role, found.provider.voucher) == (Role(ROLE, name), voucher)
    assert TOKEN not in repr(found)
    home.ini(INI)
    [warning] = home.find().warnings
    assert home.find().credentials.secret_id == FILE_ID
    assert "asks for a role, which is not assumed: the keys" in str(warning)


def test_a_provider_and_a_file_are_called_as_somebody_likes(home: Home) -> None:
    """What would be a placeholder in the place of a secret."""
    for provider in ("my-github", "the-idp", "example", "token"):
        home.environment |= {**ISSUER, **REQUEST, "TENCENTCLOUD_PROVIDER_ID": provider}
        assert isinstance(home.find().provider, WebIdentity)
    home.environment["TENCENTCLOUD_PROVIDER_ID"] = "$PROVIDER"
    with pytest.raises(CredentialsError, match="TENCENTCLOUD_PROVIDER_ID is the name of a variab"):
        home.find()
    home.environment |= {**ISSUER, "TENCENTCLOUD_WEB_IDENTITY_TOKEN_FILE": "my tokens/token"}
    found = home.find().provider
    assert isinstance(found, WebIdentity)
    assert found.voucher == TokenFile(Path("my tokens/token"))


#: What is set of a role -> the words for what is missing.
LACKING: dict[str, tuple[dict[str, str], list[str]]] = {
    "only the role": (
        {"TENCENTCLOUD_ROLE_ARN": ROLE},
        ["TENCENTCLOUD_PROVIDER_ID is not", "no identity token is there"],
    ),
    "a job without permission": (
        {**ISSUER, "GITHUB_ACTIONS": "true"},
        ["the job needs `permissions: id-token: write`"],
    ),
    "a job without a token": (
        {**ISSUER, "GITLAB_CI": "true"},
        ["`id_tokens: {TENCENT_ID_TOKEN: {aud: sts.tencentcloudapi.com}}`"],
    ),
    "Terraform's": (
        {"TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE},
        ["TENCENTCLOUD_ASSUME_ROLE_ARN is Terraform's: smsops reads TENCENTCLOUD_ROLE_ARN"],
    ),
}


@pytest.mark.parametrize(("environment", "words"), LACKING.values(), ids=LACKING)
def test_what_is_missing_of_a_role_is_said(
    environment: dict[str, str], words: list[str], home: Home
) -> None:
    home.environment |= environment
    with pytest.raises(CredentialsError, match="no credentials found") as caught:
        home.find()
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "http://runner.example.com/x",
        "https://user:pw@runner.example.com",
        "file:///etc/passwd",
        "https://",
        "https://[x/",
        "https://runner.example.com:99999/x",
        "http://127.0.0.1:0/x",
    ],
)
def test_githubs_token_is_asked_for_by_tls_alone(url: str, home: Home) -> None:
    home.environment |= {**ISSUER, **REQUEST, "ACTIONS_ID_TOKEN_REQUEST_URL": url}
    with pytest.raises(CredentialsError, match="is not the https address") as caught:
        home.find()
    assert url not in caught.value.message
    home.environment["ACTIONS_ID_TOKEN_REQUEST_URL"] = "http://127.0.0.1:1/x"
    assert isinstance(home.find().provider, WebIdentity)


@pytest.mark.parametrize(
    "content", [{"use-cvm-role": False}, {"use-cvm-role": "false"}, {"role-arn": ""}, {"type": "x"}]
)
def test_a_role_that_is_switched_off_is_none(content: dict[str, object], home: Home) -> None:
    home.tccli({"secretId": TCCLI_ID, "secretKey": TCCLI_KEY, **content})
    assert home.find().credentials.secret_id == TCCLI_ID


@pytest.mark.parametrize("expires", [1_722_000_000, 1_722_000_000.5, "1722000000", NOW + 30])
def test_what_a_login_left_beside_permanent_keys_is_named(expires: object, home: Home) -> None:
    path = home.tccli({**PERMANENT, "type": "oauth", "expiresAt": expires})
    with pytest.raises(CredentialsError) as caught:
        home.find()
    assert f"{path}: expiresAt is of an earlier login" in caught.value.message
    assert "permanent" in caught.value.message
    assert "remove type, token and expiresAt from the file" in caught.value.hint
    assert "tccli auth login" in caught.value.hint


def test_what_a_login_left_may_include_its_token(home: Home) -> None:
    home.tccli({**PERMANENT, "type": "oauth", "token": TOKEN, "oauth": {}, "expiresAt": 1})
    with pytest.raises(CredentialsError, match=r"have expired.*earlier login") as caught:
        home.find()
    assert "remove type, token and expiresAt from the file" in caught.value.hint
    assert TOKEN not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("expires", ["soon", [], {}, True, "1e999", 10**400])
def test_an_end_that_is_no_time_is_an_error(expires: object, home: Home) -> None:
    home.tccli({**PERMANENT, "expiresAt": expires})
    with pytest.raises(CredentialsError, match="expiresAt is not a time"):
        home.find()


def test_an_end_that_nobody_set_is_none(home: Home) -> None:
    home.tccli({**PERMANENT, "expiresAt": None})
    assert home.find().credentials.secret_id == TCCLI_ID


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
    assert "has no section [work]; it has [default]" in caught.value.message
    assert "work.credential: does not exist" in caught.value.message


def test_a_profile_of_tccli_in_the_environment_is_checked_too(home: Home) -> None:
    home.environment["TCCLI_PROFILE"] = "../x"
    with pytest.raises(CredentialsError, match="TCCLI_PROFILE"):
        home.find()


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
