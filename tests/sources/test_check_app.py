"""``smsops check-app`` through the command line: what it finds, and what it says it cannot tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smsops.manifests import schemas
from smsops.sources import expressions
from smsops.sources.judge import RULES
from smsops.sources.lexemes import Source
from tests.support.project import Project, Ran

#: 449739 takes 2 and has a successor (449740, 3) and a predecessor (449700, 1); 449800 takes none.
OUTPUTS = {
    "format_version": "1.0",
    "outputs": {
        "sign.acme": {"sign_id": 7, "sign_name": "艾克米", "review": "active"},
        "template.login-code": {
            "template_id": 449739,
            "parameter_count": 2,
            "review": "active",
            "successor": {"template_id": 449740, "parameter_count": 3, "review": "active"},
            "retiring": [{"template_id": 449700, "parameter_count": 1, "review": "active"}],
        },
        "template.alert": {"template_id": 449800, "parameter_count": 0, "review": "active"},
        "template.short": {"template_id": 1110, "parameter_count": 1, "review": "active"},
    },
}
Check = Callable[..., Ran]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write files of an application, and check them."""
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS), "utf-8")
    outside = Project(tmp_path, options=())

    def run(files: dict[str, str | bytes], *options: str) -> Ran:
        for name, body in files.items():
            path = tmp_path / "app" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return outside(
            *("check-app", str(tmp_path / "app"), "--outputs", str(tmp_path / "outputs.json")),
            *options,
        )

    return run


def told(ran: Ran) -> list[str]:
    """``3 SMS503`` of each problem but literals that are right, in the order of the file."""
    found = re.findall(r"^\S+?:(\d+):\d+: (SMS\d+)", ran.out, re.MULTILINE)
    return [f"{line} {code}" for line, code in sorted(found, key=_place) if code != "SMS505"]


def _place(found: tuple[str, str]) -> tuple[int, str]:
    return int(found[0]), found[1]


