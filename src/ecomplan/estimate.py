"""What a computation hands on to a finding or a claim: a number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A number with its 80 % interval, or the reason why there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    unknown: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """What a finding takes: value with low and high, or no value and the reason."""
        if self.value is None:
            return {"value": None, "unknown": self.unknown}
        return {"value": self.value, "low": self.low, "high": self.high}

    def within(self, least: float, most: float) -> Estimate:
        """The same with its limits cut to what can be, e.g. 0 and 1 for a share."""
        if self.value is None or self.low is None or self.high is None:
            return self
        return Estimate(self.value, min(max(self.low, least), self.value), max(min(self.high, most), self.value))

    def scaled(self, factor: float) -> Estimate:
        """The same in another unit; `factor` > 0."""
        if self.value is None or self.low is None or self.high is None:
            return self
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Reading:
    """How a claim stands in a stage; numbers in the claim's unit. A tested one is measured unless said otherwise."""

    key: str
    role: str
    reading: str
    verdict: str | None = None
    observed: Estimate | None = None
    evidence: str | None = None

    def told(self) -> dict[str, Any]:
        """What `Stage.claim` takes by name."""
        seen = self.observed or Estimate(None)
        evidence = self.evidence or ("measured" if self.role == "tested" else None)
        return {"verdict": self.verdict, "observed": seen.value, "low": seen.low, "high": seen.high,
                "evidence": evidence}
