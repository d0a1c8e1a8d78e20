"""The report: wording, numbers, HTML and PDF."""
