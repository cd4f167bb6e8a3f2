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
