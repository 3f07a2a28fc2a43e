"""YearPredictionMSD, split in the way of BlogFeedback."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from relaxpen.data.sources.blog import DistilledSettings, pool_of_parts, split_parts
from relaxpen.data.sources.source import Arrays, RawFiles, Source


class MusicData(DistilledSettings):
    """YearPredictionMSD, in the parts of the public code; fewer samples are drawn from the seed."""

    pool_title: ClassVar[str] = "YearPredictionMSD"
    pool_sizes: ClassVar[tuple[int, int]] = (231857, 51630)

    source: Literal["music"] = Field("music", description="90 features of songs, year of release")
    num_train: int = Field(231857, ge=1, description="training samples")
    num_validation: int = Field(51630, ge=1, description="validation samples")


def read_music(data_dir: Path) -> Arrays:
    """Return features (283487, 90) and (231858, 90), targets (283487,) and (231858,), float64."""
    from relaxpen.data.readers.year_prediction import read_year_prediction

    return pool_of_parts(*read_year_prediction(data_dir / MUSIC_FILE, *MusicData.pool_sizes))


def download_music(folder: Path) -> None:
    """Fetch the archive from the UCI repository."""
    from relaxpen.data.readers.uci import download_uci

    download_uci(folder / MUSIC_FILE, "00203")


MUSIC_FILE = Path("yearpredictionmsd/YearPredictionMSD.txt.zip")
MUSIC = Source(
    "YearPredictionMSD",
    MusicData,
    split_parts,
    # Nobody here has had this file: what is known is its form, which its reader checks.
    RawFiles("YearPredictionMSD", MUSIC_FILE.parent, {MUSIC_FILE.name: None}),
    read_music,
    {"the UCI repository": download_music},
)
