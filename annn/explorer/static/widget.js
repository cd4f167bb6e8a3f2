// The attention explorer's page: one plain ES module. No dependency, no network, no call to the kernel on hover.
// Pure functions first (tested by `node --test`), then the picture, then the page.

const STOPS = {
  viridis: "440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e23898e21918c1f988b1fa08822a78528ae8032b67a3fbc734ec36b5ec96270cf5784d44b98d83eaddc30c2df23d8e219ece51bfde725",
  cividis: "00224e00285b002e6a0533711a386f273e6e32436d3b496c434e6c4b546c535a6d5a5f6e61656f686a716f70737676767d7c788482798c8878938e789b9476a39a74aba072b4a76fbcae6cc4b468cdbb63d5c25edec958e7d150f0d846f9e03afee838",
  magma: "0000040303120a0822130d341d114729115a36106b440f7651127c5d177f6a1c81762181832681902a819c2e7faa337db73779c43c75d0416fdc4869e75263ef5d5ef56b5cf9795dfc8961fd9869fea772feb67cfec488fed395fde2a3fcf0b2fcfdbf",
  grey: "000000ffffff",
};
export const COLORMAPS = Object.keys(STOPS);
const PINS = ["#e8590c", "#1c7ed6", "#2f9e44", "#9c36b5"];

/** The payload (see payload.py) as an object: header and typed arrays. */
export function decode(buffer) {
  // A DataView may begin anywhere in its buffer: the offset matters.
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "ANNX") throw new Error("not an explorer payload");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const data = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const raw = ([at, count]) => bytes.subarray(8 + length + at, 8 + length + at + count);
  const typed = (Type, [at, count]) => {
    const from = 8 + length + at;
    return new Type(bytes.slice(from, from + count * Type.BYTES_PER_ELEMENT).buffer);
  };
  for (const picture of data.pictures) {
    for (const name of ["image", "truth"]) picture[name] = picture[name] ? raw(picture[name]) : null;
  }
  for (const view of data.views) {
    view.n = view.queries[0] * view.queries[1];
    view.weights = raw(view.weights);
    view.s = view.weights.length / view.n;
    view.scale = typed(Float32Array, view.scale);
    view.entropy = typed(Uint16Array, view.entropy);
    view.shares = typed(Uint16Array, view.shares);
    view.confidence = raw(view.confidence);
    view.predicted = raw(view.predicted);
    view.truth = view.truth ? raw(view.truth) : null;
    view.prediction = raw(view.prediction);
    view.cells = cellsOf(view.levels, view.values);
  }
  return data;
}

/** Adaptive average pooling's bins: [start, stop) of each cell along an axis; neighbours overlap by one at most. */
export function bins(cells, length) {
  return Array.from({ length: cells }, (_, i) => [
    Math.floor((i * length) / cells),
    Math.ceil(((i + 1) * length) / cells),
  ]);
}

/** Every anchor: level, place in its grid, and the positions [y0, y1) x [x0, x1) of the value map that it averages. */
export function cellsOf(levels, [height, width]) {
  return levels.flatMap(([rows, columns], level) => {
    const across = bins(columns, width);
    return bins(rows, height).flatMap(([y0, y1], row) =>
      across.map(([x0, x1], column) => ({ level, row, column, y0, y1, x0, x1 })),
    );
  });
}

/** What a query puts on each anchor. */
export function rowOf(view, q) {
  const row = new Float32Array(view.s);
  for (let k = 0; k < view.s; k++) row[k] = view.weights[q * view.s + k] * view.scale[q];
  return row;
}

/** What each query puts on an anchor. */
export function columnOf(view, k) {
  const column = new Float32Array(view.n);
  for (let q = 0; q < view.n; q++) column[q] = view.weights[q * view.s + k] * view.scale[q];
  return column;
}

/** The exact weight on each position of the value map: the row times the pyramid matrix P. */
export function spread(view, row) {
  const width = view.values[1];
  const out = new Float32Array(view.values[0] * width);
  view.cells.forEach(({ y0, y1, x0, x1 }, k) => {
    const each = row[k] / ((y1 - y0) * (x1 - x0));
    for (let y = y0; y < y1; y++) for (let i = y * width + x0; i < y * width + x1; i++) out[i] += each;
  });
  return out;
}

/** Indices of the largest values, largest first. */
export function largest(values, count) {
  const best = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && values[i] <= values[best[count - 1]]) continue;
    let at = best.length;
    while (at > 0 && values[best[at - 1]] < values[i]) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/** The query of `view` nearest to a query of another view: both grids cover the whole picture. */
