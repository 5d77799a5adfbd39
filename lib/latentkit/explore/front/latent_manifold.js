// The decoder over the latent square and at z; and where the encoder puts a digit that the reader draws.

// pixels from a pointer to a code that it means
const NEAR = 12;
const ACTIVATIONS = {relu: (x) => Math.max(x, 0), tanh: Math.tanh, sigmoid, linear: (x) => x};

function run(layers, x) {
  for (const {weight, bias, activation} of layers) {
    const given = x;
    x = Float64Array.from(bias.values, (value, i) => {
      for (let j = 0; j < given.length; j += 1) value += weight.values[i * given.length + j] * given[j];
      return ACTIVATIONS[activation](value);
    });
  }
  return x;
}

/** Pixel probabilities at z as `image`, and their `logits`; of a table of images, what lies between four, without logits. */
function decode({decoder, reach}, [z1, z2]) {
  if (Array.isArray(decoder)) {
    const logits = run(decoder, [z1, z2]);
    return {logits, image: logits.map(sigmoid)};
  }
  const [count, , pixels] = decoder.shape;
  const share = (z, i) => Math.max(0, 1 - Math.abs(((z + reach) / (2 * reach)) * (count - 1) - i));
  const image = new Float64Array(pixels);
  for (let k = 0; k < count ** 2; k += 1) {
    const weight = share(z1, k % count) * share(z2, Math.floor(k / count));
    if (weight) image.forEach((_, i) => (image[i] += (weight * decoder.values[k * pixels + i]) / 255));
  }
  return {image};
}

function picture(name) {
  return html("canvas", {class: name, "aria-hidden": "true"});
}

function pixelsOf(drawing) {
  return Array.from(drawing, Number);
}

function encode({encoder}, drawing) {
  return [...run(encoder, pixelsOf(drawing))];
}

/** Puts a drawing on the grid, and z where the encoder puts it. */
function choose({change, data}, drawing) {
  const [z1, z2] = encode(data, drawing);
  change({drawing, z1, z2});
}

/** The held-out digits, each as the text of its pixels; unpacked once. */
function heldOut(data) {
  data.texts ??= data.images.map((hex) => BigInt(`0x${hex}`).toString(2).padStart(4 * hex.length, "0"));
  return data.texts;
}

const figure = {
  compute({z1, z2, drawing}, data) {
    const {image, logits} = decode(data, [z1, z2]);
    const numbers = {
      image,
      lit: sum(image),
      certain: image.filter((p) => p < 0.1 || p > 0.9).length / image.length,
    };
    if (data.gaussian) numbers.logPrior = -Math.log(2 * Math.PI) - 0.5 * (z1 ** 2 + z2 ** 2);
    if (!data.encoder) return numbers;
    const said = encode(data, drawing);
    const logvar = said.splice(2);
    numbers.mean = said;
    numbers.logLikelihood = -sum(logits.map((logit, i) => Math.log1p(Math.exp(drawing[i] === "1" ? -logit : logit))));
    if (data.gaussian) {
      numbers.sd = logvar.map((value) => Math.exp(0.5 * value));
      numbers.kl = 0.5 * sum(said.map((mean, k) => mean ** 2 + Math.exp(logvar[k]) - 1 - logvar[k]));
    }
    return numbers;
  },

  build(page) {
    const {stage, width, change, inputs, data} = page;
    if (data.encoder) inputs.drawing ??= heldOut(data)[0];
    const map = buildMap({...page, width: width - (width < 560 ? 0 : width < 700 ? 276 : 336)});
    const grid = data.encoder ? buildGrid(page, map) : {element: "", samples: [], update() {}};
    const [digit, scale] = [data.encoder ? "digit" : "alone", "scale"].map(picture);
    paint(scale, 64, evenly(0, 1, 64));
    const decoded = html("div", {}, "decoded at z", digit, html("div", {class: "strip"}, "0", scale, "1"), html("small", {}, "p(pixel = 1 | z)"));
    stage.append(map.element, html("div", {class: "beside"}, html("div", {class: "pair"}, grid.element, decoded), ...grid.samples));

    return (now, numbers) => {
      paint(digit, data.side, numbers.image);
      map.update(now, numbers);
      grid.update(now.drawing);
    };
  },

  describe({z1, z2, drawing}, {lit, certain, image, logPrior, mean, sd, kl, logLikelihood}, data) {
    const pair = ([one, other]) => `(${fixed(one, 2)}, ${fixed(other, 2)})`;
    const density = data.gaussian ? `, log p(z) = ${fixed(logPrior, 2)} nats` : "";
    let words =
      `z = ${pair([z1, z2])}${density}; ${fixed(lit, 1)} of ${image.length} pixels lit on average, ` +
      `${fixed(100 * certain, 0)}% of the pixels certain (p below 0.1 or above 0.9).`;
    if (!Array.isArray(data.decoder)) words += " Images are interpolated between the points of a grid.";
    if (mean) {
      const number = heldOut(data).indexOf(drawing);
      const name = number < 0 ? "your drawing" : `a held-out ${data.labels[number]}`;
      const code = sd ? `q(z | x) has mean ${pair(mean)} and sd ${pair(sd)}, ${fixed(kl, 2)} nats from the prior` : `its code is ${pair(mean)}`;
      words += ` x is ${name}: ${code}; log p(x | z) = ${fixed(logLikelihood, 2)} nats at z.`;
    }
    return {
      caption: words,
      alt: `A map of decoded digits, z₁ and z₂ from −${data.reach} to ${data.reach}, and the digit at z. ${words}`,
    };
  },
};

