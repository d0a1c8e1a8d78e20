"""The chapter on journeys."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_COUNT = ("no fault", "one fault", "two faults", "three faults", "four faults")
_FIRST = ("The first", "The second", "The third", "The fourth", "A further one")


def chapter(findings: Findings) -> Chapter:
    """How visitors get to an order, told to a board."""
    faults = int(findings.value("journey.incidents"))
    many = _COUNT[faults] if faults < len(_COUNT) else "many faults"
    blocks: list[Block] = [
        Para(
            f"The platform keeps no click log yet. So this chapter uses another: half a year of events of a made-up "
            f"web shop with faults planted in it, {n('journey.events')} events in {n('journey.sessions')} sessions of "
            f"{n('journey.users')} users from {n('journey.first_day')} to {n('journey.last_day')}. It shows what a log "
            f"of the platform's own would answer; its levels are not the platform's."
        ),
        Heading("Where visits end"),
        Para(
            f"{n('journey.conversion', 'both')} of sessions end in a purchase. The largest loss is on the way to the "
            f"{findings['journey.largest_loss_step'].value}: {n('journey.largest_loss', 'both')} of the sessions that "
            f"come that far go no further. {n('journey.basket_to_order', 'both')} of the sessions with a basket are "
            f"ordered, and {n('journey.unpaid', 'both')} of those with payment details are never paid. "
            + _platforms(findings)
            + f" {n('journey.bounce', 'both')} of sessions are a single event."
        ),
        FigureBlock("funnel", (
            Column("dimension", "By"), Column("level", "Group"), Column("step", "Step"),
            Column("sessions", "Sessions", "sessions"), Column("of_visits", "Of visits", "share"),
            Column("passed", "Of the step before", "share"), Column("passed_low", "Low", "share"),
            Column("passed_high", "High", "share"),
        )),
        Heading("What broke, and when"),
        Para(_faults(findings, faults, many)),
        FigureBlock("incidents"),
        Heading("Which steps carry the purchases"),
        Para(_paths(findings)),
        FigureBlock("graph", (
            Column("source", "From"), Column("target", "To"), Column("users", "Users", "users"),
            Column("probability", "Of those there", "share"), Column("loss", "Purchases lost without it", "share"),
            Column("loss_low", "Low", "share"), Column("loss_high", "High", "share"),
        )),
        TableBlock(
            "edits", "What a change of the path would add",
            "Each row moves the same share of a page's visitors, who then behave as the others do; larger is better.",
            (Column("edit", "Change"), Column("moved", "Moved", "share"), Column("conversion", "Conversion", "share"),
             Column("gain", "Added", "share"), Column("gain_low", "Low", "share"),
             Column("gain_high", "High", "share")),
            rows=8,
        ),
        Heading("Length and time"),
        Para(_length(findings)),
        FigureBlock("dose", (
            Column("touches", "Touches before the basket"), Column("sessions", "Sessions", "sessions"),
            Column("share", "Buy", "share"), Column("low", "Low", "share"), Column("high", "High", "share"),
        )),
        Para(_time(findings)),
        FigureBlock("decision"),
        Heading("What can be foretold"),
        Para(_gate(findings)),
        FigureBlock("gate"),
        Para(_federated(findings)),
    ]
    if _known(findings, "boosting_accuracy"):
        blocks.append(TableBlock(
            "scores", "Predictions on users never seen before",
            "Accuracy: larger is better; log loss and calibration error: smaller is better. Ranges resample users.",
            (Column("task", "Question"), Column("model", "Model"), Column("accuracy", "Right", "share"),
             Column("log_loss", "Log loss", "ratio"), Column("calibration_error", "Calibration error", "share")),
        ))
    return Chapter(
        stage="journey", title="How visitors get to an order",
        answer=(
            f"On a made-up shop's click log {n('journey.conversion')} of sessions end in a purchase, most are lost on "
            f"the way to the {findings['journey.largest_loss_step'].value}, and a blind scan finds {many}"
            + (", each with its step, its visitors and its dates." if faults else ".")
        ),
        blocks=tuple(blocks),
        limits=(
            "The log is made up and its faults were planted. It shows that the methods find what is there, not that "
            "the platform has such faults or such levels.",
            "The log has no impressions, order values, returns, ages or videos, so the documents' figures on these "
            "cannot be held against it.",
            f"{n('journey.stamped_early')} of purchases are stamped before the payment details that must come first. "
            f"The funnel and the search for faults do not depend on the order; the graph and the next-step models do.",
            "What an edit of the path adds assumes that moved visitors behave like those already there; only a test "
            "can tell.",
        ),
    )


def _known(findings: Findings, name: str) -> bool:
    return findings[f"journey.{name}"].value is not None


def _platforms(findings: Findings) -> str:
    if not _known(findings, "best_platform"):
        return "No platform has users enough to be shown on its own."
    best, worst = (findings[f"journey.{which}_platform"].value for which in ("best", "worst"))
    if best == worst:
        return f"All shown sessions come from one platform, {best}."
    return (
        f"Conversion is highest on {best} ({n('journey.best_platform_conversion', 'both')}) and lowest on {worst} "
        f"({n('journey.worst_platform_conversion', 'both')})."
    )


def _end(findings: Findings, at: str) -> str:
    if findings[f"{at}_last_from"].value == findings[f"{at}_last_to"].value:
        return f"its end on {n(f'{at}_last_to')}"
    return f"its end between {n(f'{at}_last_from')} and {n(f'{at}_last_to')}"


def _faults(findings: Findings, faults: int, many: str) -> str:
    text = (
        f"A scan over every spell of days, every step and every group of visitors, which knows no name of any error, "
        f"finds {many}. "
    )
    for number in range(1, faults + 1):
        at = f"journey.incident_{number}"
        text += (
            f"{_FIRST[min(number, len(_FIRST)) - 1]} hit {findings[f'{at}_visitors'].value} between "
            f"{findings[f'{at}_step'].value.replace(' to ', ' and ')}, from {n(f'{at}_first_day')} to "  # type: ignore[union-attr]
            f"{n(f'{at}_last_day')}: {n(f'{at}_inside', 'both')} got on instead of {n(f'{at}_outside', 'both')}, and "
            f"{n(f'{at}_lost', 'both')} purchases were lost. The event that came along is called "
            f"{findings[f'{at}_event'].value}. Its start lies between {n(f'{at}_first_from')} and "
            f"{n(f'{at}_first_to')}, {_end(findings, at)} (80 %). "
        )
    return text + (
        "The strongest spell that is left is of the kind that chance brings." if faults else
        "The strongest spell is of the kind that chance brings."
    )


def _paths(findings: Findings) -> str:
    if not _known(findings, "edge"):
        return "No step that enough users took leads to a purchase."
    return (
        f"From arrival a session takes {n('journey.steps_expected', 'both')} steps until a purchase or an exit; one "
        f"that buys takes {n('journey.steps_to_purchase', 'both')}. Between pages, the step from "
        f"{findings['journey.edge'].value} carries most: without it and its visitors "
        f"{n('journey.edge_loss', 'both')} of purchases are lost. Of the last steps, "
        f"{findings['journey.last_edge'].value} carries {n('journey.last_edge_loss', 'both')}. "
        + _edits(findings)
    )


def _edits(findings: Findings) -> str:
    if not _known(findings, "best_edit"):
        return "No change of the path would add to conversion."
    return (
        f"The change that adds most is to {findings['journey.best_edit'].value}: {n('journey.best_edit_gain', 'both')} "
        f"of sessions. All changes at once would bring conversion to {n('journey.all_edits_conversion')}, if moved "
        f"visitors behaved like the others."
    )


def _length(findings: Findings) -> str:
    if not _known(findings, "long_path_change"):
        return "Too few sessions have a basket to hold long ways against short ones."
    low, high = (findings["journey.long_path_change"].low or 0), (findings["journey.long_path_change"].high or 0)
    word = "less" if high < 0 else "more" if low > 0 else "neither clearly more nor less"
    text = (
        f"Ways to the basket that are longer than the middle one sell {word}: conversion changes by "
        f"{n('journey.long_path_change', 'both')} against short ones. S3 tells of a change of its own for complex "
        f"paths; the ledger holds the two against each other. "
    )
    if _known(findings, "touch_odds"):
        text += (
            f"Each further touch before the basket multiplies the odds of buying by {n('journey.touch_odds', 'both')}, "
            f"platform, channel and kind of visitor held still. "
        )
    return text + "Who hesitates both looks around longer and buys less, so this is no effect of length."


def _time(findings: Findings) -> str:
    if not _known(findings, "decision_median"):
        return "Nobody buys in this log, so no time to decide is known."
    text = (
        f"Within a buying session the decision takes {n('journey.decision_median', 'both')} at the median; "
        f"{n('journey.decision_within', 'both')} are within the time that S1 sets as its target. "
    )
    if _known(findings, "decision_days"):
        return text + (
            f"Counted from a user's first visit, half have bought after {n('journey.decision_days', 'both')}: the "
            f"decision is spread over visits."
        )
    return text + "Fewer than half of the users ever buy within the log."


def _gate(findings: Findings) -> str:
    if not _known(findings, "boosting_accuracy"):
        return "Nothing is foretold: too few users, or no purchase, in one of the parts that teach, calibrate and test."
    text = (
        f"The next step is guessed right in {n('journey.boosting_accuracy', 'both')} of cases by gradient boosting, in "
        f"{n('journey.markov_accuracy', 'both')} by the best Markov model and in {n('journey.base_accuracy')} by "
        f"always naming the commonest event. At the floor of {n('journey.gate_floor')} that S1 asks for, "
        f"{n('journey.next_automatic')} of these guesses may act alone; the rest waits for a person. "
        f"Whether a visit will buy is easier: {n('journey.outcome_automatic', 'both')} of predictions pass the floor"
    )
    if not _known(findings, "outcome_right"):
        return text + ", too few to judge them."
    gate = findings["journey.gate_outcome"].value
    verdict = {"PASS": "above the floor over its whole range", "REVIEW": "and the floor lies inside that range",
               "FAIL": "below the floor over its whole range"}[str(gate)]
    text += (
        f", {n('journey.outcome_right', 'both')} of them are right, {verdict}. That is less than it sounds: always "
        f"saying no is right in {n('journey.always_no')} of cases"
    )
    if _known(findings, "missed_buyers"):
        text += f", and {n('journey.missed_buyers')} of coming purchases would be met by an automatic no"
    return text + ". How often a person would decide otherwise is unknown: nobody reviewed these."


def _federated(findings: Findings) -> str:
    if not _known(findings, "parties"):
        return "Learning without pooling could not be tried: fewer than two platforms have users enough."
    return (
        f"{n('journey.parties')} parties that share only averaged coefficients reach a log loss of "
        f"{n('journey.federated_log_loss', 'both')}; pooled data reach {n('journey.pooled_log_loss', 'both')}, each "
        f"party alone {n('journey.local_log_loss', 'both')}. Averaging alone does not guarantee privacy."
    )