export function linked(view, other, q) {
  if (view.queries[0] === other.queries[0] && view.queries[1] === other.queries[1]) return q;
  const place = [Math.floor(q / other.queries[1]), q % other.queries[1]];
  const [y, x] = place.map((p, axis) => Math.floor(((p + 0.5) / other.queries[axis]) * view.queries[axis]));
  return y * view.queries[1] + x;
}

export const percent = (x, digits = 1) => `${(100 * x).toFixed(digits)} %`;
export const levelName = ([rows, columns]) => `${rows}×${columns}`;

/** What the page says about a query. */
export function describe(data, view, q) {
  const row = rowOf(view, q);
  const levels = view.levels.length;
  const truth = view.truth ? view.truth[q] : null;
  return {
    place: `row ${Math.floor(q / view.queries[1])}, column ${q % view.queries[1]}`,
    predicted: data.classes[view.predicted[q]],
    confidence: percent(view.confidence[q] / 255, 0),
    truth: truth === null ? "no labels" : (data.classes[truth] ?? "does not count"),
    entropy: `${((view.entropy[q] / 65535) * Math.log2(view.s)).toFixed(2)} of ${Math.log2(view.s).toFixed(2)} bits`,
    shares: view.levels.map((level, i) => [levelName(level), view.shares[q * levels + i] / 65535]),
    top: largest(row, Math.min(5, view.s)).map((k) => ({ anchor: k, name: anchorName(view, k), weight: row[k] })),
  };
}

export function anchorName(view, k) {
  const { level, row, column } = view.cells[k];
  return `${levelName(view.levels[level])} · row ${row}, column ${column}`;
}

/** What the page says about an anchor: who looks at it. */
export function describeAnchor(data, view, k) {
  const column = columnOf(view, k);
  const sums = new Map();
  column.forEach((w, q) => {
    const [sum, count] = sums.get(view.predicted[q]) ?? [0, 0];
    sums.set(view.predicted[q], [sum + w, count + 1]);
  });
  const classes = [...sums].map(([index, [sum, count]]) => [data.classes[index], sum / count]);
  return {
    name: anchorName(view, k),
    mean: column.reduce((a, b) => a + b, 0) / view.n,
    classes: classes.sort((a, b) => b[1] - a[1]).slice(0, 5),
    top: largest(column, Math.min(5, view.n)).map((q) => ({
      query: q,
      name: `row ${Math.floor(q / view.queries[1])}, column ${q % view.queries[1]}`,
      weight: column[q],
    })),
  };
}

/** 256 RGB colours. */
export function lookup(name) {
  const stops = STOPS[name].match(/../g).map((h) => parseInt(h, 16));
  const last = stops.length / 3 - 1;
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * last;
    const low = Math.min(Math.floor(at), last - 1);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [stops[3 * low + c], stops[3 * low + 3 + c]];
      table[3 * i + c] = Math.round(a + (b - a) * (at - low));
    }
  }
  return table;
}

const shade = (table, t) => {
  const i = 3 * Math.max(0, Math.min(255, Math.round(255 * t)));
  return `rgb(${table[i]} ${table[i + 1]} ${table[i + 2]})`;
};

/** An element; strings become text nodes, so that no name is ever read as HTML. */
function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

const decodePicture = (bytes) =>
  createImageBitmap(new Blob([bytes], { type: bytes[0] === 0x89 ? "image/png" : "image/jpeg" }));

/** A canvas that keeps its backdrop, redrawn only when the size or the picture changes. */
class Surface {
  constructor(canvas) {
    this.canvas = canvas;
    this.base = document.createElement("canvas");
    this.heat = document.createElement("canvas");
  }

  /** Fit the pixels to the box on screen and draw the picture, paled where it lies under a single-hued overlay. */
  fit(picture, shape, pale) {
    const width = Math.max(1, Math.round(this.canvas.clientWidth * (window.devicePixelRatio || 1)));
    const height = Math.max(1, Math.round((width * shape[0]) / shape[1]));
    for (const canvas of [this.canvas, this.base]) Object.assign(canvas, { width, height });
    const base = this.base.getContext("2d");
    base.imageSmoothingEnabled = pale;
    base.imageSmoothingQuality = "high";
    base.drawImage(picture, 0, 0, width, height);
    if (!pale) return;
    base.globalCompositeOperation = "saturation";
    base.globalAlpha = 0.75;
    base.fillStyle = "#808080";
    base.fillRect(0, 0, width, height);
    base.globalAlpha = 1;
    base.globalCompositeOperation = "source-over";
  }

