"""From raw order files to canonical tables."""
