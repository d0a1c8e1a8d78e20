"""Who buys: tiers, groups, stability, asset value, concentration."""
