"""Measure the speed of the saved page: python tests/explorer/page_speed.py. Needs playwright and Chromium.

A page of 128 x 256 positions and 110 anchors (a 1024 x 2048 image) with random weights, which cannot be compressed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annn.analysis.attention import centres
from annn.attention import PAPER_SAMPLING, Attention
from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import draw
from annn.explorer.page import write_page
from annn.explorer.payload import pack
from annn.explorer.pictures import Picture
from annn.explorer.settings import DEFAULTS
from annn.explorer.views import View

MOVES = 200
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


def large_page(path: Path) -> Path:
    """A saved page with 128 x 256 positions."""
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
    payload = pack(
        [Picture(name="street", image=scene.image, label=label)], {(0, view.key): view}, CITYSCAPES, ["apnb"]
    )
    state = {"image": 0, "left": "apnb", "right": "", "pins": [], "query": [], "anchor": -1}
    state |= {"settings": DEFAULTS, "message": ""}
    return write_page(path, payload, state, "128 x 256 positions")


def measure(page: Any, path: Path, moves: int = MOVES) -> dict[str, float]:
    """Load time in seconds and percentiles of hovering in milliseconds, in an open browser page."""
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]")
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
    load = time.perf_counter() - start
    work = np.array(page.evaluate(_WORK, moves))
    page.evaluate(_WATCH)
    box = page.locator(".stage").first.bounding_box()
    for i in range(moves):
        page.mouse.move(box["x"] + box["width"] * (i * 0.618 % 1), box["y"] + box["height"] * (i * 0.382 % 1))
        page.wait_for_function("(count) => window.painted.length > count", arg=i)
    painted = np.array(page.evaluate("window.painted"))
    return {
        "file_MB": path.stat().st_size / 1e6,
        "load_s": load,
        "hover_to_paint_median_ms": float(np.median(painted)),
        "hover_to_paint_p95_ms": float(np.percentile(painted, 95)),
        "work_median_ms": float(np.median(work)),
        "work_p95_ms": float(np.percentile(work, 95)),
    }


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from browser import chromium

    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = large_page(Path(folder) / "page.html")
        page = browser.new_page(viewport={"width": 1180, "height": 900})
        print(json.dumps(measure(page, path), indent=1))


if __name__ == "__main__":
    main()
