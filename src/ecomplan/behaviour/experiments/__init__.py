"""What a test can decide, and how often it errs."""
