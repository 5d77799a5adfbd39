// What all live figures share: mounting, controls, frames, words for screen readers, and help with drawing.
//
// A figure's own file defines `const figure = {compute, build, describe}`; live.py puts both files into one function,
// after which stands `mount(figure, key)`. How to write a figure is told in live.py.

const SVG = "http://www.w3.org/2000/svg";
// ms without a change: a screen reader hears where a slider came to rest, not its way
const SPOKEN_AFTER = 500;

// ---- elements

/** Sets attributes; `true` stands for an attribute without a value, and `false`, null or undefined remove it. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

/** An HTML element with its attributes and children; a child that is a string becomes text, never markup. */
function html(tag, attributes = {}, ...children) {
  const element = set(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

/** As `html`, an SVG element. */
function svg(tag, attributes = {}, ...children) {
  const element = set(document.createElementNS(SVG, tag), attributes);
  element.append(...children);
  return element;
}

/** An id that no other element of the page has. */
function uniqueId() {
  return `latentkit-${Math.random().toString(36).slice(2)}`;
}

// ---- numbers

/** The number as words: so many digits after the point, and a true minus sign. */
function fixed(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Round values within [low, high], about `count` of them: 1, 2 or 5 times a power of ten apart. */
function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** `count` numbers from low to high, both included. */
function evenly(low, high, count) {
  return Array.from({length: count}, (_, i) => low + ((high - low) * i) / (count - 1));
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}

/** What Python's `pack` made, unpacked, wherever it stands in the data: {shape, values}, values a typed array. */
function unpacked(value) {
  if (Array.isArray(value)) return value.map(unpacked);
  if (value === null || typeof value !== "object") return value;
  if (!("base64" in value)) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unpacked(part)]));
  const bytes = Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
  const read = {
    uint8: () => bytes,
    float16: () => Float32Array.from(new Uint16Array(bytes.buffer), fromHalf),
    float32: () => new Float32Array(bytes.buffer),
  };
  return {shape: value.shape, values: read[value.dtype]()};
}

/** The number that the 16 bits of a half-precision float mean. */
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

// ---- the figure in the page

/** Brings every copy of the figure to life that is not alive yet; where one cannot be built, its picture stays. */
function mount(figure, key) {
  for (const root of document.querySelectorAll(`[data-latentkit-figure="${key}"]`)) {
    if (!root.live) root.live = start(figure, root);
  }
}

/** Replaces the picture; returns what tests and benchmarks ask: {inputs, set, compute, frames}. */
function start(figure, root) {
  const {title, controls, data} = unpacked(JSON.parse(root.querySelector("script[type='application/json']").textContent));
  const inputs = Object.fromEntries(controls.map((control) => [control.name, control.value]));
  const still = root.querySelector(".latentkit-still");
  const stage = html("div", {class: "stage"});
  const caption = html("figcaption");
  const spoken = html("div", {class: "spoken", role: "status"});
  const rows = Object.fromEntries(controls.map((control) => [control.name, row(control, change)]));
  const live = {inputs, set: change, compute: (changed) => figure.compute({...inputs, ...changed}, data), frames: 0};
  let width = 0;
  let update = null;
  let frame = 0;
  let timer = 0;
  let moved = false;

  function change(changed) {
    for (const [name, value] of Object.entries(changed)) {
      inputs[name] = name in rows ? rows[name].allowed(value) : value;
      if (name in rows) rows[name].show(inputs[name]);
    }
    moved = true;
    // One frame at a time, of the newest values: nothing queues.
    frame ||= requestAnimationFrame(render);
  }

  function render() {
    frame = 0;
    if (!update) return;
    const done = figure.work?.(inputs, data);
    if (done < 1) {
      caption.textContent = `Computing: ${Math.floor(100 * done)} %`;
      frame = requestAnimationFrame(render);
      return;
    }
    const numbers = figure.compute(inputs, data);
    update(inputs, numbers);
    const words = figure.describe(inputs, numbers, data);
    caption.textContent = words.caption;
    const role = stage.querySelector("button, input, a, [tabindex]") ? "group" : "img";
    set(stage, {role, "aria-label": words.alt});
    if (moved) {
      moved = false;
      clearTimeout(timer);
      timer = setTimeout(() => (spoken.textContent = words.spoken ?? words.caption), SPOKEN_AFTER);
    }
    live.frames += 1;
  }

  function build() {
    const room = Math.floor(stage.clientWidth);
    if (room === 0 || room === width) return;
    width = room;
    stage.replaceChildren();
    try {
      update = figure.build({stage, width, change, focus: (name) => rows[name].focus(), inputs, data});
    } catch (error) {
      update = null;
      for (const element of [shown, knobs, spoken]) element.remove();
      still.hidden = false;
      throw error;
    }
    frame ||= requestAnimationFrame(render);
  }

  const shown = html("figure", {"aria-label": title}, stage, caption);
  const knobs = html("div", {class: "controls"}, ...Object.values(rows).map(({element}) => element));
  // JupyterLab looks for this on the element that has the keyboard, and otherwise takes the arrow keys for itself.
  root.addEventListener("focusin", (event) => set(event.target, {"data-lm-suppress-shortcuts": "true"}));
  still.hidden = true;
  root.append(shown, knobs, spoken);
  build();
  new ResizeObserver(build).observe(stage);
  return live;
}

