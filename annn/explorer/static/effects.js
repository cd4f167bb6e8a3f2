// What anchors do to decisions, and class maps without some of them: pure functions, and the worker that runs them.
// The class scores of a query are Wc ReLU(own + weights * responses) + b, see analysis/effects.py. A view's `head` has
// these parts; weights and own terms are planes, one per anchor or channel.

const REMOVED = "removed"; // the other convention is "renormalised"

/** The decision of query q: the best class and the runner-up, its margin, and what each anchor adds to the margin. */
export function decide(view, q, convention) {
	const { head, n, s, scale, weights } = view;
	const { low, step, own, responses, classifier, bias, error, errorLow, errorStep } = head;
	const o = low.length;
	const terms = Float64Array.from(low, (x, c) => x + step[c] * own[c * n + q]);
	const sum = new Float64Array(o);
	let total = 0;
	for (let k = 0; k < s; k++) {
		total += weights[k * n + q];
		const weight = scale[q] * weights[k * n + q];
		for (let c = 0, at = k * o; c < o; c++) sum[c] += weight * responses[at + c];
	}
	const scores = Float64Array.from(bias, (x, k) => {
		for (let c = 0; c < o; c++) x += classifier[k * o + c] * Math.max(0, terms[c] + sum[c]);
		return x + errorLow[k] + errorStep[k] * error[k * n + q];
	});
	const best = scores.indexOf(Math.max(...scores));
	const others = scores.map((x, k) => (k === best ? -Infinity : x));
	const runnerUp = others.indexOf(Math.max(...others)); // of a single class itself
	const towards = Float64Array.from(low, (_, c) => classifier[best * o + c] - classifier[runnerUp * o + c]);
	let every = 0;
	for (let c = 0; c < o; c++) every += towards[c] * Math.max(0, terms[c] + sum[c]);
	const effects = new Float32Array(s);
	for (let k = 0; k < s; k++) {
		const byte = weights[k * n + q];
		const weight = scale[q] * byte;
		const grow = convention === REMOVED ? 1 : total > byte ? total / (total - byte) : 0;
		let without = 0;
		for (let c = 0, at = k * o; c < o; c++) {
			const z = terms[c] + grow * (sum[c] - weight * responses[at + c]);
			if (z > 0) without += towards[c] * z;
		}
		effects[k] = every - without;
	}
	return { best, runnerUp, margin: scores[best] - scores[runnerUp], effects };
}

/** The class scores of all queries without some anchors, n x classes. Keeps the anchors' sum: a change adds its part. */
export class Scorer {
	constructor({ n, s, scale, weights, head }) {
		Object.assign(this, head, { n, s, scale, o: head.low.length, classes: head.bias.length });
		this.weights = transposed(weights, s, n);
		this.own = transposed(head.own, this.o, n);
		const wide = 5 * Math.ceil(this.classes / 5);
		this.rows = new Float64Array(this.o * wide);
		head.classifier.forEach((x, i) => (this.rows[(i % this.o) * wide + Math.floor(i / this.o)] = x));
		this.sum = new Float32Array(n * this.o);
		this.kept = new Uint8Array(s); // nothing is added up yet
		this.scores = new Float32Array(n * this.classes);
	}

	/** Add and subtract the anchors that change, or add up what is kept, whichever are fewer; four at a time. */
	keep(kept) {
		const { n, s, o, sum, weights, responses, scale } = this;
		let changes = [...kept.keys()].filter((k) => kept[k] !== this.kept[k]);
		const all = [...kept.keys()].filter((k) => kept[k]);
		if (all.length < changes.length) {
			sum.fill(0);
			changes = all;
		}
		const signs = changes.map((k) => (kept[k] ? 1 : -1));
		while (changes.length % 4) signs.push(0) && changes.push(0);
		const part = new Float64Array(4);
		for (let q = 0; q < n; q++) {
			const from = q * o;
			for (let i = 0; i < changes.length; i += 4) {
				for (let j = 0; j < 4; j++) part[j] = signs[i + j] * scale[q] * weights[q * s + changes[i + j]];
				add(sum, from, part, responses, changes, i, o);
			}
		}
		this.kept = kept;
	}

