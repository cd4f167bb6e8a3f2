// The attention explorer's page: one plain ES module. No dependency, no network, no call to the kernel on hover.
// Pure functions first, then canvases, then the page.

const PINS = ["#c84a06", "#1971c2", "#27823a", "#9c36b5"];

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
	out.set(new Uint8Array(await new Response(stream).arrayBuffer()));
	for (let i = 1; rows && i < out.length; i++) if (i % rows) out[i] += out[i - 1];
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
export const levelName = ([rows, columns]) => `${rows}x${columns}`;

/** What the page says about a query: a title, facts (with a class, for its colour), bars, and the top five anchors. */
export function describe(data, view, q) {
	const row = rowOf(view, q);
	const levels = view.levels.length;
	const truth = view.truth?.[q];
	const bits = Math.log2(view.s);
	const sure = percent(view.confidence[q] / 255, 0);
	return {
		title: `Query at ${placeName(view, q)}`,
		facts: [
			["predicted", `${data.classes[view.predicted[q]]}, ${sure}`, view.predicted[q]],
			["truth", truth === undefined ? "no labels" : (data.classes[truth] ?? "does not count"), truth],
			["entropy", `${((view.entropy[q] / 65535) * bits).toFixed(2)} of ${bits.toFixed(2)} bits`],
		],
		barsTitle: "share per pyramid level",
		bars: view.levels.map((level, i) => [levelName(level), view.shares[q * levels + i] / 65535]),
		full: 1,
		topTitle: "most attended anchors",
		top: largest(row, 5).map((k) => ({ name: anchorName(view, k), weight: row[k], index: k })),
	};
}

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
		topTitle: "positions that look at it most",
		top: largest(column, 5).map((q) => ({ name: placeName(view, q), weight: column[q], index: q })),
	};
}

/** What the page says about a query {q} or an anchor {k}. */
const say = (data, view, { q, k }) => (k === undefined ? describe(data, view, q) : describeAnchor(data, view, k));

const shade = (table, t) => {
	const i = 3 * Math.max(0, Math.min(255, Math.round(255 * t)));
	return `rgb(${table[i]} ${table[i + 1]} ${table[i + 2]})`;
};

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

