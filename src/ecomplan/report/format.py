"""Values as a reader sees them: one rule a unit (units: `ecomplan.findings.UNITS`).

Money has three digits where it can: £12.3 m, £1.23 m, £850 k. A number and its unit stand on one line
(narrow no-break space), thousands are parted by the same space, a minus is a true minus.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ecomplan.currency import sign
from ecomplan.errors import EcomplanError
from ecomplan.findings import UNITS, Finding

NB = "\u202f"  # narrow no-break space
MINUS = "\u2212"
UNKNOWN = "unknown"
NONE = "–"  # an empty table cell

#: (scale, suffix), largest first
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, ""))
_WORDS = {name: (name[:-1], name) for name in ("years", "months", "weeks", "days", "hours", "minutes", "seconds")}
_PERCENT = {"percent": (1.0, 1), "share": (100.0, 1), "probability": (100.0, 0)}


def kept_together(text: str) -> str:
    """A whole page's text with every minus held to the currency sign behind it: a line may otherwise end between."""
    return re.sub(f"{MINUS}(?=[£$€¥])", f"{MINUS}\u2060", text)


def number(value: float, decimals: int = 0) -> str:
    """A plain number: rounded, thousands parted, true minus, never a negative nought."""
    text = f"{abs(value):,.{decimals}f}".replace(",", NB)
    return (MINUS if value < 0 and any(digit in "123456789" for digit in text) else "") + text


