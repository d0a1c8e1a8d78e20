"""What the coming months bring: series, models, rolling-origin errors, fans."""
