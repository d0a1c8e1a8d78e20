"""Stage `responses`: how customers answer to a dose - speed, messages, prices, service, waiting."""
