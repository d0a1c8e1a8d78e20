"""Recommendations of a fashion shop under two policies: a companion for off-policy evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.data.sources.base import Source, SourceFile
from ecomplan.errors import DataError

SOURCE = Source(
    name="open_bandit",
    title="Open Bandit (ZOZOTOWN)",
    citation=(
        "Saito, Y., Aihara, S., Matsutani, M. and Narita, Y. (2021). Open Bandit Dataset and Pipeline. "
        "NeurIPS Datasets and Benchmarks. Small-size files as carried by the package obp 0.4.1"
    ),
    licence=(
        "of the package that carries them: Apache-2.0; of the full data: CC BY 4.0, as others quote it"
    ),
    label="Real impressions of a fashion shop under two recommendation policies; few clicks.",
    package="obp",
    version="0.4.1",
    wheel="obp-0.4.1-py3-none-any.whl",
    wheel_sha256="87dec9caf4283c25ab13036532e0a24566f1c7bdcad1653a8ded43b2f5ef8208",
    files=(
        SourceFile(
            member="obp/dataset/obd/random/all/all.csv",
            name="random_all.csv",
            sha256="7168295b6e0a9eabcf3392320a5dd434e542b68e705d5cd9491499af589812f1",
            bytes=5_039_451,
        ),
        SourceFile(
            member="obp/dataset/obd/random/men/men.csv",
            name="random_men.csv",
            sha256="ede6d08c6877f99cd3770f7d09e26c738e6aa6de4445ccccfb1356ba5d06b1eb",
            bytes=3_336_811,
        ),
        SourceFile(
            member="obp/dataset/obd/random/women/women.csv",
            name="random_women.csv",
            sha256="e65f3bd3beb17664fa69cc129bf7bf852a775f8ffa630506e505fc905315bb34",
            bytes=3_817_771,
        ),
        SourceFile(
            member="obp/dataset/obd/bts/all/all.csv",
            name="bts_all.csv",
            sha256="0ad874e4dbf6902f0845dd478ad8dde5ef6903583d3ffaace78411bdad064106",
            bytes=5_084_456,
        ),
        SourceFile(
            member="obp/dataset/obd/bts/men/men.csv",
            name="bts_men.csv",
            sha256="db6d1f7ed2d591ba521533e45286d4c1fba7fe57a8ad2e80342210335f43c527",
            bytes=3_240_432,
        ),
        SourceFile(
            member="obp/dataset/obd/bts/women/women.csv",
            name="bts_women.csv",
            sha256="e5d1b49a39b608585a2f3014a3f54970430cd37a495c1b73fceb85cdf428a5b8",
            bytes=3_722_697,
        ),
    ),
)

POLICIES = ("random", "bts")
CAMPAIGNS = ("all", "men", "women")
AFFINITY = "user-item_affinity_"
FEATURES = ("user_feature_0", "user_feature_1", "user_feature_2", "user_feature_3")
COLUMNS = {"item_id": "item", "position": "position", "click": "click", "propensity_score": "propensity"}


def read(root: Path) -> pd.DataFrame:
    """The six logs under `root / data / raw / open_bandit`, one row an impression.

    Columns: `campaign` (all, men, women: what is on show), `policy` (random, bts), `items` (int64, articles that may
    be shown), `item` (int64 from 0), `position` (int64, 1 to 3), `click` (int64, 0 or 1), `propensity` (float64,
    probability with which the policy showed this article in this position), `history_items` (int64, articles
    that this user had clicked before) and `history_shown` (bool, the article shown is one of them). The six files
    keep their order of rows. Raises DataError for a missing file or column, an empty log, clicks other than 0 and 1,
    an article outside the campaign's list and propensities that are not above 0 and at most 1.
    """
    parts = [_log(root, policy, campaign) for policy in POLICIES for campaign in CAMPAIGNS]
    return pd.concat(parts, ignore_index=True)


def _log(root: Path, policy: str, campaign: str) -> pd.DataFrame:
    path = root / "data" / "raw" / SOURCE.name / f"{policy}_{campaign}.csv"
    where = f"data/raw/{SOURCE.name}/{path.name}"
    if not path.exists():
        raise DataError(f"{where} is missing; `ecomplan fetch` brings it")
    try:
        raw = pd.read_csv(path, usecols=lambda name: str(name) in COLUMNS or str(name).startswith(AFFINITY))
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{where} cannot be read ({error}); `ecomplan fetch` brings it anew") from None
    if missing := [name for name in COLUMNS if name not in raw]:
        raise DataError(f"{where}: column {missing[0]} is missing; found {', '.join(map(str, raw.columns[:8]))}")
    touched = [str(name) for name in raw if str(name).startswith(AFFINITY)]
    items = len(touched)
    if not items or touched != [f"{AFFINITY}{number}" for number in range(items)]:
        raise DataError(f"{where}: columns {AFFINITY}0 to {AFFINITY}N are missing or not in order; found {items}")
    if raw.empty:
        raise DataError(f"{where} holds no impression; expected at least one")
    frame = raw[list(COLUMNS)].rename(columns=COLUMNS).apply(pd.to_numeric, errors="coerce")
    _refuse(frame, items, where)
    frame = frame.astype({"item": "int64", "position": "int64", "click": "int64", "propensity": "float64"})
    history = raw[touched].to_numpy() > 0
    frame = frame.assign(
        history_items=history.sum(axis=1), history_shown=history[np.arange(len(frame)), frame["item"]],
        campaign=campaign, policy=policy, items=items,
    )
    order = ["campaign", "policy", "items", "item", "position", "click", "propensity", "history_items", "history_shown"]
    clean: pd.DataFrame = frame.reindex(columns=order)
    return clean


def _refuse(frame: pd.DataFrame, items: int, where: str) -> None:
    """Raise DataError for the first value that cannot be, naming file, row and column."""
    for column, right, expected in (
        ("item", frame["item"].between(0, items - 1) & (frame["item"] % 1 == 0), f"an article from 0 to {items - 1}"),
        ("position", frame["position"].isin([1, 2, 3]), "1, 2 or 3"),
        ("click", frame["click"].isin([0, 1]), "0 or 1"),
        ("propensity", (frame["propensity"] > 0) & (frame["propensity"] <= 1), "a probability above 0, at most 1"),
    ):
        if not right.all():
            row = int(np.argmin(right.to_numpy()))
            raise DataError(f"{where}: row {row + 1}, column {column}: {frame[column].iloc[row]}; expected {expected}")


def read_users(root: Path) -> pd.DataFrame:
    """The same six logs with who looked: one row an impression, without the articles clicked before.

    Columns: `campaign`, `policy`, `items`, `item`, `position`, `click`, `propensity` as in `read`; `day` (int64 from 0,
    days since the first of the log) and `user_feature_0` to `user_feature_3` (str, hashed by the publisher: what they
    stand for is not told). Raises DataError as `read` does, and for a missing feature or a time that is none.
    """
    parts = [_users_log(root, policy, campaign) for policy in POLICIES for campaign in CAMPAIGNS]
    return pd.concat(parts, ignore_index=True)


def _users_log(root: Path, policy: str, campaign: str) -> pd.DataFrame:
    path = root / "data" / "raw" / SOURCE.name / f"{policy}_{campaign}.csv"
    where = f"data/raw/{SOURCE.name}/{path.name}"
    if not path.exists():
        raise DataError(f"{where} is missing; `ecomplan fetch` brings it")
    wanted = ["timestamp", *COLUMNS, *FEATURES]
    try:
        with path.open(encoding="utf-8") as file:
            head = file.readline().rstrip("\n").split(",")
        if missing := [name for name in wanted if name not in head]:
            raise DataError(f"{where}: column {missing[0]} is missing; found {', '.join(head[:8])}")
        raw = pd.read_csv(path, usecols=wanted, dtype=dict.fromkeys(FEATURES, str))
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise DataError(f"{where} cannot be read ({error}); `ecomplan fetch` brings it anew") from None
    if raw.empty:
        raise DataError(f"{where} holds no impression; expected at least one")
    items = sum(name.startswith(AFFINITY) for name in head)
    frame = raw[list(COLUMNS)].rename(columns=COLUMNS).apply(pd.to_numeric, errors="coerce")
    _refuse(frame, items, where)
    day = pd.to_datetime(raw["timestamp"].str[:10], format="%Y-%m-%d", errors="coerce")
    for column, wrong in (("timestamp", day.isna()), *((name, raw[name].isna()) for name in FEATURES)):
        if wrong.any():
            row = int(np.argmax(wrong.to_numpy()))
            raise DataError(f"{where}: row {row + 1}, column {column}: {raw[column].iloc[row]}; expected a value")
    frame = frame.astype({"item": "int64", "position": "int64", "click": "int64", "propensity": "float64"})
    order = ["campaign", "policy", "items", "item", "position", "click", "propensity", "day", *FEATURES]
    clean: pd.DataFrame = frame.assign(
        campaign=campaign, policy=policy, items=items, day=(day - day.min()).dt.days.to_numpy("int64"),
        **{name: raw[name] for name in FEATURES},
    ).reindex(columns=order)
    return clean
