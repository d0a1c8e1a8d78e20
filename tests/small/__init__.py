"""Made-up files in the form of the public companions, small enough for a stage to run in seconds."""