def show(value: float | str | None, unit: str, currency: str = "") -> str:
    """A value as text. `currency` is the ISO code behind unit "money"."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return long_date(value) if unit == "date" else value
    if unit == "probability" and 0 < value < 0.005:
        return f"under 1{NB}%"
    if unit == "probability" and 0.995 < value < 1:
        return f"over 99{NB}%"
    style = _style((value,), unit, currency)
    return style.whole(value)


def show_range(low: float, high: float, unit: str, currency: str = "") -> str:
    """Two limits in one style, the unit once: "£12.9 to £14.2 m", "CNY 5.0 to 8.0 m", "−3.1 to 4.0 %"."""
    style = _style((low, high), unit, currency)
    first = style.bare(low)
    if style.before.endswith(NB):
        style.before = ""
    return f"{first} to {style.whole(high)}"


def column(values: Sequence[Any], unit: str, currency: str = "", beside: Sequence[float] = ()) -> list[str]:
    """A table column in one style, so that its decimals stand under each other; gaps become an en dash.

    `beside` are the numbers of other columns that shall be written in the same style.
    """
    known = [*(float(value) for value in values if is_number(value)), *beside]
    style = _style(known or (0.0,), unit, currency, table=True)
    return [
        style.whole(float(value)) if is_number(value) else (NONE if missing(value) else show(str(value), unit))
        for value in values
    ]


def finding(item: Finding, what: str, currency: str = "") -> str:
    """A finding as prose shows it: "value", "range", "both", "low" or "high".

    Raises EcomplanError where a limit is asked for that the finding does not have.
    """
    if item.value is None:
        return UNKNOWN
    if what == "value":
        return show(item.value, item.unit, currency)
    if what == "both":
        value = show(item.value, item.unit, currency)
        return value if item.low is None or item.high is None else f"{value} ({interval(item, currency)})"
    if item.low is None or item.high is None:
        raise EcomplanError(f"finding {item.id} has no range, yet a chapter asks for its {what}")
    if what == "range":
        return show_range(item.low, item.high, item.unit, currency)
    return show(item.low if what == "low" else item.high, item.unit, currency)


def interval(item: Finding, currency: str = "") -> str:
    """The range with its probability, e.g. "80 %: £12.9 to £14.2 m"; empty where there is none."""
    if item.low is None or item.high is None:
        return ""
    limits = show_range(item.low, item.high, item.unit, currency)
    if item.interval_percent == 100:
        return f"full range: {limits}"
    return f"{number(item.interval_percent)}{NB}%: {limits}"


def comparable(columns: Sequence[Sequence[float]]) -> bool:
    """True where amounts of several columns can share one scale: none is a hundred times larger than another."""
    largest = [max((abs(value) for value in values), default=0.0) for values in columns]
    known = [value for value in largest if value > 0]
    return bool(known) and min(known) >= 0.01 * max(known)


def long_date(iso: str) -> str:
    """'2025-12-09' as '9 December 2025'."""
    day = date.fromisoformat(iso[:10])
    return f"{day.day}\u00a0{day:%B}\u00a0{day.year}"


def month(value: Any) -> str:
    """A month as 'Dec 2025'."""
    if missing(value):
        return NONE
    day = value if isinstance(value, date | datetime) else date.fromisoformat(str(value)[:10])
    return f"{day:%b} {day.year}"


def is_number(value: Any) -> bool:
    return not isinstance(value, str | bool | date) and not missing(value) and hasattr(value, "__float__")


def missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and math.isnan(value)


class _Style:
    """How numbers of one unit are written side by side: factor, decimals, what stands before and after."""

    def __init__(self, factor: float, decimals: int, before: str = "", after: str = "", one: str = "") -> None:
        self.factor, self.decimals, self.before, self.after, self.one = factor, decimals, before, after, one

    def bare(self, value: float) -> str:
        text = number(value * self.factor, self.decimals)
        return MINUS + self.before + text[1:] if text.startswith(MINUS) else self.before + text

    def whole(self, value: float) -> str:
        text = self.bare(value)
        return text + (self.one if self.one and text == "1" else self.after)


def _style(values: Sequence[float], unit: str, currency: str, table: bool = False) -> _Style:
    if unit not in UNITS:
        raise EcomplanError(f"unit {unit!r} is unknown; known: {', '.join(UNITS)}")
    if unit in ("money", "cny"):
        return _money(values, "CNY" if unit == "cny" else currency, table)
    if unit in _PERCENT:
        factor, decimals = _PERCENT[unit]
        if unit == "probability" and table and any(0 < value < 0.01 for value in values):
            decimals = 1
        return _Style(factor, decimals, after=f"{NB}%")
    if unit == "points":
        return _Style(100.0, 1, after=f"{NB}points")
    if unit == "parameter":
        return _Style(1, 3)
    if unit in _WORDS:
        decimals = 0 if unit != "years" or all(float(value).is_integer() for value in values) else 1
        one, many = _WORDS[unit]
        return _Style(1, decimals, after=f"{NB}{many}", one=f"{NB}{one}")
    if unit in ("ratio", "index"):
        tiny = any(0 < abs(value) < 0.01 for value in values)
        return _Style(1, 4 if tiny else 2)
    small = any(not float(value).is_integer() and abs(value) < 100 for value in values)
    return _Style(1, 1 if small else 0)


def _money(values: Sequence[float], currency: str, table: bool) -> _Style:
    if not currency:
        raise EcomplanError("an amount of money needs its currency")
    symbol = sign(currency)
    sizes = [abs(value) for value in values if value]
    largest = max(sizes, default=0.0)
    rank = next((i for i, (scale, _) in enumerate(_SCALES) if largest >= scale * 0.9995), len(_SCALES) - 1)
    if _SCALES[rank][1] == "k" and largest < 9_995 and min(sizes) < 1_000:
        rank += 1  # £677 to £1 042: in thousands the smaller would lose its digits
    decimals = _money_decimals(largest, rank, currency)
    # a column whose smallest amount would vanish is written one scale down
    if table and rank < len(_SCALES) - 1 and min(sizes, default=largest) < 0.5 * 10**-decimals * _SCALES[rank][0]:
        rank += 1
        decimals = _money_decimals(largest, rank, currency)
    scale, suffix = _SCALES[rank]
    return _Style(1 / scale, decimals, before=symbol, after=f"{NB}{suffix}" if suffix else "")


def _money_decimals(largest: float, rank: int, currency: str) -> int:
    scale, suffix = _SCALES[rank]
    if suffix in ("tn", "bn", "m"):
        return 1 if currency == "CNY" or largest / scale >= 9.995 else 2
    if suffix == "k":
        return 0 if largest / scale >= 99.95 else 1 if largest / scale >= 9.995 else 2
    return 0 if largest >= 99.5 else 2