/** The map with z; where there is an encoder, q(z | x) and the held-out codes, too. */
function buildMap(page) {
  const {width, change, focus, data} = page;
  const {side, reach, tiles, labels} = data;
  // without the margins of a plot
  const room = width - 74;
  const area = plot({
    width, height: room + 54, x: [-reach, reach], y: [-reach, reach], xlabel: "z₁", ylabel: "z₂", grid: false,
  });
  const [canvas, tile, image] = ["atlas", "tile", "held"].map(picture);
  canvas.style.width = `${room}px`;
  const columns = tiles * (side + 2);
  paint(canvas, columns, new Float64Array(columns ** 2));
  for (let k = 0; k < tiles ** 2; k += 1) {
    const [column, row] = [k % tiles, Math.floor(k / tiles)];
    const z = [column, tiles - 1 - row].map((place) => (reach * (2 * place + 1 - tiles)) / tiles);
    paint(tile, side, decode(data, z).image);
    canvas.getContext("2d").drawImage(tile, column * (side + 2) + 1, row * (side + 2) + 1);
  }

  const codes = data.encoder ? heldOut(data).map((text) => encode(data, text)) : [];
  const [xs, ys] = [codes.map(([z1]) => area.x(z1)), codes.map(([, z2]) => area.y(z2))];
  const d = xs.map((x, k) => `M${x.toFixed(1)} ${ys[k].toFixed(1)}h0`).join("");
  const ellipse = svg("g", {transform: "scale(0)"}, ...(data.gaussian ? [1, 2] : [1]).flatMap((r) => [
    svg("circle", {r, class: "q halo"}),
    svg("circle", {r, class: "q", "stroke-dasharray": r === 2 && "7 5"}),
  ]));
  const alike = svg("g", {class: "alike"});
  const marks = svg("g", {class: "marks"}, svg("path", {d, class: "codes halo"}), svg("path", {d, class: "codes"}), alike, ellipse);
  const floor = svg("rect", {width: room, height: room, class: "floor"});
  area.inside.append(floor, marks);
  const knob = handle(area, {
    arrows: "xy", colour: "var(--vermilion)",
    moved: ({x, y}) => change({z1: x, z2: y}),
    begin: () => focus("z1"),
  });

  const label = html("div");
  const preview = html("div", {class: "preview", hidden: true}, image, label);
  const element = html("div", {class: "map"}, canvas, area.element, preview);
  floor.onpointermove = floor.onclick = (event) => {
    const {x, y} = area.at(event);
    const away = xs.map((other, k) => Math.hypot(other - area.x(x), ys[k] - area.y(y)));
    const number = away.indexOf(Math.min(NEAR, ...away));
    preview.hidden = number < 0;
    if (number >= 0) {
      paint(image, side, pixelsOf(heldOut(data)[number]));
      label.textContent = `held-out ${labels[number]}`;
      preview.style.translate = `${Math.min(xs[number], room - 90)}px ${ys[number]}px`;
      if (event.type === "click") choose(page, heldOut(data)[number]);
    } else if (event.type === "click") change({z1: x, z2: y});
  };
  floor.onpointerleave = () => (preview.hidden = true);

  let named = "";
  return {
    element,
    /** Writes the digit on the codes of all that are labelled so. */
    name(digit) {
      if (digit === named) return;
      named = digit;
      const texts = xs.map((x, k) => labels[k] === digit && svg("text", {x, y: ys[k] + 4.5}, digit));
      alike.replaceChildren(...texts.filter(Boolean));
    },
    update({z1, z2}, {mean, sd}) {
      knob.place(area.x(z1), area.y(z2));
      if (!mean) return;
      const [rx, ry] = (sd ?? [0.05 * reach, 0.05 * reach]).map((length) => (length * room) / (2 * reach));
      set(ellipse, {transform: `translate(${area.x(mean[0])}, ${area.y(mean[1])}) scale(${rx}, ${ry})`});
    },
  };
}

