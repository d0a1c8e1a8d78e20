"""Stage `bias`: exposure of groups under a ranking, with alarms of known size."""
