"""All wording of the report, one module a chapter: `chapter(findings)` tells the stage."""
