"""Where results and figures lie, relative to the folder that a command runs in."""

RESULTS = "results"
FIGURES = "figures"
DATA = f"{RESULTS}/data"  # the pools of all studies
EXTENSIONS = ("pdf", "png")  # of a figure
READABLE = ("csv", "md", "tex", "html")  # of a table that is made to be read
MANIFEST = "manifest.json"
INDEX = "index.json"


def study_folder(study: str) -> str:
    """Return the folder of the results of a study."""
    return f"{RESULTS}/{study}"


def runs_index(study: str, folder: str) -> str:
    """Return the index of a batch of runs, by its folder within that of the study."""
    return f"{RESULTS}/{study}/{folder}/{INDEX}"


def instance_index(study: str, instance: str, part: str) -> str:
    """Return the index of the splits or of the labels of an instance."""
    return f"{RESULTS}/{study}/{instance}/{part}/{INDEX}"


def collected(study: str) -> tuple[str, str]:
    """Return the summary and the traces of a study."""
    return f"{RESULTS}/{study}/summary.parquet", f"{RESULTS}/{study}/traces.parquet"


def table(study: str, name: str, extension: str) -> str:
    """Return a file of a table."""
    return f"{RESULTS}/{study}/tables/{name}.{extension}"


def figure(study: str, name: str, extension: str) -> str:
    """Return a file of a figure."""
    return f"{FIGURES}/{study}/{name}.{extension}"


def pool(source: str) -> str:
    """Return the arrays of a source that is one of files."""
    return f"{DATA}/{source}.npz"
