"""Fits against published answers on CDNOW (Fader, Hardie & Lee 2005; Fader & Hardie 2013).

The files are fetched where they are missing.
"""

from pathlib import Path

import numpy as np
import pytest

from ecomplan.behaviour.lifetime import published
from ecomplan.behaviour.lifetime.bgnbd import BgNbd
from ecomplan.behaviour.lifetime.counts import compress
from ecomplan.behaviour.lifetime.fit import fit
from ecomplan.behaviour.lifetime.gamma_gamma import GammaGamma
from ecomplan.behaviour.lifetime.pareto_nbd import ParetoNbd
from ecomplan.data.sources import cdnow
from ecomplan.errors import DataError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _files(fetched):
    fetched("cdnow")


@pytest.fixture(scope="module")
def rows(_files):
    table = cdnow.read_counts(ROOT)
    assert len(table) == 2357
    return compress(table["x"], table["last"], table["age"])


def test_bg_nbd(rows):
    """Table 2 of the paper: r .243, alpha 4.414, a .793, b 2.426, LL -9582.4."""
    found = fit(BgNbd, rows, rows.customers)
    model = found.model
    assert [model.r, model.alpha, model.a, model.b] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.002)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.06)
    example = (np.array([part]) for part in (2.0, 30.43, 38.86))
    assert model.expected(39.0, *example)[0] == pytest.approx(1.226, abs=5e-4)
    # standard errors as lifetimes 0.11.3 prints them on the same file (benchmarks/lifetime.py runs it)
    errors = np.sqrt(np.diag(found.covariance)) * np.exp(found.theta)
    assert errors == pytest.approx([0.01256, 0.3782, 0.1857, 0.7053], rel=0.01)


def test_pareto_nbd(rows):
    """The same table: r .553, alpha 10.578, s .606, beta 11.669, LL -9595.0."""
    found = fit(ParetoNbd, rows, rows.customers)
    model = found.model
    assert [model.r, model.alpha, model.s] == pytest.approx([0.5533, 10.578, 0.6061], abs=0.002)
    assert model.beta == pytest.approx(11.669, abs=0.005)
    assert found.log_likelihood == pytest.approx(-9595.0, abs=0.06)


def test_gamma_gamma():
    """946 repeat buyers: p 6.25, q 3.74, v 15.44, mean 35.17 (the dollars are rounded to cents)."""
    values = published.repeat_values(cdnow.read_purchases(ROOT), cdnow.CALIBRATION_END)
    assert len(values.orders) == 946
    model = fit(GammaGamma, values, 946).model
    assert [model.p, model.q, model.v] == pytest.approx([6.2488, 3.7446, 15.4477], abs=0.005)
    assert model.mean() == pytest.approx(35.171, abs=0.01)


def test_table_for_the_report():
    table = published.compare(
        cdnow.read_counts(ROOT), published.repeat_values(cdnow.read_purchases(ROOT), cdnow.CALIBRATION_END),
    )
    assert published.largest_gap(table) < 0.002
    assert not table.isna().to_numpy().any()


def write_counts(folder, text):
    path = folder / "data" / "raw" / "cdnow"
    path.mkdir(parents=True)
    (path / "cdnow_customers_summary.csv").write_text(text)
    return folder


@pytest.mark.parametrize(("text", "message"), [
    ("ID,frequency,recency\n1,2,3\n", "column T is missing"),
    ("ID,frequency,recency,T\n1,0,0,30\n2,x,3,30\n", "row 3: column x = 'x'"),
    ("ID,frequency,recency,T\n1,0,-1,30\n", "row 2: column last = '-1'"),
])
def test_bad_file(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        cdnow.read_counts(write_counts(tmp_path, text))


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="ecomplan fetch"):
        cdnow.read_purchases(tmp_path)
