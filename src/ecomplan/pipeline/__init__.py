"""Runs notebooks as stages and records them; the only room that knows DVC, papermill and MLflow."""

import sys

# jsonschema, under nbformat, would compile a grammar for a check of URIs that no notebook needs: 1.3 s a stage
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
