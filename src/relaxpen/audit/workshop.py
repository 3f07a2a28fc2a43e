"""Where recorded runs are made again, and where their data may come from."""

from dataclasses import dataclass
from pathlib import Path

from relaxpen.data.pool import make_pool
from relaxpen.data.raw_files import check
from relaxpen.data.sources.all_sources import raw_files
from relaxpen.inputs.errors import FETCHED_ANEW, DataError
from relaxpen.records.files import sha256


@dataclass(frozen=True)
class Workshop:
    """A clean folder, and where data sets may be taken from."""

    scratch: Path
    data_dir: Path
    mirror: Path | None

    def pool(self, name: str, digest: str) -> Path:
        """Return the arrays of a data set: those that are here, if they are the recorded ones, or new.

        Raises DataError if its files can be had nowhere.
        """
        here, again = Path(name), self.scratch / Path(name).name
        if here.is_file() and sha256(here) == digest:
            return here
        if not again.exists():
            raw = raw_files()[here.stem]
            folder = self.scratch / "data"
            if check(raw, self.data_dir, FETCHED_ANEW):
                folder = self.data_dir
            try:
                make_pool(here.stem, folder, self.mirror, again, [])
            except DataError:
                raise DataError(
                    f"{raw.title} cannot be had: {raw.names} are neither in {self.data_dir / raw.folder} "
                    "nor in a mirror, and no download works; name a folder that holds them in "
                    "RELAXPEN_DATA_MIRROR"
                ) from None
        return again
