"""One hand for every figure: roles of colour, sizes, helpers, and an SVG writer that follows the page's theme.

    from ecomplan.charts import style
    fig, ax = style.canvas(size, height=3.3, unit="£ m a month")
    style.fan(ax, x, {80: (low, high), 50: (low, high)}, median)

A chart function takes `size` ("wide" for the page on screen, "phone", "page" for A4) and draws at final
size, so that 8.5 pt stays 8.5 pt. SVG text stays text and takes the reader's label face.
"""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl

mpl.use("Agg", force=False)
import matplotlib.pyplot as plt
from matplotlib.backends.backend_svg import FigureCanvasSVG

Size = Literal["wide", "phone", "page"]
SIZES: dict[Size, float] = {"wide": 7.0, "phone": 3.73, "page": 4.96}  # inches: 672 px, 358 px, 126 mm

#: role -> (light, dark). matplotlib draws the light hex; on screen it becomes var(--f-role).
ROLES = {
    "ink": ("#1a1f26", "#e8eaed"),  # actuals, totals, text
    "muted": ("#56606c", "#a7b0bb"),  # axis text, notes, "before"
    "axis": ("#8b95a1", "#6f7a87"),  # axis and reference lines
    "grid": ("#e3e7eb", "#2b323b"),  # grid lines, empty cells
    "paper": ("#ffffff", "#14181d"),  # halos, hollow markers
    "forecast": ("#1d5fa6", "#7fb2ec"),  # median, bands, gains, "after"
    "plan": ("#b45309", "#f0a35c"),  # plan, target, losses, appetite
    "third": ("#8a2be2", "#b26cf7"),  # only where a third series is unavoidable; dash it as well
    "alarm": ("#b02a1c", "#f58d7f"),  # FAIL, act: never without its shape
}
C = {role: light for role, (light, _) in ROLES.items()}
BAND = {50: 0.30, 80: 0.20, 95: 0.12}  # stacked fill opacity
FINE, LINE, HEAVY = 0.7, 1.6, 2.2  # pt: reference, data, emphasis

plt.style.use(Path(__file__).with_name("figures.mplstyle"))


class Shown:
    """An SVG that a notebook displays: the figure as the report has it, in light colours."""

    def __init__(self, svg: str):
        self._svg = svg

    def _repr_svg_(self) -> str:
        return re.sub(r"var\(--f-(\w+)\)", lambda found: C[found[1]], self._svg)


def canvas(
    size: Size = "wide", height: float = 3.3, unit: str = "", rows: int = 1, columns: int = 1, **subplots: Any
) -> Any:
    """(figure, axes) at final size. The unit stands flat above the (first) axis, never rotated beside it."""
    inches = height * (0.74 if size == "page" else 1)
    fig, axes = plt.subplots(rows, columns, figsize=(SIZES[size], inches), layout="constrained", **subplots)
    fig.get_layout_engine().set(w_pad=0.035, h_pad=0.03)
    if unit:
        first = axes if rows == columns == 1 else axes.flat[0]
        first.set_title(unit, color=C["muted"], loc="left", x=0, pad=8)
    return fig, axes


def fan(ax: Any, x: Any, bands: dict[int, tuple[Any, Any]], median: Any, color: str = "forecast") -> None:
    """Bands (percent -> (low, high)), outermost first, and the median."""
    for level in sorted(bands, reverse=True):
        ax.fill_between(x, *bands[level], color=C[color], alpha=BAND[level], lw=0, zorder=2)
    ax.plot(x, median, color=C[color], lw=HEAVY, zorder=4)


def label(ax: Any, x: Any, y: Any, text: str, color: str = "ink", dx: float = 5, dy: float = 0, ha: str = "left",
          va: str = "center", **options: Any) -> Any:
    """A label beside the thing it names: replaces legends."""
    x = ax.convert_xunits(x) if hasattr(x, "year") else x
    return ax.annotate(text, (x, y), (dx, dy), textcoords="offset points", color=C[color], ha=ha, va=va,
                       annotation_clip=False, zorder=8, **options)


