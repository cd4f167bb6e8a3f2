// The explorer's pure functions against numbers that Python wrote (see test_explorer.py); run by `node --test`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import test from "node:test";

const folder = process.env.EXPLORER_NUMBERS;
const widget = await import(pathToFileURL(process.env.EXPLORER_MODULE));
const numbers = JSON.parse(readFileSync(`${folder}/numbers.json`, "utf8"));
const bytes = readFileSync(`${folder}/payload.bin`);

// As from a kernel: somewhere within a larger buffer, at an odd place.
const padded = new Uint8Array(bytes.length + 7);
padded.set(bytes, 3);
const data = await widget.decode(new DataView(padded.buffer, 3, bytes.length));
const close = (actual, expected, tolerance) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) <= tolerance, `${i}: ${x} is not ${expected[i]}`));
};

test("every view has the numbers of its network", () => {
  assert.equal(data.views.length, numbers.views.length);
  data.views.forEach((view, i) => {
    const expected = numbers.views[i];
    assert.equal(view.key, expected.key);
    assert.deepEqual(view.queries, expected.queries);
    for (const { q, row, pixels, shares, entropy } of expected.samples) {
      const step = Math.max(...row) / 255;
      close(widget.rowOf(view, q), row, step / 2 + 1e-7);
      close(widget.spread(view, widget.rowOf(view, q)), pixels, step * expected.spread);
      const said = widget.describe(data, view, q);
      close(said.bars.map(([, share]) => share), shares, 1e-5);
      assert.ok(Math.abs(parseFloat(said.facts[2][1]) - entropy) < 0.006);
      assert.equal(said.title, `Query at row ${Math.floor(q / view.queries[1])}, column ${q % view.queries[1]}`);
    }
  });
});

test("a column is what every row puts on one anchor", () => {
  const [view] = data.views;
  for (const k of [0, 5, view.s - 1]) {
    const column = widget.columnOf(view, k);
    column.forEach((w, q) => assert.equal(w, widget.rowOf(view, q)[k]));
  }
});

test("bins are those of adaptive average pooling", () => {
  for (const { cells, length, bins } of numbers.bins) assert.deepEqual(widget.bins(cells, length), bins);
});

test("the largest values come first, ties in order", () => {
  assert.deepEqual(widget.largest([3, 1, 4, 1, 5, 9, 2, 6], 3), [5, 7, 4]);
  assert.deepEqual(widget.largest([1, 1], 5), [0, 1]);
});

test("a query is found again in a grid of another resolution", () => {
  const [coarse, fine] = [{ queries: [4, 8] }, { queries: [8, 16] }];
  assert.equal(widget.linked(coarse, coarse, 13), 13);
  for (let q = 0; q < 32; q++) assert.equal(widget.linked(coarse, fine, widget.linked(fine, coarse, q)), q);
});

test("an anchor's text names who looks at it", () => {
  const [view] = data.views;
  const said = widget.describeAnchor(data, view, 0);
  assert.equal(said.title, "Anchor 1x1 · row 0, column 0");
  const column = widget.columnOf(view, 0);
  const [[, top]] = said.lists;
  assert.equal(top[0][1], widget.percent(Math.max(...column)));
  assert.equal(top.length, 5);
});

test("a decision's effects are the network's", () => {
  const view = data.views[2];
  for (const { q, convention, effects } of numbers.effects.decisions) {
    const largest = Math.max(...effects.map(Math.abs));
    assert.ok(largest > 0);
    close([...widget.decide(view, q, convention).effects], effects, 0.01 * largest);
  }
});

test("scores without anchors are the network's, from whatever was off before", () => {
  const view = data.views[2];
  const scorer = new widget.Scorer(view);
  const margin = (scores, at) => {
    const [a, b] = scores.slice(at, at + 19).sort((x, y) => y - x);
    return a - b;
  };
  for (const { off, convention, scores, large } of [...numbers.effects.maps, ...numbers.effects.maps].reverse()) {
    const found = scorer.without(off, convention);
    close([...found], scores, 2e-3);
    widget.classesOf(found, 19).forEach((k, q) => {
      const row = scores.slice(19 * q, 19 * q + 19);
      assert.ok(row[k] === Math.max(...row) || margin(scores, 19 * q) < 4e-3);
    });
    for (const align of [true, false]) {
      const map = widget.upsampled(Float32Array.from(scores), view.queries, 19, [50, 70], align);
      const wrong = large[align ? "True" : "False"].filter((k, i) => k !== map[i]).length;
      assert.ok(wrong <= 3, `${wrong} pixels`); // ties within rounding
    }
  }
});

test("a rectangle holds the anchors that lie half inside", () => {
  assert.deepEqual(widget.inside(data.views[2], numbers.effects.rectangle), numbers.effects.inside);
  assert.equal(widget.inside(data.views[2], [0, 0, 1, 1]).length, 110);
});

test("maps are compared where there is truth", () => {
  const [before, after, truth] = [[0, 0, 1, 1], [0, 1, 1, 1], [0, 1, 255, 2]].map((ids) => Uint8Array.from(ids));
  const found = widget.compare(before, after, truth, 3);
  assert.deepEqual([found.changed, found.share], [1, 0.25]);
  assert.deepEqual([found.before.iou, found.after.iou], [[0.5, 0, 0], [1, 0.5, 0]]);
  assert.deepEqual([found.before.mean, found.after.mean], [0.5 / 3, 0.5]);
  assert.equal(widget.compare(before, after, undefined, 3).after.mean, null);
});

test("the text about what is off names what changed", () => {
  const view = data.views[2];
  const maps = [[0, 0, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1]].map((ids) => Uint8Array.from(ids));
  const said = widget.describeOff(data, view, 5, [5, 7], widget.compare(...maps, 19));
  assert.equal(said.title, `Anchor ${widget.anchorName(view, 5)}: off`);
  assert.equal(said.sentence, "2 anchors off, 1 pixel changed, mean IoU 58.3 to 100.0 %");
  assert.equal(said.lists[0][1].length, 2);
  assert.equal(widget.describeOff(data, view, 5, [], null).facts[1][1], "computing…");
});
