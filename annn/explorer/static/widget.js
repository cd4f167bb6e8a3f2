// The attention explorer's page: one plain ES module. No dependency, no network, no call to the kernel on hover.
// Pure functions first, then canvases, then the page.

const PINS = ["#c84a06", "#1971c2", "#27823a", "#9c36b5"];
const KEYS = {
	query: "Arrow keys move, Enter pins, Escape clears the pins.",
	anchor: "Arrow keys move, Page keys change the level, Enter pins, Escape clears the pins.",
	off: "Arrow keys move, Page keys change the level, Enter switches the anchor off or on, L its level, R begins and ends a rectangle, Escape resets.",
};
const NO_EFFECT = "Effects of single anchors are those of the context block; behind AFNB lie further layers.";
const NO_KERNEL = "Switching off anchors of this block runs the whole network, which a saved page has not: open the explorer in JupyterLab.";

/** The payload (see payload.py) as an object, its arrays as typed arrays. */
export async function decode(buffer) {
	// A view may begin anywhere in its buffer.
	const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
	const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
	const types = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array };
	const waiting = [];
	const revive = (_, value) => {
		const Type = types[value?.array];
		if (!Type) return value;
		const from = start + value.at;
		if (!value.bytes) return new Type(bytes.slice(from, from + value.count * Type.BYTES_PER_ELEMENT).buffer);
		const out = new Type(value.count);
		waiting.push(inflate(bytes.subarray(from, from + value.bytes), value.rows, out));
		return out;
	};
	const data = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)), revive);
	await Promise.all(waiting);
	for (const view of data.views) {
		view.n = view.queries[0] * view.queries[1];
		view.s = view.weights.length / view.n;
		view.cells = cellsOf(view.levels, view.values);
		view.starts = view.levels.map((_, level) => view.cells.findIndex((cell) => cell.level === level));
	}
	return data;
}

/** Deflated bytes into `out`; with rows, they are differences along each row of this length. */
async function inflate(bytes, rows, out) {
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
	const found = new Uint8Array(await new Response(stream).arrayBuffer());
	for (let i = 1; rows && i < found.length; i++) if (i % rows) found[i] += found[i - 1];
	if (found.length === out.length) out.set(found); // of numbers of two bytes the high bytes come first
	else for (let i = 0; i < out.length; i++) out[i] = 256 * found[i] + found[out.length + i];
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
	for (let k = 0; k < view.s; k++) row[k] = view.weights[k * view.n + q] * view.scale[q];
	return row;
}

/** What each query puts on an anchor. */
export function columnOf(view, k) {
	const column = new Float32Array(view.n);
	for (let q = 0; q < view.n; q++) column[q] = view.weights[k * view.n + q] * view.scale[q];
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
	const [y0, x0, y1, x1] = box(q, other.queries);
	const [rows, columns] = view.queries;
	return Math.floor(((y0 + y1) / 2) * rows) * columns + Math.floor(((x0 + x1) / 2) * columns);
}

export const percent = (x, digits = 2) => `${(100 * x).toFixed(digits)} %`;
const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
export const levelName = ([rows, columns]) => `${rows}x${columns}`;

/** What the page says about a query: a title, facts (with a class, for its colour), bars, and lists of names and texts.
 * convention: with effects on the decision, by this convention. */
export function describe(data, view, q, convention) {
	const row = rowOf(view, q);
	const levels = view.levels.length;
	const truth = view.truth?.[q];
	const bits = Math.log2(view.s);
	const sure = percent(view.confidence[q] / 255, 0);
	const item = (text) => (k) => [anchorName(view, k), text(k)];
	const lists = [["most attended anchors", largest(row, 5).map(item((k) => percent(row[k])))]];
	const facts = [];
	if (convention) {
		const { best, runnerUp, margin, effects } = decided(view, q, convention);
		facts.push(["decision", data.classes[best], best], ["runner-up", `${data.classes[runnerUp]}, ${margin.toPrecision(3)} behind`, runnerUp]);
		lists.unshift(["largest effects on that margin", largest(effects.map(Math.abs), 5).map(item((k) => signed(effects[k])))]);
	}
	return {
		title: `Query at ${placeName(view, q)}`,
		facts: [
			["predicted", `${data.classes[view.predicted[q]]}, ${sure}`, view.predicted[q]],
			["truth", truth === undefined ? "no labels" : (data.classes[truth] ?? "does not count"), truth],
			["entropy", `${((view.entropy[q] / 65535) * bits).toFixed(2)} of ${bits.toFixed(2)} bits`],
			...facts,
		],
		barsTitle: "share per pyramid level",
		bars: view.levels.map((level, i) => [levelName(level), view.shares[q * levels + i] / 65535]),
		full: 1,
		lists,
	};
}

/** The decision of a query, computed once while it is shown. */
function decided(view, q, convention) {
	const same = view.decided?.q === q && view.decided.convention === convention;
	if (!same) view.decided = { q, convention, ...decide(view, q, convention) };
	return view.decided;
}

export const signed = (x) => `${x < 0 ? "−" : "+"}${Math.abs(x).toPrecision(3)}`;

export function anchorName(view, k) {
	const { level, row, column } = view.cells[k];
	return `${levelName(view.levels[level])} · row ${row}, column ${column}`;
}

const placeName = (view, q) => `row ${Math.floor(q / view.queries[1])}, column ${q % view.queries[1]}`;