  start() {
    this.context = this.canvas.getContext("2d");
    this.context.globalAlpha = 1;
    this.context.drawImage(this.base, 0, 0);
    return this.context;
  }

  /** One colour per position of a grid. */
  positions(values, [rows, columns], max, table, opacity) {
    if (this.heat.width !== columns || this.heat.height !== rows || !this.pixels) {
      Object.assign(this.heat, { width: columns, height: rows });
      this.pixels = new ImageData(columns, rows);
    }
    const to = this.pixels.data;
    for (let i = 0; i < values.length; i++) {
      const c = 3 * Math.min(255, Math.round((255 * values[i]) / max));
      to[4 * i] = table[c];
      to[4 * i + 1] = table[c + 1];
      to[4 * i + 2] = table[c + 2];
      to[4 * i + 3] = 255;
    }
    this.heat.getContext("2d").putImageData(this.pixels, 0, 0);
    const { context, canvas } = this;
    context.imageSmoothingEnabled = false;
    context.globalAlpha = opacity;
    context.drawImage(this.heat, 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
  }

  /** One outlined, coloured cell per anchor of a level. */
  cells(values, [rows, columns], max, table, opacity) {
    const { context, canvas } = this;
    const [w, hh] = [canvas.width / columns, canvas.height / rows];
    context.lineWidth = Math.max(1, window.devicePixelRatio || 1);
    context.strokeStyle = "rgb(255 255 255 / 0.55)";
    for (let i = 0; i < rows * columns; i++) {
      const [x, y] = [(i % columns) * w, Math.floor(i / columns) * hh];
      context.globalAlpha = opacity;
      context.fillStyle = shade(table, values[i] / max);
      context.fillRect(x, y, w + 0.5, hh + 0.5);
      context.globalAlpha = 1;
      context.strokeRect(x, y, w, hh);
    }
  }

  /** A frame around a region given in fractions of the picture; a number for pins. */
  mark([y0, x0, y1, x1], color, text) {
    const { context, canvas } = this;
    const unit = window.devicePixelRatio || 1;
    let [x, y, w, hh] = [x0 * canvas.width, y0 * canvas.height, (x1 - x0) * canvas.width, (y1 - y0) * canvas.height];
    const grow = Math.max(0, 9 * unit - Math.min(w, hh)) / 2;
    [x, y, w, hh] = [x - grow, y - grow, w + 2 * grow, hh + 2 * grow];
    for (const [line, style] of [[5, "rgb(0 0 0 / 0.55)"], [3.5, "#fff"], [2, color]]) {
      context.lineWidth = line * unit;
      context.strokeStyle = style;
      context.strokeRect(x, y, w, hh);
    }
    if (!text) return;
    const [cx, cy] = [x + w, y];
    context.beginPath();
    context.arc(cx, cy, 8.5 * unit, 0, 7);
    context.fillStyle = color;
    context.fill();
    context.lineWidth = 1.5 * unit;
    context.strokeStyle = "#fff";
    context.stroke();
    context.fillStyle = "#fff";
    context.font = `600 ${11 * unit}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, cx, cy + 0.5 * unit);
  }
}

/** A colour bar whose labels say what its ends mean. */
class Bar {
  constructor() {
    this.canvas = h("canvas", { width: 256, height: 1, "aria-hidden": "true" });
    this.labels = [0, 1, 2].map(() => h("span"));
    this.unit = h("div", { class: "unit" });
    this.node = h("div", { class: "bar" }, this.canvas, h("div", { class: "ticks" }, ...this.labels), this.unit);
  }

  show(table, max, format, unit) {
    if (this.table !== table) {
      this.table = table;
      const context = this.canvas.getContext("2d");
      for (let i = 0; i < 256; i++) {
        context.fillStyle = shade(table, i / 255);
        context.fillRect(i, 0, 1, 1);
      }
    }
    this.labels.forEach((label, i) => write(label, format((i * max) / 2)));
    write(this.unit, unit);
  }
}

/** One view (a block of a model): stage, level tiles, colour bars, text. */
class Panel {
  constructor(app, view) {
    Object.assign(this, { app, view });
    const canvas = h("canvas", {
      class: "stage", tabindex: 0, role: "application", "aria-roledescription": "attention map",
      "aria-label": `${view.key} on ${app.picture.name}. Arrow keys move, Enter pins, Escape clears the pins.`,
      style: `aspect-ratio: ${app.picture.size[1]} / ${app.picture.size[0]}`,
    });
    this.stage = new Surface(canvas);
    app.listen(canvas, null);
    this.bar = new Bar();
    this.cellBar = new Bar();
    this.tiles = view.levels.map((level, i) => {
      const tile = h("canvas", { style: `aspect-ratio: ${app.picture.size[1]} / ${app.picture.size[0]}` });
      const label = h("span");
      const button = h("button", { type: "button", class: "tile" }, tile, label);
      app.listen(button, i, tile);
      return { surface: new Surface(tile), button, label };
    });
    this.title = h("h3", {}, view.key);
    this.subject = h("p", { class: "subject" });
    this.facts = h("dl");
    this.shares = h("div", { class: "shares" });
    this.topTitle = h("h4");
    this.top = h("ol");
    const text = h("div", { class: "text" }, this.title, this.subject, this.facts, this.shares, this.topTitle, this.top);
    const tiles = h("div", { class: "tiles", role: "group", "aria-label": "Pyramid levels" }, ...this.tiles.map((t) => t.button));
    const drawn = h("div", { class: "drawn" }, canvas, this.bar.node, tiles, this.cellBar.node);
    this.node = h("section", { class: "panel", "aria-label": view.key }, drawn, text);
  }

  /** After a change of size or of the picture below the overlay. */
  fit() {
    const { app, view } = this;
    const base = app.settings.base;
    const below = base === "prediction" ? view.predictionPicture : (base === "truth" && app.picture.truthPicture) || app.picture.bitmap;
    this.pale = below === app.picture.bitmap;
    this.stage.fit(below, app.picture.size, this.pale);
    for (const { surface } of this.tiles) surface.fit(below, app.picture.size, this.pale);
  }

  draw() {
    const { app, view } = this;
    const { mode, scale, opacity, level } = app.settings;
    const table = app.table;
    const absolute = scale === "absolute";
    const q = linked(view, app.left, app.q);
    const k = app.anchorIn(view);
    const asking = mode === "query";
    const row = asking ? rowOf(view, q) : app.means(view);
    const cellMax = absolute ? app.peak("cells") : Math.max(...row);
    this.paintStage(asking && app.settings.view === "cells" ? null : asking ? spread(view, row) : columnOf(view, k), row, cellMax);
    view.levels.forEach((shape, i) => {
      const { surface, button, label } = this.tiles[i];
      const from = view.levels.slice(0, i).reduce((sum, [a, b]) => sum + a * b, 0);
      surface.start();
      surface.cells(row.subarray(from, from + shape[0] * shape[1]), shape, cellMax, table, opacity);
      if (asking) surface.mark(box(q, view.queries), "#000");
      else if (view.cells[k].level === i) surface.mark(box(k - from, shape), "#e8590c");
      const share = asking ? view.shares[q * view.levels.length + i] / 65535 : row.slice(from, from + shape[0] * shape[1]).reduce((a, b) => a + b, 0);
      write(label, `${levelName(shape)}  ${percent(share)}`);
      button.setAttribute("aria-pressed", String((asking ? Math.min(level, view.levels.length - 1) : view.cells[k].level) === i));
    });
    this.cellBar.show(table, cellMax, (x) => percent(x, cellMax < 0.05 ? 2 : 1),
      asking ? "of the query's attention, per cell" : "of the attention of all positions, per cell");
    if (asking) this.writeQuery(q);
    else this.writeAnchor(k);
  }

  paintStage(values, row, cellMax) {
    const { app, view, stage } = this;
    const { opacity, level, scale } = app.settings;
    const asking = app.settings.mode === "query";
    stage.start();
    if (!values) {
      const i = Math.min(level, view.levels.length - 1);
      const from = view.levels.slice(0, i).reduce((sum, [a, b]) => sum + a * b, 0);
      stage.cells(row.subarray(from, from + view.levels[i][0] * view.levels[i][1]), view.levels[i], cellMax, app.table, opacity);
      this.bar.show(app.table, cellMax, (x) => percent(x, 2), `weight per cell of the ${levelName(view.levels[i])} grid`);
    } else {
      const many = asking ? values.length : 1; // queries: relative to uniform attention, 1 / number of positions
      let max = scale === "absolute" ? app.peak(asking ? "pixels" : "cells") : values.reduce((a, b) => Math.max(a, b), 1e-12) * many;
      if (asking) for (let i = 0; i < values.length; i++) values[i] *= many;
      stage.positions(values, asking ? view.values : view.queries, max, app.table, opacity);
      if (asking) this.bar.show(app.table, max, (x) => `${x.toFixed(2)}×`, "weight per position; 1× is what uniform attention gives");
      else this.bar.show(app.table, max, (x) => percent(x, 2), "of each position's attention goes to this anchor");
    }
    app.pins.forEach(([r, c], i) => stage.mark(box(linked(view, app.left, app.index(r, c)), view.queries), PINS[i], String(i + 1)));
    if (asking) stage.mark(box(linked(view, app.left, app.q), view.queries), "#000");
    else {
      const { y0, y1, x0, x1 } = view.cells[app.anchorIn(view)];
      stage.mark([y0 / view.values[0], x0 / view.values[1], y1 / view.values[0], x1 / view.values[1]], "#e8590c");
    }
  }

  writeQuery(q) {
    const { app, view } = this;
    const said = describe(app.data, view, q);
    write(this.subject, `Query at ${said.place}`);
    const right = said.truth === said.predicted ? " right" : "";
    this.list([
      ["predicted", said.predicted, app.data.colors[view.predicted[q]]], ["confidence", said.confidence],
      ["truth", said.truth, view.truth && app.data.colors[view.truth[q]]], ["entropy", said.entropy],
    ]);
    this.facts.className = right;
    this.bars(said.shares.map(([name, share]) => [name, share, percent(share)]), 1, "share per pyramid level");
    write(this.topTitle, "most attended anchors");
    this.items(said.top);
    app.say(this, `${view.key}. Query at ${said.place}: ${said.predicted}, ${said.confidence}; truth: ${said.truth}. ` +
      `Entropy ${said.entropy}. Most on ${said.top[0].name}, ${percent(said.top[0].weight)}.`);
  }

  writeAnchor(k) {
    const { app, view } = this;
    const said = describeAnchor(app.data, view, k);
    write(this.subject, `Anchor ${said.name}`);
    this.list([["mean weight", percent(said.mean, 2)], ["uniform", percent(1 / view.s, 2)]]);
    const most = said.classes[0]?.[1] || 1;
    this.bars(said.classes.map(([name, w]) => [name, w, percent(w, 2)]), most, "mean weight by predicted class");
    write(this.topTitle, "positions that look at it most");
    this.items(said.top);
    app.say(this, `${view.key}. Anchor ${said.name}: mean weight ${percent(said.mean, 2)}, ` +
      `most from ${said.top[0].name}, ${percent(said.top[0].weight, 2)}.`);
  }

  list(pairs) {
    if (this.facts.children.length !== 2 * pairs.length) {
      this.facts.replaceChildren(...pairs.flatMap(() => [h("dt"), h("dd", {}, h("i"), h("span"))]));
    }
    pairs.forEach(([name, value, color], i) => {
      write(this.facts.children[2 * i], name);
      const [swatch, text] = this.facts.children[2 * i + 1].children;
      swatch.style.background = color ? `rgb(${color.join(" ")})` : "";
      swatch.hidden = !color;
      write(text, value);
    });
  }

  bars(rows, full, title) {
    if (this.shares.children.length !== rows.length + 1) {
      this.shares.replaceChildren(h("h4"), ...rows.map(() =>
        h("div", { class: "share" }, h("span"), h("b", {}, h("i")), h("span"))));
    }
    write(this.shares.firstChild, title);
    rows.forEach(([name, value, text], i) => {
      const [label, track, number] = this.shares.children[i + 1].children;
      write(label, name);
      track.firstChild.style.width = `${(100 * value) / full}%`;
      write(number, text);
    });
  }

  items(top) {
    if (this.top.children.length !== top.length) this.top.replaceChildren(...top.map(() => h("li", {}, h("span"), h("span"))));
    top.forEach(({ name, weight }, i) => {
      write(this.top.children[i].children[0], name);
      write(this.top.children[i].children[1], percent(weight, 2));
    });
  }
}

/** A cell of a grid in fractions of the picture: top, left, bottom, right. */
function box(index, [rows, columns]) {
  const [r, c] = [Math.floor(index / columns), index % columns];
  return [r / rows, c / columns, (r + 1) / rows, (c + 1) / columns];
}

class Explorer {
  constructor(model, el) {
    Object.assign(this, { model, el, panels: [], pins: [], q: 0, k: 0, spoken: new Map(), closing: new AbortController() });
    this.settings = { mode: "query", view: "pixels", level: 99, scale: "query", colors: "viridis", opacity: 0.7, base: "image" };
    Object.assign(this.settings, model.get("settings"));
    this.controls = h("div", { class: "controls" });
    this.body = h("div", { class: "panels" });
    this.pinned = h("div", { class: "pins" });
    this.status = h("p", { class: "status", role: "status" });
    this.live = h("div", { class: "live", "aria-live": "polite" });
    // JupyterLab's shortcuts must not see the arrow keys, Enter and Escape.
    this.root = h("div", { class: "annn-explorer", role: "group", "aria-label": "Attention explorer", "data-lm-suppress-shortcuts": "true" },
      this.controls, this.status, this.body, this.pinned, this.live);
    el.append(this.root);
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.body);
    this.handlers = {
      "change:payload": () => this.load(), "change:image": () => this.select(), "change:left": () => this.select(),
      "change:right": () => this.select(), "change:message": () => write(this.status, model.get("message") ?? ""),
      "change:pins": () => this.takePins(), "change:query": () => this.takeQuery(),
    };
    for (const [name, handler] of Object.entries(this.handlers)) model.on(name, handler);
    this.load();
  }

  close() {
    for (const [name, handler] of Object.entries(this.handlers)) this.model.off(name, handler);
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.speaking);
    this.closing.abort();
    this.root.remove();
    this.data = this.panels = this.left = null;
  }

  load() {
    this.data = decode(this.model.get("payload"));
    return this.select();
  }

  /** Show the chosen picture and views; where the payload lacks one, wait for the kernel to send it. */
  async select() {
    const { data, model } = this;
    const number = model.get("image");
    const keys = [model.get("left"), model.get("right")].filter(Boolean);
    const views = keys.map((key) => data.views.find((v) => v.picture === number && v.key === key));
    if (views.some((view) => !view)) {
      write(this.status, model.get("message") || "Waiting for the kernel: this view is not in the page yet.");
      return this.buildControls();
    }
    const picture = data.pictures[number];
    picture.bitmap ??= await decodePicture(picture.image);
    if (picture.truth) picture.truthPicture ??= await decodePicture(picture.truth);
    for (const view of views) view.predictionPicture ??= await decodePicture(view.prediction);
    if (this.closing.signal.aborted || data !== this.data || number !== model.get("image")) return;
    write(this.status, model.get("message") ?? "");
    const moved = this.picture !== picture || this.left?.n !== views[0].n;
    Object.assign(this, { picture, left: views[0], table: lookup(this.settings.colors) });
    this.panels = views.map((view) => new Panel(this, view));
    this.body.classList.toggle("two", views.length > 1);
    this.body.replaceChildren(...this.panels.map((panel) => panel.node));
    this.buildControls();
    if (moved) this.takeQuery();
    this.k = Math.min(this.k || this.left.s - 1, this.left.s - 1);
    this.takePins();
    this.resized();
    this.root.dataset.ready = "true";
  }

  buildControls() {
    const { model, data, settings } = this;
    const select = (label, options, value, change) =>
      h("label", {}, h("span", {}, label), h("select", { "aria-label": label, onchange: (e) => change(e.target.value) },
        ...options.map(([key, text]) => h("option", { value: key, selected: String(key) === String(value) && "" }, text))));
    const toggle = (label, name, options) =>
      h("div", { class: "toggle", role: "group", "aria-label": label }, ...options.map(([key, text, off]) =>
        h("button", { type: "button", disabled: off && "", "aria-pressed": String(settings[name] === key), onclick: () => this.set(name, key) }, text)));
    const send = (name) => (value) => {
      model.set(name, name === "image" ? Number(value) : value);
      if (name === "image") model.set("pins", []);
      model.save_changes();
    };
    const keys = data.keys.map((key) => [key, key]);
    const asking = settings.mode === "query";
    const opacity = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: settings.opacity, "aria-label": "Opacity",
      oninput: (e) => this.set("opacity", Number(e.target.value)) });
    const focused = this.controls.contains(document.activeElement) && document.activeElement;
    const at = focused ? [...this.controls.querySelectorAll("button, select, input")].indexOf(focused) : -1;
    if (focused === this.opacity) return;
    this.opacity = opacity;
    const rows = [
      data.pictures.length > 1 && select("Image", data.pictures.map((p, i) => [i, p.name]), model.get("image"), send("image")),
      data.keys.length > 1 && select("Attention", keys, model.get("left"), send("left")),
      data.keys.length > 1 && select("Compare with", [["", "nothing"], ...keys], model.get("right"), send("right")),
      toggle("Direction", "mode", [["query", "From a position"], ["anchor", "To an anchor"]]),
      toggle("Drawn as", "view", [["pixels", "Pixels", !asking], ["cells", "Cells", !asking]]),
      select("Below", [["image", "image"], ["prediction", "prediction"], ...(this.picture?.truth ? [["truth", "truth"]] : [])], settings.base, (v) => this.set("base", v)),
      select("Scale", [["query", asking ? "per query" : "per anchor"], ["absolute", "absolute"]], settings.scale, (v) => this.set("scale", v)),
      select("Colours", COLORMAPS.map((name) => [name, name]), settings.colors, (v) => this.set("colors", v)),
      h("label", {}, h("span", {}, "Opacity"), opacity),
    ];
    this.controls.replaceChildren(...rows.filter(Boolean));
    if (at >= 0) this.controls.querySelectorAll("button, select, input")[at]?.focus();
  }

  set(name, value) {
    this.settings = { ...this.settings, [name]: value };
    this.model.set("settings", this.settings);
    this.model.save_changes();
    if (name === "colors") this.table = lookup(value);
    if (name === "base") this.panels.forEach((panel) => panel.fit());
    if (name !== "opacity") this.buildControls();
    this.drawPins();
    this.paint();
  }

  index(row, column) {
    const [rows, columns] = this.left.queries;
    return Math.max(0, Math.min(rows - 1, row)) * columns + Math.max(0, Math.min(columns - 1, column));
  }

  place(q) {
    return [Math.floor(q / this.left.queries[1]), q % this.left.queries[1]];
  }

  takeQuery() {
    const query = this.model.get("query");
    const [rows, columns] = this.left.queries;
    this.q = query?.length ? this.index(...query) : this.index(rows >> 1, columns >> 1);
    this.paint();
  }

  takePins() {
    if (!this.left) return;
    this.pins = (this.model.get("pins") ?? []).map(([r, c]) => this.place(this.index(r, c)));
    this.drawPins();
    this.paint();
  }

  setPins(pins) {
    this.model.set("pins", pins);
    this.model.save_changes();
    this.takePins();
  }

  pin() {
    const place = this.place(this.q);
    const others = this.pins.filter((pin) => String(pin) !== String(place));
    if (this.settings.mode === "query" && others.length < 4) this.setPins(others.length < this.pins.length ? others : [...others, place]);
  }

  /** The chosen anchor of the left view, found again in another view: same level if it has it, else the finest. */
  anchorIn(view) {
    const cell = this.left.cells[this.k];
    if (view === this.left) return this.k;
    const shape = this.left.levels[cell.level];
    const level = Math.max(0, view.levels.findIndex((other) => String(other) === String(shape)));
    const same = view.cells.findIndex((c) => c.level === level && c.row === cell.row && c.column === cell.column);
    return Math.max(0, same);
  }

  peak(name) {
    const unit = (view) => (name === "pixels" ? view.values[0] * view.values[1] : 1);
    return Math.max(...this.panels.map(({ view }) => view.peak[name] * unit(view)));
  }

  /** What an average query puts on each anchor. */
  means(view) {
    if (!view.means) {
      view.means = new Float32Array(view.s);
      for (let q = 0; q < view.n; q++) for (let k = 0; k < view.s; k++) view.means[k] += (view.weights[q * view.s + k] * view.scale[q]) / view.n;
    }
    return view.means;
  }

  /** Pointer, touch and keys on a stage, or on the tile of a level. */
  listen(node, level, canvas = node) {
    const tile = level !== null;
    let before = -1;
    const at = (event) => {
      const rect = canvas.getBoundingClientRect();
      const [y, x] = [(event.clientY - rect.top) / rect.height, (event.clientX - rect.left) / rect.width];
      const cell = (p, length) => Math.max(0, Math.min(length - 1, Math.floor(p * length)));
      const { left, settings } = this;
      if (settings.mode === "query") {
        if (!tile) this.q = cell(y, left.queries[0]) * left.queries[1] + cell(x, left.queries[1]);
      } else {
        const i = Math.min(tile ? level : left.cells[this.k].level, left.levels.length - 1);
        const [rows, columns] = left.levels[i];
        this.k = left.cells.findIndex((c) => c.level === i) + cell(y, rows) * columns + cell(x, columns);
      }
      this.paint();
    };
    const on = (name, handler) => node.addEventListener(name, handler, { signal: this.closing.signal });
    on("pointermove", (event) => (event.pointerType === "mouse" || event.buttons) && at(event));
    on("pointerdown", (event) => {
      before = this.q;
      node.focus({ preventScroll: true });
      at(event);
    });
    on("click", (event) => {
      if (tile) {
        if (this.settings.mode === "query") this.set("view", "cells");
        this.set("level", level);
      } else if (event.pointerType !== "touch" || before === this.q) this.pin(); // a second tap pins
    });
    if (!tile) on("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = event.shiftKey ? 4 : 1;
    const [dy, dx] = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key] ?? [0, 0];
    const asking = this.settings.mode === "query";
    if (event.key === "Enter" || event.key === " ") this.pin();
    else if (event.key === "Escape") this.setPins([]);
    else if (!asking && (event.key === "PageUp" || event.key === "PageDown")) {
      const i = this.left.cells[this.k].level + (event.key === "PageUp" ? -1 : 1);
      if (this.left.levels[i]) this.k = this.left.cells.findIndex((c) => c.level === i);
    } else if (!dx && !dy) return;
    else if (asking) {
      const [r, c] = this.place(this.q);
      this.q = this.index(r + dy, c + dx);
    } else {
      const { level, row, column } = this.left.cells[this.k];
      const [rows, columns] = this.left.levels[level];
      const [r, c] = [Math.max(0, Math.min(rows - 1, row + dy)), Math.max(0, Math.min(columns - 1, column + dx))];
      this.k = this.left.cells.findIndex((o) => o.level === level) + r * columns + c;
    }
    event.preventDefault();
    event.stopPropagation();
    this.paint();
  }

  drawPins() {
    if (!this.left) return;
    this.pinned.replaceChildren(...this.pins.map(([r, c], i) => {
      const q = this.index(r, c);
      const said = describe(this.data, this.left, q);
      const canvases = this.panels.map(() => h("canvas", { role: "img", "aria-label": `Pin ${i + 1}: ${said.place}`,
        style: `aspect-ratio: ${this.picture.size[1]} / ${this.picture.size[0]}` }));
      const remove = h("button", { type: "button", "aria-label": `Remove pin ${i + 1}`,
        onclick: () => this.setPins(this.pins.filter((_, other) => other !== i)) }, "×");
      return h("figure", { style: `--pin: ${PINS[i]}` }, h("figcaption", {}, h("b", {}, String(i + 1)),
        h("span", {}, `${said.predicted} ${said.confidence}`), h("small", {}, said.place), remove), ...canvases);
    }));
    this.pinned.querySelectorAll("figure").forEach((figure, i) =>
      figure.querySelectorAll("canvas").forEach((canvas, p) => this.drawPin(canvas, this.panels[p], i)));
  }

  drawPin(canvas, panel, i) {
    const { view } = panel;
    const { settings } = this;
    const q = linked(view, this.left, this.index(...this.pins[i]));
    const row = rowOf(view, q);
    const surface = new Surface(canvas);
    surface.fit(this.picture.bitmap, this.picture.size, true);
    surface.start();
    if (settings.view === "cells") {
      const level = Math.min(settings.level, view.levels.length - 1);
      const from = view.cells.findIndex((c) => c.level === level);
      const max = settings.scale === "absolute" ? this.peak("cells") : Math.max(...row);
      surface.cells(row.subarray(from), view.levels[level], max, this.table, settings.opacity);
    } else {
      const values = spread(view, row);
      const max = settings.scale === "absolute" ? this.peak("pixels") / values.length : values.reduce((a, b) => Math.max(a, b), 1e-12);
      surface.positions(values, view.values, max, this.table, settings.opacity);
    }
    surface.mark(box(q, view.queries), PINS[i]);
  }

  resized() {
    if (!this.left || !this.body.clientWidth) return;
    this.panels.forEach((panel) => panel.fit());
    this.drawPins();
    this.paint();
  }

  /** Draw once per frame, however many events there were. */
  paint() {
    if (!this.left) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.panels?.forEach((panel) => panel.draw()));
  }

  /** Screen readers hear what is shown once it has come to rest. */
  say(panel, sentence) {
    this.spoken.set(panel, sentence);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => write(this.live, this.panels.map((p) => this.spoken.get(p) ?? "").join(" ")), 400);
  }
}

export default {
  render({ model, el }) {
    const explorer = new Explorer(model, el);
    return () => explorer.close();
  },
};
