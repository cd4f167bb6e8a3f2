"""Predict any images: label ids, an overlay, and a page with the attention."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tqdm import tqdm

from annn.data.images import find_images, to_rgb
from annn.data.predictions import overlay, write_labels, write_picture
from annn.data.space import LabelSpace
from annn.device import keep_freed_memory
from annn.errors import ConfigError
from annn.evaluate import predict
from annn.files import make_folder
from annn.protocol import Protocol
from annn.runs.network import Network


def predict_images(
    network: Network,
    places: list[Path],
    output: Path,
    *,
    space: LabelSpace,
    protocol: Protocol,
    precision: str,
    attention: bool = False,
    progress: bool = True,
) -> list[Path]:
    """Predict images and folders of images; returns the files written, each whole.

    Per image NAME_labels.png (file ids of the label space), NAME_overlay.png and, if `attention` is set,
    NAME_attention.html, the explorer's page. The page shows all blocks on the whole image at scale 1 for any protocol;
    the explorer shrinks large images, since the page grows with the number of positions.
    Raises ConfigError for no image at all, and DataError for one that cannot be read; the files of earlier images are
    kept.
    """
    if not places:
        raise ConfigError("No image to predict; expected image files or folders of images after the weights.")
    images = find_images(places)
    twice = [name for name, count in Counter(path.stem for path in images).items() if count > 1]
    if twice:
        raise ConfigError(
            f"{', '.join(twice[:5])}: several images have this name and would share their output files; expected "
            "different names. Use separate calls with separate folders."
        )
    make_folder(output)
    if next(network.model.parameters()).device.type == "cpu":
        keep_freed_memory()
    written = []
    for path in tqdm(images, "predicting", unit="image", disable=not progress or len(images) == 1):
        image = to_rgb(path)
        train_ids = predict(network.model, image, precision, protocol)
        files = [output / f"{path.stem}_{kind}" for kind in ("labels.png", "overlay.png", "attention.html")]
        write_labels(files[0], train_ids, space)
        write_picture(files[1], overlay(image, train_ids, space))
        if attention:
            _write_attention(files[2], network, path, space)
        written += files[: 2 + attention]
    return written


def _write_attention(file: Path, network: Network, image: Path, space: LabelSpace) -> None:
    try:
        from annn.explorer import AttentionExplorer
    except ImportError as error:
        raise ConfigError(
            f"--attention: the explorer needs a package that is not installed ({error.name}); install annn[workbook]."
        ) from error
    explorer = AttentionExplorer(network.model, image, space=space)
    try:
        explorer.save_html(file, keys=explorer.view_keys)
    finally:
        explorer.close()