PYTHON = """\
req = models.SendSmsRequest()
req.TemplateId = "449739"
req.TemplateParamSet = [code]                       # 3: one of two, said at the id
req = models.SendSmsRequest()
req.TemplateId = "449739"; req.TemplateParamSet = [code, "5",]
p = {"TemplateId": "449700", "TemplateParamSet": ["1"]}
p = {"TemplateId": LOGIN, "TemplateParamSet": PARAMS}
LOGIN = "449739"
PARAMS = ("a", f(b, c), [1, 2])
a.TemplateId = os.environ["SMSOPS_TEMPLATE_LOGIN_CODE_ID"]
a.TemplateParamSet = [f"{x['y']}, {z}"]
values = []
values.append(code)
b.TemplateId = sms.TEMPLATE_LOGIN_CODE_ID
b.TemplateParamSet = values
c.TemplateId = choose()
c.TemplateParamSet = [1]
send(template_id="449739", template_param_set=[1, *rest])
d.TemplateParamSet = [x for x in y]
ssender.send_with_param(86, phone, 1110, [a, b], sign="x")
text = '''
req.TemplateId = "123456"
'''
# req.TemplateId = "123456"
e.TemplateId = "123456"
f.TemplateId = "449800"
ok = {"TemplateId": sms.TEMPLATE_LOGIN_CODE_ID, "TemplateParamSet": [code, minutes]}
OTHER = 449740
p["TemplateId"] = "449739"  # smsops: ignore
p["TemplateParamSet"] = [1, 2, 3]
g.TemplateId = "SMS_1234"
"""
TYPESCRIPT = """\
const p = { TemplateId: "449739", TemplateParamSet: [`${a}, ${b}`], SignName };
interface Send { TemplateId: string; TemplateParamSet?: string[] }
const LOGIN_TEMPLATE: string = "449740"
client.SendSms({ TemplateId: LOGIN_TEMPLATE, TemplateParamSet: [a, b, c] })
client.SendSms({ "TemplateId": process.env.SMSOPS_TEMPLATE_ALERT_ID, "TemplateParamSet": [a] })
// client.SendSms({ TemplateId: "449739", TemplateParamSet: [] })
client.SendSms({ TemplateId: "449739", TemplateParamSet: [...codes, "5"] })
client.SendSms({ TemplateId: "449739", TemplateParamSet: [code, /* why, */ "5"] })
ssender.sendWithParam(86, phone, 449739, [code], sign, "", "", done)
"""
JAVA = """\
SendSmsRequest req = new SendSmsRequest();
req.setTemplateId("449739");
String[] templateParamSet = {code};
req.setTemplateParamSet(templateParamSet);
SendSmsRequest two = new SendSmsRequest();
two.setTemplateId(LOGIN);
two.setTemplateParamSet(new String[]{"1", code});
static final String LOGIN = "449739";
smsBlend.sendMessage(phone, "449739", map);
chat.sendMessage(phone, "hello", map);
ssender.sendWithParam("86", phone, 449739, new ArrayList<String>(), sign, "", "");
three.setTemplateId(String.valueOf(449739));
three.setTemplateParamSet(Arrays.asList("1").toArray());
public void setTemplateId(String TemplateId) { this.TemplateId = TemplateId; }
"""
GO = """\
request := sms.NewSendSmsRequest()
request.TemplateId = common.StringPtr("449739")
request.TemplateParamSet = common.StringPtrs([]string{"1234"})
request := sms.NewSendSmsRequest()
request.TemplateId = common.StringPtr("449739")
request.TemplateParamSet = common.StringPtrs([]string{"1234", `5`})
r := &sms.SendSmsRequest{
	TemplateId:       common.StringPtr("449740"),
	TemplateParamSet: common.StringPtrs(params),
}
type T struct { TemplateId string }
params = append(params, code)
"""
PHP = """\
<?php use Overtrue\\EasySms\\EasySms;
$params = array("TemplateId" => "449739", "TemplateParamSet" => array("1234"));
$req->setTemplateId('449739'); $req->setTemplateParamSet([$a, $b]);
$easySms->send($phone, ['template' => '449739', 'data' => ['code' => 6379]]);
$easySms->send($phone, ['template' => function ($g) { return 'x'; }, 'data' => ['code' => 1]]);
$easySms->send($phone, ['template' => '449739', 'data' => ['code' => 6379, 'minutes' => 5]]);
$list = [$a]; array_push($list, $b);
$req = new SendSmsRequest(); $req->TemplateId = '449739'; $req->TemplateParamSet = $list;
"""
SOURCES = {
    "a.py": (
        PYTHON,
        "2 SMS503,6 SMS501,7 SMS503,10 SMS503,14 SMS506,16 SMS506,18 SMS506,19 SMS506,20 SMS503,"
        "25 SMS504,28 SMS502,31 SMS506",
    ),
    "b.ts": (TYPESCRIPT, "1 SMS503,3 SMS502,4 SMS502,5 SMS503,7 SMS506,9 SMS503"),
    "b.js": (
        TYPESCRIPT.replace(": string =", " =").replace("interface", "//"),
        "1 SMS503,3 SMS502,4 SMS502,5 SMS503,7 SMS506,9 SMS503",
    ),
    "C.java": (JAVA, "2 SMS503,9 SMS506,11 SMS506,12 SMS506"),
    "d.go": (GO, "2 SMS503,8 SMS502,8 SMS506"),
    "e.php": (PHP, "2 SMS503,4 SMS503,5 SMS506,8 SMS506"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_each_language_is_told_by_its_patterns(check: Check, name: str) -> None:
    text, expected = SOURCES[name]
    ran = check({name: text})
    assert told(ran) == expected.split(","), ran.out
    assert ran.code == 2


SETTINGS = {
    "application.yml": "sms:\n  blends:\n    tx: {supplier: tencent, template-id: 449700}\n",
    "application.properties": "# x\n! y\nsms.tencent.templateId=${SMS_TEMPLATE:449700}\n",
    "sms.json": '{"sdkAppId": 1,\n\n"templateId": "449700"}\n',
    ".env.production": "# QCLOUD\nLOGIN=1\nSMS_TEMPLATE_ID='449700'\n",
    "any.toml": "a = 1\nb = 2\nlogin = 449700\n",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_configuration_is_told_by_the_names_of_its_keys(check: Check, name: str) -> None:
    assert told(check({name: SETTINGS[name]})) == ["3 SMS501"]


def test_a_number_of_something_else_is_no_difference(check: Check) -> None:
    """Unless the file speaks of the service: then it is an id that nobody recorded."""
    mail = {"mail.yml": "mail:\n  template-id: 123456\n  port: 449701\n"}
    ran = check(mail)
    assert (ran.code, told(ran)) == (0, ["2 SMS506"])
    assert "1 not judged" in ran.out
    assert check(mail, "--strict").code == 2
    assert told(check({"mail.yml": "supplier: tencent\ntemplate-id: 123456\n"})) == ["2 SMS504"]


def test_constants_of_output_are_nothing_to_say(check: Check) -> None:
    """A file that output wrote holds literals on purpose; a stale one is told."""
    notice = '"""Written by `smsops output --format python`: do not edit."""\n'
    ran = check({"sms.py": f'{notice}TEMPLATE_LOGIN_CODE_ID: Final = "449739"\n'}, "--strict")
    assert (ran.code, told(ran), "SMS505" in ran.out) == (0, [], False)
    ran = check({"sms.py": f'{notice}TEMPLATE_LOGIN_CODE_ID: Final = "449700"\n'})
    assert (ran.code, told(ran)) == (2, ["2 SMS501"])
    gone = check({"sms.py": 'r.TemplateId = c.TEMPLATE_GONE_ID\nr.TemplateParamSet = ["1"]\n'})
    assert told(gone) == ["1 SMS504"]


def test_every_file_that_output_writes_is_fine(check: Check, project: Project) -> None:
    assert project("apply", "--auto-approve").code == 0
    project.approve()
    outputs = project("output", "--all").out
    files: dict[str, str | bytes] = {
        name: project("output", "--format", format).out
        for format, name in (
            ("typescript", "sms.ts"),
            ("python", "sms.py"),
            ("java", "SmsOutputs.java"),
            ("configmap", "sms.yaml"),
            ("dotenv", "sms.env"),
        )
    }
    (project.root / "outputs.json").write_text(outputs, "utf-8")
    ran = check(files, "--strict", "--outputs", str(project.root / "outputs.json"))
    assert (ran.code, told(ran)) == (0, []), ran.out


#: As docs/consuming.md shows it, and what else may stand after a colon.
CONSTANTS = """\
import * as sms from "./sms.js";

const TemplateParamSet: sms.Params<typeof sms.TEMPLATE_LOGIN_CODE_PARAMS> = [code];
await client.SendSms({
  TemplateId: sms.TEMPLATE_LOGIN_CODE_ID,
  TemplateParamSet,
});
send({ TemplateId: sms?.TEMPLATE_LOGIN_CODE_ID, TemplateParamSet: [code, "5"] });
send({ TemplateId: 449739, TemplateParamSet: [code] });
send({ TemplateId: yes ? sms.TEMPLATE_ALERT_ID : other.id, TemplateParamSet: [] });
send({ TemplateId: ids.login, TemplateParamSet: [] });
interface Send { TemplateId?: string; TemplateParamSet?: sms.Params<2> }
let TemplateId: string;
"""


def test_constants_of_a_namespace_are_judged(check: Check) -> None:
    """The lexer of TypeScript takes what follows a colon for a type."""
    ran = check({"a.ts": CONSTANTS})
    assert told(ran) == ["5 SMS503", "9 SMS503", "11 SMS506"], ran.out
    right = CONSTANTS.replace("= [code];", '= [code, "5"];')
    assert told(check({"a.ts": right})) == ["9 SMS503", "11 SMS506"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("[to<string, number>(code), '5']", ["1 SMS506"]),
        ("[to<string>(code)]", ["1 SMS503"]),
        ("[a < b ? '1' : '2']", ["1 SMS503"]),
    ],
)
def test_a_comma_between_types_is_none_between_parameters(
    check: Check, parameters: str, expected: list[str]
) -> None:
    text = f"send({{ TemplateId: '449739', TemplateParamSet: {parameters} }});\n"
    assert told(check({"a.ts": text})) == expected


DELETED = {
    "a.py": "SMS_TEMPLATES = {\n    'login': '449111',\n    'app_id': '1400006666',\n}\n",
    "b.py": "import os\nTEMPLATE = os.environ.get('TPL') or os.getenv('A', '449111')\n",
    "c.py": "class SmsTemplate:\n    LOGIN = '449111'\n    def f(self):\n        return 600000\n",
    "d.py": "\nLOGIN_TPL: str = '449111'\n",
    "a.ts": "\nexport enum SmsTemplate { LOGIN = '449111' }\n",
    "b.ts": "const c = { templates: {\n  login: process.env.SMS_TPL || '449111' } };\n",
    "c.ts": "\nconst loginTemplateId = parseInt(process.env.X, 10) || 449111;\n",
    "d.ts": "\nawait sms.sendTemplate('449111', [code]);\n",
    "A.java": 'enum SmsTemplate {\n    LOGIN("449111", "登录");\n    void f() { x = 600000; }\n}\n',
    "B.java": '\n@Value("${sms.template.login:449111}") String id;\n',
    "a.go": 'var templates = map[string]string{\n\t"login": "449111",\n}\n',
    "b.go": '\nconst loginTpl string = "449111"\n',
    "a.php": "<?php return ['templates' =>\n ['a' => env('X', '449111'), 'qiniu' => '510001']];\n",
    "a.yml": "templates:\n  login: 449111\n  app-id: 1400006666\n",
    "b.yml": "template-ids:\n- 449111\n",
    "c.yml": "- name: SMS_TEMPLATE\n  value: '449111'\n- name: PORT\n  value: '600000'\n",
    "a.json": '{"templates": {\n  "login": "449111"},\n  "port": 600000}\n',
    "b.json": '{"a": 600000,\n"templates": {"login": "449111"}, "port": 600000}\n',
    "a.toml": "[sms.templates]\nlogin = '449111'\n[other]\nport = 600000\n",
    "a.properties": "a=1\nsms.template.id=${X:449111}\n",
    "b.properties": "sms.template.ttl=600000\nsms.templates.login=449111\n",
    ".env": "A=600000\nSMS_TEMPLATE_LOGIN=449111\n",
}


@pytest.mark.parametrize("name", DELETED)
def test_an_id_of_a_deleted_template_is_seen_where_ids_are_kept(check: Check, name: str) -> None:
    """It is in no state and no file of outputs: what stands around it tells. Other numbers there
    are none.
    """
    ran = check({name: DELETED[name]}, "--strict")
    assert (ran.code, told(ran)) == (2, ["2 SMS506"]), ran.out


def test_templates_of_mail_are_no_difference(check: Check) -> None:
    mail = (
        "from tencentcloud.ses.v20201002 import models\n"
        "req.Template = {'TemplateID': 31345, 'TemplateData': '{}'}\n"
    )
    beside = "# SendSms\nEMAIL_TEMPLATE_ID = 1234567\nTEMPLATE = {'created_at': 1732766000}\n"
    ran = check({"a.py": mail, "b.py": beside})
    assert (ran.code, set(told(ran))) == (0, {"2 SMS506"}), ran.out
    assert "b.py" not in ran.out


def test_numbers_about_templates_are_no_ids(check: Check) -> None:
    ran = check(
        {
            "a.py": "# tencent\nTEMPLATE_VERSION = 3\nTEMPLATE_CACHE_TTL = 600000\n"
            "template.delay = 700000\n",
            "deploy.yaml": "image: ccr.ccs.tencentyun.com/a\nspec:\n  template:\n"
            "    metadata: {pod-template-hash: '586955512'}\n"
            "    spec:\n      runAsUser: 1000650000\n",
        },
        "--strict",
    )
    assert (ran.code, told(ran)) == (0, []), ran.out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.yml",
            "sms:\n  blends:\n    y1:\n      template-id: 5100001\n      supplier: yunpian\n"
            "    t1:\n      supplier: tencent\n      template-id: 449111\n",
        ),
        (
            "a.properties",
            "sms.blends.y1.supplier=yunpian\nsms.blends.y1.template-id=5100001\n#\n#\n#\n#\n"
            "sms.blends.t1.supplier=tencent\nsms.blends.t1.template-id=449111\n",
        ),
        (
            "b.yml",
            "sms:\n  blends:\n    y1: {supplier: yunpian, template-id: 5100001}\n\n\n\n\n"
            "    t1: {supplier: tencent, template-id: 449111}\n",
        ),
    ],
)
def test_ids_of_other_suppliers_are_theirs(check: Check, name: str, text: str) -> None:
    assert told(check({name: text})) == ["8 SMS504"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A number in a request that is put together.
        ('p = \'{{"TemplateId":"449700","TemplateParamSet":[{}]}}\'.format(x)', "SMS501"),
        ('p = f\'{{"TemplateId":"449111","SmsSdkAppId":"{x}"}}\'', "SMS504"),
        # Arguments by their names set nothing.
        ("tpl_id = 449739\ns.send_with_param(86, p, tpl_id, [a], sign=s)", "SMS503"),
        ("s.send_with_param(nationcode=86, template_id=449739, params=[a], b=c)", "SMS503"),
        # Annotated.
        ("class C:\n    template_id: str = '449111'\n    n: int = 2  # tencent", "SMS504"),
    ],
)
def test_an_id_in_python_is_seen(check: Check, text: str, expected: str) -> None:
    found = {each.split()[1] for each in told(check({"a.py": text}))}
    assert expected in found
    assert found <= {expected, "SMS506"}