// ---- controls

/** A control's row: {element, allowed(value), show(value), focus()}; `change` is told {name: value}. */
function row(control, change) {
  const make = {words: wordsRow, number: numberRow, chosen: noRow}[control.kind];
  return make(control, (value) => change({[control.name]: value}));
}

/** Of a number that is chosen in the picture itself. */
function noRow({low, high}) {
  return {element: "", allowed: (given) => Math.round(Math.min(high, Math.max(low, given))), show() {}, focus() {}};
}

/** A slider, which carries the label, and a number box; each follows the other. */
function numberRow({label, low, high, step, value}, change) {
  const range = {min: low, max: high, step, value};
  const slider = html("input", {type: "range", ...range});
  const box = html("input", {type: "number", ...range, "aria-label": `${label}, as a number`});
  const allowed = (given) => {
    const steps = Math.round((Math.min(high, Math.max(low, given)) - low) / step);
    return Number((low + steps * step).toFixed(6));
  };
  slider.addEventListener("input", () => change(slider.valueAsNumber));
  box.addEventListener("input", () => box.checkValidity() && box.value !== "" && change(box.valueAsNumber));
  box.addEventListener("change", () => {
    change(Number.isFinite(box.valueAsNumber) ? box.valueAsNumber : slider.valueAsNumber);
    box.value = slider.value;
  });
  return {
    element: html("div", {class: "number"}, html("label", {}, html("span", {}, label), slider), box),
    allowed,
    show(now) {
      slider.value = now;
      // What is being typed is not written over.
      if (document.activeElement !== box) box.value = now;
    },
    focus: () => slider.focus({preventScroll: true}),
  };
}

/** A box for words, which count when Enter is pressed or the box is left. */
function wordsRow({label, value}, change) {
  const box = html("input", {type: "text", value, autocomplete: "off", spellcheck: "false"});
  let known = value;
  const typed = () => box.value !== known && change(box.value);
  box.addEventListener("change", typed);
  // In JupyterLab, Enter makes no event of the kind "change".
  box.addEventListener("keydown", (event) => event.key === "Enter" && typed());
  return {
    element: html("div", {class: "words"}, html("label", {}, html("span", {}, label), box)),
    allowed: String,
    show: (now) => (box.value = known = now),
    focus: () => box.focus({preventScroll: true}),
  };
}

/** Lets the reader drag an element: `move` is told of each event of the pointer while it is held; mouse, pen, touch. */
function draggable(element, move, begin = () => {}) {
  element.classList.add("draggable");
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    // No text is selected on the way.
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    begin(event);
    move(event);
  });
  element.addEventListener("pointermove", (event) => element.hasPointerCapture(event.pointerId) && move(event));
}

