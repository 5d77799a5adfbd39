// The Dirichlet on the triangle of three shares: the density where it is high, and draws that move with α.
//
// Every draw keeps its random numbers while α changes, so that the dots move instead of being drawn anew.

const NAMES = ["first", "second", "third"];
const TOPICS = ["topic 1", "topic 2", "topic 3"];
const DRAWS = 300;
const COLUMNS = 120; // of the density's grid, and as many rows
const INSIDE = 1e-3; // the smallest share at which the density is shown: with α < 1 it is infinite at the edge
const STRIDE = 64; // random numbers of one gamma variate
const START = 5000015; // where in the random sequence they begin
const TALL = Math.sqrt(3) / 2;
const PRESETS = {
  "all α = 0.1": () => 0.1,
  "all α = 1": () => 1,
  "all α = 10": () => 10,
  "half of each": (alpha) => alpha / 2,
  "twice each": (alpha) => 2 * alpha,
};

/** Shares of the grid's point in column i and row j, or null where it lies outside, a step beyond the edge. */
function sharesAt(i, j) {
  const third = 1 - (j + 0.5) / COLUMNS;
  const second = (i + 0.5) / COLUMNS - third / 2;
  const shares = [1 - second - third, second, third];
  return Math.min(...shares) > -1.5 / COLUMNS ? shares : null;
}

const POINTS = []; // the points inside: their place in the grid, row by row, and the logarithms of their shares
for (let k = 0; k < COLUMNS ** 2; k += 1) {
  const shares = sharesAt(k % COLUMNS, Math.floor(k / COLUMNS));
  if (shares) POINTS.push({place: k, logs: shares.map((share) => Math.log(Math.max(share, INSIDE)))});
}

/** The i-th number of a random sequence in (0, 1): a hash of the place. */
function uniform(i) {
  let bits = Math.imul(i + START, 0x9e3779b9);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (((bits ^ (bits >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

/** The i-th gamma variate of shape `alpha`: one of shape alpha + 1 by rejection, times a power of a uniform one. */
function gamma(i, alpha) {
  const d = alpha + 2 / 3;
  for (let k = STRIDE * i + 1; ; k += 3) {
    const normal = Math.sqrt(-2 * Math.log(uniform(k))) * Math.cos(2 * Math.PI * uniform(k + 1));
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(uniform(k + 2)) < 0.5 * normal ** 2 + d * (1 - v + Math.log(v))) {
      return d * v * uniform(STRIDE * i) ** (1 / alpha);
    }
  }
}

function digamma(x) {
  if (x < 6) return digamma(x + 1) - 1 / x;
  const square = x ** -2;
  return Math.log(x) - 0.5 / x - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)));
}

/** Shares of the values that are smaller, for each value; a half for all where they are alike. */
function ranks(values) {
  const sorted = Float64Array.from(values).sort();
  if (sorted[sorted.length - 1] - sorted[0] <= 1e-9) return values.map(() => 0.5);
  return values.map((value) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low / sorted.length;
  });
}

function shape(alpha) {
  if (alpha.every((value) => value === 1)) return "Every mixture is equally probable.";
  if (alpha.every((value) => value < 1)) return "The density is high at the corners: a document is mostly about one topic.";
  if (alpha.every((value) => value > 1)) {
    const mode = alpha.map((value) => (value - 1) / (sum(alpha) - 3));
    return `The density has one peak, at shares ${written(mode)}: documents mix the topics alike.`;
  }
  return "The density is high along some edges or corners, and low at the others.";
}

function written(values) {
  return `(${values.map((value) => fixed(value, 2)).join(", ")})`;
}

