"""Bad input at every door: one sentence, exit code 2, nothing written, no traceback."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline import REPOSITORY, fresh, snakemake
from relaxpen import DisagreementFilter, LabelCleaner, clean_black_box
from relaxpen.cli.parser import main
from relaxpen.inputs.errors import SettingsError
from relaxpen.inputs.models import LARGEST
from relaxpen.inputs.sizes import MOST_BYTES, MOST_STEPS, refuse_bytes, refuse_steps
from relaxpen.inputs.yaml_files import MOST_CHARACTERS, MOST_VALUES, parse_yaml
from relaxpen.studies.plan import make_plan
from relaxpen.studies.study import BEGINNINGS, RULES, TAKEN_GROUPS, TARGETS, load_study

THESIS = "task: thesis\ndescription: x\n"
METHODS = "methods: [relax_penalize]\n"
# Each link is 90 levels deep, and holds the one before it: few values, 1800 levels.
CHAIN = ", ".join(f"&a{link} {'[' * 90}*a{link - 1}{']' * 90}" for link in range(1, 21))
STUDY = THESIS + METHODS + "seeds: [0]\n"
VERSUS = """task: cleaning
description: x
group: x
fixed: {data.source: synthetic}
methods: {a: {title: a, fixed: {method.name: soba}}}
seeds: [0]
"""
SOBA = ["data.source=synthetic", "method.name=soba"]
TASKS = ["data.source=group_lasso", "method.name=saga"]
LONG = "n" * 300
ALIASES = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcde", "bcdef", strict=True)
)

# Words of the command line behind `run --set` and a part of the sentence.
SETTINGS = [
    ("misspelt key", ["lower.num_stepz=5"], "did you mean 'lower.num_steps'?"),
    ("misspelt source", ["data.source=mnst"], "data.source is 'mnst'; did you mean 'mnist'?"),
    ("unknown source", ["data.source=cifar"], "expected synthetic or mnist or fashion_mnist"),
    ("source that is a list", ["data.source=[mnist]"], "data.source is ['mnist']; expected syn"),
    ("misspelt method", ["data.source=synthetic", "method.name=sobaa"], "did you mean 'soba'?"),
    ("source of a method", ["data.source=mnst", "method.name=soba"], "did you mean 'mnist'?"),
    ("source a list, method", ["data.source=[mnist]", "method.name=soba"],
     "data.source is ['mnist']; expected synthetic or mnist"),
    ("no source", ["method.name=soba"], "data.source is None; expected synthetic or"),
    ("method a list", ["data.source=mnist", "method.name=[soba]"],
     "method.name is ['soba']; expected soba or saba"),
    ("no equals", ["lower.num_steps"], "has no '='; expected KEY=VALUE"),
    ("no key", ["=5"], "unknown setting ''"),
    ("no value", ["lower.num_steps="], "lower.num_steps is None: Input should be a valid integer"),
    ("twice", ["lower.num_steps=1", "lower.num_steps=2"], "is given twice; give one value"),
    ("true for a number", ["lower.num_steps=true"], "lower.num_steps is True: Input should be a"),
    ("3.0 for a whole number", ["lower.num_steps=3.0"], "lower.num_steps is 3.0: Input should be"),
    ("1e19", ["lower.num_steps=1e19"], "lower.num_steps is 1e+19: Input should be a valid int"),
    ("a word for a number", ["lower.num_steps='3'"], "lower.num_steps is '3': Input should be"),
    ("sexagesimal", ["lower.num_steps=1:30"], "lower.num_steps is '1:30': Input should be"),
    ("underscores", ["lower.num_steps=1_000"], "lower.num_steps is '1_000': Input should be"),
    ("yes for true", ["lower.clip=yes"], "lower.clip is 'yes': Input should be a valid boolean"),
    ("on for true", ["lower.clip=on"], "lower.clip is 'on': Input should be a valid boolean"),
    ("1 for true", ["lower.clip=1"], "lower.clip is 1: Input should be a valid boolean"),
    ("true for a length", ["lower.ridge=true"], "lower.ridge is True: Input should be a valid num"),
    ("not a number", ["lower.ridge=.nan"], "lower.ridge is nan: Input should be a finite number"),
    ("infinity", ["lower.step_size=.inf"], "lower.step_size is inf"),
    ("beyond infinity", ["lower.step_size=1e999"], "lower.step_size is inf"),
    ("a mapping", ["lower.ridge={a: 1}"], "lower.ridge is {'a': 1}"),
    ("a list", ["lower.num_steps=[1]"], "lower.num_steps is [1]"),
    ("half a list", ["lower.num_steps=[1"], "is not YAML: while parsing a flow sequence"),
    ("two documents", ["lower.num_steps=1\n--- 2"], "is not YAML"),
    ("a tag of Python", ["lower.ridge=!!python/name:os.system"], "is not YAML"),
    ("a date", ["lower.ridge=!!timestamp x"], "is not YAML"),
    ("deep nesting", [f"lower.ridge={'[' * 3000}"], "nested too deeply"),
    ("an endless alias", ["lower.ridge=&a [*a]"], "an alias stands inside of what it names"),
    ("thousands of digits", [f"lower.ridge={'9' * 5000}"], "a number has 5000 digits"),
    ("hexadecimal thousands", [f"lower.ridge=0x{'f' * 5000}"], "a number has 5002 digits"),
    ("a control character", ["precision=\x07"], "is not YAML"),
    # sizes by arithmetic
    ("directions", ["upper.num_directions=1000000000000"], f"at most {LARGEST}"),
    ("directions as a float", ["upper.num_directions=1e12"], "Input should be a valid integer"),
    ("samples", ["data.num_train=1000000000000000"], f"at most {LARGEST}"),
    ("many samples", ["data.num_train=1000000000"], "GiB of memory; a run can have 64 GiB"),
    ("many directions", ["upper.num_directions=100000000"], "with data.num_train 1000 needs"),
    ("many features", ["data.num_features=4000000000"], "GiB of memory; a run can have 64 GiB"),
    ("many batches", ["lower.batch_size=1000", "lower.num_steps=100000000"], "GiB of memory"),
    ("steps", ["lower.num_steps=10000000000000000000"], f"at most {LARGEST}"),
    ("many steps", ["lower.num_steps=4000000000"], "steps one after another"),
    ("many rounds", ["upper.max_rounds=4000000000", "upper.epsilon_decay=0.99999999999"], "needs"),
    ("budget", [*SOBA, "budget=1e300"], "budget 1e+300 is"),
    ("checkpoints", [*SOBA, "measure.num_checkpoints=4000000000"], "measure.num_checkpoints"),
    ("kept steps", ["data.source=mnist", "method.name=reverse_mode", "method.num_inner=4000000000"],
     "method.num_inner 4000000000 needs"),
    ("no first cost", [*SOBA, "measure.first=1e-320"], "measure.first is 1e-320: Input"),
    ("spread", [*TASKS, "method.spread=1e308"], "method.spread is 1e+308: Input should be less"),
    ("length", [*TASKS, "lower.length=1e308"], "lower.length is 1e+308: Input should be less"),
    ("no ridge", [*TASKS, "lower.ridge=1e-320"], "lower.ridge is 1e-320: Input should be greater"),
    ("tasks", [*TASKS, "data.num_tasks=4000000000"], "data.num_tasks 4000000000 with data.num_rows"),
    ("round lengths", [*TASKS, "method.round_lengths=[4000000000, 3999999999]"], "GiB of memory"),
    ("rounds", [*TASKS, "method.round_lengths=[4000000000, 4000000000, 4000000000]"], "steps one"),
    ("length 2.0", [*TASKS, "method.round_lengths=[2.0]"], "method.round_lengths.0 is 2.0"),
    ("length true", [*TASKS, "method.round_lengths=[true]"], "method.round_lengths.0 is True"),
    ("no lengths", [*TASKS, "method.round_lengths=[]"], "method.round_lengths is []"),
    ("strength twice", [*SOBA[:1], "method.name=agreement", "method.strengths=[0.1, 1e-1]"],
     "method.strengths names a value twice: [0.1, 0.1]; give each once"),
    ("shorthand of a task without", [*SOBA, "method.as_published=true"],
     "unknown setting 'method.as_published' for data.source synthetic and method soba"),
    ("shorthand of a method without",
     ["data.source=blog", "method.name=subset", "method.as_published=true"], "for method projected"),
    ("shorthand 1", ["data.source=blog", "method.name=projected", "method.as_published=1"],
     "method.as_published is true or left out"),
]  # fmt: skip

RUN = ["run", "--out", "x"]
# All words of the command line.
WORDS = [
    ("out that is empty", ["run", "--out", ""], "'' names no file and no folder"),
    ("out of spaces", ["run", "--out", " "], "' ' names no file and no folder"),
    ("out with a null", ["run", "--out", "a\0b"], "names no file and no folder"),
    ("out of 300 letters", ["run", "--out", LONG], "File name too long"),
    ("empty instance", [*RUN, "--instance", ""], "'' names no file and no folder"),
    ("empty pool", [*RUN, "--pool", ""], "'' names no file and no folder"),
    ("threads beyond int", [*RUN, "--threads", "2147483648"], "at least 1 and at most 1024"),
    ("many threads", [*RUN, "--threads", "100000"], "at least 1 and at most 1024"),
    ("no threads", [*RUN, "--threads", "0"], "'0' is no whole number of at least 1"),
    ("half a thread", [*RUN, "--threads", "1.5"], "'1.5' is no whole number of at least 1"),
    ("digits of elsewhere", [*RUN, "--threads", "٣"], "is no whole number of at least 1"),
    ("seeds twice", [*RUN, "--seeds", "1", "1"], "--seeds names a seed twice: [1, 1]; give each"),
    ("seeds twice, written twice", [*RUN, "--seeds", "1", "01"], "--seeds names a seed twice"),
    ("a negative seed", [*RUN, "--seeds=-1"], "'-1' is no whole number of at least 0"),
    ("a large seed", [*RUN, "--seeds", str(LARGEST + 1)], f"at most {LARGEST}"),
    ("a seed of digits", [*RUN, "--seeds", "9" * 5000], f"at most {LARGEST}"),
    ("seeds twice, split", ["split", "--out", "x", "--seeds", "1", "1"], "names a seed twice"),
    ("seeds twice, corrupt", ["corrupt", "--out", "x", "--split", "y", "--seeds", "1", "1"],
     "names a seed twice"),
    ("source a list, split", ["split", "--out", "x", "--set", "data.source=[mnist]"],
     "data.source is ['mnist']"),
    ("grid twice", [*RUN, "--grid", "lower.num_steps=[1,1]"], "names a value twice: [1, 1]"),
    ("grid twice in two ways", [*RUN, "--grid", "lower.ridge=[1, 1.0]"], "names a value twice"),
    ("grid of nothing", [*RUN, "--grid", "lower.num_steps=[]"], "expected KEY=[VALUE,...]"),
    ("grid and set", [*RUN, "--set", "lower.ridge=1", "--grid", "lower.ridge=[1]"], "is both in"),
    ("grid of data", [*RUN, "--grid", "data.noise_rate=[0.1]"], "a grid has one instance"),
    ("grid true", [*RUN, "--grid", "lower.num_steps=[true]"], "lower.num_steps is True"),
    ("steps of nothing", [*RUN, "--steps-of", "y"], "make the runs whose steps are taken over"),
    ("instance of nothing", [*RUN, "--instance", "y"], "is missing; run the step that makes it"),
    ("instance damaged", [*RUN, "--instance", "damaged"], "is damaged; delete it and run the step"),
    ("split damaged", ["corrupt", "--out", "x", "--split", "damaged/split"], "is damaged; delete"),
    ("results damaged", ["table", "final", "--study", "config/studies/smoke.yaml", "--results",
     "damaged", "--out", "x"], "a file of results is damaged"),
    ("mirror that is empty", ["data", "--mirror", ""], "'' names no file and no folder"),
    ("path that is empty", ["verify", ""], "'' names no file and no folder"),
    ("device", [*RUN, "--device", "tpu"], "device is 'tpu'; expected auto, cpu or cuda"),
    ("no command", [], "the following arguments are required"),
    ("misspelt command", ["rnu"], "invalid choice: 'rnu'"),
    ("pool a folder", [*RUN, "--set", "data.source=mnist", "--pool", "config"], "is not there"),
    ("study a folder", ["collect", "--study", "config", "--results", "x"], "is a folder; expected"),
    ("study absent", ["collect", "--study", "config/studies/nosuch.yaml", "--results", "x"],
     "is not there; unknown study 'nosuch'"),
    ("study a link loop", ["collect", "--study", "loop.yaml", "--results", "x"], "symbolic links"),
    ("study a device", ["collect", "--study", "/dev/null", "--results", "x"], "is no file"),
    ("study with a null", ["collect", "--study", "a\0", "--results", "x"], "names no file"),
    ("study of 300 letters", ["collect", "--study", LONG, "--results", "x"], "File name too long"),
    ("made 300 letters", ["made", "--studies", LONG], "at most 100 of them"),
    ("made of a path", ["made", "--studies", "../config"], "a study cannot be called '../config'"),
    ("made of nothing known", ["made", "--studies", "smok"], "did you mean 'smoke'?"),
    ("made twice", ["made", "--studies", "smoke", "smoke"], "names a value twice: ['smoke', 'smoke']"),
    ("claims absent", ["claims", "--claims", "nosuch.yaml", "--out", "x"], "is not there"),
    ("claims a folder", ["claims", "--claims", "config", "--out", "x"], "is a folder"),
    ("sample of none", ["replay", "--sample", "-1"], "is no whole number of at least 0"),
    ("sample of a word", ["replay", "--sample", "all"], "is no whole number of at least 0"),
]  # fmt: skip

# The text of a study file, and a part of the sentence.
STUDIES = [
    ("a negative seed", THESIS + METHODS + "seeds: [-1]", "seeds.0 is -1"),
    ("a seed that is true", THESIS + METHODS + "seeds: [true]", "seeds.0 is True"),
    ("a seed that is 3.0", THESIS + METHODS + "seeds: [3.0]", "seeds.0 is 3.0"),
    ("a seed of 40 digits", THESIS + METHODS + f"seeds: [{'9' * 40}]", f"at most {LARGEST}"),
    ("seeds twice", THESIS + METHODS + "seeds: [0, 0]", "seeds names a value twice: [0, 0]"),
    ("seeds twice, octal", THESIS + METHODS + "seeds: [10, 010]", "seeds names a value twice"),
    ("seeds of minutes", THESIS + METHODS + "seeds: [1:30]", "seeds.0 is '1:30'"),
    ("true", STUDY + "grid: {lower.num_steps: [true]}", "lower.num_steps is True"),
    ("3.0", STUDY + "grid: {lower.num_steps: [3.0]}", "lower.num_steps is 3.0"),
    ("grid twice", STUDY + "grid: {lower.num_steps: [1, 1, 2]}", "names a value twice"),
    ("grid 1 and 1.0", STUDY + "grid: {lower.ridge: [1, 1.0]}", "names a value twice"),
    ("grid of nothing", STUDY + "grid: {lower.ridge: []}", "is empty; expected at least one"),
    ("grid of lists", STUDY + "grid: {lower.ridge: [[1]]}", "grid.lower.ridge.0 is [1]"),
    ("fixed list", STUDY + "fixed: {lower.ridge: [1]}", "lower.ridge is [1]"),
    ("targets twice", STUDY + "targets: [noisy, noisy]", "targets names a value twice"),
    ("targets 1 and 1.0", STUDY + "targets: [0.5, .5]", "targets names a value twice"),
    ("tables twice", STUDY + "tables: [final, final]", "tables names a value twice"),
    ("figures twice", STUDY + "figures: [figure_4_1, figure_4_1]", "figures names a value twice"),
    ("methods twice", THESIS + "seeds: [0]\nmethods: [relax_penalize, relax_penalize]",
     "methods names a value twice"),
    ("a source outside", STUDY + "fixed_by_source: {mnist: {lower.ridge: 1}}",
     "fixed_by_source has settings for mnist, and the data.source of the cells is synthetic"),
    ("a source misspelt", STUDY + "fixed_by_source: {mnits: {}}", "did you mean 'mnist'?"),
    ("a source that is a list", STUDY + "fixed: {data.source: [mnist]}", "data.source is ['mnist']"),
    ("a source that is a number", STUDY + "grid: {data.source: [1]}", "data.source is 1"),
    ("a key misspelt", STUDY + "methodz: []", "unknown key 'methodz'; did you mean 'methods'?"),
    ("a key that is a number", STUDY + "1: 2", "Keys should be strings"),
    ("a key that is a list", STUDY + "[1]: 2", "cannot be a key"),
    ("a key twice", STUDY + "seeds: [1]", "the key 'seeds' stands twice"),
    ("no task", "description: x\nseeds: [0]\n" + METHODS, "task is missing; give it a value"),
    ("a task misspelt", STUDY.replace("thesis", "thesiz"), "task is 'thesiz'"),
    ("no methods", THESIS + "seeds: [0]", "a study needs methods"),
    ("no description", "task: thesis\nseeds: [0]\n" + METHODS, "description is missing; give it a value"),
    ("nothing", "", "holds None; expected lines of KEY: VALUE"),
    ("a list", "- 1", "holds [1]; expected lines of KEY: VALUE"),
    ("two documents", STUDY + "---\na: 1", "is not YAML in UTF-8"),
    ("half a list", STUDY + "grid: [", "is not YAML in UTF-8"),
    ("a tab", "description:\tx\n\tseeds: [0]", "is not YAML in UTF-8"),
    ("Latin letters", b"description: \xe9\nseeds: [0]", "is not YAML in UTF-8"),
    ("two bytes a letter", "description: x".encode("utf-16"), "is not YAML in UTF-8"),
    ("nesting", STUDY + "grid: " + "[" * 3000, "nested too deeply"),
    ("nesting in blocks", STUDY + "grid: " + "{a: " * 3000, "nested too deeply"),
    ("nesting that ends libyaml", STUDY + "grid: " + "[" * 200_000, "nested too deeply"),
    ("nesting of aliases", STUDY + "grid: [&a0 [], " + CHAIN + "]\n", "nested too deeply"),
    ("aliases of aliases", STUDY + ALIASES, f"more than {MOST_VALUES} values"),
    ("a large file", STUDY + "#" * MOST_CHARACTERS, f"more than {MOST_CHARACTERS} bytes"),
    ("a long folder", STUDY + "grid:\n" + "".join(
        f"  {key}: [0.123456789012345]\n"
        for key in ("upper.epsilon_decay", "upper.initial_mask", "upper.binary_tolerance", "lower.ridge",
                    "lower.step_size", "upper.radius_floor", "upper.epsilon_initial")
     ), "a folder would be called"),
    ("too large", STUDY + "fixed: {data.num_train: 1000000000}", "a run can have 64 GiB"),
]  # fmt: skip

# What stands in place of a part of a study of many methods, and a part of the sentence.
VERSUS_CHANGED = [
    ("seeds twice", ("seeds: [0]", "seeds: [0, 0]"), "seeds names a value twice"),
    ("seed true", ("seeds: [0]", "seeds: [true]"), "seeds.0 is True"),
    ("tables twice", ("seeds: [0]", "seeds: [0]\ntables: [methods, methods]"), "names a value"),
    ("figures twice", ("seeds: [0]", "seeds: [0]\nfigures: [quality, quality]"), "names a value"),
    ("shared twice", ("seeds: [0]", "seeds: [0]\nshared: [soba, soba]"), "names a value twice"),
    ("instances twice", ("seeds: [0]", "seeds: [0]\ninstances: [{}, {}]"), "names a value twice"),
    ("group of a rule", ("group: x", "group: collect_runs"), "a name of the workflow's own"),
    ("group of rules", ("group: x", "group: run_x"), "a name of the workflow's own"),
    ("group of references", ("group: x", "group: references_x"), "a name of the workflow's own"),
    ("group of claims", ("group: x", "group: claims_x"), "a name of the workflow's own"),
    ("group of make", ("group: x", "group: lint"), "a name of the workflow's own"),
    ("group of a path", ("group: x", "group: ../x"), "group is '../x'"),
    ("group of 300 letters", ("group: x", f"group: {LONG}"), "group is 'nnn"),
    ("method of points", ("{a: {title", "{..: {title"), "methods: .. is a name of the workflow's"),
    ("method of 300 letters", ("{a: {title", f"{{{LONG}: {{title"), "String should match"),
    ("method misspelt", ("name: soba", "name: sobaa"), "did you mean 'soba'?"),
    ("source misspelt", ("source: synthetic", "source: synthetc"), "did you mean 'synthetic'?"),
    ("source a list", ("source: synthetic", "source: [mnist]"), "expected one name"),
    ("no source", ("{data.source: synthetic}", "{}"), "data.source is None"),
    ("key of a contender", ("title: a", "titel: a"), "did you mean 'title'?"),
    ("num_seeds true", ("title: a", "title: a, num_seeds: true"), "num_seeds is True"),
    ("budget", ("synthetic}", "synthetic, budget: 1e300}"), "steps one after another"),
]

CONFIGS = [
    ("malformed", b"studies: [smoke", "is not YAML in UTF-8"),
    ("Latin letters", b"studies: [smoke] # \xe9", "is not YAML in UTF-8"),
    ("studies twice", b"studies: [smoke]\nstudies: [thesis]\n", "the key 'studies' stands twice"),
    ("nesting", b"studies: " + b"[" * 3000, "nested too deeply"),
    ("a list", b"- smoke", "expected lines of KEY: VALUE"),
    ("nothing", b"", "expected lines of KEY: VALUE"),
    ("an alias", b"studies: &a [*a]", "an alias stands inside of what it names"),
]

PLANS = [
    ("misspelt", {"studies": ["smokee"]}, "unknown study 'smokee'; did you mean 'smoke'?"),
    ("key", {"studies": ["smoke"], "data_mirorr": "x"}, "did you mean 'data_mirror'?"),
    ("none", {"studies": []}, "studies is empty"),
    ("twice", {"studies": ["smoke", "smoke"]}, "names a value twice"),
    ("another list", {"studies": ["smoke"], "comparisons": ["smoke"]}, "unknown key 'comparisons'"),
    ("one word", {"studies": "smoke"}, "studies is 'smoke': Input should be a valid list"),
    ("a number", {"studies": [1]}, "studies.0 is 1: Input should be a valid string"),
    ("300 letters", {"studies": [LONG]}, "at most 100 of them"),
    ("a path", {"studies": ["../x"]}, "a study cannot be called '../x'"),
    ("a line", {"studies": ["smoke\n"]}, "a study cannot be called 'smoke\\n'"),
    ("reference", {"studies": ["reference"]}, "a study cannot be called 'reference'"),
    ("no folder", {"studies": ["smoke"], "data_dir": ""}, "data_dir is ''"),
    ("a folder that is a number", {"studies": ["smoke"], "data_dir": 5}, "data_dir is 5"),
]

CLAIM = """claims:
  - id: a
    line: 1
    statement: s
    criterion: c
    checks:
      - measure: settling
        of: {study: smoke, source: synthetic, noise_rate: [0.2], num_steps: [1]}
        below: 0
    evidence: [smoke/figure_4_1]