/** What the page says about an anchor: who looks at it. */
export function describeAnchor(data, view, k) {
	const column = columnOf(view, k);
	const sums = new Map();
	column.forEach((w, q) => {
		const [sum, count] = sums.get(view.predicted[q]) ?? [0, 0];
		sums.set(view.predicted[q], [sum + w, count + 1]);
	});
	const classes = [...sums].map(([index, [sum, count]]) => [data.classes[index], sum / count]);
	const mean = column.reduce((a, b) => a + b, 0) / view.n;
	return {
		title: `Anchor ${anchorName(view, k)}`,
		facts: [["average weight", percent(mean)], ["uniform would be", percent(1 / view.s)]],
		barsTitle: "average weight by predicted class",
		bars: classes.sort((a, b) => b[1] - a[1]).slice(0, 5),
		lists: [["positions that look at it most", largest(column, 5).map((q) => [placeName(view, q), percent(column[q])])]],
	};
}

/** What the page says about the anchors that are off, with the anchor k under the pointer; result: see `compare`. */
export function describeOff(data, view, k, off, result) {
	const count = `${off.length} of ${view.s} anchors`;
	const said = { title: `Anchor ${anchorName(view, k)}: ${off.includes(k) ? "off" : "on"}`, bars: [], lists: [] };
	if (!result) return { ...said, facts: [["off", count], ["changed", "computing…"]] };
	const { changed, share, before, after } = result;
	const change = (a, b) => `${(100 * a).toFixed(1)} to ${percent(b, 1)}`;
	const facts = [["off", count], ["changed", `${many(changed, "pixel")}, ${percent(share)}`]];
	const scored = after.mean !== null;
	if (scored) facts.push(["mean IoU", change(before.mean, after.mean)]);
	const [old, now] = [before, after].map(({ iou, pixels }) => (scored ? iou : Array.from(pixels, (n) => (n * share) / changed)));
	const moved = largest(old.map((x, c) => (x === null ? 0 : Math.abs(now[c] - x))), 5).filter((c) => Math.abs(now[c] - old[c]) >= 0.0005);
	const title = scored ? "IoU of the classes that change most" : "share of the classes that change most";
	if (moved.length) said.lists.push([title, moved.map((c) => [data.classes[c], change(old[c], now[c])])]);
	const sentence = `${many(off.length, "anchor")} off, ${many(changed, "pixel")} changed${scored ? `, mean IoU ${facts[2][1]}` : ""}`;
	return { ...said, facts, sentence };
}

/** The anchors of which at least half lies inside a rectangle: top, left, bottom, right in fractions of the picture. */
export function inside(view, [top, left, bottom, right]) {
	const part = (from, to, length, low, high) => {
		let sum = 0;
		for (let i = from; i < to; i++) sum += Math.max(0, Math.min(i + 1, high * length) - Math.max(i, low * length));
		return sum / (to - from);
	};
	const [height, width] = view.values;
	const half = ({ y0, y1, x0, x1 }) => part(y0, y1, height, top, bottom) * part(x0, x1, width, left, right) >= 0.5 - 1e-9;
	return [...view.cells.keys()].filter((k) => half(view.cells[k]));
}

/** Where a value lies in a colour table, from 0 to 255; paint: its table, largest value, and whether zero is its centre. */
const tone = ({ max, centred }, x) => Math.max(0, Math.min(255, Math.round(255 * (centred ? (x / max + 1) / 2 : x / max))));
const shade = ({ table }, i) => `rgb(${table[3 * i]} ${table[3 * i + 1]} ${table[3 * i + 2]})`;

/** The rectangle around two. */
const around = (a, b) => a.map((x, i) => (i < 2 ? Math.min(x, b[i]) : Math.max(x, b[i])));

/** An element; strings become text nodes, so that no name is ever read as HTML. */
function h(tag, props = {}, ...children) {
	const node = document.createElement(tag);
	node.dataset.lmSuppressShortcuts = "true"; // or JupyterLab takes their keys
	for (const [name, value] of Object.entries(props)) {
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (value !== false && value != null) node.setAttribute(name, value);
	}
	node.append(...children);
	return node;
}

const button = (props, ...children) => h("button", { type: "button", ...props }, ...children);
const press = (node, on) => node.setAttribute("aria-pressed", String(on));
const write = (node, text) => {
	if (node.textContent !== text) node.textContent = text;
};
/** The anchors of a level. */
const levelOf = (view, level) => [...view.cells.keys()].filter((k) => view.cells[k].level === level);
const clamp = (x, length) => Math.max(0, Math.min(length - 1, Math.floor(x)));
const biggest = (values) => values.reduce((a, b) => Math.max(a, b), 1e-12);
const shapeOf = ([height, width]) => `aspect-ratio: ${width} / ${height}`;

/** Train ids as a picture; with the ids before a change, what changed is framed and the rest is paler. */
function painted(data, ids, [height, width], before) {
	const image = new ImageData(width, height);
	const pixels = new Uint32Array(image.data.buffer);
	const color = ([r, g, b], alpha) => ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
	const palette = (alpha) => Array.from({ length: 256 }, (_, i) => color(data.colors[i] ?? data.void, alpha));
	const [pale, full] = [palette(before ? 140 : 255), palette(255)];
	const line = Math.max(1, Math.round(width / 500));
	for (let i = 0; i < ids.length; i++) {
		const differs = (at) => before !== undefined && ids[at] !== before[at];
		const changed = differs(i);
		const x = i % width;
		const border = before && (differs(i - line * width) !== changed || differs(i + line * width) !== changed
			|| (x >= line && differs(i - line) !== changed) || (x + line < width && differs(i + line) !== changed));
		if (border) pixels[i] = changed ? 0xffffffff : 0xc0000000;
		else pixels[i] = (changed ? full : pale)[ids[i]];
	}
	const canvas = Object.assign(document.createElement("canvas"), { width, height });
	canvas.getContext("2d").putImageData(image, 0, 0);
	return canvas;
}

