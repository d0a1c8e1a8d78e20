"""Sections of the stages on risk."""

from __future__ import annotations

from ecomplan.params.section import Section, knob


class Breach(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Supply(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Risks(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Losses(Section):
    draws: int = knob("simulated years", "draws", ge=1000, le=10_000_000)
    appetite_share_of_margin: float = knob("accepted 1-in-20 loss", "share of yearly margin", gt=0, le=1)
    exceedance_points: int = knob("points on the loss-exceedance curve", "points", ge=20, le=5000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Bias(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Conduct(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Monitoring(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Watch(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Response(Section):
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)