/** Where the reader draws: a grid of pixels, and buttons for held-out digits. */
function buildGrid(page, map) {
  const {inputs, data} = page;
  const {side, labels} = data;
  const canvas = picture();
  const cells = evenly(0, side ** 2 - 1, side ** 2).map((k) =>
    html("button", {type: "button", tabindex: -1, "aria-label": `row ${Math.floor(k / side) + 1}, column ${(k % side) + 1}`}));
  const board = html(
    "div",
    {class: "cells", role: "group", "aria-label": "x, your drawing: arrow keys move, space sets a pixel or takes it away"},
    ...cells,
  );
  const other = (k) => (inputs.drawing[k] === "1" ? "0" : "1");
  const put = (k, pixel) => k >= 0 && choose(page, inputs.drawing.slice(0, k) + pixel + inputs.drawing.slice(k + 1));
  const under = (event) => cells.indexOf(document.elementFromPoint(event.clientX, event.clientY));
  let pixel = "1";
  draggable(board, (event) => put(under(event), pixel), (event) => (pixel = other(under(event))));
  let cursor = 0;
  cells[0].tabIndex = 0;
  cells.forEach((cell, k) => {
    // a click without a pointer is the keyboard's or a screen reader's
    cell.onclick = (event) => event.detail || put(k, other(k));
    cell.onfocus = () => {
      cells[cursor].tabIndex = -1;
      cell.tabIndex = 0;
      cursor = k;
    };
  });
  board.onkeydown = (event) => {
    const step = {ArrowUp: -side, ArrowDown: side, ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    event.preventDefault();
    cells[cursor + step]?.focus();
  };

  const button = (label, name, onclick) => Object.assign(html("button", {type: "button", "aria-label": name}, label), {onclick});
  const digits = [..."0123456789"].map((digit) =>
    button(digit, `the next held-out ${digit}`, () => {
      const found = labels.indexOf(digit, heldOut(data).indexOf(inputs.drawing) + 1);
      choose(page, heldOut(data)[found < 0 ? labels.indexOf(digit) : found]);
    }));
  const clear = button("clear", "clear the drawing", () => choose(page, "0".repeat(side ** 2)));
  return {
    element: html("div", {}, "x: draw here", html("div", {class: "drawn"}, canvas, board)),
    samples: [
      "or take one held-out digit after the other",
      html("div", {class: "strip"}, ...digits, clear),
      html("small", {}, `White: ${data.gaussian ? "q(z | x) to one and two sd" : "the code of x"}. Dots: codes of held-out digits; hover over one, or click it. On the grid, arrow keys and space draw, too.`),
    ],
    update(drawing) {
      paint(canvas, side, pixelsOf(drawing));
      cells.forEach((cell, k) => (cell.ariaPressed = drawing[k] === "1"));
      map.name(labels[heldOut(data).indexOf(drawing)]);
    },
  };
}