	/** By how much the weights that query q has left are scaled up; 0 where nothing is left. */
	growth(q) {
		const { s, kept, weights } = this;
		let total = 0;
		let left = 0;
		for (let k = 0, i = q * s; k < s; k++, i++) {
			total += weights[i];
			left += kept[k] * weights[i];
		}
		return left && total / left;
	}

	/** The scores without the anchors `off`. */
	without(off, convention) {
		const { n, s, o, classes, sum, own, low, step, scores, error, errorLow, errorStep } = this;
		const kept = new Uint8Array(s).fill(1);
		for (const k of off) kept[k] = 0;
		this.keep(kept);
		const [open, at] = [new Float64Array(o), new Int32Array(o)]; // what the ReLU lets through
		const { rows } = this;
		const out = new Float64Array(rows.length / o);
		for (let q = 0; q < n; q++) {
			const grow = convention === REMOVED ? 1 : this.growth(q);
			const count = pass(low, step, own, sum, q * o, grow, open, at);
			classify(open, at, count, rows, out);
			for (let k = 0; k < classes; k++) {
				scores[q * classes + k] = out[k] + this.bias[k] + errorLow[k] + errorStep[k] * error[k * n + q];
			}
		}
		return scores;
	}
}

/** sum += four anchors' responses, each times its part. */
function add(sum, from, part, responses, changes, i, o) {
	const [a, b, c, d] = part;
	const u = changes[i] * o;
	const v = changes[i + 1] * o;
	const w = changes[i + 2] * o;
	const x = changes[i + 3] * o;
	for (let j = 0; j < o; j++) {
		sum[from + j] += a * responses[u + j] + b * responses[v + j] + c * responses[w + j] + d * responses[x + j];
	}
}

/** What the ReLU lets through of a query's terms, which start at `from`: values and their channels; returns how many. */
function pass(low, step, own, sum, from, grow, open, at) {
	let count = 0;
	for (let c = 0; c < low.length; c++) {
		const z = low[c] + step[c] * own[from + c] + grow * sum[from + c];
		open[count] = z;
		at[count] = c;
		if (z > 0) count++;
	}
	return count;
}

/** out = the sum of open[i] times row at[i]; rows are filled up to a multiple of five classes. */
function classify(open, at, count, rows, out) {
	for (let k = 0; k < out.length; k += 5) {
		let a = 0;
		let b = 0;
		let c = 0;
		let d = 0;
		let e = 0;
		for (let i = 0; i < count; i++) {
			const z = open[i];
			const from = at[i] * out.length + k;
			a += z * rows[from];
			b += z * rows[from + 1];
			c += z * rows[from + 2];
			d += z * rows[from + 3];
			e += z * rows[from + 4];
		}
		out[k] = a;
		out[k + 1] = b;
		out[k + 2] = c;
		out[k + 3] = d;
		out[k + 4] = e;
	}
}

/** Planes as rows: [rows][columns] to [columns][rows]. */
function transposed(x, rows, columns) {
	const out = new x.constructor(x.length);
	for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = x[r * columns + c];
	return out;
}

/** Where `size` outputs lie on `length` inputs: the inputs below and above, and how far towards the one above. */
function axis(length, size, align) {
	const [below, above] = [new Int32Array(size), new Int32Array(size)];
	const share = Float64Array.from(below, (_, i) => {
		const at = align ? (size > 1 ? (i * (length - 1)) / (size - 1) : 0) : Math.max(0, ((i + 0.5) * length) / size - 0.5);
		below[i] = Math.min(Math.floor(at), length - 1);
		above[i] = Math.min(below[i] + 1, length - 1);
		return at - below[i];
	});
	return { below, above, share };
}

/** The class of the largest score of each query of a grid. */
export function classesOf(scores, classes) {
	const out = new Uint8Array(scores.length / classes);
	for (let q = 0; q < out.length; q++) {
		let best = 0;
		for (let k = 1; k < classes; k++) if (scores[q * classes + k] > scores[q * classes + best]) best = k;
		out[q] = best;
	}
	return out;
}