const decodePicture = (bytes) =>
	createImageBitmap(new Blob([bytes], { type: bytes[0] === 0x89 ? "image/png" : "image/jpeg" }));

/** A cell of a grid in fractions of the picture: top, left, bottom, right. */
function box(index, [rows, columns]) {
	const [r, c] = [Math.floor(index / columns), index % columns];
	return [r / rows, c / columns, (r + 1) / rows, (c + 1) / columns];
}

/** Where a query {q} or an anchor {k} lies, likewise. */
function regionOf({ queries, cells, values: [height, width] }, { q, k }) {
	if (k === undefined) return box(q, queries);
	const { y0, y1, x0, x1 } = cells[k];
	return [y0 / height, x0 / width, y1 / height, x1 / width];
}

/** A canvas that keeps its backdrop, redrawn only when the size or the picture changes. */
class Surface {
	constructor(canvas) {
		this.canvas = canvas;
		this.base = document.createElement("canvas");
		this.heat = document.createElement("canvas");
	}

	/** Fit the pixels to the box on screen and draw the picture, paled so that the overlay's colours can be told. */
	fit(picture, shape, pale) {
		this.unit = window.devicePixelRatio || 1;
		const width = Math.max(1, Math.round(this.canvas.clientWidth * this.unit));
		const height = Math.max(1, Math.round((width * shape[0]) / shape[1]));
		for (const canvas of [this.canvas, this.base]) Object.assign(canvas, { width, height });
		const base = this.base.getContext("2d");
		base.imageSmoothingEnabled = pale; // class colours keep their borders
		base.drawImage(picture, 0, 0, width, height);
		if (pale) {
			base.globalCompositeOperation = "saturation";
			base.globalAlpha = 0.75;
			base.fillStyle = "#808080";
			base.fillRect(0, 0, width, height);
		}
		this.context = this.canvas.getContext("2d");
	}

	start() {
		this.context.drawImage(this.base, 0, 0);
	}

	/** One colour per position of a grid. */
	positions(values, [rows, columns], paint) {
		const { heat, context, canvas } = this;
		const { table } = paint;
		if (heat.width !== columns || heat.height !== rows || !this.pixels) {
			Object.assign(heat, { width: columns, height: rows });
			this.pixels = new ImageData(columns, rows);
			this.pixels.data.fill(255);
		}
		const to = this.pixels.data;
		for (let i = 0; i < values.length; i++) {
			const c = 3 * tone(paint, values[i]);
			to[4 * i] = table[c];
			to[4 * i + 1] = table[c + 1];
			to[4 * i + 2] = table[c + 2];
		}
		heat.getContext("2d").putImageData(this.pixels, 0, 0);
		this.lay(heat, paint.opacity);
	}

	/** A picture over everything. */
	lay(picture, opacity) {
		const { context, canvas } = this;
		context.imageSmoothingEnabled = false;
		context.globalAlpha = opacity;
		context.drawImage(picture, 0, 0, canvas.width, canvas.height);
		context.globalAlpha = 1;
	}

	/** One outlined, coloured cell per anchor of a level; those that are off are crossed out. */
	cells(view, row, level, paint, off = []) {
		const { context, canvas } = this;
		const [rows, columns] = view.levels[level];
		const [w, t] = [canvas.width / columns, canvas.height / rows];
		const start = view.starts[level];
		if (w < 4) return this.positions(row.subarray(start).map((x, i) => (off.includes(start + i) ? 0 : x)), [rows, columns], paint);
		context.lineWidth = this.unit;
		context.strokeStyle = "rgb(255 255 255 / 0.5)";
		for (let i = 0; i < rows * columns; i++) {
			const [x, y] = [(i % columns) * w, Math.floor(i / columns) * t];
			const gone = off.includes(start + i);
			context.globalAlpha = gone ? 0.75 : paint.opacity;
			context.fillStyle = gone ? "#000" : shade(paint, tone(paint, row[start + i]));
			context.fillRect(x, y, w, t);
			context.globalAlpha = 1;
			context.strokeRect(x, y, w, t);
			if (!gone) continue;
			context.beginPath();
			for (const [from, to] of [[0.25, 0.75], [0.75, 0.25]]) {
				context.moveTo(x + w * from, y + t / 4);
				context.lineTo(x + w * to, y + 0.75 * t);
			}
			context.stroke();
		}
	}

	/** A frame around a region given in fractions of the picture, never cut off by its border; a number for pins. */
	mark([y0, x0, y1, x1], color, text) {
		const { context, canvas, unit } = this;
		const along = (from, to, length) => {
			const grow = Math.max(0, 9 * unit - (to - from) * length) / 2;
			const start = Math.max(2 * unit, from * length - grow);
			return [start, Math.min(length - 2 * unit, to * length + grow) - start];
		};
		const [[x, w], [y, t]] = [along(x0, x1, canvas.width), along(y0, y1, canvas.height)];
		for (const [style, line] of [["rgb(0 0 0 / 0.6)", 5], ["#fff", 3.2], [color, 2]]) {
			context.strokeStyle = style ?? "#fff";
			context.lineWidth = line * unit;
			context.strokeRect(x, y, w, t);
		}
		if (!text) return;
		const at = [Math.min(x + w, canvas.width - 9 * unit), Math.max(y, 9 * unit)];
		context.beginPath();
		context.arc(...at, 8.5 * unit, 0, 7);
		context.fillStyle = color;
		context.fill();
		context.fillStyle = "#fff";
		context.font = `600 ${11 * unit}px system-ui, sans-serif`;
		context.textAlign = "center";
		context.textBaseline = "middle";
		context.fillText(text, at[0], at[1] + unit / 2);
	}
}

