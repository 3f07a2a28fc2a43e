"""BlogFeedback as UCI packs it: one archive of tables, read into the sets of data distillation."""

from pathlib import Path

import numpy as np

from relaxpen.data.readers.number_tables import Parts, numbers_of, texts_of
from relaxpen.inputs.errors import FETCHED_ANEW, DataError

TRAIN = "blogData_train.csv"
TEST_PREFIX = "blogData_test"
NUM_COLUMNS = 281  # 280 features, then the number of comments in the next 24 hours
REMEDY = f"the file is damaged or not BlogFeedback; {FETCHED_ANEW}"


def read_blog_feedback(path: Path) -> Parts:
    """Read BlogFeedback.zip: 52397, 6535 and 1089 rows.

    The lower level has the training table. The 60 test tables are joined in the order of their names:
    the first seventh of the rows, rounded down, is for evaluation, the rest is the upper level. (The
    public code has the same split and calls the first "validation", the rest "test".)
    Raises DataError with the archive, the table and the line if a table is cut short, or has a row
    of other than 281 numbers or with one that is not finite; or if a table is missing.
    Source: Relax and penalize, appendix D.3, with the numbers of the authors' public code
    (docs/deviations.md).
    """
    texts = texts_of(path, REMEDY)
    names = sorted(name for name in texts if name.startswith(TEST_PREFIX))
    if TRAIN not in texts or not names:
        raise DataError(f"{path} needs {TRAIN} and tables {TEST_PREFIX}*.csv; {REMEDY}")
    tables = {
        name: numbers_of(texts[name], f"{path}, {name}", NUM_COLUMNS, REMEDY)
        for name in (TRAIN, *names)
    }
    train, others = tables[TRAIN], np.concatenate([tables[name] for name in names])
    test, validation = np.split(others, [len(others) // 7])
    return Parts(train, validation, test)
