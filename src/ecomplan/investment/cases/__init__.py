"""Stage `cases`: single measures of the documents as business cases of their own."""
