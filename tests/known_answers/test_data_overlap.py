"""Online Retail II against counts made by hand when the file was first opened (see docs/data.md).

The raw file is fetched where it is missing.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from ecomplan.data import online_retail


def test_counts_of_online_retail(fetched: Callable[[str], Path]) -> None:
    frame = online_retail.read(fetched("online_retail_2")).frame
    once = frame[~frame["doubled"]]
    assert len(frame) == 1_067_371 and frame["doubled"].sum() == 22_523 and len(once) == 1_044_848
    assert frame["order_id"].nunique() == 53_628 and frame["customer_id"].nunique() == 5_942
    assert frame["country"].nunique() == 43
    for rows, million in ((frame, 1.26), (once, 0.82)):  # December 2010 before and after the cut
        december = rows[(rows["time"] >= "2010-12-01") & (rows["time"] < "2011-01-01") & (rows["quantity"] > 0)]
        assert (december["quantity"] * december["unit_price"]).sum() / 1e6 == pytest.approx(million, abs=0.005)
