"""Demand by product: forecasts, reorder points, turns and stock-outs."""
