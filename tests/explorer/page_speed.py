"""Measure the saved page: python tests/explorer/page_speed.py. Needs playwright and Chromium, and some minutes.

Three pages: 128 x 256 positions (a 1024 x 2048 image) with random weights, which cannot be compressed; 128 x 256
positions of CamVid's network with 128 channels; 97 x 97 positions of ResNet-101 with 512 channels, whose weights are
random and whose batch statistics are those of the image.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from annn.analysis.attention import centres
from annn.attention import PAPER_SAMPLING, Attention
from annn.augment import normalise
from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import draw
from annn.data.space import LabelSpace
from annn.explorer.page import write_page
from annn.explorer.payload import pack
from annn.explorer.pictures import Picture
from annn.explorer.settings import DEFAULTS
from annn.explorer.views import View, look
from annn.model import ANNN, ModelConfig
from annn.weights import load

MOVES = 200
ROOT = Path(__file__).parents[2]
PHOTOGRAPH = ROOT / ".." / "shared" / "camvid" / "test" / "Seq05VD_f00000.png"  # a drawn scene where it is not at hand
# The browser delivers pointer moves right before it draws a frame. This measures the time from there until the frame is
# painted: a message from that frame arrives after that.
_WATCH = """
() => {
  window.painted = [];
  addEventListener("pointermove", () => {
    const start = performance.now();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push(performance.now() - start);
      channel.port2.postMessage(0);
    });
  }, { capture: true });
}
"""
# Only the work: call the frame's callback directly, and read the canvas so that all drawing is done.
_WORK = """
(moves) => {
  const stage = document.querySelector(".stage");
  const { left, top, width, height } = stage.getBoundingClientRect();
  const request = window.requestAnimationFrame;
  const times = [];
  let callback;
  window.requestAnimationFrame = (f) => ((callback = f), 1);
  for (let i = 0; i < moves; i++) {
    const at = { clientX: left + width * ((i * 0.618) % 1), clientY: top + height * ((i * 0.382) % 1) };
    const start = performance.now();
    stage.dispatchEvent(new PointerEvent("pointermove", { ...at, pointerType: "mouse", bubbles: true }));
    callback();
    stage.getContext("2d").getImageData(0, 0, 1, 1);
    document.body.offsetHeight; // lays out what the text changed
    times.push(performance.now() - start);
  }
  window.requestAnimationFrame = request;
  return times;
}
"""
# The time from a job to its class map, computed in a worker; the first one adds up all anchors and is left out.
_RECOMPUTE = """
async (jobs) => {
  const content = (id) => document.getElementById(id).textContent;
  const module = await import(URL.createObjectURL(new Blob([content("module")], { type: "text/javascript" })));
  const bytes = Uint8Array.from(atob(content("payload")), (c) => c.charCodeAt(0));
  const { views: [view], pictures: [picture] } = await module.decode(new DataView(bytes.buffer));
  const { n, s, queries, weights, scale, head } = view;
  let done;
  const setup = { view: { n, s, queries, weights, scale, head }, size: picture.shown, truth: picture.truth };
  const recomputer = new module.Recomputer(setup, () => done());
  const times = [];
  for (const off of [[], ...jobs]) {
    const start = performance.now();
    recomputer.ask({ off, convention: "removed" });
    await new Promise((resolve) => (done = resolve));
    times.push(performance.now() - start);
  }
  recomputer.close();
  return times.slice(1);
}
"""
_LEVEL = list(range(46, 110))
_JOBS = {"anchor": [[k] for k in (50, 3, 77, 20, 100)], "level": [_LEVEL, [], _LEVEL, []]}


def large_page(path: Path) -> Path:
    """A saved page with 128 x 256 positions and random weights, without effects."""
    scene = draw(0, 0, (1024, 2048))
    label = CITYSCAPES.encode(scene.label, "a drawn scene")
    weights = torch.softmax(torch.randn(1, 128 * 256, 110, generator=torch.Generator().manual_seed(0)), dim=2)
    rows, columns = centres((128, 256), label.shape)
    view = View(
        model="",
        block="apnb",
        attention=Attention(weights=weights, query_grid=(128, 256), value_grid=(128, 256), sampling=PAPER_SAMPLING),
        prediction=label,
        predicted=label[rows, columns],
        confidence=np.ones(128 * 256, np.float32),
        truth=label[rows, columns],
    )
    return _written(path, Picture(name="street", image=scene.image, label=label), view, CITYSCAPES)


def camvid_page(path: Path) -> Path:
    """A saved page with 128 x 256 positions of CamVid's network, on a photograph of 2048 x 4096 pixels."""
    model = load(ROOT / "results" / "checkpoint" / "full-camvid.safetensors").model
    picture = _photograph((2048, 4096))
    (view,) = look(model, picture, blocks=["apnb"])
    return _written(path, picture, view, CAMVID)


