"""How regular a product's demand is (Syntetos, Boylan & Croston 2005), and weeks in which it could hardly be had."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.demand.panel import REGULAR_GAP, Bools, Floats, Ints, Panel

CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
ERRATIC = 0.49  # squared coefficient of variation of demand sizes from which they are erratic (same source)


@dataclass(frozen=True)
class Gaps:
    """Runs of weeks without demand that chance hardly explains."""

    flagged: Bools  # [products, weeks]
    share: float  # of product-weeks
    products: int  # with at least one such run
    missed: float  # demand missed at most, as a share of demand seen


def interval_and_variation(pieces: Floats, launch: Ints) -> tuple[Floats, Floats]:
    """(ADI, CV2) of each row of pieces [products, weeks] from launch on: weeks a demand, squared variation of sizes.

    A row without demand has ADI = weeks + 1 and CV2 = 0.
    """
    active = pieces > 0
    times = active.sum(1)
    life = pieces.shape[1] - launch
    adi = np.where(times > 0, life / np.maximum(times, 1), pieces.shape[1] + 1.0)
    mean = pieces.sum(1) / np.maximum(times, 1)
    spread = (np.where(active, pieces - mean[:, None], 0.0) ** 2).sum(1) / np.maximum(times, 1)
    return adi, np.divide(spread, mean**2, out=np.zeros(len(mean)), where=mean > 0)


def classes_of(panel: Panel) -> Ints:
    """Class of each product of a panel by its learning weeks."""
    return classify(*interval_and_variation(panel.pieces[:, : panel.learning], panel.launch))


def classify(adi: Floats, cv2: Floats) -> Ints:
    """Index into `CLASSES` of each product."""
    return np.asarray(2 * (adi >= REGULAR_GAP) + (cv2 >= ERRATIC), dtype=np.int64)


def table(panels: dict[str, Panel]) -> pd.DataFrame:
    """Products, pieces and shares by panel and class, learning weeks only."""
    rows = []
    for name, panel in panels.items():
        learnt = panel.pieces[:, : panel.learning]
        kind = classes_of(panel)
        for index, label in enumerate(CLASSES):
            mine = kind == index
            if mine.any():
                rows.append({"panel": name, "class": label, "products": int(mine.sum()),
                             "pieces": float(learnt[mine].sum()),
                             "zero_weeks": float((learnt[mine] == 0).mean())})
    frame = pd.DataFrame(rows)
    return frame.assign(share=frame["pieces"] / frame.groupby("panel")["pieces"].transform("sum"))


def gaps(pieces: Floats, alpha: float) -> Gaps:
    """Runs of zeros inside a product's life whose chance under its own rate is below `alpha`, all weeks counted.

    The chance of a week without demand is the product's own (zeros over weeks of its life), raised to the power of
    the week's total beside the mean week: a shop that is closed explains its zeros. Bonferroni over the
    weeks a run may begin in. Runs before the first and after the last demand are launch and end, not gaps. Since the
    own rate already holds the gaps, this finds too few rather than too many.
    """
    count, weeks = pieces.shape
    flagged = np.zeros(pieces.shape, dtype=bool)
    total = pieces.sum(0)
    # never above 1: a busy week makes zeros rarer, but a bulk order elsewhere says nothing about this product
    busy = np.minimum(total / max(float(total.mean()), 1e-12), 1.0)
    for row in range(count):
        active = np.flatnonzero(pieces[row] > 0)
        if len(active) < 2:
            continue
        life = active[-1] - active[0] + 1
        zero = np.clip((life - len(active)) / life, 0.5 / life, None)
        for start, end in zip(active[:-1] + 1, active[1:], strict=True):
            if end > start and np.log(zero) * busy[start:end].sum() < np.log(alpha / weeks):
                flagged[row, start:end] = True
    level = pieces.sum(1) / np.maximum((~flagged).sum(1), 1)
    missed = float((flagged * level[:, None]).sum() / max(float(pieces.sum()), 1e-12))
    return Gaps(flagged, float(flagged.mean()), int(flagged.any(1).sum()), missed)


def gap_table(panel: Panel, found: Gaps) -> pd.DataFrame:
    """Products with gaps: weeks of them, weeks since launch, pieces a week in the others."""
    weeks = found.flagged.sum(1)
    life = panel.pieces.shape[1] - panel.launch
    frame = pd.DataFrame({
        "product_id": panel.product, "description": panel.description, "gap_weeks": weeks, "weeks": life,
        "pieces_a_week": panel.pieces.sum(1) / np.maximum(life - weeks, 1),
    })
    return frame[frame["gap_weeks"] > 0].sort_values("gap_weeks", ascending=False, kind="stable").reset_index(drop=True)


def irregular_share(panel: Panel) -> float:
    """Share of products whose demand is not smooth."""
    return float((classes_of(panel) != 0).mean())