const write = (node, text) => {
	if (node.textContent !== text) node.textContent = text;
};
const clamp = (x, length) => Math.max(0, Math.min(length - 1, Math.floor(x)));
const biggest = (values) => values.reduce((a, b) => Math.max(a, b), 1e-12);
const shapeOf = ([height, width]) => `aspect-ratio: ${width} / ${height}`;
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
	positions(values, [rows, columns], max, table, opacity) {
		const { heat, context, canvas } = this;
		if (heat.width !== columns || heat.height !== rows || !this.pixels) {
			Object.assign(heat, { width: columns, height: rows });
			this.pixels = new ImageData(columns, rows);
			this.pixels.data.fill(255);
		}
		const to = this.pixels.data;
		for (let i = 0; i < values.length; i++) {
			const c = 3 * Math.min(255, Math.round((255 * values[i]) / max));
			to[4 * i] = table[c];
			to[4 * i + 1] = table[c + 1];
			to[4 * i + 2] = table[c + 2];
		}
		heat.getContext("2d").putImageData(this.pixels, 0, 0);
		context.imageSmoothingEnabled = false;
		context.globalAlpha = opacity;
		context.drawImage(heat, 0, 0, canvas.width, canvas.height);
		context.globalAlpha = 1;
	}

	/** One outlined, coloured cell per anchor of a level. */
	cells(view, row, level, max, table, opacity) {
		const { context, canvas } = this;
		const [rows, columns] = view.levels[level];
		const [w, t] = [canvas.width / columns, canvas.height / rows];
		if (w < 4) return this.positions(row.subarray(view.starts[level]), [rows, columns], max, table, opacity);
		context.lineWidth = this.unit;
		context.strokeStyle = "rgb(255 255 255 / 0.5)";
		for (let i = 0; i < rows * columns; i++) {
			const [x, y] = [(i % columns) * w, Math.floor(i / columns) * t];
			context.globalAlpha = opacity;
			context.fillStyle = shade(table, row[view.starts[level] + i] / max);
			context.fillRect(x, y, w, t);
			context.globalAlpha = 1;
			context.strokeRect(x, y, w, t);
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

	show(table, max, format, unit) {
		if (this.table !== table) {
			this.table = table;
			const context = this.canvas.getContext("2d");
			for (let i = 0; i < 256; i++) {
				context.fillStyle = shade(table, i / 255);
				context.fillRect(i, 0, 1, 1);
			}
		}
		[format(0), unit, format(max)].forEach((text, i) => write(this.labels[i], text));
	}
}

/** One view (a block of a model): stage, level tiles, colour bars, text. */
class Panel {
	constructor(app, view) {
		Object.assign(this, { app, view });
		const shape = shapeOf(app.picture.size);
		const canvas = h("canvas", {
			class: "stage", tabindex: 0, role: "application", "aria-roledescription": "attention map", style: shape,
			"aria-label": `${view.key} on ${app.picture.name}. Arrow keys move, Enter pins, Escape clears the pins.`,
		});
		this.stage = new Surface(canvas);
		app.listen(canvas, null, canvas);
		this.bars = [new Bar(), new Bar()];
		this.tiles = view.levels.map((_, level) => {
			const tile = h("canvas", { style: shape });
			const label = h("span");
			const button = h("button", { type: "button", class: "tile" }, tile, label);
			app.listen(button, level, tile);
			return { surface: new Surface(tile), button, label };
		});
		this.text = h("div", { class: "text" });
		const buttons = this.tiles.map((tile) => tile.button);
		const tiles = h("div", { class: "tiles", role: "group", "aria-label": "Pyramid levels" }, ...buttons);
		const drawn = h("div", {}, canvas, this.bars[0].node, tiles, this.bars[1].node);
		this.node = h("section", { class: "panel", "aria-label": view.key }, drawn, this.text);
	}

	/** After a change of size or of the picture below the overlay. */
	fit() {
		const { picture, settings } = this.app;
		const painted = { prediction: this.view.predictionPicture, truth: picture.truthPicture }[settings.base];
		for (const { surface } of [{ surface: this.stage }, ...this.tiles]) {
			surface.fit(painted ?? picture.bitmap, picture.size, !painted);
		}
	}

	draw() {
		const { app, view } = this;
		const { table, settings } = app;
		const asking = settings.mode === "query";
		const shown = app.find(view, app.chosen());
		const row = asking ? rowOf(view, shown.q) : app.means(view);
		const max = settings.scale === "absolute" ? app.peak("cells") : biggest(row);
		const level = asking ? app.levelIn(view) : view.cells[shown.k].level;
		this.tiles.forEach(({ surface, button, label }, i) => {
			surface.start();
			surface.cells(view, row, i, max, table, settings.opacity);
			if (asking) surface.mark(box(shown.q, view.queries));
			else if (i === level) surface.mark(box(shown.k - view.starts[i], view.levels[i]));
			const share = asking
				? view.shares[shown.q * view.levels.length + i] / 65535
				: row.reduce((sum, w, j) => (view.cells[j].level === i ? sum + w : sum), 0);
			write(label, `${levelName(view.levels[i])}  ${percent(share, 1)}`);
			button.setAttribute("aria-pressed", String(i === level));
		});
		this.bars[1].show(table, max, percent, `of the ${asking ? "query" : "average position"}'s attention, per cell`);
		const top = app.drawMap(this.stage, view, shown);
		if (asking) this.bars[0].show(table, top, (x) => `${x.toFixed(2)}×`, "weight per position, uniform attention = 1×");
		else this.bars[0].show(table, top, percent, "of a position's attention goes to this anchor");
		this.bars[0].node.hidden = asking && settings.view === "cells"; // then the tiles' bar holds for both
		this.stage.mark(regionOf(view, shown));
		app.pins.forEach((pin, i) => this.stage.mark(regionOf(view, app.find(view, pin)), PINS[i], String(i + 1)));
		this.write(say(app.data, view, shown));
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
		const top = said.top.map(({ name, weight }) => [name, percent(weight)]);
		this.text.replaceChildren(
			h("h3", {}, view.key), h("p", {}, said.title), h("dl", {}, ...facts), h("h4", {}, said.barsTitle), ...bars,
			h("h4", {}, said.topTitle), h("ol", {}, ...top.map((texts) => h("li", {}, ...texts.map((text) => h("span", {}, text))))),
		);
		const sentence = said.facts.map(([name, value]) => `${name} ${value}`).join(", ");
		app.announce(this, `${view.key}. ${said.title}: ${sentence}. ${said.topTitle}: ${top[0].join(", ")}.`);
	}
}

class Explorer {
	constructor(model, el) {
		Object.assign(this, { model, settings: model.get("settings"), panels: [], pins: [], q: 0, k: model.get("anchor"), spoken: new Map() });
		this.controls = h("div", { class: "controls" });
		this.body = h("div", { class: "panels" });
		this.pinned = h("div", { class: "pins" });
		this.status = h("p", { class: "status", role: "status" });
		this.live = h("div", { class: "live", "aria-live": "polite" });
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
		this.data = this.left = this.asked = null;
		this.panels = [];
	}

	load() {
		this.data = decode(this.model.get("payload"));
		return this.select();
	}

	/** Show the chosen picture and views; where the payload lacks one, wait for the kernel to send it. */
	async select() {
		const asked = (this.asked = {});
		const { data, model } = this;
		const number = model.get("image");
		const keys = [model.get("left"), model.get("right")].filter(Boolean);
		const views = keys.map((key) => data.views.find((view) => view.picture === number && view.key === key));
		if (!views.every(Boolean)) {
			write(this.status, model.get("message") || "Waiting for the kernel.");
			return;
		}
		const picture = data.pictures[number];
		picture.bitmap ??= await decodePicture(picture.image);
		if (picture.truth) picture.truthPicture ??= await decodePicture(picture.truth);
		for (const view of views) view.predictionPicture ??= await decodePicture(view.prediction);
		if (asked !== this.asked) return; // meanwhile another choice was made, or the page closed
		write(this.status, model.get("message"));
		const moved = this.picture !== picture || this.left?.n !== views[0].n;
		Object.assign(this, { picture, left: views[0] });
		this.table = data.colormaps[this.settings.colors];
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
		const choose = (label, name, options) => select(label, options, settings[name], (value) => this.set({ [name]: value }));
		const toggle = (label, name, options, disabled = null) => h("div", { class: "toggle", role: "group", "aria-label": label },
			...options.map(([key, text]) => h("button", {
				type: "button", disabled, "aria-pressed": String(settings[name] === key), onclick: () => this.set({ [name]: key }),
			}, text)));
		const send = (name) => (value) => {
			model.set(name, name === "image" ? Number(value) : value);
			if (name === "image") model.set("pins", []);
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
			toggle("Direction", "mode", [["query", "From a position"], ["anchor", "To an anchor"]]),
		];
		const how = [
			toggle("Drawn as", "view", [["pixels", "Pixels"], ["cells", "Cells"]], asking ? null : ""),
			choose("Below", "base", ["image", "prediction", "truth"].slice(0, this.picture.truth ? 3 : 2).map((name) => [name, name])),
			choose("Scale", "scale", [["query", asking ? "per query" : "per anchor"], ["absolute", "absolute"]]),
			choose("Colours", "colors", Object.keys(data.colormaps).map((name) => [name, name])),
			h("label", {}, h("span", {}, "Opacity"), this.opacity),
		];
		const all = () => [...this.controls.querySelectorAll("button, select, input")];
		const focused = all().indexOf(document.activeElement);
		this.controls.replaceChildren(h("div", {}, ...what.filter(Boolean)), h("div", {}, ...how));
		all()[focused]?.focus();
	}

	set(changes) {
		this.settings = { ...this.settings, ...changes };
		this.model.set("settings", this.settings);
		this.model.save_changes();
		this.table = this.data.colormaps[this.settings.colors];
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

	peak(name) {
		return Math.max(...this.panels.map(({ view }) => view.peak[name]));
	}

	/** What the average query puts on each anchor. */
	means(view) {
		view.means ??= Float32Array.from(view.cells, (_, k) => columnOf(view, k).reduce((a, b) => a + b, 0) / view.n);
		return view.means;
	}

	/** Pointer, touch and keys on a stage (level null), or on the tile of a level. */
	listen(node, level, canvas) {
		const tile = level !== null;
		let before = "";
		const at = (event) => {
			const { left } = this;
			const rect = canvas.getBoundingClientRect();
			const [y, x] = [(event.clientY - rect.top) / rect.height, (event.clientX - rect.left) / rect.width];
			if (this.settings.mode === "anchor") {
				const i = Math.min(tile ? level : left.cells[this.k].level, left.levels.length - 1);
				const [rows, columns] = left.levels[i];
				this.k = left.starts[i] + clamp(y * rows, rows) * columns + clamp(x * columns, columns);
			} else if (!tile) this.q = this.index(y * left.queries[0], x * left.queries[1]);
			this.paint();
		};
		node.addEventListener("pointermove", (event) => (event.pointerType === "mouse" || event.buttons) && at(event));
		node.addEventListener("pointerdown", (event) => {
			before = String(this.chosen());
			node.focus({ preventScroll: true });
			at(event);
		});
		node.addEventListener("click", (event) => {
			if (tile && this.settings.mode === "query") this.set({ view: "cells", level });
			else if (tile && !event.detail) { // a key, which points at no cell
				this.k = this.left.starts[level];
				this.paint();
			} else if (event.pointerType !== "touch" || before === String(this.chosen())) this.pin(); // a finger's first tap only shows
		});
		if (!tile) node.addEventListener("keydown", (event) => this.key(event));
	}

	key(event) {
		const step = event.shiftKey ? 4 : 1;
		const arrows = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] };
		const levels = { PageUp: -1, PageDown: 1 };
		const { left } = this;
		const cell = left.cells[this.k];
		if (event.key === "Enter" || event.key === " ") this.pin();
		else if (event.key === "Escape") this.setPins([]);
		else if (event.key in arrows) {
			const [dy, dx] = arrows[event.key];
			const [r, c] = this.place(this.q);
			const [rows, columns] = left.levels[cell.level];
			if (this.settings.mode === "query") this.q = this.index(r + dy, c + dx);
			else this.k = left.starts[cell.level] + clamp(cell.row + dy, rows) * columns + clamp(cell.column + dx, columns);
		} else if (event.key in levels && this.settings.mode === "anchor") {
			this.k = left.starts[cell.level + levels[event.key]] ?? this.k;
		} else return;
		event.preventDefault();
		event.stopPropagation();
		this.paint();
	}

	/** What a query attends to, as cells or positions, or who looks at an anchor. Returns the end of the scale. */
	drawMap(surface, view, { q, k }) {
		const { settings, table } = this;
		const absolute = settings.scale === "absolute";
		surface.start();
		let values = k === undefined ? rowOf(view, q) : columnOf(view, k);
		let max = absolute ? this.peak("cells") : biggest(values);
		if (k === undefined && settings.view === "cells") {
			surface.cells(view, values, this.levelIn(view), max, table, settings.opacity);
			return max;
		}
		if (k === undefined) {
			// Relative to uniform attention, 1 / M for each of M positions.
			values = spread(view, values).map((weight, _, all) => weight * all.length);
			max = absolute ? this.peak("pixels") : biggest(values);
		}
		surface.positions(values, k === undefined ? view.values : view.queries, max, table, settings.opacity);
		return max;
	}

	drawPins() {
		if (!this.left) return;
		const { picture } = this;
		const figures = this.pins.map((pin, i) => {
			const { title, facts: [[name, value]] } = say(this.data, this.left, this.find(this.left, pin));
			const onclick = () => this.setPins(this.pins.filter((_, other) => other !== i));
			const remove = h("button", { type: "button", "aria-label": `Remove pin ${i + 1}`, onclick }, "×");
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
