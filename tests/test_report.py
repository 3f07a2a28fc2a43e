"""The report, opened in a browser as a reader would: every figure and table is seen."""

import re
import shutil

import numpy as np
import pytest
from matplotlib.pyplot import imread

from pipeline import run, snakemake

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Shows one result as its button does, as soon as the page is ready for it.
SHOW = """<script>
const path = "PATH", kind = getResultMimeType(path) === "image/png" ? "img" : "html";
const show = () => typeof app === "undefined" ? setTimeout(show, 50)
  : app.setView({content: kind, contentPath: results[path].data_uri, resultPath: path});
setTimeout(show, 500);
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")
def test_the_report_is_one_file_that_shows_every_figure_and_table(tiny_study, tmp_path):
    folder = shutil.copytree(tiny_study, tmp_path / "tree")
    result = snakemake(folder, "--report", "results/report.html")
    assert result.returncode == 0, result.stderr[-2000:]
    text = (folder / "results/report.html").read_text()
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?:", text)
    head, body, tail = text.rpartition("</body>")
    shown = re.findall(r'"((?:figures|results)/[^"]+)": \{"name"', text)
    assert set(shown) == {"figures/tiny/figure_4_1.png", "results/tiny/tables/final.html"}
    for path in shown:
        page = folder / "look.html"
        page.write_text(head + SHOW.replace("PATH", path) + body + tail)
        picture = look(page)
        if path.endswith("png"):
            near = np.abs(picture[..., :3] - strongest(imread(folder / path))).max(axis=-1) < 0.02
            assert near.sum() > 100, path
        else:
            ink = (picture[..., :3].max(axis=-1) < 0.5)[:, 400:]
            assert ink.sum() > 1000, path


def look(page) -> np.ndarray:
    """The page as a picture, as the browser paints it."""
    folder = page.parent
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,800"]
    words += ["--virtual-time-budget=10000"]
    words += [f"--user-data-dir={folder / 'browser'}", f"--screenshot={folder / 'look.png'}"]
    answer = run([CHROMIUM, *words, f"file://{page}"], folder, timeout=120)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return imread(folder / "look.png")


def strongest(picture: np.ndarray) -> np.ndarray:
    """The most frequent of the saturated colours of a picture: that of a line in it."""
    pixels = picture[..., :3].reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    saturated = colours.max(axis=1) - colours.min(axis=1) > 0.3
    return colours[saturated][counts[saturated].argmax()]