# -- no false "all clear" -------------------------------------------------------------------------


def test_what_is_not_read_is_said(check: Check) -> None:
    ran = check(
        {
            "a.py": "x = 1\n",
            "b.kt": "x",
            "c.kt": "x",
            "node_modules/x/index.js": 'TemplateId = "449700"',
            "min/app.js": 'TemplateId = "449700"',
            "web/package-lock.json": b" " * (1024 * 1024 + 1),
        },
        "--exclude",
        "min",
    )
    assert ran.code == 0
    assert "1 file read, 0 sends judged, 0 literal ids, 0 differ, 0 not judged" in ran.out
    assert "Not read, of other kinds: 2 .kt\n" in ran.out
    assert "Not read, fetched or built: node_modules/, web/package-lock.json\n" in ran.out
    assert "Not read, by --exclude: min/\n" in ran.out


SENDERS = {
    "Sms.kt": "val r = SendSmsRequest()\nr.templateId = id\n",
    "Login.vue": "<script>\nsms({ templateId: 123, from: 'tencent' })\n</script>\n",
    "send.sh": 'curl -H "X-TC-Action: SendSms" -d "$body" https://sms.tencentcloudapi.com\n',
    "beans.xml": '<bean class="sms4j">\n<property name="templateId" value="1"/></bean>\n',
}


