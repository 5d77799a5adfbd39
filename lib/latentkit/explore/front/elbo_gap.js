// log p(x) = ELBO + KL where every term has a closed form: z ~ N(0, 1), x | z ~ N(z, noise), q = N(mean, variance).

const Z = [-3.5, 4.5];
const TOP = 0.85; // of the axis of densities; a narrower q rises beyond it, and its handle stays there
const POINTS = evenly(Z[0], Z[1], 321);

function density(z, mean, variance) {
  return Math.exp((-0.5 * (z - mean) ** 2) / variance) / Math.sqrt(2 * Math.PI * variance);
}

function klBetweenNormals(meanQ, varianceQ, meanP, varianceP) {
  const ratio = varianceQ / varianceP;
  return 0.5 * ((meanQ - meanP) ** 2 / varianceP + ratio - 1 - Math.log(ratio));
}

function posteriorOf({x, noise}) {
  return [x / (1 + noise), noise / (1 + noise)];
}

const figure = {
  compute({mean, variance}, {x, noise}) {
    const total = 1 + noise;
    const evidence = -0.5 * (Math.log(2 * Math.PI * total) + x ** 2 / total);
    const reconstruction = -0.5 * (Math.log(2 * Math.PI * noise) + ((x - mean) ** 2 + variance) / noise);
    const kl = klBetweenNormals(mean, variance, 0, 1);
    const gap = klBetweenNormals(mean, variance, ...posteriorOf({x, noise}));
    return {evidence, reconstruction, kl, elbo: reconstruction - kl, gap};
  },

  build({stage, width, change, focus, inputs, data}) {
    const beside = width >= 600;
    const curves = {
      q: {label: "q(z | x): drag it", stroke: "var(--blue)", width: 3.5},
      posterior: {label: "posterior p(z | x)", stroke: "var(--vermilion)", width: 2, dash: "8 5"},
      prior: {label: "prior p(z)", stroke: "var(--black)", width: 1.8, dash: "2 4"},
    };
    const left = plot({
      width: beside ? Math.round(width * 0.6) : width, height: 290, x: Z, y: [0, TOP],
      xlabel: "z", ylabel: "density", yticks: [0, 0.2, 0.4, 0.6, 0.8], xticks: beside ? 8 : 5,
    });
    const path = ({stroke, width: wide, dash}) => svg("path", {stroke, "stroke-width": wide, "stroke-dasharray": dash});
    const area = svg("path", {style: "fill: var(--sky); fill-opacity: 0.3"});
    const [q, posterior, prior] = [curves.q, curves.posterior, curves.prior].map(path);
    const draw = (element, mean, variance) =>
      element.setAttribute("d", through(left, POINTS, POINTS.map((z) => density(z, mean, variance))));
    left.inside.append(area, prior, q, posterior);
    draw(prior, 0, 1);
    draw(posterior, ...posteriorOf(data));
    const spread = svg("line", {stroke: "var(--ink)", "stroke-width": 1.5});
    const sigma = svg("text", {"text-anchor": "middle"}, "σ");
    left.above.append(spread, sigma);
    const centre = handle(left, {
      arrows: "x", colour: "var(--blue)",
      moved: ({x}) => change({mean: x}),
      begin: () => focus("mean"),
    });
    const side = handle(left, {
      arrows: "x", colour: "var(--blue)",
      moved: ({x}) => change({variance: (x - inputs.mean) ** 2}),
      begin: () => focus("variance"),
    });

    const bars = beside ? buildBars(width - left.width, 290, data) : buildBars(width, 258, data);
    stage.append(legend(Object.values(curves)), left.element, bars.element);

    return ({mean, variance}, numbers) => {
      draw(q, mean, variance);
      area.setAttribute("d", `${q.getAttribute("d")}L${left.w} ${left.h}L0 ${left.h}Z`);
      const sd = Math.sqrt(variance);
      const height = (z) => left.y(Math.min(density(z, mean, variance), TOP));
      centre.place(left.x(mean), height(mean));
      side.place(left.x(mean + sd), height(mean + sd));
      const middle = height(mean + sd);
      set(spread, {x1: left.x(mean), x2: left.x(mean + sd), y1: middle, y2: middle});
      set(sigma, {x: left.x(mean + sd / 2), y: middle - 6, visibility: left.x(sd) - left.x(0) > 42 ? "visible" : "hidden"});
      bars.update(numbers);
    };
  },

  describe({mean, variance}, {evidence, elbo, gap}, data) {
    const name = `q = N(${fixed(mean, 2)}, ${fixed(variance, 2)})`;
    const numbers = `log p(x) = ${fixed(evidence, 4)} = ELBO ${fixed(elbo, 4)} + gap ${fixed(gap, 4)}`;
    const [posteriorMean, posteriorVariance] = posteriorOf(data);
    return {
      caption: `${name}: ${numbers}.${gap < 5e-5 ? " q is the posterior: the bound is tight." : ""}`,
      alt:
        `Two panels. Left: the prior N(0, 1), the posterior N(${posteriorMean}, ${posteriorVariance}) and ${name}. ` +
        `Right: one bar; ${numbers}, in nats.`,
    };
  },
};

/** The bar that the ELBO and the gap fill up to log p(x). */
function buildBars(width, height, data) {
  const {evidence} = figure.compute({mean: 0, variance: 1}, data);
  const floor = evidence - 6;
  const panel = plot({
    width, height, x: [0, 1], y: [floor, evidence + 0.6], ylabel: "nats", xticks: [], grid: false,
    margin: {right: 4, bottom: height - 246},
  });
  const hatch = uniqueId();
  const pattern = svg(
    "pattern",
    {id: hatch, width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"},
    svg("rect", {width: 8, height: 8, fill: "var(--orange)"}),
    svg("line", {y2: 8, stroke: "var(--paper)", "stroke-width": 3}),
  );
  const wide = Math.min(80, panel.w * 0.24);
  const bound = svg("rect", {x: 8, width: wide, fill: "var(--sky)"});
  const rest = svg("rect", {x: 8, width: wide, fill: `url(#${hatch})`});
  const top = panel.y(evidence);
  const words = (kind, text = "") => svg("text", {x: wide + 20, class: kind}, text);
  const [gapValue, gapName] = [words("strong"), words("quiet", "= KL(q ‖ p(z | x))")];
  const [elboValue, elboName] = [words("strong"), words("quiet", "= log p(x) − gap")];
  panel.inside.append(svg("defs", {}, pattern), bound, rest);
  panel.above.append(
    svg("line", {x1: 0, x2: panel.w, y1: top, y2: top, stroke: "var(--ink)", "stroke-width": 2}),
    svg("text", {x: panel.w, y: top - 8, class: "strong", "text-anchor": "end"}, `log p(x) = ${fixed(evidence, 4)}`),
    gapValue, gapName, elboValue, elboName,
  );
  return {
    element: panel.element,
    update({elbo, gap}) {
      const level = panel.y(elbo);
      set(rest, {y: top, height: Math.max(0, level - top)});
      set(bound, {y: level, height: panel.h - level});
      const gapAt = top + 22;
      const elboAt = Math.max(gapAt + 48, Math.min(level + 18, panel.h - 26));
      set(gapValue, {y: gapAt}).textContent = `gap ${fixed(gap, 4)}`;
      set(gapName, {y: gapAt + 19});
      set(elboValue, {y: elboAt}).textContent = `ELBO ${fixed(elbo, 4)}`;
      set(elboName, {y: elboAt + 19});
    },
  };
}