/** A colour bar with the values of its ends. */
class Bar {
	constructor() {
		this.canvas = h("canvas", { width: 256, height: 1 });
		this.labels = [0, 1, 2].map(() => h("span"));
		this.node = h("div", { class: "bar" }, this.canvas, ...this.labels);
	}

	show(paint, format, unit) {
		if (this.table !== paint.table) {
			this.table = paint.table;
			const context = this.canvas.getContext("2d");
			for (let i = 0; i < 256; i++) {
				context.fillStyle = shade(paint, i);
				context.fillRect(i, 0, 1, 1);
			}
		}
		[format(paint.centred ? -paint.max : 0), unit, format(paint.max)].forEach((text, i) => write(this.labels[i], text));
	}
}

/** One view (a block of a model): stage, level tiles, colour bars, text. */
class Panel {
	constructor(app, view) {
		Object.assign(this, { app, view });
		const shape = shapeOf(app.picture.size);
		const canvas = h("canvas", {
			class: "stage", tabindex: 0, role: "application", "aria-roledescription": "attention map", style: shape,
		});
		this.stage = new Surface(canvas);
		this.name();
		app.listen(this, canvas, null, canvas);
		this.bars = [new Bar(), new Bar()];
		this.tiles = view.levels.map((_, level) => {
			const tile = h("canvas", { style: shape });
			const label = h("span");
			const choice = button({ class: "tile" }, tile, label);
			app.listen(this, choice, level, tile);
			const flip = button({ class: "plain", onclick: () => app.flip(view, levelOf(view, level)) });
			return { surface: new Surface(tile), choice, label, flip };
		});
		this.text = h("div", { class: "text" });
		const buttons = this.tiles.map(({ choice, flip }) => h("div", {}, choice, flip));
		const tiles = h("div", { class: "tiles", role: "group", "aria-label": "Pyramid levels" }, ...buttons);
		const drawn = h("div", {}, canvas, this.bars[0].node, tiles, this.bars[1].node);
		this.node = h("section", { class: "panel", "aria-label": view.key }, drawn, this.text);
	}

	/** What a screen reader says about the stage. */
	name() {
		const { app, view, stage } = this;
		stage.canvas.setAttribute("aria-label", `${view.key} on ${app.picture.name}. ${KEYS[app.settings.mode]}`);
	}

	/** After a change of size or of the picture below the overlay. */
	fit() {
		const { data, picture, settings } = this.app;
		const ids = { prediction: this.view.prediction, truth: picture.truth }[settings.base];
		const below = ids && painted(data, ids, picture.shown);
		for (const { surface } of [{ surface: this.stage }, ...this.tiles]) {
			surface.fit(below ?? picture.bitmap, picture.size, !below);
		}
	}

	draw() {
		const { app, view } = this;
		const { settings } = app;
		const asking = settings.mode === "query";
		const shown = app.find(view, app.chosen());
		const effect = asking && app.effectIn(view);
		const row = effect ? decided(view, shown.q, settings.convention).effects : asking ? rowOf(view, shown.q) : app.means(view);
		const paint = app.paintOf(row, effect, "cells");
		const level = asking ? app.levelIn(view) : view.cells[shown.k].level;
		const off = settings.mode === "off" ? app.offIn(view) : [];
		const reason = settings.mode === "off" ? app.reason(view) : "";
		this.tiles.forEach(({ surface, choice, label, flip }, i) => {
			surface.start();
			surface.cells(view, row, i, paint, off);
			if (asking) surface.mark(box(shown.q, view.queries));
			else if (i === level) surface.mark(box(shown.k - view.starts[i], view.levels[i]));
			const share = asking
				? view.shares[shown.q * view.levels.length + i] / 65535
				: row.reduce((sum, w, j) => (view.cells[j].level === i ? sum + w : sum), 0);
			write(label, `${levelName(view.levels[i])}  ${percent(share, 1)}`);
			press(choice, i === level);
			for (const node of [choice, flip]) Object.assign(node, { disabled: Boolean(reason), title: reason });
		});
		const towards = effect && app.data.classes[view.decided.best];
		if (effect) this.bars[1].show(paint, signed, `effect: red against, blue for ${towards}`);
		else this.bars[1].show(paint, percent, `of the ${asking ? "query" : "average position"}'s attention, per cell`);
		if (settings.mode === "off") this.drawOff(shown, off, reason);
		else this.drawShown(shown, effect);
		this.stage.mark(regionOf(view, shown));
		if (settings.mode === "off") return;
		app.pins.forEach((pin, i) => this.stage.mark(regionOf(view, app.find(view, pin)), PINS[i], String(i + 1)));
		this.write(app.say(view, shown));
	}

	/** What a query attends to or decides by, or who looks at an anchor. */
	drawShown(shown, effect) {
		const { app, view, bars: [bar] } = this;
		const { mode, view: drawing } = app.settings;
		const paint = app.drawMap(this.stage, view, shown);
		if (effect) bar.show(paint, signed, "effect per position, times their number");
		else if (mode === "query") bar.show(paint, (x) => `${x.toFixed(2)}×`, "weight per position, uniform attention = 1×");
		else bar.show(paint, percent, "of a position's attention goes to this anchor");
		bar.node.hidden = mode === "query" && drawing === "cells"; // then the tiles' bar holds for both
	}