@pytest.mark.parametrize("name", SENDERS)
def test_a_sender_in_a_language_that_is_not_read_is_no_all_clear(check: Check, name: str) -> None:
    files: dict[str, str | bytes] = {name: SENDERS[name], "a.py": "x = 1\n"}
    ran = check(files)
    assert ran.code == 0, "nothing is known to differ"
    [line] = told(ran)
    assert line.endswith("SMS506")
    assert f"{name}:" in ran.out
    assert "0 differ, 1 not judged" in ran.out
    assert ran.out.endswith("This is no all clear: no send was judged.\n")
    assert check(files, "--strict").code == 2
    sends = check({**files, "a.py": 'r.TemplateId = "449800"\nr.TemplateParamSet = []\n'})
    assert (sends.code, "1 send judged" in sends.out) == (0, True)
    assert sends.out.endswith("This is no all clear: what was not judged or not read may differ.\n")


def test_a_recorded_id_is_seen_in_files_of_every_kind(check: Check) -> None:
    ran = check(
        {"a.py": "x = 1\n", "b.kt": 'val old = "449700"\n', "Dockerfile": "ENV X=1234567\n"}
    )
    assert (ran.code, told(ran)) == (2, ["1 SMS501"])
    assert "b.kt:1:12: SMS501" in ran.out


