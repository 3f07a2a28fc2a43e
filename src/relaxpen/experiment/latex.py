"""Tables in LaTeX: any text escaped, wide tables turned and shrunk, long ones in parts."""

import re
import unicodedata

WIDEST = 100  # characters of an upright table: shrunk to its page it is still read
MOST_ROWS = 40  # of a page
HEAD = r"% needs \usepackage{booktabs, rotating, adjustbox}"
SIGNS = {
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"\textless{}",  # OT1, the default encoding, has other signs where ASCII has these
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "ß": r"\ss{}",
}
MATH = {
    "≥": r"\geq",
    "≤": r"\leq",
    "≠": r"\neq",
    "≈": r"\approx",
    "±": r"\pm",
    "×": r"\times",
    "·": r"\cdot",
    "∞": r"\infty",
    "−": "-",
    "→": r"\to",
    "√": r"\surd",
    "‖": r"\Vert",
    "∈": r"\in",
    "∂": r"\partial",
    "∑": r"\sum",
    "°": r"{}^\circ",
}
GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau"
    "|upsilon|phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
ACCENTS = {
    **{"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u"},
    **{"\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030c": "v", "\u0327": "c"},
}


def latex_text(text: str) -> str:
    """Return what prints as ``text`` in a cell or a caption.

    A character that pdflatex cannot print becomes its code point, such as [U+6F22]; line ends and
    other control characters become spaces.
    """
    normal = unicodedata.normalize("NFC", text)
    hyphens_apart = re.split("(?<=-)(?=-)", normal)  # two together print as a dash
    escaped = "{}".join("".join(map(_character, part)) for part in hyphens_apart)
    # After the end of a row, "[" and "*" would be read as arguments of \\.
    return f"{{{escaped[0]}}}{escaped[1:]}" if escaped[:1] in {"[", "*"} else escaped


def _character(character: str) -> str:
    if character in SIGNS:
        return SIGNS[character]
    if character in MATH:
        return rf"\({MATH[character]}\)"
    if unicodedata.category(character) in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    if character.isascii():
        return character
    return _greek(character) or _decomposed(character) or f"[U+{ord(character):04X}]"


def _greek(letter: str) -> str | None:
    """Return the command of a Greek letter that has one."""
    _, _, name = unicodedata.name(letter, "").partition("GREEK SMALL LETTER ")
    name = name.lower()
    if not name:
        _, _, name = unicodedata.name(letter, "").partition("GREEK CAPITAL LETTER ")
        name = name.capitalize()
    name = name.replace("lamda", "lambda").replace("Lamda", "Lambda")  # Unicode's spelling
    return rf"\(\{name}\)" if GREEK.fullmatch(name) else None


def _decomposed(character: str) -> str | None:
    """Return a letter with its accent, or a raised or lowered character, by commands."""
    parts = unicodedata.decomposition(character).split()
    if len(parts) != 2:
        return None
    first, second = parts
    base = chr(int(second, 16))
    if first in {"<sub>", "<super>"} and base.isascii():
        return rf"\text{first[1:-1]}script{{{base}}}"
    accent = None if first.startswith("<") else ACCENTS.get(base)
    letter = "" if accent is None else chr(int(first, 16))
    return rf"\{accent}{{{letter}}}" if letter.isascii() and letter.isalpha() else None


def latex_table(caption: str, headings: list[str], rows: list[list[str]]) -> str:
    """Return a table of texts that fits a page, for the packages booktabs, rotating and adjustbox.

    One that is wider than WIDEST characters lies on its side, one of more than MOST_ROWS is several.
    """
    columns = zip(headings, *rows, strict=True)
    wide = sum(2 + max(map(len, column)) for column in columns) > WIDEST
    name = "sidewaystable" if wide else "table"
    parts = [rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS)] or [[]]
    tables = [_part(name, caption, headings, parts[0])]
    for part in parts[1:]:
        tables += [r"\clearpage", r"\addtocounter{table}{-1}"]
        tables += [_part(name, "Continued.", headings, part)]
    return "\n".join([HEAD, *tables, ""])


def _part(name: str, caption: str, headings: list[str], rows: list[list[str]]) -> str:
    first, *others = [" & ".join(map(latex_text, row)) + r" \\" for row in [headings, *rows]]
    return "\n".join(
        [
            rf"\begin{{{name}}}",
            r"\centering\setlength{\tabcolsep}{3pt}",
            rf"\caption{{{latex_text(caption)}}}",
            r"\begin{adjustbox}{max width=\linewidth, max totalheight=.8\textheight}",
            rf"\begin{{tabular}}{{{'l' * len(headings)}}}",
            r"\toprule",
            first,
            r"\midrule",
            *others,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{adjustbox}",
            rf"\end{{{name}}}",
        ]
    )