	/** The class map without the anchors that are off. */
	drawOff(shown, off, reason) {
		const { app, view, stage } = this;
		const result = reason ? null : app.without(view);
		view.canvas ??= painted(app.data, view.prediction, app.picture.shown);
		stage.start();
		stage.lay(view.canvas, app.settings.opacity);
		this.bars[0].node.hidden = true;
		this.tiles.forEach(({ flip }, i) => {
			const anchors = levelOf(view, i);
			const count = anchors.filter((k) => off.includes(k)).length;
			write(flip, count === anchors.length ? "switch on" : "switch off");
			flip.setAttribute("aria-label", `Level ${levelName(view.levels[i])}: ${count} of ${anchors.length} anchors off`);
			press(flip, count === anchors.length);
		});
		if (app.drag?.panel === this) stage.mark(app.drag.region, "#ffd43b");
		this.write(reason ? { title: reason, facts: [], bars: [], lists: [] } : describeOff(app.data, view, shown.k, off, result));
	}

	write(said) {
		const { app, view } = this;
		const facts = said.facts.flatMap(([name, value, index]) => {
			const color = app.data.colors[index];
			return [h("dt", {}, name), h("dd", {}, color ? h("i", { style: `background: rgb(${color.join(" ")})` }) : "", value)];
		});
		const full = said.full ?? biggest(said.bars.map(([, share]) => share));
		const bars = said.bars.map(([name, share]) => {
			const bar = h("b", {}, h("i", { style: `width: ${(100 * share) / full}%` }));
			return h("div", { class: "share" }, h("span", {}, name), bar, h("span", {}, percent(share, said.full ? 1 : 2)));
		});
		const lists = said.lists.flatMap(([title, items]) => [
			h("h4", {}, title), h("ol", {}, ...items.map((texts) => h("li", {}, ...texts.map((text) => h("span", {}, text))))),
		]);
		this.text.replaceChildren(
			h("h3", {}, view.key), h("p", {}, said.title), h("dl", {}, ...facts), ...(bars.length ? [h("h4", {}, said.barsTitle)] : []), ...bars, ...lists,
		);
		const [first] = said.lists;
		const top = first?.[1].length ? ` ${first[0]}: ${first[1][0].join(", ")}.` : "";
		const sentence = said.sentence ?? said.facts.map(([name, value]) => `${name} ${value}`).join(", ");
		app.announce(this, `${view.key}. ${said.title}${sentence && ": "}${sentence}.${top}`);
	}
}

class Explorer {
	constructor(model, el) {
		Object.assign(this, { model, settings: model.get("settings"), panels: [], pins: [], q: 0, k: model.get("anchor"), spoken: new Map() });
		this.controls = h("div", { class: "controls" });
		this.body = h("div", { class: "panels" });
		this.pinned = h("div", { class: "pins" });
		this.status = h("p", { class: "status", role: "status" });
		this.live = h("div", { class: "live unseen", "aria-live": "polite" });
		const props = { class: "annn-explorer", role: "group", "aria-label": "Attention explorer" };
		this.root = h("div", props, this.controls, this.status, this.body, this.pinned, this.live);
		el.append(this.root);
		// Texts change only the height.
		this.observer = new ResizeObserver(() => this.body.clientWidth !== this.width && this.resized());
		this.observer.observe(this.body);
		const select = () => this.select();
		this.handlers = {
			payload: () => this.load(), image: select, left: select, right: select, pins: () => this.takePins(),
			query: () => this.takeQuery(), message: () => write(this.status, model.get("message")),
			off: () => this.paint(), answer: () => this.takeAnswer(),
		};
		for (const [name, handler] of Object.entries(this.handlers)) model.on(`change:${name}`, handler);
		this.load();
	}

	close() {
		for (const [name, handler] of Object.entries(this.handlers)) this.model.off(`change:${name}`, handler);
		this.observer.disconnect();
		cancelAnimationFrame(this.frame);
		clearTimeout(this.speaking);
		this.root.remove();
		this.stopWork(() => true);
		this.data = this.left = this.asked = this.loaded = null;
		this.panels = [];
	}

	async load() {
		const loaded = (this.loaded = {});
		const data = await decode(this.model.get("payload"));
		if (loaded !== this.loaded) return; // meanwhile another payload came, or the page closed
		this.stopWork(() => true);
		this.data = data;
		return this.select();
	}

	/** End the workers of some views, and forget their class maps. */
	stopWork(chosen) {
		for (const view of this.data?.views.filter(chosen) ?? []) {
			view.recomputer?.close();
			view.recomputer = view.result = view.asked = view.canvas = null;
		}
	}

	/** Show the chosen picture and views; where the payload lacks one, wait for the kernel to send it. */
	async select() {
		const asked = (this.asked = {});
		const { data, model } = this;
		if (!data) return;
		const number = model.get("image");
		const keys = [model.get("left"), model.get("right")].filter(Boolean);
		const views = keys.map((key) => data.views.find((view) => view.picture === number && view.key === key));
		if (!views.every(Boolean)) {
			write(this.status, model.get("message") || "Waiting for the kernel.");
			return;
		}
		const picture = data.pictures[number];
		picture.bitmap ??= await decodePicture(picture.image);
		if (asked !== this.asked) return; // meanwhile another choice was made, or the page closed
		this.stopWork((view) => !views.includes(view));
		write(this.status, model.get("message"));
		const moved = this.picture !== picture || this.left?.n !== views[0].n;
		Object.assign(this, { picture, left: views[0] });
		this.panels = views.map((view) => new Panel(this, view));
		this.body.classList.toggle("two", views.length > 1);
		this.body.replaceChildren(...this.panels.map((panel) => panel.node));
		this.buildControls();
		if (moved) this.takeQuery();
		if (!this.left.cells[this.k]) this.k = this.left.starts.at(-1);
		this.takePins();
		this.resized();
		this.root.dataset.ready = "true";
	}