def test_prose_and_what_is_no_text_send_nothing(check: Check) -> None:
    ran = check(
        {
            "a.py": 'r.TemplateId = "449800"\nr.TemplateParamSet = []\n',
            "README.md": "SendSms with TemplateParamSet",
            "logo.png": b"\0SendSms",
            "Send.vue": "<button @click=sendSms>",
        }
    )
    assert (ran.code, told(ran), "all clear" in ran.out) == (0, [], False)


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("a.py", b"\xff\xfe", "no UTF-8"),
        ("a.js", b"x" * (1024 * 1024 + 1), "larger than 1 MiB"),
        ("a.go", b"package\0", "no text"),
    ],
)
def test_a_source_that_cannot_be_read_is_an_error(
    check: Check, name: str, body: bytes, why: str
) -> None:
    """Also beside one that differs: what it holds may be worse."""
    ran = check({name: body, "b.py": 'r.TemplateId = "449700"\n'})
    assert ran.code == 1
    assert f"Not read: {name}: {why}\n" in ran.out
    assert "SMS501" in ran.out
    [run] = check({}, "--format", "sarif").json()["runs"]
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert name in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert check({}, "--exclude", name).code == 2


def test_links_are_not_followed(check: Check, tmp_path: Path) -> None:
    (tmp_path / "app" / "src").mkdir(parents=True)
    (tmp_path / "app" / "src" / "loop").symlink_to(tmp_path / "app")
    ran = check({"a.py": "x = 1\n"})
    assert ran.code == 1
    assert "Not read: src/loop/: a symbolic link" in ran.out


def test_nothing_read_is_nothing_known(check: Check, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    ran = check({})
    assert ran.code == 1
    assert "nothing is known" in ran.err
    outputs = str(tmp_path / "outputs.json")
    missing = Project(tmp_path, options=())("check-app", "typo", "--outputs", outputs)
    assert (missing.code, "typo is no directory" in missing.err) == (1, True)


@pytest.mark.parametrize("body", ["", "[]", '{"outputs": 1}', '{"outputs": {}}', "{"])
def test_a_file_that_holds_no_outputs_is_refused(tmp_path: Path, body: str) -> None:
    (tmp_path / "outputs.json").write_text(body)
    (tmp_path / "a.py").write_text("x = 1\n")
    ran = Project(tmp_path, options=())(
        "check-app", str(tmp_path), "--outputs", str(tmp_path / "outputs.json")
    )
    assert (ran.code, ran.out) == (1, "")
    assert "smsops output --format json --all" in ran.err


def test_the_file_of_outputs_is_no_file_of_the_application(tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS), "utf-8")
    (tmp_path / "a.py").write_text("x = 1\n")
    given = ("check-app", str(tmp_path))
    outside = Project(tmp_path, options=())
    ran = outside(*given, "--outputs", str(tmp_path / "outputs.json"))
    assert (ran.code, ran.out.startswith("1 file read, 0 sends judged, 0 literal")) == (0, True)
    bare = outside(*given)
    assert (bare.code, "init" in bare.err) == (64, False)
    assert "-C DIR, or give --outputs FILE" in bare.err


