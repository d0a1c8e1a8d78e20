"""The platform's own months: series, open days, re-issue, parts and whole, sample paths, gates."""
