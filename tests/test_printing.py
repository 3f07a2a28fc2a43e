"""Printed tables show every text as it is, whatever is in it; what is LaTeX compiles and fits."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pandas as pd
import pytest

from conftest import REPOSITORY
from relaxpen.experiment.latex import MOST_ROWS, latex_text
from relaxpen.experiment.printing import html, latex, markdown

PACKAGES = ("booktabs", "rotating", "adjustbox")
HOSTILE = [
    r"&amp; & # $ % ^ ~ { } \ | < > ` ' \" _ * [ ] ( )",
    r"\end{tabular}\input{secret}",
    "% a comment",
    "$x$ and $$",
    "[0.1, 0.2]",
    "*",
    "a | b || c\\|d",
    "<script>alert(1)</script>",
    "[here](http://localhost) `code` **bold** _slanted_ ~~out~~",
    "two\nlines\r\n\tand a tab\x00",
    "-- and ---",
    "βeta γ δ ε ζ η θ λ μ ξ Σ Ω ₁ ² ≥ ≤ ± × − … ‖θ‖",
    "é ñ ç ü Å ž ß",
    "漢字 🎲 ά ж",
]
TABLES = sorted((REPOSITORY / "results/reference").glob("*/tables/*.tex"))


def hostile_table(texts=HOSTILE):
    """Every text in a cell of each column, and as the heading of one."""
    return pd.DataFrame({text: texts[place:] + texts[:place] for place, text in enumerate(texts)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b 5 % & #1 $x$", r"a\_b 5 \% \& \#1 \$x\$"),
        (r"{x^2} ~ \y", r"\{x\textasciicircum{}2\} \textasciitilde{} \textbackslash{}y"),
        (
            "β₁ ≥ α, Γ, λ",
            r"\(\beta\)\textsubscript{1} \(\geq\) \(\alpha\), \(\Gamma\), \(\lambda\)",
        ),
        ("a < b | c", r"a \textless{} b \textbar{} c"),
        ("–", "--"),
        ("--", "-{}-"),
        ("[1]", "{[}1]"),
        ("e\u0301", r"\'{e}"),
        ("漢", "{[}U+6F22]"),
        ("x\ny", "x y"),
    ],
)
def test_latex_prints_what_the_text_says(text, expected):
    assert latex_text(text) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_no_character_of_a_text_means_something_to_latex(text):
    """What is left when the commands that escape are taken out is ASCII without a special sign."""
    left = re.sub(r"\\\(.*?\\\)", "", latex_text(text))
    left = re.sub(r"\\text(sub|super)script\{.\}|\\.\{\w\}|\{[\[*]\}", "", left)
    left = re.sub(r"\\text\w+\{\}|\\[a-z]+\{\}|\\[&%$#_{}]|\{\}", "", left)
    assert left.isascii()
    assert left.isprintable()
    assert not re.search(r"[\\{}$&#^_%~<>|`]", left)


def test_a_row_of_markdown_has_a_cell_for_each_text():
    table = hostile_table()
    *rows, blank, caption = markdown("x", table, "A | caption.").splitlines()
    assert blank == ""
    assert caption.startswith(r"A \| caption.")
    headings, rule, *body = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
    assert len(headings) == len(rule) == len(HOSTILE)
    for cells, texts in zip([headings, *body], [list(table), *table.to_numpy()], strict=True):
        shown = [re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", cell.strip()) for cell in cells]
        assert [_spaced(text) for text in shown] == [_spaced(text) for text in texts]


def _spaced(text):
    """Cells, unlike headings, are printed without underscores; HTML has spaces that do not break."""
    return re.sub(r"[_\s\x00]", " ", text).strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\\\|b"),
        ("<b>", r"\<b>"),
        ("[a](b)", r"[a]\(b)"),
        ("0.6 [0.3, 0.9]", "0.6 [0.3, 0.9]"),
        ("*a* `b`", r"\*a\* \`b\`"),
    ],
)
def test_markdown_prints_what_the_text_says(text, expected):
    assert markdown("x", pd.DataFrame({"a": [text]}), "x.").splitlines()[2] == f"| {expected} |"


class Cells(HTMLParser):
    """Collects what a browser shows in the cells of a page, and the tags that it saw."""

    def __init__(self):
        super().__init__()
        self.texts, self.tags, self.open = [], set(), False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open = tag in {"td", "th"}
        if self.open:
            self.texts.append("")

    def handle_data(self, data):
        if self.open:
            self.texts[-1] += data

    def handle_endtag(self, tag):
        self.open = False


def test_html_prints_what_the_text_says():
    table = hostile_table()
    text = html("</title><script>", table, "A <b>caption</b>.")
    cells = Cells()
    cells.feed(text)
    assert "script" not in cells.tags
    assert "b" not in cells.tags
    expected = [*table, *(cell for row in table.to_numpy() for cell in row)]
    assert [_spaced(text) for text in cells.texts] == [_spaced(text) for text in expected]


def without_latex():
    """Return what is missing to compile tables, or None."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return "pdflatex is not there"
    missing = [
        name
        for name in PACKAGES
        if subprocess.run(["kpsewhich", f"{name}.sty"], capture_output=True).returncode
    ]
    return f"LaTeX lacks {', '.join(missing)}" if missing else None


@pytest.mark.skipif(without_latex() is not None, reason=str(without_latex()))
def test_every_printed_table_compiles_and_fits(tmp_path):
    """Those of the reference, made anew from their numbers; one of hostile texts; a long one."""
    assert TABLES
    printed = {}
    for path in TABLES:
        table = pd.read_csv(path.with_suffix(".csv"))
        printed[f"{path.parts[-3]}-{path.stem}"] = latex(path.stem, table, "A caption.")
    printed["hostile"] = latex("x", hostile_table(), " ".join(HOSTILE))
    printed["narrow"] = latex("x", pd.DataFrame({"a": HOSTILE}), "Narrow.")
    printed["long"] = latex("x", pd.DataFrame({"a": range(5 * MOST_ROWS + 1)}), "Long.")
    printed["empty"] = latex("x", pd.DataFrame({"a": []}), "Empty.")
    for name, text in printed.items():
        (tmp_path / f"{name}.tex").write_text(text)
    inputs = [rf"\input{{{name}}}\clearpage" for name in printed]
    packages = ", ".join(PACKAGES)
    document = [r"\documentclass[a4paper]{article}", rf"\usepackage{{{packages}}}"]
    document += [r"\begin{document}", *inputs, r"\end{document}"]
    (tmp_path / "all.tex").write_text("\n".join(document))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True)
    log = (tmp_path / "all.log").read_text("latin-1")
    assert result.returncode == 0, log[-3000:]
    assert not re.findall("^(?:Overfull|Missing character|.*Float too large).*", log, re.MULTILINE)
    expected = sum(text.count(r"\caption{") for text in printed.values())
    assert f"({expected} pages" in log  # one for each part, none empty