/**
 * Lets buttons choose inputs of the kind "chosen", for which 0 means nothing: as long as the mouse or the keyboard is on
 * a button, and for good by a press, until a second one.
 *
 * Takes the inputs of now, the names that are chosen together, and `change`. Returns {add(button, values), holds(values)}:
 * values() tells the names' values that the button stands for, and `holds` whether these were chosen by a press.
 */
function chooser(inputs, names, change) {
  const with0 = (values) => Object.fromEntries(names.map((name) => [name, values[name] ?? 0]));
  const holds = (values) => names.every((name) => kept[name] === (values[name] ?? 0));
  let kept = with0(inputs);
  const add = (button, values) => {
    button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && change(with0(values())));
    button.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && change(kept));
    button.addEventListener("focus", () => button.matches(":focus-visible") && change(with0(values())));
    button.addEventListener("blur", () => change(kept));
    button.addEventListener("click", () => {
      kept = with0(holds(values()) ? {} : values());
      change(kept);
    });
  };
  return {add, holds};
}

// ---- drawing

/**
 * Axes by hand, in CSS pixels, so that type has the same size at every width.
 *
 * Takes width, height; x and y: [low, high]; xlabel, ylabel; xticks, yticks: values, or about how many; yname(value):
 * what is written beside a tick, such as where y is a logarithm; margin: {top, right, bottom, left} where not the usual;
 * grid: false where ticks are enough. Returns
 *   element   the <svg>, to be put into the stage
 *   inside    a group for what is cut off at the frame; above: one for what is not (handles, words)
 *   x(v), y(v)   data to pixels within either group; at(event): a pointer's place as data, {x, y}
 *   w, h, width   the size of the frame, and the width of all, in pixels
 */
function plot({width, height, x, y, xlabel = "", ylabel = "", xticks = 6, yticks = 5, yname = (value) => value, grid = true, margin = {}}) {
  const {top, right, bottom, left} = {top: 10, right: 12, bottom: xlabel ? 44 : 26, left: ylabel ? 62 : 40, ...margin};
  const [w, h] = [width - left - right, height - top - bottom];
  const toX = (value) => ((value - x[0]) / (x[1] - x[0])) * w;
  const toY = (value) => h - ((value - y[0]) / (y[1] - y[0])) * h;
  const chosen = (wanted, [low, high]) => (Array.isArray(wanted) ? wanted : ticks(low, high, wanted));
  const written = (value) => String(value).replace("-", "−");
  const axes = svg("g", {class: "axes", transform: `translate(${left}, ${top})`});
  for (const value of chosen(xticks, x)) {
    axes.append(
      svg("line", {x1: toX(value), x2: toX(value), y1: h, y2: h + 5}),
      svg("text", {x: toX(value), y: h + 19, "text-anchor": "middle"}, written(value)),
    );
  }
  for (const value of chosen(yticks, y)) {
    axes.append(
      svg("line", {class: grid && "grid", x1: grid ? 0 : -5, x2: grid ? w : 0, y1: toY(value), y2: toY(value)}),
      svg("text", {x: -9, y: toY(value) + 4.5, "text-anchor": "end"}, written(yname(value))),
    );
  }
  axes.append(
    svg("line", {x1: 0, x2: w, y1: h, y2: h}),
    svg("line", {x1: 0, x2: 0, y1: grid ? h : 0, y2: h}),
    svg("text", {class: "label", x: w / 2, y: h + 39, "text-anchor": "middle"}, xlabel),
    svg("text", {class: "label", "text-anchor": "middle", transform: `translate(${13 - left}, ${h / 2}) rotate(-90)`}, ylabel),
  );
  const inside = svg("svg", {x: left, y: top, width: w, height: h, overflow: "hidden"});
  const above = svg("g", {transform: `translate(${left}, ${top})`});
  const element = svg("svg", {width, height, viewBox: `0 0 ${width} ${height}`}, axes, inside, above);
  const at = (event) => {
    const box = element.getBoundingClientRect();
    const scale = width / box.width;
    return {
      x: x[0] + (((event.clientX - box.left) * scale - left) / w) * (x[1] - x[0]),
      y: y[0] + (1 - ((event.clientY - box.top) * scale - top) / h) * (y[1] - y[0]),
    };
  };
  return {element, inside, above, x: toX, y: toY, at, w, h, width};
}