def resnet_page(path: Path) -> Path:
    """A saved page with 97 x 97 positions of ResNet-101 with random weights and 512 channels."""
    torch.manual_seed(0)
    model = ANNN(ModelConfig(classes=19))
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
        if isinstance(module, nn.Dropout2d):
            module.p = 0.0
        if name.endswith("branch.W") or name.endswith("branches.0.W"):
            nn.init.normal_(module.weight, std=0.05)  # pyright: ignore[reportArgumentType]
    picture = _photograph((769, 769))
    with torch.no_grad():
        model.train()(normalise(picture.image)[None])
    (view,) = look(model, picture, blocks=["apnb"])
    return _written(path, picture, view, CITYSCAPES)


def _photograph(size: tuple[int, int]) -> Picture:
    image = Image.open(PHOTOGRAPH).convert("RGB") if PHOTOGRAPH.exists() else Image.fromarray(draw(0, 0).image)
    resized = np.asarray(image.resize(size[::-1], Image.Resampling.LANCZOS))
    return Picture(name="street", image=resized, label=np.zeros(size, np.uint8))


def _written(path: Path, picture: Picture, view: View, space: LabelSpace) -> Path:
    payload = pack([picture], {(0, view.key): view}, space, ["apnb"])
    state = {"image": 0, "left": "apnb", "right": "", "pins": [], "query": [], "anchor": -1, "off": {}, "request": {}}
    state |= {"settings": DEFAULTS, "message": "", "kernel": False, "answer": {}}
    return write_page(path, payload, state, f"{' x '.join(map(str, view.attention.query_grid))} positions")


def measure(page: Any, path: Path, moves: int = MOVES) -> dict[str, float]:
    """Sizes in MB, load time in seconds, percentiles of hovering and times of new class maps in milliseconds."""
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]")
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    figures = {"file_MB": path.stat().st_size / 1e6, "load_s": time.perf_counter() - start}
    page.evaluate(_WATCH)
    figures |= _hover(page, moves, "")
    effect = page.get_by_role("button", name="Effect on the decision")
    if effect.is_enabled():
        effect.click()
        figures |= _hover(page, moves, "effect_")
        for name, jobs in _JOBS.items():
            times = page.evaluate(_RECOMPUTE, jobs)
            figures |= {f"map_{name}_median_ms": float(np.median(times)), f"map_{name}_largest_ms": max(times)}
    return figures


def _hover(page: Any, moves: int, name: str) -> dict[str, float]:
    work = np.array(page.evaluate(_WORK, moves))
    page.evaluate("() => (window.painted.length = 0)")
    box = page.locator(".stage").first.bounding_box()
    for i in range(moves):
        page.mouse.move(box["x"] + box["width"] * (i * 0.618 % 1), box["y"] + box["height"] * (i * 0.382 % 1))
        page.wait_for_function("(count) => window.painted.length > count", arg=i)
    painted = np.array(page.evaluate("window.painted"))
    return {
        f"{name}hover_to_paint_median_ms": float(np.median(painted)),
        f"{name}hover_to_paint_p95_ms": float(np.percentile(painted, 95)),
        f"{name}work_median_ms": float(np.median(work)),
        f"{name}work_p95_ms": float(np.percentile(work, 95)),
    }


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from browser import chromium

    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for make in (resnet_page, camvid_page, large_page):
            path = make(Path(folder) / "page.html")
            page = browser.new_page(viewport={"width": 1180, "height": 1200})  # the whole stage
            figures = {name: round(value, 2) for name, value in measure(page, path).items()}
            load_now, cores = os.getloadavg()[0], os.cpu_count()
            print(make.__name__, json.dumps(figures, indent=1), f"load {load_now:.1f} on {cores} cores", flush=True)
            page.close()


if __name__ == "__main__":
    main()
