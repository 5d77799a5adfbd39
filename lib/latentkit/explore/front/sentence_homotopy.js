// The line from one sentence's posterior mean to another's: both sentences' likelihoods along it, and what is said.

const LINES = [
  {label: "the first sentence", stroke: "var(--blue)", width: 2.5},
  {label: "the second sentence", stroke: "var(--vermilion)", width: 2.5, dash: "7 4"},
];

// Milliseconds of work between two frames.
const PIECE = 8;

/** The way between two sentences, as far as it has been walked: {ends, curves, said} of so many steps. */
function wayOf({start, end}, {model, vocabulary}) {
  return remembered(model, JSON.stringify([start, end]), () => {
    const ends = [start, end].map((text) => numbered(tokenize(text), vocabulary));
    return {
      ends,
      mu: ends.map(({tokens}) => sentenceModel(model).encode(tokens).mu),
      curves: [[], []],
      said: [],
    };
  });
}

/** Walks one more step; whether there was one. */
function walk({ends, mu, curves, said}, {model, vocabulary, steps}) {
  if (said.length > steps) return false;
  const share = said.length / steps;
  const z = mu[0].map((from, i) => (1 - share) * from + share * mu[1][i]);
  const vae = sentenceModel(model);
  ends.forEach(({tokens}, i) => curves[i].push(-sum(vae.surprisal(tokens, tokens, z))));
  said.push(vae.greedy(z).map((token) => vocabulary[token]).join(" "));
  return true;
}

const figure = {
  work(inputs, data) {
    const way = wayOf(inputs, data);
    const until = performance.now() + PIECE;
    while (performance.now() < until && walk(way, data));
    return way.said.length / (data.steps + 1);
  },

  compute(inputs, data) {
    const way = wayOf(inputs, data);
    while (walk(way, data));
    const {ends, curves, said} = way;
    const stretches = [];
    said.forEach((sentence, step) => {
      if (sentence !== said[step - 1]) stretches.push({from: step / data.steps, sentence});
      stretches.at(-1).to = step / data.steps;
    });
    return {
      curves,
      stretches,
      here: said[Math.round(inputs.share * data.steps)],
      unknown: ends.flatMap(({unknown}) => unknown),
    };
  },

  build({stage, width, change, focus, data}) {
    const place = html("div");
    const about = html("p", {}, "What the decoder says along the way. A line under a word: it is of that sentence alone.");
    const list = html("ol", {class: "choices"});
    stage.append(legend(LINES), place, about, list);
    let drawn, panel, line, marks, knob, rows;

    /** The axes and the list, which stay as long as the sentences do. */
    const redraw = ({curves, stretches}, {start, end}) => {
      panel = plot({
        width, height: 250, x: [0, 1], y: [Math.min(...curves.flat()) * 1.06 - 1, 0],
        xlabel: "share α of the way", ylabel: "log p(sentence | z), nats", margin: {right: 26},
      });
      line = svg("line", {y2: panel.h, stroke: "var(--ink)", "stroke-width": 1.5, "stroke-dasharray": "2 4"});
      panel.inside.append(line);
      marks = LINES.map(({stroke, width: wide, dash}, i) => {
        const d = through(panel, evenly(0, 1, data.steps + 1), curves[i]);
        const [dot, value] = [svg("circle", {r: 4.5, fill: stroke}), svg("text", {class: "strong"})];
        panel.inside.append(svg("path", {d, stroke, "stroke-width": wide, "stroke-dasharray": dash}), dot, value);
        return {dot, value};
      });
      const ground = svg("rect", {width: panel.w, height: panel.h, fill: "transparent", style: "touch-action: pan-y"});
      const to = ({x}) => change({share: x});
      const begin = () => focus("share");
      draggable(ground, (event) => to(panel.at(event)), begin);
      panel.inside.append(ground);
      knob = handle(panel, {arrows: "x", colour: "var(--black)", moved: to, begin});
      place.replaceChildren(panel.element);

      const ends = [start, end].map(tokenize);
      rows = stretches.map(({from, to, sentence}) => {
        const words = sentence.split(" ").flatMap((word) => {
          const [first, second] = ends.map((end) => end.includes(word));
          const of = first !== second && (first ? "first" : "second");
          return [word === "." ? "\u00a0" : " ", html("span", {class: of}, word)];
        });
        const where = html("span", {class: "where"}, fixed(from, 2) + (from < to ? ` to ${fixed(to, 2)}` : ""));
        const row = html("button", {type: "button"}, where, html("span", {}, ...words));
        row.addEventListener("click", () => change({share: (from + to) / 2}));
        return row;
      });
      list.replaceChildren(...rows.map((row) => html("li", {}, row)));
    };

    return (inputs, numbers) => {
      const {curves, stretches} = numbers;
      if (drawn !== curves) redraw(numbers, inputs);
      drawn = curves;
      const {share} = inputs;
      const x = panel.x(share);
      set(line, {x1: x, x2: x});
      knob.place(x, panel.h);
      const now = curves.map((curve) => curve[Math.round(share * data.steps)]);
      const [aside, anchor] = share < 0.5 ? [8, "start"] : [-8, "end"];
      marks.forEach(({dot, value}, i) => {
        const y = panel.y(now[i]);
        set(dot, {cx: x, cy: y});
        const beside = y + (now[i] < now[1 - i] ? 20 : -9);
        set(value, {x: x + aside, y: Math.min(panel.h - 22, Math.max(13, beside)), "text-anchor": anchor});
        value.textContent = fixed(now[i], 1);
      });
      stretches.forEach(({from, to}, i) => {
        set(rows[i], {"aria-current": share > from - 0.001 && share < to + 0.001 && "true"});
      });
    };
  },

  describe({share}, {curves, here, unknown}) {
    const at = `α = ${fixed(share, 2)}`;
    const ends = curves.map((curve) => `${fixed(curve[0], 1)} nats at the start, ${fixed(curve.at(-1), 1)} at the end`);
    return {
      caption: `${at}: ${here}${remarkOn(unknown)}`,
      alt:
        `Log-likelihood of the two sentences along the way. The first: ${ends[0]}. The second: ${ends[1]}. ` +
        `At the dotted line, ${at}, the decoder says: ${here}`,
    };
  },
};
