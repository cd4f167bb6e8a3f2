"""Runs: train a recipe once, keep it in a folder, and load it from there ever after.

In: a recipe and a seed. Out: a `Run` with scores, log and network. `run` owns the folder of a run, `training` trains
one recipe, `key` names the folder after all that determines the numbers, `together` trains several at once.
`frozen` trains heads on the frozen features of a run. `network` opens a network from a run or from a weights file;
`scored` scores such networks, so that tables use them like runs.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

import annn
from annn.data import STAND_IN_FILE, FileDataset, InMemory
from annn.data.config import DataConfig
from annn.data.open import open_data
from annn.device import choose_device, cores, environment
from annn.errors import RunError, WeightsError
from annn.evaluate import evaluate
from annn.files import alone, replacing, unwritable, write_text
from annn.losses import balanced_weights
from annn.metrics import Scores
from annn.model import ANNN, SceneClassifier
from annn.recipes import Recipe, read_recipe
from annn.train import train
from annn.weights.imagenet import AUTHORS_FILE, imagenet_file, load_imagenet

# The modules that every result depends on, beside the data set's own: editing one makes each cached run another one.
_SOURCES = (
    "attention", "blocks", "backbone", "upsample", "model", "labels/space", "datasets/files", "augment", "losses",
    "metrics", "protocol", "evaluate", "train",
)  # fmt: skip
_CLASSIFICATION = ("classifier", "datasets/image_folder")  # what the classification task adds
_IN_MEMORY = 2 * 1024**3  # bytes of decoded images that are kept; more are read again in every epoch
Network = TypeVar("Network", ANNN, SceneClassifier)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run. `metrics` holds the scores (`Scores.to_dict`), `seconds` of training, and `environment`."""

    folder: Path
    recipe: Recipe
    seed: int
    metrics: dict[str, Any]

    @cached_property
    def scores(self) -> Scores:
        return Scores.from_dict(self.metrics["scores"])

    @property
    def environment(self) -> dict[str, str]:
        """Hardware and versions that the run was trained with."""
        return self.metrics["environment"]

    @property
    def data(self) -> DataConfig:
        return self.recipe.data

    @property
    def stand_in(self) -> bool:
        """Whether the data is generated."""
        return self.metrics["stand_in"]

    @property
    def seconds(self) -> float:
        """Training time, without interruptions and without the evaluation."""
        return self.metrics["seconds"]

    @cached_property
    def log(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]

    def model(self, device: str = "auto") -> ANNN:
        """The trained segmentation network in eval mode; raises RunError for a run that trained something else."""
        return self._loaded(ANNN(self.recipe.model), "segmentation", device)

    def classifier(self, device: str = "auto") -> SceneClassifier:
        """The trained classification network in eval mode; raises RunError for a run that trained something else."""
        return self._loaded(SceneClassifier(self.recipe.model), "classification", device)

    def _loaded(self, model: Network, task: str, device: str) -> Network:
        if self.recipe.task != task:
            raise RunError(f"{self.folder}: holds a network for {self.recipe.task}; expected one for {task}.")
        path = self.folder / "weights.safetensors"
        try:
            model.load_state_dict(load_file(path))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise RunError(
                f"{path}: cannot be loaded ({str(error).splitlines()[0]}); expected the weights of {self.recipe.name}. "
                f"Delete the folder {self.folder} to train the run again."
            ) from error
        return model.to(choose_device(device), memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]


def train_or_load(
    recipe: Recipe,
    seed: int = 0,
    *,
    data_root: str | Path | None = None,
    runs: str | Path = "runs",
    device: str = "auto",
    workers: int | None = None,
    checkpoint_every: int = 200,
    progress: bool = True,
) -> Run:
    """The run of a recipe and a seed: loaded if its folder is complete, resumed if it was interrupted, else trained.

    The folder's name ends in a key of the recipe, the seed, the data's files and the code that a result depends on, so
    that a change of any of them is another run. data_root: see `open_data`. workers: loader processes; None takes none
    on a CPU, where they would take cores from the training, and up to eight beside a GPU. What is missing (device,
    data, weights to start from) is refused before anything is trained.
    """
    where = choose_device(device)
    trainset, valset = open_data(recipe.data, data_root, progress=progress)
    folder = run_folder(recipe, seed, trainset, valset, runs)
    if (folder / "metrics.json").exists():
        return load(folder)

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(unwritable(folder, error)) from error
    with alone(folder):
        if (folder / "metrics.json").exists():  # another process trained it meanwhile
            return load(folder)
        workers = workers if workers is not None else (min(8, cores()) if where.type == "cuda" else 0)
        settings = {"workers": workers, "checkpoint_every": checkpoint_every, "progress": progress}
        return _trained(recipe, seed, trainset, valset, folder, where, **settings)