def rule(ax: Any, x: Any = None, y: Any = None, text: str = "", color: str = "axis", **options: Any) -> None:
    """A thin dashed reference line with its name on it."""
    line = {"color": C[color], "lw": FINE, "ls": (0, (4, 3)), "zorder": 3}
    named = "muted" if color == "axis" else color
    if x is not None:
        ax.axvline(x, **line)
        label(ax, x, 1, text, named, dx=4, dy=-5, xycoords=ax.get_xaxis_transform(), **options)
    else:
        ax.axhline(y, **line)
        label(ax, 1, y, text, named, dx=0, dy=5, ha="right", xycoords=ax.get_yaxis_transform(), **options)


def to_svg(fig: Any, name: str, alt: str) -> str:
    """The figure as an SVG string whose bytes depend on what is drawn alone.

    `name` prefixes every inner id, so that many figures can stand on one page. Role colours become
    `var(--f-role)`; `plain` turns them back for print.
    """
    # laid out here, with an SVG's measures of text: savefig would draw all of it once more for that
    canvas = FigureCanvasSVG(fig)
    fig.dpi = 72
    if (layout := fig.get_layout_engine()) is not None:
        layout.execute(fig)
        fig.set_layout_engine("none")
    buffer = io.StringIO()
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    plt.close(fig)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style[^>]*>.*?</style>", "", svg, flags=re.S)
    svg = re.sub(r"""font(-family)?: ?([\d.]+)px [^;"]*""", r"font-size: \2px", svg)
    svg = re.sub(r"""font-family: ?[^;"]*;? ?""", "", svg)
    svg = re.sub(r"""font: (\w+) ([\d.]+)px [^;"]*""", r"font-weight: \1; font-size: \2px", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    svg = re.sub(
        r'(?<= )(d|x|y|transform|points|x1|x2|y1|y2)="(?!scale|matrix)[^"]*"',
        lambda found: re.sub(r"-?\d+\.\d+", _tenths, found[0]), svg,
    )
    used = {first or second for first, second in re.findall(r'#([\w-]+)"|url\(#([\w-]+)\)', svg)}
    svg = re.sub(r' id="([\w.-]+)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", svg)
    svg = re.sub(r'(xlink:)?href="#', f'href="#{name}-', svg).replace("url(#", f"url(#{name}-")
    svg = re.sub(r"stroke-linejoin: (miter|round);? ?|stroke-linecap: (butt|square);? ?", "", svg)
    svg = re.sub(r'<path d="[^"]*"( clip-path="[^"]*")? style="fill: none"/>', "", svg)
    svg = re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", svg))
    empty = re.compile(r"<g></g>|<g/>|<defs></defs>")
    while empty.search(svg):
        svg = empty.sub("", svg)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert size is not None
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[1]} {size[2]}" width="{size[1]}pt" '
        f'height="{size[2]}pt" role="img" aria-label="{escape(alt)}">'
    )
    svg = head + svg[svg.index(">") + 1:]
    for role, (light, _) in ROLES.items():
        svg = re.sub(light, f"var(--f-{role})", svg, flags=re.I)
    return svg.strip()


def plain(svg: str) -> str:
    """A themed SVG with its light colours and fonts written out, for a PDF."""
    svg = re.sub(r"var\(--f-(\w+)\)", lambda found: C[found[1]], svg).replace(' href="#', ' xlink:href="#')
    face = (
        ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' font-family="&quot;Source Sans Pro&quot;, &quot;DejaVu Sans&quot;, sans-serif"'
    )
    return svg.replace('xmlns="http://www.w3.org/2000/svg"', 'xmlns="http://www.w3.org/2000/svg"' + face, 1)


def css_variables() -> tuple[str, str]:
    """The roles as CSS for the light and the dark theme, so that page and figures cannot drift apart."""
    light, dark = (" ".join(f"--f-{role}:{hexes[i]};" for role, hexes in ROLES.items()) for i in (0, 1))
    return light, dark


def _tenths(number: re.Match[str]) -> str:
    out = f"{float(number[0]):.1f}".removesuffix(".0")
    return "0" if out == "-0" else out
