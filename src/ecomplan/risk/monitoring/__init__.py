"""Stage `monitoring`: rules replayed over the order stream, alerts with level and receiver."""