"""
CLAIMS = [
    ("noise rates twice", ("[0.2]", "[0.2, 0.2]"), "of.noise_rate names a value twice"),
    ("steps twice", ("num_steps: [1]", "num_steps: [1, 1]"), "of.num_steps names a value twice"),
    ("steps true", ("num_steps: [1]", "num_steps: [true]"), "num_steps.0 is True"),
    ("steps 1.0", ("num_steps: [1]", "num_steps: [1.0]"), "num_steps.0 is 1.0"),
    ("evidence twice", ("[smoke/figure_4_1]", "[smoke/figure_4_1, smoke/figure_4_1]"), "twice"),
    ("line true", ("line: 1", "line: true"), "claims.0.line is True"),
    ("line 0", ("line: 1", "line: 0"), "claims.0.line is 0"),
    ("within of three", ("below: 0", "within: [0, 1, 2]"), "within is [0, 1, 2]"),
    ("within of words", ("below: 0", "within: [a, b]"), "within.0 is 'a'"),
    ("below nan", ("below: 0", "below: .nan"), "below is nan"),
    ("measure", ("settling", "setling"), "unknown measure 'setling' in claim a; did you mean"),
    ("source", ("source: synthetic", "source: synthetc"), "source is 'synthetc'"),
    ("key", ("statement", "statment"), "unknown key 'statment' in claims.0; did you mean 'statement'"),
    ("key of all", ("claims:", "clams:"), "unknown key 'clams'; did you mean 'claims'?"),
    ("no claims", (CLAIM, "claims: []"), "claims is []"),
    ("nothing", (CLAIM, ""), "expected lines of KEY: VALUE"),
    ("study", ("study: smoke", f"study: {LONG}"), "File name too long"),
    ("half a list", ("[0.2]", "[0.2"), "is not YAML in UTF-8"),
]  # fmt: skip


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """What a clone has at its root for the command line, and a link that leads to itself."""
    (tmp_path / "config/studies").mkdir(parents=True)
    (tmp_path / "config/config.yaml").write_text("studies: [smoke]\n")
    smoke = (REPOSITORY / "config/studies/smoke.yaml").read_text()
    (tmp_path / "config/studies/smoke.yaml").write_text(smoke)
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "damaged/split").mkdir(parents=True)
    for name in ("split/index.json", "summary.parquet", "traces.parquet"):
        (tmp_path / "damaged" / name).write_text("{")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RELAXPEN_DATA_MIRROR", raising=False)
    return tmp_path


def rows(table):
    return [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in table]


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def refused(capsys, folder, words, sentence):
    """The command is refused: exit code 2, one line that says the sentence, nothing written."""
    before = contents(folder)
    try:
        code = main(words)
    except SystemExit as error:  # as argparse refuses
        code = error.code
    said = capsys.readouterr()
    assert code == 2
    lines = [line for line in said.err.splitlines() if ": error: " in line]
    assert len(lines) == 1
    assert said.err.endswith(f"{lines[0]}\n")
    assert sentence in lines[0]
    assert said.out == ""
    assert contents(folder) == before


@pytest.mark.parametrize(("pairs", "sentence"), rows(SETTINGS))
def test_settings(clone, capsys, pairs, sentence):
    refused(capsys, clone, ["run", "--out", "x", "--set", *pairs], sentence)


@pytest.mark.parametrize(("words", "sentence"), rows(WORDS))
def test_words(clone, capsys, words, sentence):
    refused(capsys, clone, words, sentence)


@pytest.mark.parametrize(("text", "sentence"), rows(STUDIES))
def test_study_files(clone, capsys, text, sentence):
    path = clone / "config/studies/bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(capsys, clone, ["made", "--studies", "bad"], sentence)


@pytest.mark.parametrize(("change", "sentence"), rows(VERSUS_CHANGED))
def test_study_files_of_many_methods(clone, capsys, change, sentence):
    assert change[0] in VERSUS
    (clone / "config/studies/bad.yaml").write_text(VERSUS.replace(*change))
    refused(capsys, clone, ["made", "--studies", "bad"], sentence)


@pytest.mark.parametrize("verb", ["made", "verify"])
@pytest.mark.parametrize(("text", "sentence"), rows(CONFIGS))
def test_configuration_files(clone, capsys, verb, text, sentence):
    (clone / "config/config.yaml").write_bytes(text)
    refused(capsys, clone, [verb], sentence)


@pytest.mark.parametrize(("config", "sentence"), rows(PLANS))
def test_plans(clone, config, sentence):
    before = contents(clone)
    with pytest.raises(SettingsError) as error:
        make_plan(config)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert contents(clone) == before


@pytest.mark.parametrize(("change", "sentence"), rows(CLAIMS))
def test_claims_files(clone, capsys, change, sentence):
    assert change[0] in CLAIM
    (clone / "config/claims.yaml").write_text(CLAIM.replace(*change))
    refused(capsys, clone, ["claims", "--out", "x"], sentence)


@pytest.mark.parametrize(("text", "sentence"), rows(CONFIGS[:3]))
def test_snakemake_refuses_a_configuration_file(tmp_path, text, sentence):
    fresh(tmp_path)
    (tmp_path / "config/config.yaml").write_bytes(text)
    answer = snakemake(tmp_path, "-n")
    assert answer.returncode != 0
    assert "Traceback" not in answer.stderr
    assert sentence in answer.stderr
    assert not (tmp_path / "results").exists()


def arrays():
    rng = np.random.default_rng(0)
    X, X_val = rng.normal(size=(60, 3)), rng.normal(size=(30, 3))
    return X, (X[:, 0] > 0).astype(int), X_val, (X_val[:, 0] > 0).astype(int)


def scaled(model, factor):
    X, y, X_val, y_val = arrays()
    return model.fit(X, y, X_val * factor, y_val)


LIBRARY = [
    ("far features", lambda: scaled(LabelCleaner(), 1e200), "expected features on the scale of X"),
    ("far, filter", lambda: scaled(DisagreementFilter(), 1e200), "expected features on the scale"),
    ("overflow", lambda: scaled(LabelCleaner(), 1e307), "expected features on the scale of X"),
    ("a long ridge", lambda: scaled(LabelCleaner(ridge=10**400), 1), "expected a finite number"),
    ("digits", lambda: scaled(LabelCleaner(ridge=10**5000), 1), "thousands of digits"),
    ("steps", lambda: scaled(LabelCleaner(num_lower_steps=4 * 10**9), 1), "one after another"),
    ("rounds", lambda: scaled(LabelCleaner(num_rounds=10**19), 1), f"at most {LARGEST}"),
    ("a seed", lambda: scaled(LabelCleaner(random_state=10**30), 1), "random_state is 1000"),
    ("directions", lambda: clean_black_box(lambda w: 1.0, 5, num_directions=10**12), "at most"),
    ("memory", lambda: clean_black_box(lambda w: 1.0, 5, num_directions=4 * 10**9), "298 GiB"),
    ("samples", lambda: clean_black_box(lambda w: 1.0, 10**15), f"at most {LARGEST}"),
]


@pytest.mark.parametrize(("call", "sentence"), rows(LIBRARY))
def test_the_library(call, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("estimator", [LabelCleaner, DisagreementFilter])
def test_tensors_that_carry_a_gradient_are_arrays_to_the_library(estimator):
    short = {"num_rounds": 1, "steps_per_round": 2} if estimator is LabelCleaner else {}
    plain = arrays()
    tensors = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in plain]
    one, other = (estimator(random_state=0, **short).fit(*given) for given in (plain, tensors))
    assert (one.mask_ == other.mask_).all()
    assert (one.predict_proba(plain[0]) == other.predict_proba(tensors[0])).all()
    assert tensors[0].requires_grad


@pytest.mark.parametrize(
    ("text", "value"),
    [("010", 10), ("0o10", 8), ("1e5", 1e5), ("1.", 1.0), ("1:30", "1:30"), ("yes", "yes"),
     ("no", "no"), ("off", "off"), ("1_000", "1_000"), ("2020-01-01", "2020-01-01"), ("~", None),
     ("0b1", "0b1"), ("TRUE", True), ("0x1F", 31), ("-.inf", -np.inf), ("'010'", "010")],
)  # fmt: skip
def test_scalars_are_read_as_they_are_written(text, value):
    assert parse_yaml(text) == value
    assert type(parse_yaml(text)) is type(value)


def test_what_is_just_possible_is_not_refused():
    refuse_bytes({"a": MOST_BYTES - 1, "b": 1})
    refuse_steps("a", MOST_STEPS)
    with pytest.raises(SettingsError, match=r"^b needs at least 64 GiB"):
        refuse_bytes({"a": 1, "b": MOST_BYTES})
    with pytest.raises(SettingsError, match=r"^a is 1e\+10 steps"):
        refuse_steps("a", MOST_STEPS + 1)


def test_a_pipe_in_place_of_a_study_is_not_waited_for(clone, capsys):
    os.mkfifo(clone / "config/studies/bad.yaml")
    with pytest.raises(SettingsError, match="is no file"):
        make_plan({"studies": ["bad"]})


def test_names_of_rules_and_of_make_targets_are_taken(clone):
    """A group may have a name that neither the workflow nor the Makefile has."""
    rules = "\n".join(path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk"))
    assert set(re.findall(r"^(?:use rule \w+ as|rule) (\w+)", rules, re.M)) == set(RULES)
    made = [name for name, *_ in make_plan({"studies": ["smoke"]}).run_rules()]
    assert {name.partition("smoke")[0] for name in made} == {"run_", "references_"}
    made += [path.stem for path in (REPOSITORY / "config").glob("claims*.yaml")]
    assert all(name.startswith(BEGINNINGS) for name in made)
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.M))
    groups = {load_study(path).group for path in (REPOSITORY / "config/studies").glob("*.yaml")}
    assert targets - groups == set(TARGETS)
    assert not groups & TAKEN_GROUPS
    assert not [group for group in groups if group.startswith(BEGINNINGS)]