def test_outputs_of_a_newer_format_are_refused(tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps({**OUTPUTS, "format_version": "2.0"}))
    ran = Project(tmp_path, options=())(
        "check-app", str(tmp_path), "--outputs", str(tmp_path / "outputs.json")
    )
    assert (ran.code, ran.out) == (1, "")
    assert "has format_version 2.0; this smsops reads 1.x" in ran.err


HIDDEN = {
    # A quotation mark in a text is not its end.
    "a.py": "x = 'it\\'s'\nr.TemplateId = '449700'\n",
    "A.java": 'log("say \\"x");\nreq.setTemplateId("449700");\n',
    "a.js": "x = `a\\`${b}`;\nr.TemplateId = `449700`;\n",
    "a.php": '<?php $x = "a\\"$b";\n$r->TemplateId = "449700";\n',
    "b.php": "<?php $x = <<<'END'\nit's\nEND; $r->TemplateId = '449700';\n",
    # Nor is an apostrophe in JSX the begin of one.
    "a.jsx": "p = <b>it's</b>;\nr = {TemplateId: '449700'};\n",
    # Numbers as people write them.
    "b.py": "\nOLD = 449_700\n",
    "B.java": "\nlong OLD = 449700L;\n",
    "b.go": "\nconst old = 449_700\n",
    # Texts that hold requests, or ids.
    "c.py": '\nr.from_json_string(\'{"TemplateId": "449700"}\')\n',
    "C.java": '\nreq.fromJsonString("{\\"TemplateId\\":\\"449700\\"}");\n',
    "c.php": '<?php\n$r->fromJsonString(\'{"TemplateId":"449700"}\');\n',
    "d.php": "<?php $r = <<<END\nsend?tpl=449700\nEND;\n",
    "d.py": "\nurl = f'https://a.example/?template={x}&old=449700'\n",
    # What is chosen from.
    "e.py": "\nr.TemplateId = '449739' if a else '449700'\n",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_no_way_to_write_an_id_hides_it(check: Check, name: str) -> None:
    ran = check({name: HIDDEN[name]})
    assert (ran.code, "SMS501" in ran.out) == (2, True), ran.out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'r.from_json_string(\'{"TemplateId":"449739","TemplateParamSet":["1"]}\')'),
        (
            "A.java",
            'r = fromJsonString("{\\"TemplateId\\":\\"449739\\",\\"TemplateParamSet\\":[]}");',
        ),
        (
            "a.ts",
            "const TemplateId = '449739', TemplateParamSet = [a];\n"
            "f({ TemplateId, TemplateParamSet })",
        ),
        (
            "B.java",
            'Req.builder().phone(a(b)).templateId("449739").templateParamSet(List.of(a)).build();',
        ),
    ],
)
def test_no_way_to_send_hides_a_wrong_count(check: Check, name: str, text: str) -> None:
    ran = check({name: text})
    assert (ran.code, "SMS503" in ran.out) == (2, True), ran.out
    assert "not judged (" not in ran.out


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("a.py", "params = ['a', 'b']\ndef send(params, x=1):\n"),
        ("b.py", "params = ['a', 'b']\nfor params in lists:\n"),
        ("c.py", "params = ['a', 'b']\nparams, x = f()\n"),
        ("d.py", "params = ['a', 'b']\nwith f() as params:\n"),
        ("a.ts", "const params = ['a', 'b'];\nconst f = (params) => {\n"),
        ("b.ts", "const params = ['a', 'b'];\nfunction f(params: string[]): void {\n"),
        ("c.ts", "const params = ['a', 'b'];\nconst { params } = x;\n"),
        ("d.ts", "const params = ['a', 'b'];\nclass A { send(params: string[]) {\n"),
        ("A.java", 'String[] params = {"a", "b"};\nvoid send(String[] params) throws X {\n'),
        ("a.go", "params := []string{a, b}\nfunc send(params []string) error {\n"),
        ("b.go", "params := []string{a, b}\nparams, err := load()\n"),
        ("c.go", "params := []string{a, b}\nfunc (s *S) Send(params []string) error {\n"),
        ("a.php", "<?php $params = ['a', 'b'];\nfunction send(array $params) {\n"),
        ("b.php", "<?php $params = ['a', 'b'];\nforeach ($x as $params) {\n"),
    ],
)
def test_a_name_that_gets_another_value_is_not_judged(check: Check, name: str, begin: str) -> None:
    variable = "$params" if name.endswith("php") else "params"
    send = {
        "py": "r.TemplateId = '449739'; r.TemplateParamSet = params\n",
        "ts": "f({ TemplateId: '449739', TemplateParamSet: params })\n",
        "java": 'r.setTemplateId("449739"); r.setTemplateParamSet(params);\n',
        "go": 'r.TemplateId = "449739"\nr.TemplateParamSet = common.StringPtrs(params)\n',
        "php": "$r->TemplateId = '449739'; $r->TemplateParamSet = $params;\n",
    }[name.rpartition(".")[2]]
    first = begin.partition("\n")[0]
    assert told(check({name: f"{first}\nif ({variable}) {{}}\n{send}"})) == [], "two, as it takes"
    assert [each[2:] for each in told(check({name: begin + send}))] == ["SMS506"]


