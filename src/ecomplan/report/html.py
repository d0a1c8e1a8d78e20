"""The document as one HTML file that asks nothing of a network."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ecomplan.charts import style
from ecomplan.report.compose import plain
from ecomplan.report.document import Document
from ecomplan.report.format import kept_together
from ecomplan.report.register import TONES

TEMPLATES = Path(__file__).with_name("templates")


def write_html(document: Document) -> str:
    """The whole page: style, figures and script inside."""
    light, dark = style.css_variables()
    css = (
        (TEMPLATES / "report.css").read_text(encoding="utf-8")
        .replace("/*LIGHT*/", light).replace("/*DARK*/", dark)
        .replace("/*TITLE*/", document.front.title.replace("\\", "").replace('"', "'"))
    )
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True,
    )
    page = environment.get_template("report.html.j2").render(
        doc=document, css=css, js=(TEMPLATES / "report.js").read_text(encoding="utf-8"), tones=TONES, plain=plain,
        register_id=next((chapter.id for chapter in document.chapters if chapter.id == "register-of-numbers"), "front"),
    )
    return kept_together(re.sub(r"\n{2,}", "\n", page))
