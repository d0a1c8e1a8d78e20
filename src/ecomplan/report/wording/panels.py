"""The chapter on the companion panels."""

from __future__ import annotations

from ecomplan.findings import Findings
from ecomplan.report.text import Block, Chapter, Column, FigureBlock, Heading, Para, TableBlock, n

_RULE = "(better at every past origin of these panels, and in most resamples of their series)"
_ENTERED = {
    "no": f"It did not pass the gate {_RULE}, so it stayed out.",
    "point only": f"It passed the gate {_RULE} for the point, not for the ranges.",
    "spread only": f"It passed the gate {_RULE} for the ranges, not for the point.",
    "point and spread": f"It passed the gate {_RULE} for the point and for the ranges.",
    "not tried": "The sample was too small to train it, so it was not tried.",
}


def chapter(findings: Findings) -> Chapter:
    """What other series teach a short history, told to a board."""
    gain = findings["panels.gain_sarima"]
    wins = gain.low is not None and gain.low > 0
    lstm = "panels.gain_lstm" in findings and findings.value("panels.gain_lstm") > 0
    alone = (
        f" is not better alone: against it the combination saves {n('panels.gain_lstm', 'both')}" if lstm
        else " gives no forecast of its own"
    )
    blocks: list[Block] = [
        Para(
            f"Two years of one shop cannot show how well a forecast works a year ahead. {n('panels.series')} monthly "
            f"series of other firms and countries can: they are longer. They come from forecasting competitions; none "
            f"is this platform's, and they carry no dates."
        ),
        Heading("What carries over"),
        Para(
            f"Shown no more history than this shop has, the change of the last three months is the best sign of the "
            f"next month's change: {n('panels.carry_three_month_change', 'both')} of it is still there. Using it takes "
            f"{n('panels.carry_gain')} off the error of last year's month. The forecast of this platform borrows these "
            f"weights."
        ),
        FigureBlock("carry", (
            Column("lead_months", "Months ahead", "count"), Column("name", "Sign"), Column("value", "Weight", "ratio"),
            Column("low", "80 %, low", "ratio"), Column("high", "80 %, high", "ratio"),
        )),
        Heading("How errors grow"),
        Para(
            f"A year ahead errors spread {n('panels.width_year', 'both')} times as wide as one month ahead, at "
            f"{n('panels.width_last_lead')} {n('panels.width_last', 'both')} times; a rule that doubles the variance "
            f"in a year would say {n('panels.width_rule')}. The fan of this plan takes its growth from here wherever "
            f"the shop's own months cannot test it."
        ),
        FigureBlock("widths", (
            Column("lead_months", "Months ahead", "count"), Column("ratio", "Spread", "ratio"),
            Column("low", "80 %, low", "ratio"), Column("high", "80 %, high", "ratio"), Column("rule", "Rule", "ratio"),
        )),
        Heading("What a limit in percent measures"),
        Para(
            f"The documents allow {n('panels.error_limit')} a month. {n('panels.limit_within', 'both')} of these "
            f"series would keep it with the same method. The spread of a series explains "
            f"{n('panels.limit_explained')} of the differences in error between series; a month ahead the mean "
            f"error is {n('panels.limit_ratio', 'both')} times that spread. The limit says "
            f"more about which series is forecast than about how."
        ),
        FigureBlock("limit"),
        Heading("The whole engine"),
        Para(
            f"On {n('panels.tested')} series, {n('panels.horizon')} ahead, the combination of all members takes "
            f"{n('panels.gain_snaive', 'both')} off the scaled error of last year's month and "
            f"{n('panels.gain_sarima', 'both')} off SARIMA's"
            f"{', more than chance' if wins else ', which chance alone could do'}. The network that learns over all "
            f"series what SARIMA leaves over{alone}. {_ENTERED[str(findings['panels.network'].value)]}"
        ),
        FigureBlock("members", (
            Column("panel", "Panel"), Column("model_name", "Model"), Column("mase", "MASE", "ratio"),
            Column("low", "80 %, low", "ratio"), Column("high", "80 %, high", "ratio"), Column("crps", "CRPS", "ratio"),
            Column("smape", "sMAPE", "percent"), Column("series", "Series", "count"),
        )),
        Para(
            f"The ranges held {n('panels.coverage_80', 'both')} of the months where four in five were promised, and "
            f"{n('panels.coverage_95', 'both')} where nineteen in twenty were."
        ),
        TableBlock(
            "gains", "What the combination saves", "Share of the other model's scaled error, paired by series, with "
            "its 80 % range over series; better: series on which the combination errs less.",
            (Column("against_name", "Against"), Column("gain", "Saved", "share"), Column("low", "80 %, low", "share"),
             Column("high", "80 %, high", "share"), Column("better_share", "Better", "share")),
        ),
    ]
    return Chapter(
        stage="panels", title="What other series teach",
        answer=(
            f"On series of other firms the combination of methods saves {n('panels.gain_snaive')} of the error of "
            f"last year's month, and a year ahead errors spread {n('panels.width_year')} times as wide as next month."
        ),
        blocks=tuple(blocks),
        limits=(
            "Weights and widths are means over other trades. This shop may behave otherwise, and only its own months "
            "can show it.",
            "The series have no dates, so open days and holidays, which help this shop most, cannot be tried on them.",
            "They are famous test series. The methods were shaped on such data, which flatters all of them.",
        ),
    )
