"""The list of all sources. A new one is a file beside this one, and a line here."""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from relaxpen.data.sources.blog import BLOG
from relaxpen.data.sources.fashion_mnist import FASHION_MNIST
from relaxpen.data.sources.group_lasso import GROUP_LASSO
from relaxpen.data.sources.ijcnn1 import IJCNN1
from relaxpen.data.sources.mnist import MNIST
from relaxpen.data.sources.music import MUSIC
from relaxpen.data.sources.source import NoisySettings, RawFiles, Source
from relaxpen.data.sources.synthetic import SYNTHETIC
from relaxpen.inputs.registry import Registry

SOURCES: Registry[Source] = Registry(
    {
        "synthetic": SYNTHETIC,
        "mnist": MNIST,
        "fashion_mnist": FASHION_MNIST,
        "ijcnn1": IJCNN1,
        "group_lasso": GROUP_LASSO,
        "blog": BLOG,
        "music": MUSIC,
    }
)
NOISY = {name: source for name, source in SOURCES.items() if source.has_noise}

if TYPE_CHECKING:
    NoisyData = NoisySettings
else:  # a union of what there is, of which ``source`` chooses
    NoisyData = Annotated[
        Union[tuple(source.settings for source in NOISY.values())],  # noqa: UP007
        Field(discriminator="source"),
    ]


def raw_files() -> dict[str, RawFiles]:
    """Return the files of every source that is one of files, by its name."""
    return {name: source.raw for name, source in SOURCES.items() if source.raw}
