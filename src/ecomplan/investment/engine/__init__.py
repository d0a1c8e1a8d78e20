"""The plan engine that every investment stage shares: levers, uncertain variables, cash flows and their measures."""
