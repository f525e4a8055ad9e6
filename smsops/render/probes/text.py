"""A run of probes for people: what would be sent, lines of progress, and what became of it. Pure.

No value of a template's variable and no number is in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from smsops.clock import to_text
from smsops.delivery.model import Verdict
from smsops.delivery.runs import Run
from smsops.render.probes import row as rows
from smsops.render.receipts import WORDS
from smsops.render.style import counted, duration
from smsops.text.messages import NOTHING, N, T, Text
from smsops.text.sanitise import terminal


def intended(runs: Sequence[Run], *, ci: bool = False) -> str:
    """What would be sent to whom, what goes on, and what is refused."""
    lines: list[str] = []
    for run in runs:
        lines += [str(line) for line in _intended(run, ci=ci)]
    sends = sum(run.sends for run in runs)
    billed = [run.case.draft.segments for run in runs if run.sends]
    segments = sum(each or 1 for each in billed)
    if sends:
        lines.append(
            str(
                T(
                    "Probe: {messages} to send ({segments}); each costs money.",
                    messages=N(sends, "{count} message", "{count} messages"),
                    segments=N(segments, "{count} segment", "{count} segments"),
                )
            )
        )
    else:
        lines.append(str(T("Probe: nothing to send.")))
    return "\n".join(lines) + "\n"


def _intended(run: Run, *, ci: bool) -> list[Text]:
    case, name = run.case, run.case.name
    shown = case.number.shown if case.number is not None else "-"
    if run.refusal is not None:
        return [
            T(
                "! {probe}  {number}  refused: {why} ({code})",
                probe=name,
                number=shown,
                why=run.refusal.why,
                code=run.refusal.code,
            )
        ]
    if run.resumed:
        at = to_text(run.send.at) if run.send is not None else ""
        words = T("… {probe}  {number}  goes on with what was sent at {at}")
        return [words.filled(probe=name, number=shown, at=at)]
    draft = case.draft
    lines = [
        T(
            "+ {probe}  {number}  {channel}{after}",
            probe=name,
            number=shown,
            channel=case.driver.channel,
            after=T("  (after {probe})", probe=run.behind) if run.behind else NOTHING,
        )
    ]
    if draft.text:
        segments = draft.segments or 1
        lines.append(
            T(
                "    {text}  ({segments})",
                text=terminal(draft.text, ci=ci),
                segments=N(segments, "{count} segment", "{count} segments"),
            )
        )
    elif draft.template is not None:
        lines.append(
            T(
                "    template {id}, with {params}",
                id=terminal(draft.template.id, ci=ci),
                params=N(len(draft.params), "{count} parameter", "{count} parameters"),
            )
        )
    return lines


def progress(run: Run, *, ci: bool = False) -> Text:
    """One line about something new of a run."""
    name, serial = run.case.name, terminal(run.serial, ci=ci)
    if run.verdict is Verdict.PENDING and run.serial:
        words = T("{probe}: sent ({serial}), waiting for the report")
        return words.filled(probe=name, serial=serial)
    return T("{probe}: {said}", probe=name, said=_said(run, ci=ci))


def text(runs: Sequence[Run], *, ci: bool = False) -> str:
    """One line a probe, with what to do, then how many of each verdict."""
    lines = []
    for run in runs:
        mark = "✓" if rows.fine(run) else "!"
        lines.append(f"{mark} {progress_free(run, ci=ci)}")
        if not rows.fine(run) and (why := rows.why(run)):
            lines.append(f"    {terminal(str(why), ci=ci)}")
    counts = rows.summary(runs)
    each = counted((counts[verdict.value], WORDS[verdict]) for verdict in Verdict)
    lines.append(str(T("Probe: {each}.", each=each)))
    return "\n".join(lines) + "\n"


def progress_free(run: Run, *, ci: bool) -> Text:
    """What became of one probe."""
    return T(
        "{probe}  {number}  {said}",
        probe=run.case.name,
        number=run.case.number.shown if run.case.number is not None else "-",
        said=_said(run, ci=ci),
    )


def _said(run: Run, *, ci: bool) -> Text:
    values = rows.row(run)
    about: list[Text] = []
    if values["seconds"] is not None:
        about.append(T("after {time}", time=duration(values["seconds"])))
    if values["code"]:
        about.append(Text(terminal(values["code"], ci=ci)))
    if values["causes"]:
        about.append(T("cause: {causes}", causes=" / ".join(values["causes"])))
    if values["serial_no"]:
        about.append(T("id {id}", id=terminal(values["serial_no"], ci=ci)))
    # Nobody replies to what did not arrive.
    if values["reply"] is not None and run.verdict is Verdict.DELIVERED:
        answered = values["reply"]["matches"]
        about.append(T("replied") if answered else T("no reply"))
    more = ", ".join(map(str, about))
    inside = T(" ({more})", more=more) if more else NOTHING
    return T("{verdict}{more}", verdict=WORDS[run.verdict], more=inside)