def _trained(
    recipe: Recipe,
    seed: int,
    trainset: FileDataset,
    valset: FileDataset,
    folder: Path,
    where: torch.device,
    *,
    workers: int,
    checkpoint_every: int,
    progress: bool,
) -> Run:
    description = {"recipe": asdict(recipe), "seed": seed}
    write_text(folder / "recipe.json", json.dumps(description, indent=1))
    held = _held(trainset, progress)
    loss = recipe.loss
    if loss.balance:
        classes = recipe.model.classes
        weights = balanced_weights((held[i].label for i in range(len(held))), classes, loss.balance)
        loss = replace(loss, balance=0.0, class_weights=weights)
    torch.manual_seed(seed)
    network = SceneClassifier if recipe.task == "classification" else ANNN
    model = network(recipe.model)
    if (file := initial_weights(recipe)) is not None:
        _start_from(model, recipe.model.depth, file)
    model.to(where)
    settings = {"checkpoint_every": checkpoint_every, "workers": workers, "progress": progress}
    what = {"config": recipe.train, "augmentation": recipe.augment, "loss": loss, "seed": seed, "folder": folder}
    try:
        train(model, held, **what, **settings)
    except torch.OutOfMemoryError as error:
        raise RunError(_too_large(recipe, folder, where, error)) from error
    with replacing(folder / "weights.safetensors") as temporary:
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, temporary)
    settings = {"protocol": recipe.protocol, "precision": recipe.train.precision, "workers": workers}
    scores = evaluate(model, valset, **settings, progress=progress)
    last = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    metrics = {"scores": scores.to_dict(), "seconds": last["seconds"], "environment": environment(where)}
    metrics |= {"stand_in": trainset.stand_in, "images": {"train": len(trainset), "val": len(valset)}}
    write_text(folder / "metrics.json", json.dumps(metrics, indent=1))
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return Run(folder=folder, recipe=recipe, seed=seed, metrics=metrics)


def initial_weights(recipe: Recipe) -> Path | None:
    """The file that a recipe's backbone starts from, under data/imagenet; None where it starts from nothing.

    Raises WeightsError where it is not there, with where to get it.
    """
    if recipe.start == "nothing":
        return None
    usual = imagenet_file(recipe.model.depth)
    file = usual.with_name(AUTHORS_FILE) if recipe.start == "authors" else usual
    if not file.is_file():
        source = "github MendelXu/ANN links it" if recipe.start == "authors" else "https://download.pytorch.org/models"
        raise WeightsError(
            f"{file}: there is no such file; expected the ImageNet weights that {recipe.name} starts from, as the "
            f"paper's networks do. Put it there ({source}; `data/README.md`), or choose another start: `annn train ... "
            "--start torchvision`, or `--start nothing`, which needs no file and scores far lower."
        )
    return file


def _start_from(model: ANNN | SceneClassifier, depth: int, file: Path) -> None:
    """Load an ImageNet backbone; raises WeightsError, before anything is changed, where it is another network."""
    backbone = load_imagenet(depth, file)
    try:
        model.backbone.load_state_dict(backbone.state_dict())
    except RuntimeError as error:
        raise WeightsError(
            f"{file}: is no start for this network ({str(error).splitlines()[1].strip()}); expected the same depth, "
            "width and stem. `annn.recipes.starting` makes a recipe fit its file."
        ) from error


def _too_large(recipe: Recipe, folder: Path, where: torch.device, error: Exception) -> str:
    height, width = recipe.augment.crop
    return (
        f"{folder.name}: {where} has not enough memory for a step ({str(error).splitlines()[0]}). The recipe trains "
        f"batches of {recipe.train.batch_size} crops of {height}x{width} in {recipe.train.precision}; choose a larger "
        "GPU, precision='bf16' where it is not yet, or a smaller batch_size or crop, which is another recipe with "
        "scores of its own."
    )


def run_folder(
    recipe: Recipe, seed: int, trainset: FileDataset, valset: FileDataset, runs: str | Path = "runs"
) -> Path:
    """Where a run lies, or will lie: a folder named after recipe, seed and content key."""
    return Path(runs) / f"{recipe.name}-seed{seed}-{content_key(recipe, seed, trainset, valset)}"


def load(folder: str | Path) -> Run:
    """A finished run from its folder; raises RunError where that is incomplete or damaged."""
    folder = Path(folder)
    try:
        description = json.loads((folder / "recipe.json").read_text())
        metrics = json.loads((folder / "metrics.json").read_text())
        recipe = read_recipe(description["recipe"])
        return Run(folder=folder, recipe=recipe, seed=description["seed"], metrics=metrics)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder}: is not a finished run ({type(error).__name__}: {error}); expected recipe.json, metrics.json, "
            "log.jsonl and weights.safetensors as `annn train` leaves them. Delete the folder to train it again."
        ) from error


def content_key(recipe: Recipe, seed: int, *datasets: FileDataset) -> str:
    """Ten hex digits of everything that determines a run's numbers, apart from the hardware's rounding."""
    digest = hashlib.sha256()
    digest.update(json.dumps([asdict(recipe), seed], sort_keys=True).encode())
    if (file := initial_weights(recipe)) is not None:
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    package = Path(annn.__file__).parent
    reader = Path(inspect.getfile(type(datasets[0])))
    readers = sorted(reader.parent.glob(f"{reader.stem}*.py"))  # nyud.py reads with nyud_labeled.py
    sources = _SOURCES + (_CLASSIFICATION if recipe.task == "classification" else ())
    digest.update(_code(*(package / f"{name}.py" for name in sources), *readers).encode())
    for dataset in datasets:
        digest.update(repr(dataset.space).encode())
        if dataset.stand_in:  # names the generator's version
            digest.update((dataset.root / STAND_IN_FILE).read_bytes())
        for line in dataset.identity():
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()[:10]


@lru_cache
def _code(*files: Path) -> str:
    """A digest of code that results depend on; comments, docstrings and layout do not count."""
    return "".join(_digest(ast.parse(path.read_text())) for path in files)


def _digest(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body.pop(0)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _held(dataset: FileDataset, progress: bool) -> FileDataset | InMemory:
    """The data set decoded in memory if it is small enough, so that small runs do not decode it in every epoch."""
    image, label, _ = dataset[0]
    if (image.nbytes + label.nbytes) * len(dataset) > _IN_MEMORY:
        return dataset
    return InMemory(dataset, progress=progress)
