"""The words of the desk in English and Chinese, and which of the two a browser asks for. Pure.

Every text that a page says is a row of :data:`WORDS`. Codes, actions, parameters and the texts of
messages belong to the API and to its users: they are shown as they are, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """One text. Both are format strings with the same names in braces."""

    en: str
    zh: str


#: Tag of the page's ``lang`` attribute -> the field of :class:`Words`.
LANGUAGES: Mapping[str, str] = {"en": "en", "zh-CN": "zh"}

# fmt: off
WORDS: Mapping[str, Words] = {
    # ---- the frame
    "title": Words("SMS emulator", "短信模拟器"),
    "skip": Words("Skip to the content", "跳到正文"),
    "sections": Words("Sections", "栏目"),
    "messages": Words("Messages", "短信"),
    "review": Words("Review", "审核"),
    "calls": Words("Calls", "调用"),
    "faults": Words("Faults", "故障"),
    "connect": Words("Connect", "接入"),
    "waiting_one": Words("1 object waits for review", "有 1 项等待审核"),
    "waiting_many": Words("{count} objects wait for review", "有 {count} 项等待审核"),
    "live": Words("Live", "实时更新"),
    "offline": Words("Connection lost; trying again", "连接已断开，正在重试"),
    "local": Words("Local emulator: nothing here reaches a real phone.", "本地模拟器：这里的内容不会发到真实手机。"),
    "older": Words("Older", "更早"),
    "limited": Words("The newest {count} are shown.", "只显示最近 {count} 条。"),
    "limited_first": Words("The first {count} are shown.", "只显示前 {count} 条。"),
    # ---- what was done, and what was not
    "done_reviewed": Words("The verdict is in force.", "审核结果已生效。"),
    "done_reported": Words("The report is out.", "状态报告已发出。"),
    "done_replied": Words("The reply is on its way to the application.", "回复已发出，等待应用拉取。"),
    "done_faulted": Words("The fault is ordered.", "故障已添加。"),
    "done_cleared": Words("The fault is taken back.", "故障已撤销。"),
    "done_emptied": Words("Messages, calls and faults are forgotten.", "短信、调用和故障均已清空。"),
    "done_sampled": Words("A sign and a template are there, both approved. Send now.", "已添加签名和模板，均已通过审核。现在可以发送了。"),
    "not_done": Words("Nothing was done: {error}", "未执行：{error}"),
    "stale": Words("This page is older than the emulator. Reload it and try again.", "此页面早于模拟器的本次启动。请重新加载后再试。"),
    "foreign": Words("Only this page's own forms may do that, and only under a loopback host name.", "只有本页面的表单可以执行此操作，且只能通过本机地址访问。"),
    "lost": Words("There is no such page.", "没有这个页面。"),
    "back": Words("Back to the desk", "返回"),
    # ---- messages
    "numbers": Words("Phone numbers", "手机号码"),
    "find": Words("Find a number, or a part of it", "查找号码，可输入一部分"),
    "not_found": Words("No message to {number} is kept.", "没有发往 {number} 的短信。"),
    "all_numbers": Words("All numbers", "全部号码"),
    "conversation": Words("Messages with {number}", "与 {number} 的短信"),
    "on_phone": Words("what was delivered, as the phone shows it", "已送达的短信在手机上的样子"),
    "not_shown": Words("Refused: the phone never sees it.", "已拒绝：手机不会收到。"),
    "text": Words("Text", "内容"),
    "clear": Words("Clear…", "清空…"),
    "clear_about": Words("Forgets all messages, calls and faults. Signs and templates stay.", "将清空所有短信、调用和故障。签名和模板保留。"),
    "clear_now": Words("Forget them", "确认清空"),
    "to_phone": Words("To the phone", "发往手机"),
    "from_phone": Words("From the phone", "手机回复"),
    "delivered": Words("Delivered", "已送达"),
    "failed": Words("Failed", "送达失败"),
    "refused": Words("Refused", "已拒绝"),
    "pending": Words("Pending", "等待回执"),
    "deliver": Words("Deliver", "送达"),
    "fail": Words("Fail", "失败"),
    "deliver_this": Words("Deliver the message of {time}", "将 {time} 的短信标为送达"),
    "fail_this": Words("Fail the message of {time}", "将 {time} 的短信标为失败"),
    "fail_code": Words("Receipt code", "回执码"),
    "details": Words("Details", "详情"),
    "reply_label": Words("Reply as the phone {number}", "以 {number} 的身份回复"),
    "reply_to": Words("to {sign}", "回复 {sign}"),
    "reply_sign": Words("Reply to", "回复对象"),
    "send": Words("Send", "发送"),
    "unsigned": Words("no sign", "无签名"),
    "serial": Words("Serial number", "流水号"),
    "application": Words("Application", "应用"),
    "sign": Words("Sign", "签名"),
    "template": Words("Template", "模板"),
    "parameters": Words("Parameters", "参数"),
    "segments": Words("Billed parts", "计费条数"),
    "session": Words("Session context", "SessionContext"),
    "extend": Words("Extend code", "扩展码"),
    "channel": Words("Channel", "通道"),
    "report_at": Words("Report due", "预计回执时间"),
    "reported_at": Words("Reported", "回执时间"),
    "code": Words("Code", "代码"),
    "no_messages": Words("No message yet", "还没有短信"),
    "no_messages_why": Words("What your application sends appears here at once, as the phone would show it.", "应用发出的短信会立即显示在这里，与手机上看到的一致。"),
    "outcomes": Words("Numbers that do something", "特殊号码"),
    "outcomes_why": Words("The last four digits decide what becomes of a message:", "号码的后四位决定短信的结果："),
    # ---- why a message was refused, and why it was not delivered
    "why_FailedOperation.SignatureIncorrectOrUnapproved": Words("The sign does not exist or is not approved. SignName is its text, without 【】.", "签名不存在或未通过审核。SignName 是签名内容，不带【】。"),
    "why_FailedOperation.TemplateUnapprovedOrNotExist": Words("The template does not exist or is not approved.", "模板不存在或未通过审核。"),
    "why_UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": Words("A template for mainland China cannot be sent to other numbers.", "国内短信模板不能发送到境外号码。"),
    "why_UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": Words("An international template cannot be sent to numbers of mainland China.", "国际短信模板不能发送到国内号码。"),
    "why_FailedOperation.TemplateParamSetNotMatchApprovedTemplate": Words("The template has another number of parameters.", "参数个数与模板不一致。"),
    "why_InvalidParameterValue.TemplateParameterFormatError": Words("Parameters of a verification code have at most 6 digits, and nothing else.", "验证码模板的参数只能是数字，最多 6 位。"),
    "why_InvalidParameterValue.TemplateParameterLengthLimit": Words("A parameter is longer than this account may use.", "参数长度超过账号的限制。"),
    "why_InvalidParameterValue.ContentLengthLimit": Words("The message is too long.", "短信内容过长。"),
    "why_InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": Words("A parameter holds a URL.", "参数中含有网址。"),
    "why_FailedOperation.MarketingSendTimeConstraint": Words("Marketing messages are sent from 8:00 to 22:00, Beijing time.", "营销短信只能在北京时间 8:00 至 22:00 发送。"),
    "why_InvalidParameterValue.IncorrectPhoneNumber": Words("This is no phone number, as in +8613800001234.", "号码格式错误，应如 +8613800001234。"),
    "why_FailedOperation.PhoneNumberInBlacklist": Words("The number is on the do-not-disturb list.", "号码在免打扰名单中。"),
    "why_FailedOperation.InsufficientBalanceInSmsPackage": Words("The packages of messages are used up.", "套餐包余量不足。"),
    "why_UnsupportedOperation.UnsupportedRegion": Words("Messages cannot be sent to this region.", "不支持向该地区发送短信。"),
    "why_LimitExceeded.PhoneNumberThirtySecondLimit": Words("The same text was sent to this number less than 30 seconds ago.", "30 秒内已向该号码发送过相同内容。"),
    "why_LimitExceeded.PhoneNumberDailyLimit": Words("The number got its messages of today already.", "该号码今天的短信已达上限。"),
    "why_NOREG": Words("The sign is not registered with the carrier.", "签名未在运营商报备。"),
    "why_SGIP:1": Words("The number is not in service.", "空号。"),
    "why_DB:0101": Words("The number is not right.", "号码异常。"),
    "why_-105": Words("The number is suspended.", "停机。"),
    "why_EXPIRED": Words("No signal until the carrier gave up.", "终端信号异常。"),
    "why_REJECT": Words("The carrier's gateway stopped it.", "运营商网关拦截。"),
    "why_MK:0001": Words("The number is not in service, suspended or switched off.", "空号、停机或关机。"),
    "why_MK:0000": Words("The number is not in service, suspended or switched off.", "空号、停机或关机。"),
    "why_UNDELIV": Words("The number is not in service, suspended or switched off.", "空号、停机或关机。"),
    "why_MK:0010": Words("The phone is switched off.", "关机。"),
    "why_DB:0107": Words("The phone is switched off.", "关机。"),
    "why_BLACK": Words("The number is on the carrier's do-not-disturb list.", "运营商免打扰名单。"),
    "why_MBBLACK": Words("The number is on the carrier's do-not-disturb list.", "运营商免打扰名单。"),
    "why_DB:0141": Words("The number is on the carrier's do-not-disturb list.", "运营商免打扰名单。"),
    "why_DB:0142": Words("The number got too many messages for the carrier.", "运营商频率限制。"),
    "why_DB:0143": Words("The number got too many messages for the carrier.", "运营商频率限制。"),
    # ---- outcomes by number
    "outcome_0001": Words("refused: blacklisted", "拒绝：黑名单"),
    "outcome_0002": Words("failed: sign not registered", "失败：签名未报备"),
    "outcome_0003": Words("failed: dead number", "失败：空号"),
    "outcome_0004": Words("never reported", "永远没有回执"),
    "outcome_0005": Words("reported after 60 s", "60 秒后回执"),
    "outcome_0006": Words("sent, the answer is lost", "已发送，但响应丢失"),
    "outcome_0007": Words("lost, not sent", "请求丢失，未发送"),
    "outcome_0008": Words("delivered, the phone replies R", "送达，手机回复 R"),
    "outcome_else": Words("delivered", "送达"),
    "others": Words("others", "其他"),
    # ---- review
    "queue": Words("Waiting for review", "等待审核"),
    "queue_empty": Words("Nothing waits for review.", "没有等待审核的内容。"),
    "queue_auto": Words("Reviews end by themselves ({review}).", "审核会自动通过（{review}）。"),
    "reviewed": Words("Reviewed", "已审核"),
    "reviewed_empty": Words("Nothing was reviewed yet.", "还没有审核过的内容。"),
    "kind_sign": Words("Sign", "签名"),
    "kind_template": Words("Template", "模板"),
    "place_domestic": Words("mainland China", "国内"),
    "place_international": Words("international", "国际/港澳台"),
    "place_both": Words("everywhere", "国内及国际"),
    "submitted": Words("submitted {time}", "提交于 {time}"),
    "remark": Words("Remark", "备注"),
    "approve": Words("Approve", "通过"),
    "reject": Words("Reject", "驳回"),
    "later": Words("Effective later", "通过待生效"),
    "reopen": Words("Review again", "重新审核"),
    "approve_this": Words("Approve {kind} {id}", "通过{kind} {id}"),
    "reject_this": Words("Reject {kind} {id}", "驳回{kind} {id}"),
    "later_this": Words("Approve {kind} {id}, effective later", "通过{kind} {id}，待生效"),
    "reopen_this": Words("Review {kind} {id} again", "重新审核{kind} {id}"),
    "reason": Words("Reply of the reviewer", "审核意见"),
    "reason_hint": Words("Why it is rejected", "驳回原因"),
    "state_active": Words("Active", "已生效"),
    "state_later": Words("Approved, effective later", "已通过，待生效"),
    "state_rejected": Words("Rejected", "已驳回"),
    "state_pending": Words("In review", "审核中"),
    "state_other": Words("Code {code}", "状态码 {code}"),
    "image": Words("Image, {size}", "图片，{size}"),
    "coded": Words("{word} ({code})", "{word}（{code}）"),
    "code_first": Words("{code}: {word}", "{code}：{word}"),
    # ---- what numbers of the API mean
    "sign_type_0": Words("company", "公司"),
    "sign_type_1": Words("app", "应用（APP）"),
    "sign_type_2": Words("web site", "网站"),
    "sign_type_3": Words("official account", "公众号"),
    "sign_type_4": Words("trademark", "商标"),
    "sign_type_5": Words("government or institution", "政府/机关事业单位/其他机构"),
    "sign_type_6": Words("mini program", "小程序"),
    "document_type_0": Words("three-in-one licence", "三证合一"),
    "document_type_1": Words("business licence", "企业营业执照"),
    "document_type_2": Words("organization code certificate", "组织机构代码证书"),
    "document_type_3": Words("social credit code certificate", "社会信用代码证书"),
    "document_type_4": Words("screenshot of the app's backend", "应用后台管理截图"),
    "document_type_5": Words("screenshot of the web site's filing", "网站备案后台截图"),
    "document_type_6": Words("screenshot of the mini program's settings", "小程序设置页面截图"),
    "document_type_7": Words("trademark certificate", "商标注册书"),
    "document_type_8": Words("screenshot of the official account's settings", "公众号设置页面截图"),
    "purpose_0": Words("own use", "自用"),
    "purpose_1": Words("on behalf of others", "他用"),
    "sms_type_0": Words("ordinary", "普通短信"),
    "sms_type_1": Words("marketing", "营销短信"),
    "sms_type_2": Words("notification", "通知短信"),
    "sms_type_3": Words("verification code", "验证码短信"),
    # ---- calls
    "calls_empty": Words("No call arrived yet.", "还没有收到调用。"),
    "calls_about": Words("What arrived over HTTP, newest first. Secrets are left out.", "通过 HTTP 收到的调用，最新的在前。密钥不会显示。"),
    "request": Words("Request", "请求"),
    "answer": Words("Answer", "响应"),
    "too_large": Words("too large to be shown: {size}", "内容过大，不显示：{size}"),
    "not_json": Words("not JSON, {size}", "不是 JSON，{size}"),
    "ok": Words("OK", "成功"),
    "milliseconds": Words("{count} ms", "{count} 毫秒"),
    "delivery_dropped": Words("connection dropped", "连接断开"),
    "delivery_reset": Words("connection reset", "连接重置"),
    "delivery_cut": Words("cut in the middle", "响应中断"),
    "delivery_hangs": Words("no answer", "不响应"),
    "delivery_unreachable": Words("unreachable", "无法连接"),
    "partly": Words("{ok} of {all} accepted", "{all} 个号码中 {ok} 个成功"),
    "and_more": Words("{first} and {count} more", "{first} 及其他 {count} 个"),
    "unnamed": Words("no action", "无 Action"),
    # ---- callbacks
    "callbacks": Words("Callbacks", "回调"),
    "callbacks_about": Words("What is pushed to the application.", "推送给应用的内容。"),
    "callbacks_none": Words("Nothing is pushed: {options} of emulator serve say where to.", "没有回调：可用 emulator serve 的 {options} 指定地址。"),
    "pushed_delivered": Words("{count} delivered", "成功 {count}"),
    "pushed_failed": Words("{count} failed", "失败 {count}"),
    "pushed_waiting": Words("{count} waiting", "等待 {count}"),
    "pushed_status": Words("Status reports", "状态报告"),
    "pushed_reply": Words("Replies", "回复"),
    "pushed_huawei": Words("Status reports (Huawei)", "状态报告（华为）"),
    "last_error": Words("Last failure: {error}", "最近一次失败：{error}"),
    # ---- faults
    "faults_about": Words("What goes wrong on purpose, until it is taken back.", "有意制造的故障，撤销后恢复正常。"),
    "faults_empty": Words("No fault is ordered: everything works.", "没有故障：一切正常。"),
    "add_fault": Words("Add a fault", "添加故障"),
    "add": Words("Add", "添加"),
    "take_back": Words("Take back", "撤销"),
    "take_back_this": Words("Take back fault {number}", "撤销故障 {number}"),
    "action": Words("Action", "接口"),
    "action_hint": Words("* is every action", "* 表示所有接口"),
    "kind": Words("What goes wrong", "故障类型"),
    "when": Words("Which call", "第几次调用"),
    "when_hint": Words("as in 1, 3; empty: every", "如 1, 3；留空表示每次"),
    "where": Words("Where", "发生位置"),
    "where_hint": Words("the usual place", "默认位置"),
    "at_before-admission": Words("before signature and limits are checked", "校验签名和频率之前"),
    "at_after-admission": Words("let in, nothing done yet", "校验通过，尚未执行"),
    "at_before-commit": Words("just before it takes effect", "即将生效"),
    "at_after-commit": Words("it took effect, the answer is under way", "已生效，正在返回"),
    "error_code": Words("Error code", "错误码"),
    "status": Words("HTTP status", "HTTP 状态码"),
    "seconds": Words("Seconds", "秒数"),
    "every_call": Words("every call", "每次调用"),
    "call_numbers": Words("call {numbers}", "第 {numbers} 次调用"),
    "every_action": Words("every action", "所有接口"),
    "struck_never": Words("struck no call yet", "尚未触发"),
    "struck_one": Words("struck 1 call", "已触发 1 次"),
    "struck_many": Words("struck {count} calls", "已触发 {count} 次"),
    "left_over": Words("over", "已结束"),
    "left_some": Words("{count} to come", "剩余 {count} 次"),
    "fault_error": Words("answers with an error code", "返回错误码"),
    "fault_status": Words("answers with an HTTP status", "返回 HTTP 状态码"),
    "fault_delay": Words("takes its time", "延迟"),
    "fault_drop": Words("closes without an answer", "连接断开，没有响应"),
    "fault_reset": Words("the connection is reset", "连接被重置"),
    "fault_hang": Words("never answers", "一直不响应"),
    "fault_cut": Words("the answer ends in the middle", "响应中途断开"),
    "fault_truncate": Words("half of the answer is missing", "响应缺少一半"),
    "fault_garbage": Words("answers with garbage", "返回乱码"),
    "fault_html": Words("answers with a web page", "返回网页"),
    "fault_redirect": Words("redirects", "重定向"),
    "fault_gzip-bomb": Words("answers with a huge compressed body", "返回超大压缩内容"),
    "fault_content-type": Words("another content type", "不同的 Content-Type"),
    "fault_no-id": Words("the id is missing", "缺少 ID"),
    "fault_id": Words("another id", "错误的 ID"),
    "fault_insert": Words("somebody adds an object", "有人添加了对象"),
    "fault_remove": Words("somebody deletes an object", "有人删除了对象"),
    "fault_hide": Words("new objects are not listed yet", "新对象暂不出现在列表中"),
    "fault_unreachable": Words("cannot be reached", "无法连接"),
    "in_seconds": Words("{seconds} s", "{seconds} 秒"),
    # ---- connect
    "step_connect": Words("Point your application here", "把应用指向这里"),
    "connect_about": Words("Nothing else changes: the official SDKs work as they are.", "其余不变：官方 SDK 可直接使用。"),
    "endpoint": Words("Endpoint", "接入地址（endpoint）"),
    "protocol": Words("Protocol", "协议"),
    "protocol_why": Words("not https", "不是 https"),
    "credentials": Words("Credentials", "密钥"),
    "credentials_why": Words("public, and good for nothing but an emulator", "公开的，只能用于模拟器"),
    "step_sample": Words("A sign and a template", "签名和模板"),
    "step_sample_why": Words("Like the real service, it sends only with an approved sign and template.", "与真实服务一样，只有通过审核的签名和模板才能发送。"),
    "step_ready": Words("Ready: sign {sign}, template {template}. The code below uses them.", "已就绪：签名 {sign}，模板 {template}。下面的代码使用它们。"),
    "sample": Words("Add a sample sign and template", "添加示例签名和模板"),
    "step_send": Words("Send", "发送"),
    "step_look": Words("Look at it", "查看"),
    "step_look_why": Words("The message appears under Messages within a second, without reloading.", "短信会在一秒内出现在“短信”栏目，无需刷新。"),
    "copy": Words("Copy", "复制"),
    "copied": Words("Copied", "已复制"),
    "copy_this": Words("Copy: {name}", "复制：{name}"),
    # ---- what happens while one looks
    "news_message": Words("New message", "新短信"),
    "news_report": Words("New report", "新的状态报告"),
    "news_reply": Words("New reply", "新回复"),
    "news_review": Words("The review changed", "审核有变化"),
    "untried": Words("Written after the source of this SDK; not run in our tests.", "根据该 SDK 源码编写，未在测试中运行。"),
    "news_call": Words("New call", "新调用"),
}
# fmt: on

#: Spelled the same in both languages on purpose.
SAME = frozenset({"session", "coded", "code_first"})

_RANGE = re.compile(
    r"([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9]{1,8})*(?:\s*;\s*q\s*=\s*([01](?:\.\d{0,3})?))?"
)


def language(accepted: str | None) -> str:
    """The tag of :data:`LANGUAGES` that an ``Accept-Language`` header likes best; English wins a
    tie and an empty header.
    """
    best = {"en": 0.0, "zh": 0.0}
    for part in (accepted or "")[:1000].split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            continue
        tag, weight = match[1].lower(), float(match[2] or 1)
        if tag in best:
            best[tag] = max(best[tag], weight)
    return "zh-CN" if best["zh"] > best["en"] else "en"


class Tongue:
    """The texts of one language: ``tongue("waiting_many", count=2)``. ``tag`` is its name."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._field = LANGUAGES[tag]

    def __call__(self, key: str, **values: object) -> str:
        """A text with its values."""
        template: str = getattr(WORDS[key], self._field)
        return template.format(**values) if values else template
