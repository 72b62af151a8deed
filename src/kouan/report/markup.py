"""Small pieces of HTML: everything that comes from data is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

from kouan.report import charts


def paragraph(words: str, kind: str = "") -> str:
    """A paragraph, with a class where one is given."""
    return f"<p{_class(kind)}>{escape(words)}</p>"


def section(place: str, title: str, body: str, label: str = "") -> str:
    """A section with its heading; ``place`` is its id, ``label`` what all its figures rest on."""
    badge = f' <span class="badge">{escape(label)}</span>' if label else ""
    heading = f'<h2 id="{place}-title">{escape(title)}{badge}</h2>'
    return f'<section id="{place}" aria-labelledby="{place}-title">\n{heading}\n{body}\n</section>'


def cards(figures: Iterable[tuple[str, str, str]]) -> str:
    """Figures as cards: name, value, and the label that says what it rests on."""
    items = (
        f'<div><dt>{escape(name)}</dt><dd class="value">{escape(value)}</dd>'
        f'<dd><span class="badge">{escape(label)}</span></dd></div>'
        for name, value, label in figures
    )
    return f'<dl class="cards">{"".join(items)}</dl>'


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1
) -> str:
    """A table whose first column heads its rows; the first ``texts`` columns are words.

    It can be scrolled sideways with the keyboard where the screen is too narrow.
    """
    head = "".join(
        f'<th scope="col"{_class("text" if index < texts else "")}>{escape(column)}</th>'
        for index, column in enumerate(columns)
    )
    body = "\n".join(_row(row, texts) for row in rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(cells: Sequence[str], texts: int) -> str:
    first, *others = cells
    rest = "".join(
        f"<td{_class('text' if index < texts else '')}>{escape(cell)}</td>"
        for index, cell in enumerate(others, start=1)
    )
    return f'<tr><th scope="row">{escape(first)}</th>{rest}</tr>'


def figure(svg: str, place: str, says: str, legend: Sequence[str], caption: str = "") -> str:
    """A chart with its legend; ``says`` is what it shows, in words."""
    items = "".join(
        f'<li style="--swatch: var(--series-{index})">{escape(name)}</li>'
        for index, name in enumerate(legend, start=1)
    )
    words = f"{escape(caption)}" if caption else ""
    shown = f"<figcaption>{words}<ul class='legend'>{items}</ul></figcaption>"
    return f"<figure>{shown}{charts.placed(svg, place, escape(says, quote=True))}</figure>"


def side_by_side(*parts: str) -> str:
    """Parts beside each other where there is room."""
    return f'<div class="side">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def details(summary: str, body: str) -> str:
    """Something long that the reader opens."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def code_block(words: str) -> str:
    """Something to be copied as it is."""
    return f'<pre tabindex="0"><code>{escape(words)}</code></pre>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