	buildControls() {
		const { model, data, settings } = this;
		const select = (label, options, value, onchange) => {
			const node = h("select", { "aria-label": label, onchange: () => onchange(node.value) }, ...options.map(([key, text]) => h("option", { value: key }, text)));
			node.value = value;
			return h("label", {}, h("span", {}, label), node);
		};
		const choose = (label, name, options) =>
			select(label, options.map((one) => (Array.isArray(one) ? one : [one, one])), settings[name], (value) => this.set({ [name]: value }));
		const toggle = (label, name, options, disabled = null) => h("div", { class: "toggle", role: "group", "aria-label": label },
			...options.map(([key, text, reason]) => button({
				disabled: reason ? "" : disabled, title: reason, "aria-pressed": String(settings[name] === key),
				onclick: () => this.set({ [name]: key }),
			}, text, reason ? h("span", { class: "unseen" }, ` (${reason})`) : "")));
		const send = (name) => (value) => {
			model.set(name, name === "image" ? Number(value) : value);
			if (name === "image") for (const [cleared, empty] of [["pins", []], ["off", {}]]) model.set(cleared, empty);
			model.save_changes();
		};
		const keys = data.keys.map((key) => [key, key]);
		const asking = settings.mode === "query";
		this.opacity ??= h("input", { type: "range", min: 0, max: 1, step: 0.05, value: settings.opacity,
			oninput: () => this.set({ opacity: Number(this.opacity.value) }) });
		const several = keys.length > 1;
		const what = [
			data.pictures.length > 1 && select("Image", data.pictures.map((p, i) => [i, p.name]), model.get("image"), send("image")),
			several && select("Attention", keys, model.get("left"), send("left")),
			several && select("Compare with", [["", "nothing"], ...keys], model.get("right"), send("right")),
			toggle("Direction", "mode", [["query", "From a position"], ["anchor", "To an anchor"], ["off", "Switch off"]]),
		];
		const effect = asking && settings.view === "effect";
		const how = [
			settings.mode !== "off" && toggle("Drawn as", "view", [["pixels", "Pixels"], ["cells", "Cells"], ["effect", "Effect on the decision", !this.left.head && NO_EFFECT]], asking ? null : ""),
			(effect || settings.mode === "off") && choose("Convention", "convention", ["removed", "renormalised"]),
			settings.mode === "off" && button({ class: "plain", onclick: () => this.setOff({}) }, "Reset"),
			choose("Below", "base", ["image", "prediction", "truth"].slice(0, this.picture.truth ? 3 : 2)),
			choose("Scale", "scale", [["query", asking ? "per query" : "per anchor"], "absolute"]),
			!effect && choose("Colours", "colors", Object.keys(data.colormaps)),
			h("label", {}, h("span", {}, "Opacity"), this.opacity),
		];
		const all = () => [...this.controls.querySelectorAll("button, select, input")];
		const focused = all().indexOf(document.activeElement);
		this.root.dataset.mode = settings.mode;
		this.controls.replaceChildren(h("div", {}, ...what.filter(Boolean)), h("div", {}, ...how.filter(Boolean)));
		all()[focused]?.focus();
	}

	set(changes) {
		this.settings = { ...this.settings, ...changes };
		this.model.set("settings", this.settings);
		this.model.save_changes();
		this.drag = this.corner = null;
		this.panels.forEach((panel) => panel.name());
		if ("base" in changes) this.panels.forEach((panel) => panel.fit());
		if (!("opacity" in changes)) this.buildControls();
		this.drawPins();
		this.paint();
	}

	index(row, column) {
		const [rows, columns] = this.left.queries;
		return clamp(row, rows) * columns + clamp(column, columns);
	}

	place(q) {
		return [Math.floor(q / this.left.queries[1]), q % this.left.queries[1]];
	}

	takeQuery() {
		if (!this.left) return;
		const [rows, columns] = this.left.queries;
		const query = this.model.get("query");
		this.q = query.length ? this.index(...query) : this.index(rows / 2, columns / 2);
		this.paint();
	}

	takePins() {
		if (!this.left) return;
		const taken = (pin) => (pin.length > 1 ? this.place(this.index(...pin)) : [clamp(pin[0], this.left.s)]);
		this.pins = this.model.get("pins").map(taken);
		this.drawPins();
		this.paint();
	}

	setPins(pins) {
		this.model.set("pins", pins);
		this.model.save_changes();
		this.takePins();
	}

	/** What is shown, as pins are written: [row, column] of a query, or [index] of an anchor, in the left view. */
	chosen() {
		return this.settings.mode === "query" ? this.place(this.q) : [this.k];
	}

	/** The anchors of a view that are off. */
	offIn(view) {
		return this.model.get("off")[view.key] ?? [];
	}

	setOff(off) {
		this.model.set("off", off);
		this.model.save_changes();
		this.paint();
	}

	/** Switch anchors of a view off, or on where all of them are off. */
	flip(view, anchors) {
		if (!anchors.length || this.reason(view)) return;
		const off = this.offIn(view);
		const others = off.filter((k) => !anchors.includes(k));
		const all = off.length - others.length === anchors.length;
		this.setOff({ ...this.model.get("off"), [view.key]: all ? others : [...others, ...anchors].sort((a, b) => a - b) });
	}

	/** Why no anchor of a view can be switched off. */
	reason(view) {
		return view.head || this.model.get("kernel") ? "" : NO_KERNEL;
	}

