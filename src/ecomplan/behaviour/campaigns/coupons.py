"""Coupons redeemed: by campaign, and by how many campaigns a household had been sent before."""

from __future__ import annotations

import pandas as pd

from ecomplan.behaviour.statistics import wilson
from ecomplan.errors import DataError


def _redeemed(targeted: pd.DataFrame, redemptions: pd.DataFrame) -> pd.DataFrame:
    used = redemptions.groupby(["campaign", "household"]).size().rename("coupons").reset_index()
    pairs = targeted.merge(used, on=["campaign", "household"], how="left", indicator=True)
    if (lost := len(used) - int((pairs["_merge"] == "both").sum())) > 0:
        raise DataError(f"coupon_redemptions: {lost} households redeemed coupons of a campaign they were not sent")
    return pairs.assign(coupons=pairs["coupons"].fillna(0).astype("int64"), redeemed=pairs["_merge"] == "both")


def by_campaign(campaigns: pd.DataFrame, targeted: pd.DataFrame, redemptions: pd.DataFrame,
                min_group: int) -> pd.DataFrame:
    """Share of the targeted households that redeemed a coupon at all, by campaign, by type and together.

    Columns: group, households (household-campaign pairs), redeemed, coupons, rate, low, high (80 % Wilson), sorted
    as campaigns start; groups below `min_group` are left out. Raises DataError for redemptions by untargeted
    households.
    """
    pairs = _redeemed(targeted, redemptions).merge(campaigns[["campaign", "type", "start"]], on="campaign")
    pairs = pairs.sort_values(["start", "campaign"])
    parts = [("all", pairs), *((f"type {kind}", part) for kind, part in pairs.groupby("type")),
             *((f"campaign {kind}", part) for kind, part in pairs.groupby("campaign", sort=False))]
    frame = pd.DataFrame(
        [(name, len(part), int(part["redeemed"].sum()), int(part["coupons"].sum())) for name, part in parts
         if len(part) >= min_group],
        columns=["group", "households", "redeemed", "coupons"],
    )
    if frame.empty:
        raise DataError(f"campaigns: {len(pairs)} targeted households together; privacy.min_group asks for {min_group}")
    low, high = wilson(frame["redeemed"], frame["households"])
    return frame.assign(rate=frame["redeemed"] / frame["households"], low=low, high=high)


def by_turn(campaigns: pd.DataFrame, targeted: pd.DataFrame, redemptions: pd.DataFrame,
            min_group: int) -> pd.DataFrame:
    """Share that redeems by turn: a household's first, second, ... campaign (a household counts once a turn).

    Columns: turn, households, redeemed, rate, low, high (80 % Wilson); turns below `min_group` households are left
    out. Later turns hold other households than early ones: those that were sent more.
    """
    pairs = _redeemed(targeted, redemptions).merge(campaigns[["campaign", "start"]], on="campaign")
    pairs = pairs.sort_values(["household", "start", "campaign"])
    pairs["turn"] = pairs.groupby("household").cumcount() + 1
    frame = pairs.groupby("turn")["redeemed"].agg(households="size", redeemed="sum").reset_index()
    frame = frame[frame["households"] >= min_group].reset_index(drop=True)
    if frame.empty:
        return frame.assign(rate=[], low=[], high=[])
    low, high = wilson(frame["redeemed"], frame["households"])
    return frame.assign(rate=frame["redeemed"] / frame["households"], low=low, high=high)
