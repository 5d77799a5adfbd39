// What each word of a sentence costs, with z and without, when the decoder does not see all the words before.

const BARS = {
  without: {label: "without z", stroke: "var(--orange)", width: 10, dash: "3 1.5"},
  withZ: {label: "with z: the words", stroke: "var(--sky)", width: 10},
  price: {label: "with z: z itself", stroke: "var(--purple)", width: 10, dash: "1.5 1.5"},
};

/** {words, bracketed} of a sentence; words in brackets are hidden at every rate. */
function parted(sentence) {
  const [words, bracketed] = [[], []];
  let open = false;
  for (const word of tokenize(sentence)) {
    if (word === "(" || word === ")") open = word === "(";
    else bracketed[words.push(word) - 1] = open;
  }
  return {words, bracketed};
}

/** The sentence of these words, the hidden ones in brackets. */
function bracket(words, hidden) {
  return words
    .map((word, i) => `${hidden[i] && !hidden[i - 1] ? "(" : ""}${word}${hidden[i] && !hidden[i + 1] ? ")" : ""}`)
    .join(" ");
}

/** Whether the rate hides the i-th word. */
function byRate(i, {rate}, {thresholds}) {
  return thresholds[i % thresholds.length] < rate;
}

const figure = {
  compute(inputs, data) {
    const {model, collapsed, vocabulary} = data;
    const {words, bracketed} = parted(inputs.sentence);
    const {tokens, unknown} = numbered(words, vocabulary);
    const hidden = bracketed.map((chosen, i) => chosen || byRate(i, inputs, data));
    const seen = tokens.map((token, i) => (hidden[i - 1] ? UNK : token));
    const cost = (weights) => {
      const read = sentenceModel(weights);
      const q = remembered(weights, tokens.join(), () => read.encode(tokens));
      return {q, costs: read.surprisal(tokens, seen, q.mu)};
    };
    const {q, costs} = cost(model);
    const price = sum(q.mu.map((mu, i) => (mu ** 2 + Math.exp(q.logvar[i]) - 1 - q.logvar[i]) / 2));
    return {words, hidden, unknown, without: cost(collapsed).costs, withZ: costs, price};
  },

  build({stage, width, change, inputs, data}) {
    const totals = html("div");
    const list = html("ol", {class: "bars"});
    const about = html("p", {}, "Press a word to hide it, in (brackets), from what comes after it. Numbers are nats.");
    stage.append(legend(Object.values(BARS)), totals, about, list);
    const room = width - 112;
    let said = null;
    let rows;
    let [most, whole] = [0, 0];
    const bar = ({stroke, width: wide, dash}, y) => svg("line", {stroke, "stroke-width": wide, "stroke-dasharray": dash, y1: y, y2: y});

    /** A word, its two bars and their numbers; the last one stands for the end and cannot be hidden. */
    const rowOf = (word, i, words) => {
      const bars = [bar(BARS.without, 9), bar(BARS.withZ, 22)];
      const values = [13.5, 26.5].map((y) => svg("text", {y}));
      const name = html(i < words.length - 1 ? "button" : "span", {}, word);
      name.addEventListener("click", () => i < words.length - 1 && toggle(i));
      const picture = svg("svg", {width: room, height: 31, "aria-hidden": "true"}, ...bars, ...values);
      return {row: html("li", {}, name, picture), bars, values, name, word};
    };

    /** Hides or shows a word; if the rate hides it, the words that are hidden now are bracketed, and the rate goes to 0. */
    const toggle = (i) => {
      const {words, bracketed} = parted(inputs.sentence);
      const rated = byRate(i, inputs, data);
      const hidden = rated ? bracketed.map((chosen, k) => chosen || byRate(k, inputs, data)) : bracketed;
      hidden[i] = !hidden[i];
      change({...(rated && {rate: 0}), sentence: bracket(words, hidden)});
    };

    return (_, {words, hidden, without, withZ, price}) => {
      if (said !== words.join(" ")) {
        rows = [...words, "end"].map(rowOf);
        list.replaceChildren(...rows.map(({row}) => row));
        [most, whole, said] = [0, 0, words.join(" ")];
      }
      most = Math.max(most, 5, ...without, ...withZ);
      rows.forEach(({bars, values, name, word}, i) => {
        [without[i], withZ[i]].forEach((cost, k) => {
          const x = (cost / most) * (room - 34);
          set(bars[k], {x2: x});
          set(values[k], {x: x + 5}).textContent = cost < 0.05 ? "" : fixed(cost, 1);
        });
        name.textContent = hidden[i] ? `(${word})` : word;
        const costs = `${fixed(without[i], 1)} nats without z, ${fixed(withZ[i], 1)} with z`;
        if (i === words.length) return;
        set(name, {"aria-pressed": String(hidden[i]), "aria-label": `${name.textContent}, word ${i + 1}: ${costs}`});
      });
      whole = Math.max(whole, sum(without), sum(withZ) + price);
      const panel = plot({
        width, height: 96, x: [0, (whole * (width - 104)) / (width - 154)], y: [0, 2], xlabel: "nats for the sentence", yticks: [], grid: false,
        margin: {left: 84, right: 20, top: 0},
      });
      const stack = (y, parts, name) => {
        let at = 0;
        for (const [style, cost] of parts) {
          const to = at + cost;
          panel.above.append(set(bar({...style, width: 18}, panel.y(y)), {x1: panel.x(at), x2: panel.x(to)}));
          at = to;
        }
        panel.above.append(
          svg("text", {x: -8, y: panel.y(y) + 4.5, "text-anchor": "end"}, name),
          svg("text", {x: panel.x(at) + 5, y: panel.y(y) + 4.5, class: "strong"}, fixed(at, 1)),
        );
      };
      stack(1.5, [[BARS.without, sum(without)]], "without z");
      stack(0.5, [[BARS.withZ, sum(withZ)], [BARS.price, price]], "with z");
      totals.replaceChildren(panel.element);
    };
  },

  describe({rate}, {words, hidden, unknown, without, withZ, price}) {
    const [alone, rest] = [without, withZ].map(sum);
    const numbers =
      `Rate ${fixed(rate, 1)}: ${hidden.filter(Boolean).length} of ${words.length} words hidden. ` +
      `Without z the sentence costs ${fixed(alone, 1)} nats; with z ${fixed(rest, 1)} for the words ` +
      `and ${fixed(price, 1)} for z, which is ${fixed(rest + price, 1)}`;
    const bars = [...words, "end"].map(
      (word, i) => `${hidden[i] ? `(${word})` : word} ${fixed(without[i], 1)} and ${fixed(withZ[i], 1)}`,
    );
    return {
      caption: `${numbers}.${remarkOn(unknown)}`,
      alt: `Bars of nats per word, without z and with it: ${bars.join(", ")}. ${numbers}.`,
    };
  },
};
