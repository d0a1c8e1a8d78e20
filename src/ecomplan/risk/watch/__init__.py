"""Stage `watch`: early warning, change points, deviations from plan and what explains them."""
