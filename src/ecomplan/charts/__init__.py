"""Figures: `style` is the one hand, one module a stage draws."""