	/** How the class map of a view changes without its anchors that are off; null while it is computed. */
	without(view) {
		const { picture, data, settings: { convention } } = this;
		const off = this.offIn(view);
		const job = { off, convention };
		const name = JSON.stringify(job);
		if (view.asked !== name) {
			view.asked = name;
			view.result = null;
			if (view.head) {
				const { n, s, queries, weights, scale, head } = view;
				const setup = { view: { n, s, queries, weights, scale, head }, size: picture.shown, truth: picture.truth };
				view.recomputer ??= new Recomputer(setup, (done, result) => this.took(view, done, result));
				view.recomputer.ask(job);
			} else if (!off.length) this.took(view, job, this.changes(view, view.prediction));
			else {
				const before = this.model.get("request").number ?? 0;
				this.model.set("request", { number: before + 1, image: this.model.get("image"), view: view.key, ...job });
				this.model.save_changes();
				write(this.status, "The kernel computes the class map…");
			}
		}
		return view.result;
	}

	/** The kernel's class map, or why there is none. */
	takeAnswer() {
		const { number, labels, error } = this.model.get("answer");
		const { number: last, view: key, off, convention, image } = this.model.get("request");
		if (number !== last || image !== this.model.get("image")) return;
		write(this.status, error ?? "");
		const view = this.panels.map((panel) => panel.view).find((shown) => shown.key === key);
		if (!view || error) return;
		const ids = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
		this.took(view, { off, convention }, this.changes(view, ids));
	}

	changes(view, after) {
		const before = view.prediction;
		return { maps: [before, after], ...compare(before, after, this.picture.truth, this.data.classes.length) };
	}

	/** Show the result of a job, unless another was asked for meanwhile. */
	took(view, job, result) {
		if (!this.data || view.asked !== JSON.stringify(job)) return;
		const [before, after] = result.maps;
		view.result = result;
		view.canvas = painted(this.data, after, this.picture.shown, before);
		this.paint();
	}

	/** Whether the effect on the decision is shown, which not every view has. */
	effectIn(view) {
		return this.settings.view === "effect" && Boolean(view.head);
	}

	/** How values are coloured; name: which of a view's absolute scales is theirs. */
	paintOf(values, effect, name) {
		const { settings, data, panels } = this;
		const peak = ({ view: { peak, head } }) => (effect ? (head?.peak[settings.convention][name] ?? 0) : peak[name]);
		return {
			table: effect ? data.diverging : data.colormaps[settings.colors],
			max: settings.scale === "absolute" ? Math.max(...panels.map(peak), 1e-12) : biggest(effect ? values.map(Math.abs) : values),
			centred: effect,
			opacity: settings.opacity,
		};
	}

	/** What the page says about a query {q} or an anchor {k} of a view. */
	say(view, { q, k }) {
		if (k !== undefined) return describeAnchor(this.data, view, k);
		const said = describe(this.data, view, q, this.effectIn(view) && this.settings.convention);
		if (this.settings.view === "effect" && !view.head) said.facts.push(["effect", NO_EFFECT]);
		return said;
	}

	/** Pin what is shown, or take its pin away. */
	pin() {
		const others = this.pins.filter((pin) => String(pin) !== String(this.chosen()));
		if (others.length < this.pins.length) this.setPins(others);
		else if (others.length < PINS.length) this.setPins([...others, this.chosen()]);
	}

	/** A pin's query {q} or anchor {k} in a view: the same place, or the same cell (the first where none is). */
	find(view, pin) {
		if (pin.length > 1) return { q: linked(view, this.left, this.index(...pin)) };
		const { level, row, column } = this.left.cells[pin[0]];
		const size = this.left.levels[level];
		const same = view.levels.findIndex((other) => String(other) === String(size));
		return { k: same < 0 ? 0 : view.starts[same] + row * size[1] + column };
	}

	/** The level that is drawn as cells on the stage. */
	levelIn(view) {
		return Math.min(this.settings.level, view.levels.length - 1);
	}

	/** What the average query puts on each anchor. */
	means(view) {
		view.means ??= Float32Array.from(view.cells, (_, k) => columnOf(view, k).reduce((a, b) => a + b, 0) / view.n);
		return view.means;
	}

	/** Pointer, touch and keys on a panel's stage (level null), or on the tile of a level. */
	listen(panel, node, level, canvas) {
		const tile = level !== null;
		const on = (name, handler) => node.addEventListener(name, handler);
		let before = "";
		let start = null;
		let dragged = false;
		const place = (event) => {
			const rect = canvas.getBoundingClientRect();
			return [(event.clientY - rect.top) / rect.height, (event.clientX - rect.left) / rect.width];
		};
		const at = (event) => {
			const { left } = this;
			const [y, x] = place(event);
			if (this.settings.mode !== "query") {
				const i = Math.min(tile ? level : left.cells[this.k].level, left.levels.length - 1);
				const [rows, columns] = left.levels[i];
				this.k = left.starts[i] + clamp(y * rows, rows) * columns + clamp(x * columns, columns);
			} else if (!tile) this.q = this.index(y * left.queries[0], x * left.queries[1]);
			this.paint();
		};
		on("pointermove", (event) => {
			if (start && Math.hypot(event.clientX - start.x, event.clientY - start.y) > 6) {
				const to = place(event).map((x) => Math.max(0, Math.min(1, x)));
				this.drag = { panel, region: around([...start.place, ...start.place], [...to, ...to]) };
			}
			if (event.pointerType === "mouse" || event.buttons) at(event);
		});
		on("pointerdown", (event) => {
			before = String(this.chosen());
			dragged = false;
			node.focus({ preventScroll: true });
			this.drag = this.corner = null;
			if (!tile && this.settings.mode === "off") {
				start = { x: event.clientX, y: event.clientY, place: place(event) };
				node.setPointerCapture(event.pointerId);
			}
			at(event);
		});
		on("pointerup", () => {
			dragged = Boolean(start && this.drag);
			start = null;
			if (dragged) this.endRectangle(panel);
		});
		on("pointercancel", () => (start = this.drag = null));
		on("click", (event) => {
			const key = tile && !event.detail; // a key, which points at no cell
			if (dragged) return;
			if (tile && this.settings.mode === "query") this.set({ level, ...(this.settings.view === "pixels" && { view: "cells" }) });
			else if (key) {
				this.k = this.left.starts[level];
				this.paint();
			} else if (this.settings.mode === "off") this.flip(panel.view, [this.find(panel.view, [this.k]).k]);
			else if (event.pointerType !== "touch" || before === String(this.chosen())) this.pin(); // a finger's first tap only shows
		});
		if (!tile) on("keydown", (event) => this.key(event, panel));
	}

