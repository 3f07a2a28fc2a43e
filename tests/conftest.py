"""Shared fixtures: small instances of data hyper-cleaning, on every device there is; a small study."""

import http.server
import os
import shutil
import threading
from functools import partial
from pathlib import Path

import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

from pipeline import REPOSITORY, made_once, make_all, make_tiny
from raw_data import raw_data
from relaxpen.audit.bag import pack
from relaxpen.data.labels import make_labels
from relaxpen.data.rules import pool_rule
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.data.tensors import build_instance
from relaxpen.problems.samples import Instance
from relaxpen.records.identity import set_threads
from relaxpen.records.manifest import Job, digests
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.resolve import resolve
from relaxpen.tasks.thesis.settings import ThesisSettings
from versus import make_versus

# Files whose tests share what takes long to make: one process has all of them.
TOGETHER = {
    f"test_{name}.py"
    for name in ("reached", "extending", "comparison_workflow", "penalized_workflow")
}


class ByFile(LoadScopeScheduling):
    """Gives the tests of some files to one process, and every other test to the next that is free."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0]).name
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


def pytest_collection_modifyitems(items):
    """The longest first, so that no process waits for another at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


if "OMP_NUM_THREADS" not in os.environ:
    set_threads(1)  # the instances are tiny, and the processes are as many as cores

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]

POOL = Path("results/data/mnist.npz")

SMALL = {
    "data.source": "synthetic",
    "data.num_train": 40,
    "data.num_validation": 30,
    "data.num_test": 50,
    "data.num_features": 6,
    "data.noise_rate": 0.3,
    "lower.num_steps": 4,
    "upper.num_directions": 8,
}


@pytest.fixture(params=DEVICES)
def device(request) -> torch.device:
    return torch.device(request.param)


def small_settings(**overrides) -> ThesisSettings:
    """Settings of a run of a second; keywords use __ for the dot."""
    return resolve(
        TASKS["thesis"], SMALL | {key.replace("__", "."): value for key, value in overrides.items()}
    )


def small_instance(settings: ThesisSettings, seed: int = 0, device: str = "cpu") -> Instance:
    """The instance of a seed, without files."""
    split = SOURCES[settings.data.source].split(settings.data, seed, None)
    noisy = make_labels(settings.data, seed, split["train_labels"])
    arrays = {"train_labels": noisy["labels"], "changed": noisy["changed"]}
    for part in ("train", "validation", "selection"):
        arrays[f"{part}_features"] = split["pool_features"][split[part]]
        if part != "train":
            arrays[f"{part}_labels"] = split["pool_labels"][split[part]]
    arrays |= {name: split[name] for name in ("test_features", "test_labels")}
    return build_instance(settings.data, arrays, settings.precision, torch.device(device))


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory) -> Path:
    """The tiny study, run once; to be copied, never changed."""
    return made_once(tmp_path_factory, "tiny", lambda folder: make_all(make_tiny(folder)))


@pytest.fixture(scope="session")
def versus_study(tmp_path_factory) -> Path:
    """The small comparison, run once; to be copied, never changed."""
    return made_once(
        tmp_path_factory, "versus", lambda folder: make_all(make_versus(folder), "versus")
    )


@pytest.fixture(scope="session")
def small_study(tmp_path_factory) -> Path:
    """A small study, run once, and a pool beside it that is data only by name."""
    return made_once(tmp_path_factory, "small", make_small)


def make_small(folder: Path) -> None:
    make_tiny(folder)
    study = folder / "config/studies/tiny.yaml"
    study.write_text(study.read_text().replace("[1, 2]", "[1]"))
    for name in ("README.md", "requirements.txt", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, folder)
    make_all(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        POOL.parent.mkdir()
        POOL.write_bytes(b"pool")
        note = POOL.with_suffix(".json")
        note.write_text("{}")
        raw = {f"data/{path}": digest for path, digest in SOURCES["mnist"].raw.paths.items()}
        job = Job(pool_rule("mnist"), ["data", "--source", "mnist"], {"source": "mnist"})
        job.write_digests(POOL.with_suffix(".manifest.json"), raw, digests([POOL, note]))
    shutil.rmtree(folder / ".snakemake")


@pytest.fixture
def tree(small_study, tmp_path, monkeypatch):
    """A copy of it, as the working folder."""
    shutil.copytree(small_study, tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture(scope="session")
def packed(tmp_path_factory, small_study) -> Path:
    """The bag of the small study."""

    def make(folder: Path) -> None:
        folder.rmdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(small_study)
            pack(folder, None, None, with_data=False)

    return made_once(tmp_path_factory, "bag", make)


@pytest.fixture
def bag(packed, tmp_path):
    """A copy of the bag, to be spoilt."""
    return Path(shutil.copytree(packed, tmp_path / "bag"))


@pytest.fixture(scope="session")
def mnist(tmp_path_factory) -> Path:
    """Real MNIST, from wherever this machine can get it."""
    return raw_data(tmp_path_factory, "mnist")


@pytest.fixture(scope="session")
def fashion(tmp_path_factory) -> Path:
    """Real Fashion-MNIST."""
    return raw_data(tmp_path_factory, "fashion_mnist")


@pytest.fixture(scope="session")
def ijcnn1(tmp_path_factory) -> Path:
    """Real ijcnn1."""
    return raw_data(tmp_path_factory, "ijcnn1")


@pytest.fixture(scope="session")
def blog(tmp_path_factory) -> Path:
    """Real BlogFeedback."""
    return raw_data(tmp_path_factory, "blog")


@pytest.fixture
def real(request, source) -> Path:
    """The folder of a source that is given by its name."""
    return request.getfixturevalue("fashion" if source == "fashion_mnist" else source)


@pytest.fixture
def serve(tmp_path):
    """Start a server of a folder on this machine; returns its address, and what it was asked for."""
    servers = []

    def start(folder):
        asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(self.path)

        handler = partial(Handler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.handle_error = lambda *_: None  # torchvision hangs up on what it only looks up
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
