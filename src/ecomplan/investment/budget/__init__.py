"""Stage `budget`: what the documents ask for, and which of their amounts can hold together."""
