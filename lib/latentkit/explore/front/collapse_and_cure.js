// A Gaussian mixture over the latent plane while a mixture VAE trains: recorded trainings, one for each weight β.

const REACH = 4.5;
// ms from one recorded step to the next
const PACE = 140;
const LOOKS = [["blue"], ["vermilion", "8 4"], ["green", "8 3 2 3"], ["purple", "2 3"], ["orange", "8 3 2 3 2 3"]].map(
  ([name, dash]) => ({colour: `var(--${name})`, dash}),
);
/** The clusters that the points come from: as a letter, in words, and as a path around the point. */
const CLUSTERS = [
  ["●", "circles", "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z"],
  ["■", "squares", "m-3 -3h6v6h-6z"],
  ["◆", "diamonds", "m0 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z"],
  ["▲", "triangles up", "m0 -4.2l4 7h-8z"],
  ["▼", "triangles down", "m0 4.2l4 -7h-8z"],
];

function nearest(values, wanted) {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

/** Where the times of a training begin in arrays over [B, S]. */
function found({beta, step}, {betas, steps}) {
  const run = nearest(betas, beta);
  const at = nearest(steps, step);
  return {run, at, row: run * steps.length + at};
}

/** The clusters of a component's points, those that there are: "●38 ▲3", or in words. */
function told(counts, inWords) {
  const all = CLUSTERS.map(([letter, name], i) => counts[i] && (inWords ? `${counts[i]} ${name}` : `${letter} ${counts[i]}`));
  return all.filter(Boolean).join(inWords ? ", " : "  ") || "none";
}

const figure = {
  compute(inputs, data) {
    const {run, at, row} = found(inputs, data);
    const points = data.labels.shape[0];
    const counts = LOOKS.map(() => CLUSTERS.map(() => 0));
    for (let i = 0; i < points; i += 1) counts[data.codes.values[row * points + i]][data.labels.values[i]] += 1;
    const [spread, information] = [data.spread.values[row], data.mutual_information.values[row]];
    const seen = data.steps[at] === 0 ? "the start, alike for every β"
      : spread < 0.1 ? "the components have collapsed into one"
      : information < 0.1 ? "the components are far apart, but c says next to nothing about x"
      : "the components lie apart";
    return {beta: data.betas[run], step: data.steps[at], dispersion: data.dispersion.values[row], spread, information, counts, seen};
  },

  build({stage, width, change, focus, inputs, data}) {
    const beside = width >= 560;
    const half = beside ? Math.floor(width / 2) : width;
    const plane = buildPlane(Math.min(half, 440), data);
    const right = html("div", {class: "trainings"});
    const size = {width: half, height: beside ? Math.max(160, Math.round((plane.height - 40) / 2)) : 170, change, focus, data};
    const log1 = (nats) => Math.log10(1 + nats);
    const spread = buildCurves({...size, quantity: data.spread.values, ylabel: "spread of means", y: [0, 1.85], yticks: [0, 0.5, 1, 1.5]});
    const dispersion = buildCurves({
      ...size, quantity: data.dispersion.values.map(log1), ylabel: "L_d, nats", xlabel: "gradient step",
      y: [0, 2.1], yticks: [0, 1, 10, 100].map(log1), yname: (height) => Math.round(10 ** height - 1),
    });
    const picks = chooser(inputs, ["component"], change);
    const buttons = LOOKS.map(({colour, dash}, i) => {
      const swatch = svg("svg", {width: 44, height: 12, style: "display: inline", "aria-hidden": "true"},
        svg("line", {x1: 4, x2: 42, y1: 6, y2: 6, stroke: colour, "stroke-width": 3, "stroke-dasharray": dash}));
      const number = html("strong", {}, html("span", {class: "spoken"}, "component "), `${i + 1}`);
      const button = html("button", {type: "button"}, number, swatch, html("small"));
      for (const target of [button, plane.badges[i]]) picks.add(target, () => ({component: i + 1}));
      return button;
    });
    right.append(player({change, inputs, data}), spread.element, dispersion.element);
    const components = html("div", {class: "components", role: "group", "aria-label": "components"}, ...buttons);
    stage.append(plane.element, right, components);

    return (now, numbers) => {
      const place = found(now, data);
      plane.update(place.row, now.component);
      spread.update(place);
      dispersion.update(place);
      buttons.forEach((button, i) => {
        set(button, {"aria-pressed": String(picks.holds({component: i + 1}))}).lastChild.textContent = told(numbers.counts[i], false);
      });
    };
  },

  describe({component}, {beta, step, dispersion, spread, information, counts, seen}, data) {
    const time = `β = ${beta}, step ${step}`;
    const measured =
      `L_d ${fixed(dispersion, 2)} nats, spread of the means ${fixed(spread, 2)} standard deviations, ` +
      `I(x; c) ${fixed(information, 2)} of at most ${fixed(Math.log(LOOKS.length), 2)} nats`;
    const {row} = found({beta, step}, data);
    const mean = (at) => fixed(data.means.values[at], 1);
    const centre = (i, at = (row * counts.length + i) * 2) => `${mean(at)}, ${mean(at + 1)}`;
    const chosen = component > 0 && counts[component - 1];
    return {
      caption: chosen
        ? `${time}: component ${component} claims ${chosen.reduce((one, other) => one + other)} of ${data.labels.shape[0]} points: ${told(chosen, true)}.`
        : `${time}: ${seen}; ${measured}.`,
      alt:
        `Left: the latent plane, ${time}: ${data.labels.shape[0]} posterior means and five ` +
        `components (2 sd), ${counts.map((_, i) => `${i + 1} at (${centre(i)})`).join("; ")}. ` +
        `Right: the spread of the means and L_d over the training, for five values of β. ${measured}.`,
    };
  },
};

/** Components over the posterior means, each mean in the colour of its most probable component. */
function buildPlane(width, data) {
  // Its frame is square.
  const height = width - 8;
  const panel = plot({
    width, height, x: [-REACH, REACH], y: [-REACH, REACH], xlabel: "z₁", ylabel: "z₂",
    margin: {left: 48, right: 10, top: 8, bottom: 42},
    xticks: [-4, -2, 0, 2, 4], yticks: [-4, -2, 0, 2, 4],
  });
  const points = data.labels.shape[0];
  const clouds = LOOKS.map(({colour}) => svg("path", {style: `fill: ${colour}`}));
  const ellipses = LOOKS.map(({colour, dash}) => svg("ellipse", {stroke: colour, "stroke-dasharray": dash}));
  const badges = LOOKS.map(({colour}, i) =>
    svg("g", {style: "cursor: pointer"},
      svg("circle", {r: 10, fill: "var(--paper)", stroke: colour, "stroke-width": 2}),
      svg("text", {"text-anchor": "middle", y: 4.8, class: "strong"}, String(i + 1))));
  panel.inside.append(...clouds, ...ellipses, ...badges);
  return {
    element: panel.element,
    height,
    badges,
    update(row, chosen) {
      const paths = LOOKS.map(() => "");
      const means = data.posterior.values;
      for (let i = row * points; i < (row + 1) * points; i += 1) {
        const [x, y] = [panel.x(means[2 * i]).toFixed(1), panel.y(means[2 * i + 1]).toFixed(1)];
        paths[data.codes.values[i]] += `M${x} ${y}${CLUSTERS[data.labels.values[i - row * points]][2]}`;
      }
      LOOKS.forEach(({colour}, i) => {
        const at = (row * LOOKS.length + i) * 2;
        const [cx, cy] = [panel.x(data.means.values[at]), panel.y(data.means.values[at + 1])];
        const [rx, ry] = [0, 1].map((axis) => 2 * Math.exp(0.5 * data.logvars.values[at + axis]) * (panel.w / (2 * REACH)));
        const mine = chosen === i + 1;
        const opacity = mine || !chosen ? 1 : 0.3;
        set(clouds[i], {d: paths[i], opacity: mine ? 1 : opacity * 0.65});
        set(ellipses[i], {cx, cy, rx, ry, opacity, fill: mine ? colour : "none", "fill-opacity": 0.12, "stroke-width": mine ? 3.5 : 2.2});
        set(badges[i], {transform: `translate(${cx}, ${cy})`, opacity});
      });
    },
  };
}

/** One quantity over all trainings, each with its β at its end; the chosen one can be dragged along, or to another. */
function buildCurves({quantity, change, focus, data: {betas, steps}, ...axes}) {
  const last = steps.length - 1;
  const value = (run, at) => quantity[run * steps.length + at];
  const panel = plot({
    ...axes, x: [0, steps[last]], xticks: axes.width > 400 ? 6 : 3, margin: {right: 66, left: 54, bottom: axes.xlabel ? 44 : 24},
  });
  const curves = betas.map((_, run) => svg("path", {d: through(panel, steps, steps.map((_step, at) => value(run, at)))}));
  const ends = betas.map((beta, run) => ({run, y: panel.y(value(run, last))})).sort((one, other) => other.y - one.y);
  ends.forEach((end, i) => (end.y = Math.min(end.y, i ? ends[i - 1].y - 14 : panel.h - 2)));
  const names = [];
  for (const {run, y} of ends) names[run] = svg("text", {x: panel.w + 19, y: y + 5}, `β ${betas[run]}`);
  panel.inside.append(...curves);
  panel.above.append(...names);
  const knob = handle(panel, {
    arrows: "xy", colour: "var(--blue)", begin: () => focus("step"),
    moved: ({x, y}) => {
      const at = nearest(steps, x);
      change({step: steps[at], beta: betas[nearest(betas.map((_, run) => value(run, at)), y)]});
    },
  });
  return {
    element: panel.element,
    update({run, at}) {
      curves.forEach((curve, i) => {
        const [stroke, wide, kind] = i === run ? ["var(--blue)", 3, "strong"] : ["var(--line)", 1.2, "quiet"];
        set(curve, {stroke, "stroke-width": wide});
        set(names[i], {class: kind});
      });
      knob.place(panel.x(steps[at]), panel.y(value(run, at)));
    },
  };
}

/** A button that plays the training from where it stands, or from the start; one step a press for who asks for less motion. */
function player({change, inputs, data: {steps}}) {
  const stepwise = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const rest = stepwise ? "Next recorded step" : "▶ Play the training";
  const button = html("button", {type: "button"}, rest);
  let timer = 0;
  let shown = 0;
  const stop = () => {
    timer = clearInterval(timer);
    button.textContent = rest;
  };
  const next = () => steps[nearest(steps, inputs.step) + 1];
  const go = (step) => change({step: (shown = step)});
  const tick = () => {
    // The reader has moved the slider, the training is over, or the figure has been built anew.
    if (inputs.step !== shown || next() === undefined || !button.isConnected) stop();
    else go(next());
  };
  button.addEventListener("click", () => {
    if (timer) stop();
    else {
      go(next() ?? 0);
      if (stepwise) return;
      button.textContent = "❚❚ Pause";
      timer = setInterval(tick, PACE);
    }
  });
  return button;
}
