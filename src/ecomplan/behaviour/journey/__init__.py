"""How visitors get to an order: funnel, paths, prediction."""