	/** Switch what lies in the rectangle. */
	endRectangle(panel) {
		const { region } = this.drag;
		this.drag = this.corner = null;
		this.flip(panel.view, inside(panel.view, region));
		this.paint();
	}

	key(event, panel) {
		const step = event.shiftKey ? 4 : 1;
		const arrows = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] };
		const levels = { PageUp: -1, PageDown: 1 };
		const { left } = this;
		const { mode } = this.settings;
		const cell = left.cells[this.k];
		const enter = event.key === "Enter" || event.key === " ";
		if (mode === "off" && this.offKey(event.key.toLowerCase(), enter, panel));
		else if (enter) this.pin();
		else if (event.key === "Escape") this.setPins([]);
		else if (event.key in arrows) {
			const [dy, dx] = arrows[event.key];
			const [r, c] = this.place(this.q);
			const [rows, columns] = left.levels[cell.level];
			if (mode === "query") this.q = this.index(r + dy, c + dx);
			else this.k = left.starts[cell.level] + clamp(cell.row + dy, rows) * columns + clamp(cell.column + dx, columns);
		} else if (event.key in levels && mode !== "query") {
			this.k = left.starts[cell.level + levels[event.key]] ?? this.k;
		} else return;
		if (this.corner != null) this.stretch(panel);
		event.preventDefault();
		event.stopPropagation();
		this.paint();
	}

	/** A key in the mode that switches off; false for the others. */
	offKey(key, enter, panel) {
		const { view } = panel;
		const { k } = this.find(view, [this.k]);
		if (key === "escape" && this.drag) this.drag = this.corner = null;
		else if (key === "escape") this.setOff({});
		else if (key === "l") this.flip(view, levelOf(view, view.cells[k].level));
		else if ((key === "r" || enter) && this.drag) this.endRectangle(panel);
		else if (key === "r") this.corner = this.k;
		else if (enter) this.flip(view, [k]);
		else return false;
		return true;
	}

	/** The rectangle from the cell where R was pressed to the present one. */
	stretch(panel) {
		this.drag = { panel, region: around(...[this.corner, this.k].map((k) => regionOf(this.left, { k }))) };
	}

	/** Draw what a query attends to, as cells or positions, its effects, or who looks at an anchor. Returns the colouring. */
	drawMap(surface, view, { q, k }) {
		const { settings } = this;
		surface.start();
		const effect = k === undefined && this.effectIn(view);
		let values = k !== undefined ? columnOf(view, k) : effect ? decided(view, q, settings.convention).effects : rowOf(view, q);
		let paint = this.paintOf(values, effect, "cells");
		if (k === undefined && settings.view === "cells") {
			surface.cells(view, values, this.levelIn(view), paint);
			return paint;
		}
		if (k === undefined) {
			// Relative to uniform attention, 1 / M for each of M positions.
			values = spread(view, values).map((weight, _, all) => weight * all.length);
			paint = this.paintOf(values, effect, "pixels");
		}
		surface.positions(values, k === undefined ? view.values : view.queries, paint);
		return paint;
	}

	drawPins() {
		if (!this.left) return;
		const { picture } = this;
		const figures = this.pins.map((pin, i) => {
			const { title, facts: [[name, value]] } = this.say(this.left, this.find(this.left, pin));
			const onclick = () => this.setPins(this.pins.filter((_, other) => other !== i));
			const remove = button({ "aria-label": `Remove pin ${i + 1}`, onclick }, "×");
			const texts = [h("b", {}, String(i + 1)), h("span", {}, `${name} ${value}`), h("small", {}, title), remove];
			const maps = this.panels.flatMap(({ view: { key } }) => [
				h("canvas", { role: "img", style: shapeOf(picture.size), "aria-label": `${key}, pin ${i + 1}` }), h("small", {}, key),
			]);
			return h("figure", { style: `--pin: ${PINS[i]}` }, h("figcaption", {}, ...texts), ...maps);
		});
		this.pinned.replaceChildren(...figures); // on the page first: a canvas takes its size from there
		figures.forEach((figure, i) => this.panels.forEach(({ view }, p) => {
			const surface = new Surface(figure.children[2 * p + 1]);
			const place = this.find(view, this.pins[i]);
			surface.fit(picture.bitmap, picture.size, true);
			this.drawMap(surface, view, place);
			surface.mark(regionOf(view, place), PINS[i]);
		}));
	}

	resized() {
		this.width = this.body.clientWidth;
		if (!this.left || !this.width) return;
		this.panels.forEach((panel) => panel.fit());
		this.drawPins();
		this.paint();
	}

	/** Draw once per frame, however many events there were. */
	paint() {
		cancelAnimationFrame(this.frame);
		this.frame = requestAnimationFrame(() => this.panels.forEach((panel) => panel.draw()));
	}

	/** Screen readers hear what is shown once it has come to rest. */
	announce(panel, sentence) {
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