/** The path through points of a plot, as a path's `d`. */
function through(plotted, xs, ys) {
  let path = "";
  for (let i = 0; i < xs.length; i += 1) {
    path += `${i ? "L" : "M"}${plotted.x(xs[i]).toFixed(2)} ${plotted.y(ys[i]).toFixed(2)}`;
  }
  return path;
}

/**
 * A knob on a plot, to be dragged; its quantities have sliders, too, of which `focus` takes the arrow keys from there on.
 *
 * Takes arrows: "x", "y" or "xy", the ways it goes; colour; moved({x, y}): told the pointer's place as data; begin: told
 * that it is taken up. Returns place(x, y), in pixels of the plot.
 */
function handle(plotted, {arrows, colour, moved, begin}) {
  const ways = {
    x: ["M12 -5l5 5l-5 5", "M-12 -5l-5 5l5 5"],
    y: ["M-5 12l5 5l5 -5", "M-5 -12l5 -5l5 5"],
  };
  const element = svg(
    "g",
    {class: `handle ${arrows}`},
    svg("circle", {r: 22, class: "reach"}),
    svg("circle", {r: 8, class: "hint", stroke: colour}),
    ...[...arrows].flatMap((way) => ways[way].map((d) => svg("path", {class: "arrow", d}))),
    svg("circle", {r: 8, class: "knob", fill: colour}),
  );
  draggable(element, (event) => moved(plotted.at(event)), () => {
    element.classList.add("used");
    begin();
  });
  plotted.above.append(element);
  return {place: (x, y) => element.setAttribute("transform", `translate(${x.toFixed(2)}, ${y.toFixed(2)})`)};
}

/** matplotlib's cividis in 256 steps, dark blue to yellow, as the bytes of a canvas's pixels. */
const CIVIDIS = (() => {
  const hex = "00224e 083370 35456c 4f576c 666970 7d7c78 948e77 aea371 c8b866 e5cf52 fee838".split(" ");
  const stops = hex.map((stop) => [4, 2, 0].map((i) => parseInt(stop.slice(i, i + 2), 16)));
  return Uint32Array.from({length: 256}, (_, i) => {
    const k = Math.min(9, Math.floor(i / 25.5));
    return stops[k].reduce((bytes, low, j) => bytes * 256 + Math.round(low + (stops[k + 1][j] - low) * (i / 25.5 - k)), 255);
  });
})();

/** Paints a canvas with values in [0, 1], row by row, dark to light; it has a pixel each, and NaN stays clear. */
function paint(canvas, columns, values) {
  const image = new ImageData(columns, values.length / columns);
  const pixels = new Uint32Array(image.data.buffer);
  values.forEach((value, i) => (pixels[i] = Number.isNaN(value) ? 0 : CIVIDIS[Math.round(255 * value)]));
  Object.assign(canvas, {width: image.width, height: image.height});
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** A line for each curve: {label, stroke, dash, width}. */
function legend(curves) {
  const swatch = ({stroke, dash, width}) =>
    svg(
      "svg",
      {width: 34, height: 12, "aria-hidden": "true"},
      svg("line", {x1: 1, x2: 33, y1: 6, y2: 6, stroke, "stroke-width": width, "stroke-dasharray": dash}),
    );
  return html("ul", {class: "legend"}, ...curves.map((curve) => html("li", {}, swatch(curve), curve.label)));
}
