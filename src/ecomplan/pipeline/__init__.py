"""Runs notebooks as stages and records them; the only room that knows DVC, papermill and MLflow."""
