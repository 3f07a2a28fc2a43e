"""YearPredictionMSD as UCI packs it: one archive of one table, read into three sets."""

from pathlib import Path

import numpy as np

from relaxpen.data.readers.number_tables import Parts, numbers_of, texts_of
from relaxpen.inputs.errors import FETCHED_ANEW, DataError

TABLE = "YearPredictionMSD.txt"
NUM_COLUMNS = 91  # the year of release, then 90 features
NUM_ROWS = 515345
YEARS = (1922, 2011)
REMEDY = f"the file is damaged or not YearPredictionMSD; {FETCHED_ANEW}"


def read_year_prediction(path: Path, num_train: int, num_validation: int) -> Parts:
    """Read YearPredictionMSD.txt.zip into training, validation and test rows.

    The first ``num_train`` rows are of the lower level, the last ``num_validation`` of the upper level,
    those between are for evaluation. Raises DataError with the archive, and the line where there is
    one, if the table is missing or cut short, has a row of other than 91 numbers or with one that is not
    finite, other than 515345 rows, or years that are none of 1922 to 2011: the digest of the file is
    not known.
    Source: Relax and penalize, appendix D.3, with the numbers of the authors' public code
    (docs/deviations.md).
    """
    texts = texts_of(path, REMEDY)
    if TABLE not in texts:
        raise DataError(f"{path} needs {TABLE}; {REMEDY}")
    rows = numbers_of(texts[TABLE], f"{path}, {TABLE}", NUM_COLUMNS, REMEDY)
    if len(rows) != NUM_ROWS:
        raise DataError(f"{path}, {TABLE}: {len(rows)} rows instead of {NUM_ROWS}; {REMEDY}")
    years = rows[:, 0]
    wrong = np.flatnonzero((years % 1 != 0) | (years < YEARS[0]) | (years > YEARS[1]))
    if len(wrong):
        line = wrong[0] + 1
        raise DataError(f"{path}, {TABLE}, line {line}: {years[wrong[0]]:g} is no year; {REMEDY}")
    target_last = np.roll(rows, -1, axis=1)
    train, test, validation = np.split(target_last, [num_train, NUM_ROWS - num_validation])
    return Parts(train, validation, test)
