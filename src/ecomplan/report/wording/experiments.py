"""The chapter on experiments."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_AUDIT = {
    "PASS": "All of them err as often as they say",
    "REVIEW": "On simulated data all err as often as they say, on real customers not all of them do",
    "FAIL": "Not all of them err as often as they say; those marked must not be relied on",
}


def chapter(findings: Findings) -> Chapter:
    """What a test can decide, told to a board."""
    def value(name: str) -> float:
        return findings.value(f"experiments.{name}")

    def x(name: str, show: str = "value") -> str:
        return n(f"experiments.{name}", show)  # type: ignore[arg-type]

    sees = value("gate_days") <= value("test_days")
    first_day = value("verify_day") if findings["experiments.verify_day"].value is not None else None
    better = value("value_best") > value("value_gate")
    answer = (
        f"A test on this platform needs {x('gate_days')} to see a gain of {x('gate')} in conversion; the documents' "
        f"gate stops {x('gate_false_stop')} of the measures that work, and {x('gate_false_go')} of those it lets "
        "pass do not."
    )
    day_sentence = (
        "Verifying a fix within a day is thus possible only for changes that double or break something. "
        if first_day is not None and first_day > 0.5 else
        "Verifying a fix within a day is thus possible for large changes. "
    )
    blocks: list[Block] = [
        Para(
            f"The platform takes {x('orders_per_day')} orders a day. With that, a regular test of {x('test_days')} "
            f"finds a gain in conversion of {x('conversion_test')} or more with a chance of {x('power_wanted')}; "
            f"between busy and quiet times it is {x('conversion_test', 'range')}. In one day it is "
            f"{x('verify_day')}, in the time in which S3 wants to iterate {x('iterate_days')}. {day_sentence}"
            f"Order value needs a gain of {x('order_value_test')} in a regular test, orders per known customer "
            f"{x('per_customer_test')}, the repeat rate {x('repeat_test')}. The ground is measured orders; the "
            f"conversion itself, {x('conversion_assumed')}, is a claim, and little hangs on it."
        ),
        FigureBlock("detectable", (
            Column("metric", "Measured on"), Column("days", "Days", "count"),
            Column("effect", "Smallest gain", "share"),
            Column("low", "Busy times", "share"), Column("high", "Quiet times", "share"),
        )),
        TableBlock(
            "tiers", "The three tiers of S2",
            "Days until a test finds the gain, and the chance that a regular test does. Told: the document's single "
            "cases. Believed: the part that the plan keeps of them.",
            (Column("tier", "Tier"), Column("measures", "Measured on"), Column("claimed", "Gain told", "share"),
             Column("days_claimed", "Days", "days"), Column("power_claimed", "Chance in a regular test", "probability"),
             Column("kept", "Gain believed", "share"), Column("days_kept", "Days", "days")),
        ),
        Para(
            f"Testing one thing at a time, the platform can work off {x('queue_fits')} of the "
            f"{x('queue_candidates')} gains in conversion that the documents tell in a year. Two factors tested one "
            f"by one take {x('traffic_saved_two')} more traffic than together, three {x('traffic_saved_three')} more. "
            f"An interaction is another matter: the one that the three tiers imply would take {x('interaction_years')} "
            f"to see. Ranked by what they tell, the first fifth of these gains hold {x('pareto_held')} of the sum, "
            f"where the rule of S3 says four fifths. Where {x('variants')} variants compete, giving the traffic to "
            f"those that look best loses {x('bandit_saved')} fewer orders than an equal split (simulated); the "
            f"chance to end with the best in front is {x('bandit_right')} against {x('equal_right')}."
        ),
        Heading("What the gate lets through"),
        Para(
            f"S3 lets a plan change only where the gain is above {x('gate')}. In a regular test a change without any "
            f"effect passes with a chance of {x('null_passes')}, in a test of one day of {x('null_passes_day')}. A "
            f"change exactly as good as the gate is stopped with a chance of {x('gate_stops_itself')}. If "
            f"{x('prior_works')} of measures work, as S0 says, {x('gate_false_go', 'both')} of those that pass are "
            f"measures that disappoint, and {x('gate_false_stop')} of working measures are stopped. "
            + ("The gate is nearly the same as a plain test of that length: right decisions are "
               f"{x('quality_gain')} more, not a third more as S3 has it."
               if abs(value("quality_gain")) < 0.05 else
               f"Against a plain test of that length it changes right decisions by {x('quality_gain')}.")
        ),
        FigureBlock("operating", (
            Column("true_gain", "True gain", "share"), Column("gate", "Above the gate", "probability"),
            Column("test", "Test above zero", "probability"),
            Column("limit", "Lower limit above the gate", "probability"),
        )),
        Para(
            f"What passes looks better than it is. In a regular test the winners show {x('gate_observed')} and are "
            f"worth {x('gate_true')}; in a test of one day they show {x('exaggeration_day')} times what they are "
            f"worth. A measure that shows exactly the gate is worth believing with {x('believed_at_gate', 'both')}, "
            f"and it works with a chance of {x('works_at_gate')}."
        ),
        FigureBlock("winners", (
            Column("days", "Days", "days"), Column("observed", "Gain observed", "share"),
            Column("true", "True gain", "share"), Column("passes", "Pass", "share"),
            Column("false_go", "Of these disappoint", "share"),
            Column("false_stop", "Working ones stopped", "share"),
        )),
        Para(
            f"The same bar earns a bonus in S3. If {x('variants')} useless variants compete, the best one earns it "
            f"with a chance of {x('lucky_test')} after a regular test and of {x('lucky_day')} after one day. Without "
            f"a control it is worse: in {x('season_months')} of {x('season_compared')} months orders a day rose by "
            f"more than the bar against the month before, by season alone for all one can tell."
        ),
        Heading("When to decide"),
        Para(
            f"Waiting pays. Decided after one day, a measure brings {x('value_day')} over a year on average, even at "
            f"the best threshold; decided after {x('best_days')} it brings {x('value_best')}"
            + (f", against {x('value_gate')} under the gate. " if better else ". ")
            + f"The threshold that earns most in a regular test is {x('best_bar')}, close to the {x('change_cost')} "
            f"that a change must bring to pay for itself. The best rule of all decides after {x('optimal_days')} on "
            f"average; the chance that it decides within the day that S3 allows is {x('optimal_first_day')}. A month "
            f"late costs {x('month_late')} for each measure tried."
        ),
        FigureBlock("waiting", (
            Column("days", "Days", "days"), Column("rule", "Rule"), Column("money", "Net gain", "money"),
        )),
        Heading("Looking early"),
        Para(
            f"Whoever looks at a plain test {x('looks')} times errs in {x('peeking_planned')} of tests without "
            f"effect, not in {x('alpha')}; whoever looks on every day of a regular test in {x('peeking_daily')}. "
            f"Planned looks keep the promise for {x('planned_price')} more traffic at most, and save "
            f"{x('planned_saving')} on average where the effect is there. Looking at any time takes "
            f"{x('always_price')} more at most. A pilot that is stopped at the first weekly look below its goal is "
            f"stopped within four weeks with a chance of {x('pilot_false_stop')}, although it truly meets the goal."
        ),
        FigureBlock("peeking", (
            Column("looks", "Looks", "count"), Column("plain", "Plain test", "share"),
            Column("planned", "Planned looks", "share"), Column("always_valid", "Always valid", "share"),
        )),
        TableBlock(
            "designs", "What honest looking costs",
            "Designs with the same chance to find the planned effect. Traffic is over that of a test with one look; "
            "smaller is better.",
            (Column("design", "Design"), Column("first_z", "First boundary (z)", "ratio"),
             Column("last_z", "Last boundary (z)", "ratio"), Column("most_traffic", "Most traffic", "ratio"),
             Column("mean_traffic", "Mean traffic if the effect is there", "ratio")),
        ),
        Heading("Letting a change out"),
        Para(
            f"A release that begins with {x('release_first')} of the traffic, grows weekly and has a stop rule avoids "
            f"{x('release_avoided')} of the expected loss of harmful changes over the horizon. It stops a harm of a "
            f"fifth with a chance of {x('release_stops_large')}, a harm of a twentieth with "
            f"{x('release_stops_small')}. The guardrail on repeat orders is weak: a fall of {x('retention_fall')}, "
            f"as S2 tells of promotions, is seen in a regular test with a chance of {x('guardrail_seen')}; to see it "
            f"well takes customers of {x('guardrail_days')} and the {x('repeat_days')} after them."
        ),
        TableBlock(
            "release", "A release in steps against all at once",
            "By the true harm of the change: chance that the release stops, weeks of full traffic exposed, and the "
            "share of the loss avoided; larger is better.",
            (Column("harm", "True harm", "share"), Column("stopped", "Stopped", "probability"),
             Column("exposure", "Weeks exposed", "weeks"), Column("avoided", "Loss avoided", "share")),
        ),
        TableBlock(
            "guardrail", "A lift with a guardrail",
            "Chance that a change ships after a regular test. The third row should be high, the others low.",
            (Column("gain", "True gain", "share"), Column("retention_falls", "Retention"),
             Column("test_alone", "Test alone", "probability"),
             Column("with_guardrail", "With guardrail", "probability")),
        ),
        Heading("Can the tests be trusted"),
        Para(
            f"{x('tests_checked')} tests were run on data in which nothing happens. "
            f"{_AUDIT[str(findings['experiments.audit_gate'].value)]}. The last rows are real customers of the "
            f"platform, split at random {x('aa_splits')} times and treated alike: {x('aa_means')} of the splits show "
            f"a gain that is not there, against {x('alpha')} promised. Taking out what customers bought before "
            f"leaves {x('cuped_left', 'both')} of the noise in sales per customer, which shortens such tests in the "
            "same proportion."
        ),
        FigureBlock("audit", (
            Column("test", "Test"), Column("claim", "Claims"), Column("claimed", "Claimed", "share"),
            Column("rate", "Found", "share"), Column("low", "Low", "share"), Column("high", "High", "share"),
            Column("verdict", "Verdict", "status"), Column("evidence", "Ground", "evidence"),
        )),
        TableBlock(
            "record", "A decision in five steps",
            "Real customers split at random: as they are, and with a gain as large as the gate planted in one half. "
            "Ranges hold at the level of the test.",
            (Column("step", "Step"), Column("evidence", "What stands behind it"),
             Column("no_change", "Nothing changed"), Column("planted", "Gain planted")),
        ),
        Heading("How the documents' effects look"),
        Para(
            f"The documents tell {x('effects_told')} relative effects of cases; {x('effects_cited')} name a public "
            f"source, and the smallest is {x('smallest_told')}. {x('digits_round')} of the whole percentages end on "
            f"zero, two, five or eight, and {x('top_sizes')} have one of the five commonest sizes. Measured figures "
            f"would not; these look chosen (o17), which is one more reason to shrink them before money is spent."
        ),
    ]
    return Chapter(
        stage="experiments", title="What a test can decide", answer=answer, blocks=tuple(blocks),
        limits=(
            "No experiment was run on this platform, and its orders hold no visits. What is shown is what tests "
            "could see at its volumes.",
            ("A gain as large as the gate fits into a regular test, smaller ones do not." if sees else
             "A gain as large as the gate does not fit into a regular test in an average month; in the quiet months "
             "it takes longer still."),
            "Rates of false goes and stops rest on a prior: how many measures work and what they keep are claims and "
            "parameters, not measurements.",
            "Tests of a day hold so few orders that the normal approximations behind the days are rough; exact tests "
            "would need more time, not less.",
        ),
    )
