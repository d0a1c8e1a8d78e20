"""Online Retail II against counts made by hand when the file was first opened (see docs/data.md).

Needs the raw file: skipped where `ecomplan fetch` has not run.
"""

from pathlib import Path

import pytest

from ecomplan.data import online_retail
from ecomplan.data.fetch import RAW
from ecomplan.data.sources import SOURCES

FOLDER = Path(__file__).parents[2] / RAW / "online_retail_2"


@pytest.mark.skipif(not (FOLDER / SOURCES["online_retail_2"].files[0].name).exists(), reason="raw file not fetched")
def test_counts_of_online_retail() -> None:
    frame = online_retail.read(FOLDER).frame
    once = frame[~frame["doubled"]]
    assert len(frame) == 1_067_371 and frame["doubled"].sum() == 22_523 and len(once) == 1_044_848
    assert frame["order_id"].nunique() == 53_628 and frame["customer_id"].nunique() == 5_942
    assert frame["country"].nunique() == 43
    for rows, million in ((frame, 1.26), (once, 0.82)):  # December 2010 before and after the cut
        december = rows[(rows["time"] >= "2010-12-01") & (rows["time"] < "2011-01-01") & (rows["quantity"] > 0)]
        assert (december["quantity"] * december["unit_price"]).sum() / 1e6 == pytest.approx(million, abs=0.005)