const figure = {
  compute(inputs) {
    const alpha = NAMES.map((name) => inputs[name]);
    const draws = Array.from({length: DRAWS}, (_, i) => {
      const variates = alpha.map((value, k) => gamma(3 * i + k, value));
      return variates.map((variate) => variate / sum(variates));
    });
    return {
      mean: alpha.map((value) => value / sum(alpha)),
      expectedLog: alpha.map((value) => digamma(value) - digamma(sum(alpha))),
      draws,
      largest: sum(draws.map((shares) => Math.max(...shares))) / DRAWS,
      logDensity: POINTS.map(({logs}) => logs.reduce((total, log, k) => total + (alpha[k] - 1) * log, 0)),
    };
  },

  build({stage, width, change, focus, inputs}) {
    const room = Math.min(width >= 560 ? Math.floor(width / 2) : width, 420);
    const density = triangle(room, "density, light is high");
    const documents = triangle(room, `${DRAWS} documents’ shares`);
    const canvas = html("canvas", {
      "aria-hidden": "true",
      style:
        `position: absolute; left: ${density.left}px; top: ${density.top}px; width: ${density.w}px;` +
        `height: ${density.h}px; clip-path: polygon(50% 0, 100% 100%, 0 100%); image-rendering: auto`,
    });
    const dots = svg("path", {stroke: "var(--blue)", "stroke-width": 5, "stroke-linecap": "round", "stroke-opacity": 0.65});
    const cross = svg("path", {d: "M-7 -7L7 7M-7 7L7 -7", stroke: "var(--vermilion)", "stroke-width": 3.5});
    documents.above.append(dots, cross);
    const mean = handle(density, {
      arrows: "xy", colour: "var(--vermilion)",
      moved: (at) => {
        const total = sum(NAMES.map((name) => inputs[name]));
        const third = at.y / TALL;
        const shares = [1 - at.x - third / 2, at.x - third / 2, third];
        change(Object.fromEntries(NAMES.map((name, k) => [name, total * shares[k]])));
      },
      begin: () => focus("first"),
    });
    const buttons = Object.entries(PRESETS).map(([label, preset]) => {
      const button = html("button", {type: "button"}, label);
      button.addEventListener("click", () =>
        change(Object.fromEntries(NAMES.map((name) => [name, preset(inputs[name])]))));
      return button;
    });
    stage.append(
      html("div", {style: `position: relative; width: ${room}px`}, canvas, set(density.element, {style: "position: relative"})),
      documents.element,
      html("div", {style: "display: flex; flex-wrap: wrap; gap: 6px; width: 100%; margin: 4px 0"}, ...buttons),
    );

    return (_, numbers) => {
      const values = new Float64Array(COLUMNS ** 2).fill(NaN);
      ranks(numbers.logDensity).forEach((rank, k) => (values[POINTS[k].place] = rank));
      paint(canvas, COLUMNS, values);
      const [x, y] = place(density, numbers.mean);
      mean.place(x, y);
      set(cross, {transform: `translate(${x.toFixed(2)}, ${y.toFixed(2)})`});
      dots.setAttribute("d", numbers.draws.map((shares) => `M${place(documents, shares).map((v) => v.toFixed(1)).join(" ")}h0`).join(""));
    };
  },

  describe(inputs, {mean, expectedLog, largest}) {
    const alpha = NAMES.map((name) => inputs[name]);
    const numbers =
      `Mean shares ${written(mean)}; E[log θ] ${written(expectedLog)}, below the log of the mean ` +
      `${written(mean.map(Math.log))}; the largest share of a document is ${fixed(largest, 2)} on average.`;
    return {
      caption: numbers,
      alt: `Two triangles for α = ${written(alpha)}. ${shape(alpha)} The mean is marked by a knob and a cross. ${numbers}`,
    };
  },
};

/** Shares as pixels of a triangle. */
function place(plotted, [, second, third]) {
  return [plotted.x(second + third / 2), plotted.y(third * TALL)];
}

/** A plot whose frame is the triangle, with the topics at its corners. */
function triangle(room, title) {
  const [left, top] = [28, 46];
  const w = room - 2 * left;
  const h = w * TALL;
  const plotted = plot({
    width: room, height: top + h + 30, x: [0, 1], y: [0, TALL], xticks: [], yticks: [],
    margin: {top, right: left, bottom: 30, left},
  });
  plotted.element.firstChild.remove();
  const corner = (k, x, y) => svg("text", {x, y, "text-anchor": "middle", class: "quiet"}, TOPICS[k]);
  plotted.above.append(
    svg("path", {d: `M0 ${h}H${w}L${w / 2} 0Z`, stroke: "var(--line)", "stroke-width": 1.5}),
    svg("text", {x: w / 2, y: 14 - top, "text-anchor": "middle", class: "label"}, title),
    corner(0, 0, h + 20), corner(1, w, h + 20), corner(2, w / 2, -10),
  );
  return {...plotted, left, top};
}