/** The class map of a picture of a size: scores upsampled bilinearly, the largest at each pixel. */
export function upsampled(scores, [rows, columns], classes, [height, width], align) {
	const out = new Uint8Array(height * width);
	const down = axis(rows, height, align);
	const { below, above, share } = axis(columns, width, align);
	const wide = columns * classes;
	const line = new Float64Array(wide);
	for (let y = 0; y < height; y++) {
		const [top, bottom, part] = [down.below[y] * wide, down.above[y] * wide, down.share[y]];
		for (let i = 0; i < wide; i++) line[i] = scores[top + i] * (1 - part) + scores[bottom + i] * part;
		const best = classesOf(line, classes);
		for (let x = 0; x < width; x++) {
			const left = below[x];
			const right = above[x];
			// A class that leads on both sides leads between them.
			const same = best[left] === best[right];
			out[y * width + x] = same ? best[left] : leader(line, left * classes, right * classes, share[x], classes);
		}
	}
	return out;
}

/** The class of the largest score between two places of a line. */
function leader(line, left, right, share, classes) {
	let most = 0;
	let value = -Infinity;
	for (let k = 0; k < classes; k++) {
		const z = line[left + k] + share * (line[right + k] - line[left + k]);
		if (z > value) {
			value = z;
			most = k;
		}
	}
	return most;
}

/** How two class maps differ. With a truth: each one's IoU per class, and its mean over the classes of the truth. */
export function compare(before, after, truth, classes) {
	let changed = 0;
	for (let i = 0; i < after.length; i++) changed += after[i] !== before[i];
	const score = (map) => {
		const [hits, union, there, pixels] = [0, 1, 2, 3].map(() => new Uint32Array(classes));
		for (let i = 0; i < map.length; i++) {
			pixels[map[i]]++;
			if (!truth || truth[i] >= classes) continue;
			there[truth[i]]++;
			union[truth[i]]++;
			if (truth[i] === map[i]) hits[map[i]]++;
			else union[map[i]]++;
		}
		const iou = Array.from(hits, (hit, k) => (there[k] ? hit / union[k] : null));
		const present = iou.filter((x) => x !== null);
		return { iou, pixels, mean: present.length ? present.reduce((a, b) => a + b) / present.length : null };
	};
	return { changed, share: changed / after.length, before: score(before), after: score(after) };
}

/** A function that answers a job {off, convention} with the class map without these anchors and what it changes. */
export function mapper({ view, size, truth }) {
	const scorer = new Scorer(view);
	const { classes } = scorer;
	const map = (off, convention) => upsampled(scorer.without(off, convention), view.queries, classes, size, view.head.align);
	const before = map([], REMOVED);
	return ({ off, convention }) => {
		const after = map(off, convention);
		return { maps: [before, after], ...compare(before, after, truth, classes) };
	};
}

/** Runs a mapper in a worker, or, where none can be started, here. One job at a time, of those waiting the last. */
export class Recomputer {
	constructor(setup, done) {
		Object.assign(this, { setup, done });
		const parts = [add, pass, classify, transposed, axis, classesOf, leader, upsampled, compare, Scorer, mapper];
		const answer = "let map; onmessage = ({ data }) => (data.view ? (map = mapper(data)) : postMessage(map(data)));";
		const text = [`const REMOVED = "${REMOVED}";`, ...parts, answer].join("\n");
		const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
		try {
			this.worker = new Worker(url);
			this.worker.onmessage = ({ data }) => this.finish(data);
			this.worker.onerror = () => this.stay();
			this.worker.postMessage(setup);
		} catch {
			this.stay();
		}
		URL.revokeObjectURL(url);
	}

	/** Compute on this thread from now on. */
	stay() {
		this.worker?.terminate();
		this.worker = null;
		const { job } = this;
		if (job) this.send(job);
	}

	ask(job) {
		if (this.job) this.next = job;
		else this.send(job);
	}

	send(job) {
		this.job = job;
		if (this.worker) return this.worker.postMessage(job);
		setTimeout(() => this.setup && this.finish((this.map ??= mapper(this.setup))(job)));
	}

	finish(result) {
		const { job, next } = this;
		this.job = this.next = null;
		this.done(job, result);
		if (next) this.send(next);
	}

	close() {
		this.worker?.terminate();
		this.setup = null;
	}
}