def test_a_name_of_another_object_is_another_name(check: Check) -> None:
    send = "r.TemplateId = '449739'; r.TemplateParamSet = {}\n"
    for begin, value, found in (
        ("params = [a, b]\n", "message.params", ["2 SMS506"]),
        ("message.params = [a, b]\n", "params", ["2 SMS506"]),
        ("message.params = [a, b]\n", "message.params", []),
        ("self.params = [a, b]\n", "self.params", []),
        ("PARAMS = [a, b]\n", "Sms.PARAMS", []),
    ):
        assert told(check({"a.py": begin + send.format(value)})) == found, value


def test_what_is_taken_apart_or_put_together_is_no_send(check: Check) -> None:
    ran = check(
        {
            "a.ts": "const { TemplateId, TemplateParamSet } = request;\n"
            "import { TemplateId } from './a';\n"
            "const f = ({ TemplateId, TemplateParamSet }) => 1;\n"
            "const id = request.templateId();\n"
        },
        "--strict",
    )
    assert (ran.code, told(ran)) == (0, [])
    ran = check({"b.py": 'r.from_json_string(f\'{{"TemplateId": "{x}"}}\')\n'})
    assert told(ran) == ["1 SMS506"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsx", "p = <b>one ` mark</b>;\nr = {TemplateId: x, TemplateParamSet: [1]};\n"),
        ("a.py", "x = '''a\nr.TemplateId = 449700\n"),
    ],
)
def test_what_is_taken_for_an_endless_text_is_said(check: Check, name: str, text: str) -> None:
    ran = check({name: text})
    assert "no quotation mark ends the text that begins here" in ran.out
    assert ("SMS501" in ran.out) == ("449700" in text)


@pytest.mark.parametrize("end", ["\f", "\u2028", "\x0b", "\x85"])
def test_a_comment_silences_its_own_line(check: Check, end: str) -> None:
    """What Unicode calls the end of a line is none of a program."""
    ran = check(
        {
            "a.py": f"x = '{end}'\n# smsops: ignore\nr.TemplateId = '449700'\n",
            "a.js": "# smsops: ignore\rr.TemplateId = '449700'\r",
        }
    )
    assert [each for each in told(ran) if "501" in each] == ["2 SMS501", "3 SMS501"]


def test_outputs_without_all_are_warned_of(tmp_path: Path) -> None:
    outputs = {"template.t": {"template_id": 449739, "parameter_count": 1, "review": "active"}}
    (tmp_path / "outputs.json").write_text(json.dumps({"outputs": outputs}))
    (tmp_path / "a.py").write_text("OLD = 449700\n")
    given = ("check-app", str(tmp_path), "--outputs", str(tmp_path / "outputs.json"))
    project = Project(tmp_path, options=())
    ran = project(*given)
    assert ran.code == 0
    assert "was written without --all: an id that was superseded is any number" in ran.err
    outputs["template.t"] |= {"successor": None, "retiring": []}
    (tmp_path / "outputs.json").write_text(json.dumps({"outputs": outputs}))
    assert project(*given).err == ""


# -- hard files -----------------------------------------------------------------------------------


def test_a_name_is_looked_up_once(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is one line has one name in thousands of places."""
    asked: list[str] = []
    once = expressions._set_once

    def counted(source: Source, name: str, owner: str) -> int | None:
        asked.append(name)
        return once(source, name, owner)

    monkeypatch.setattr(expressions, "_set_once", counted)
    sends = "{TemplateId:t,TemplateParamSet:p};" * 100
    ran = check({"min.js": f't="449739";p=[1];{sends}'}, "--format", "json")
    assert [each["code"] for each in ran.json()["problems"]].count("SMS503") == 100
    assert sorted(asked) == ["p", "t"]


@pytest.mark.parametrize(
    "text",
    [
        "template" + "str(" * 2_000,
        "template" + "[" * 5_000 + "]" * 5_000,
        "x.TemplateId = " + "str(" * 2_000 + "1" + ")" * 2_000,
        "A = B\nB = A\nx.TemplateId = A\nx.TemplateParamSet = A\n",
        "TemplateId =",
        "TemplateId: \nTemplateParamSet(",
        ")]}TemplateId = 1",
        "f'''{",
    ],
)
def test_a_file_of_any_content_ends(check: Check, text: str) -> None:
    names = ("a.py", "a.js", "A.java", "a.go", "a.php")
    ran = check({name: f"<?php {text}" if name == "a.php" else text for name in names})
    assert ran.code in (0, 2)
    assert "5 files read" in ran.out


def test_an_id_in_a_text_is_placed_where_it_stands(check: Check) -> None:
    text = 'x = """a\n bb 449700\n"""; y = "c 449700 449700"  # smsops: not ignored\n'
    ran = check({"a.py": text})
    places = re.findall(r"^a.py:(\d+:\d+): SMS501", ran.out, re.MULTILINE)
    assert places == ["2:5", "3:13", "3:20"]


def test_foreign_texts_command_nobody(check: Check, tmp_path: Path) -> None:
    name = "a\x1b[2J::error::x.py"
    for format in ("text", "json", "sarif"):
        ran = check({name: 'x.TemplateId = "449700"\n'}, "--format", format)
        assert ran.code == 2
        assert "\x1b" not in ran.out + ran.err


# -- from the state, and for machines -------------------------------------------------------------


def test_a_promotion_makes_a_literal_differ(applied_project: Project, tmp_path: Path) -> None:
    """By the state alone: no credentials, no emulator."""
    app = tmp_path / "application"
    app.mkdir()
    (app / "a.py").write_text('r.TemplateId = "1110"\nr.TemplateParamSet = [code]\n')
    assert applied_project("check-app", str(app)).code == 0
    (app / "b.py").write_text('r.TemplateId = "1111"\nr.TemplateParamSet = [code]\n')
    assert "1111 is not recorded" in applied_project("check-app", str(app)).out
    applied_project.template(content="验证码{1}，请勿泄露。")
    applied_project.apply()
    ran = applied_project("check-app", str(app))
    assert (ran.code, told(ran)) == (2, ["1 SMS502"])
    applied_project.approve()
    applied_project.apply()
    state = applied_project.root / ".smsops"
    (state / "emulator-state.json").rename(state / "state.json")
    ran = Project(applied_project.root, options=())("check-app", str(app))
    assert (ran.code, told(ran)) == (2, ["1 SMS501"])
    assert "a.py:1:16: SMS501 id 1110 of template.t0 was superseded" in ran.out


def test_an_id_that_was_never_active_cannot_send(project: Project, tmp_path: Path) -> None:
    project.apply()
    (tmp_path / "a.py").write_text('r.TemplateId = "1110"\nr.TemplateParamSet = [code]\n')
    ran = project("check-app", str(tmp_path), "--exclude", "project")
    assert "1:16: SMS502 id 1110 of template.t0 was never active" in ran.out


def test_without_a_state_there_is_nothing_to_compare_with(project: Project) -> None:
    ran = project("check-app", str(project.root))
    assert (ran.code, ran.out) == (1, "")
    assert "nothing is recorded" in ran.err


def test_machines_get_the_same(check: Check) -> None:
    files: dict[str, Any] = {"src/a.py": SOURCES["a.py"][0]}
    text, document = check(files), check(files, "--format", "json").json()
    assert len(document["problems"]) == len(re.findall(": SMS5", text.out))
    assert document["problems"][0].keys() == {
        *("file", "line", "column", "code", "severity", "message")
    }
    assert (document["files"], document["ignored"], document["sends"]) == (1, 1, 7)
    [run] = check(files, "--format", "sarif").json()["runs"]
    assert len(run["results"]) == len(document["problems"])
    assert {each["id"] for each in run["tool"]["driver"]["rules"]} == {
        each["code"] for each in document["problems"]
    }
    assert run["invocations"][0]["executionSuccessful"] is True
    uris = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in run["results"]
    }
    assert len(uris) == 1
    assert uris.pop().endswith("src/a.py")


def test_the_json_fits_its_schema(check: Check) -> None:
    files: dict[str, Any] = {"a.py": SOURCES["a.py"][0], "b.py": b"\xff", "c.kt": ""}
    document = check(files, "--format", "json").json()
    assert schemas.violations("check-app", document) == []
    assert document["not_read"] == {
        "files": [{"file": "b.py", "why": "no UTF-8"}],
        "skipped": [],
        "excluded": [],
        "others": {".kt": 1},
    }


@pytest.mark.parametrize("code", RULES)
def test_every_code_is_explained(project: Project, code: str) -> None:
    ran = project("explain", code)
    assert ran.code == 0
    assert RULES[code].title.plain in ran.out
