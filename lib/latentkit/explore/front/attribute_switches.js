// One z with every code: what the generator writes, and which classes the discriminators hear in it.
// What Python sends: `attributes`, each with its classes, its discriminator, and how far apart two classes' codes are;
// `rest`, how many codes there are of the attributes that have no place in the table; `others` [n, M], more z.

const percent = (share) => `${fixed(100 * share, 0)}\u00a0%`;

/** An attribute's classes in a sentence of these tokens, by its discriminator: their probabilities. */
function hear({embedding, filters, output}, tokens) {
  const width = embedding.shape[1];
  // A filter of four words reaches beyond both ends by three; BOS is not heard.
  const vectors = new Float64Array((tokens.length + 6) * width);
  tokens.slice(1).forEach((token, i) => {
    vectors.set(embedding.values.subarray(token * width, (token + 1) * width), (i + 4) * width);
  });
  const found = filters.flatMap(({weight, bias}) => {
    const [count, length] = weight.shape;
    const most = new Float64Array(count);
    for (let at = 0; at + length <= vectors.length; at += width) {
      affine(weight, vectors.subarray(at, at + length), bias).forEach((h, f) => (most[f] = Math.max(most[f], h)));
    }
    return [...most];
  });
  const logits = affine(output.weight, found, output.bias);
  const likely = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return [...likely.map((share) => share / sum(likely))];
}

/** The class of each attribute that a code stands for. */
function classesOf(code, attributes) {
  return attributes.map(({classes, stride}) => Math.floor(code / stride) % classes.length);
}

const loudest = (heard) => heard.map((shares) => shares.indexOf(Math.max(...shares)));
const named = (chosen, attributes) => chosen.map((k, a) => attributes[a].classes[k]);
const told = (heard, attributes) =>
  named(loudest(heard), attributes).map((name, a) => `${name} ${percent(Math.max(...heard[a]))}`).join(", ");

const figure = {
  compute({sentence, walk, code}, data) {
    const {model, vocabulary, attributes, rest, others} = data;
    const {encode, greedy} = sentenceModel(model);
    const listen = (tokens) => attributes.map(({discriminator}) => remembered(discriminator, tokens.join(), () => hear(discriminator, tokens)));
    const given = remembered(data, JSON.stringify([sentence]), () => {
      const {tokens, unknown} = numbered(tokenize(sentence), vocabulary);
      return {unknown, mu: encode(tokens).mu, heard: listen(tokens)};
    });
    const cells = remembered(data, JSON.stringify([sentence, walk, code % rest]), () => {
      const [count, size] = others.shape;
      const place = (k) => (k ? others.values.subarray((k - 1) * size, k * size) : given.mu);
      const from = Math.min(Math.floor(walk), count - 1);
      const [one, other, share] = [place(from), place(from + 1), walk - from];
      const z = Array.from(one, (value, i) => (1 - share) * value + share * other[i]);
      const {classes, stride} = attributes[0];
      return Array.from({length: (classes.length * stride) / rest}, (_, i) => {
        const asked = classesOf(i * rest + (code % rest), attributes);
        const ones = attributes.flatMap(({classes: names}, a) => names.map((_name, k) => Number(k === asked[a])));
        const said = greedy([...z, ...ones]);
        return {asked, said: said.map((token) => vocabulary[token]).join(" "), heard: listen([BOS, ...said, EOS])};
      });
    });
    return {cells, unknown: given.unknown, heard: given.heard, here: Math.floor(code / rest)};
  },

  build({stage, width, change, inputs, data: {attributes, rest}}) {
    const table = attributes.slice(0, 2);
    const across = table.at(-1).classes;
    const down = table[1] ? table[0].classes : [""];
    const wide = width >= 110 + 165 * across.length;

    /** A radio button of a group. */
    const radio = (name, chosen) => {
      const button = html("input", {type: "radio", name});
      button.addEventListener("change", chosen);
      return button;
    };
    const group = (className, name, ...children) => html("div", {class: className, role: "radiogroup", "aria-label": name}, ...children);

    const id = uniqueId();
    const cells = down.flatMap((row, i) => across.map((name, k) => {
      const number = i * across.length + k;
      const button = radio(id, () => change({code: number * rest + (inputs.code % rest)}));
      const [said, own, wrong] = [html("span"), html("small", {class: "own"}, "as your sentence"), html("small", {class: "wrong"})];
      const element = html("label", {}, button, html("i", {}, name), html("span", {}, said, own, wrong));
      return {button, said, own, wrong, element, asked: row ? `${row}, ${name}` : name};
    }));
    const rows = down.flatMap((row, i) => [html("b", {}, row), ...cells.slice(i * across.length, (i + 1) * across.length).map(({element}) => element)]);
    const heads = wide ? [html("b"), ...across.map((name) => html("b", {class: "head"}, name))] : [];
    const switches = group(`switches ${wide ? "wide" : ""}`, table.map(({name}) => name).join(" and "), ...heads, ...rows);
    set(switches, {style: `--columns: ${across.length}`});
    switches.addEventListener("keydown", (event) => {
      const way = {ArrowUp: -1, ArrowDown: 1}[event.key];
      if (!wide || !way || cells.length === across.length) return;
      event.preventDefault();
      const now = cells.findIndex(({button}) => button === event.target);
      const {button} = cells[(now + way * across.length + cells.length) % cells.length];
      button.focus();
      button.click();
    });

    const others = attributes.slice(2).map(({name, classes, stride}, a) => {
      const own = uniqueId();
      const buttons = classes.map((each, k) => {
        const to = () => change({code: inputs.code + (k - classesOf(inputs.code, attributes)[a + 2]) * stride});
        return set(radio(own, to), {"aria-label": `${name}: ${each}`});
      });
      return {buttons, element: group("others", name, html("b", {}, name), ...classes.map((each, k) => html("label", {}, buttons[k], each)))};
    });

    const bars = attributes.map(({name, classes}) => {
      const shares = classes.map(() => ({bar: html("i"), mark: html("u"), value: html("span")}));
      const lines = classes.flatMap((each, k) => {
        const {bar, mark, value} = shares[k];
        return [html("span", {}, each), html("span", {class: "track"}, bar, mark), value];
      });
      return {shares, element: html("div", {}, html("b", {}, name), ...lines)};
    });

    stage.append(
      html("p", {}, "The same z with each code. A line under a word: the chosen sentence does not have it."),
      switches,
      ...others.map(({element}) => element),
      html("p", {}, "What the discriminators hear in the chosen sentence, and (the upright line) in yours."),
      html("div", {class: "hearing"}, ...bars.map(({element}) => element)),
    );

    return ({walk, code}, numbers) => {
      const chosen = numbers.cells[numbers.here];
      const words = chosen.said.split(" ");
      const yours = String(loudest(numbers.heard));
      numbers.cells.forEach((cell, i) => {
        const {button, said, own, wrong, asked} = cells[i];
        button.checked = i === numbers.here;
        set(button, {"aria-label": `${asked}: ${cell.said}`});
        const spans = cell.said.split(" ").flatMap((word) => [
          word === "." ? "\u00a0" : " ",
          html("span", {class: !words.includes(word) && "other"}, word),
        ]);
        said.replaceChildren(...spans);
        own.hidden = walk > 0 || String(cell.asked) !== yours;
        const heard = loudest(cell.heard);
        const others = named(heard, attributes).filter((_, a) => heard[a] !== cell.asked[a]);
        wrong.textContent = others.length ? `heard as ${others.join(", ")}` : "";
      });
      const now = classesOf(code, attributes);
      others.forEach(({buttons}, a) => buttons.forEach((button, k) => (button.checked = k === now[a + 2])));
      bars.forEach(({shares}, a) => shares.forEach(({bar, mark, value}, k) => {
        set(bar, {style: `width: ${100 * chosen.heard[a][k]}%`});
        set(mark, {style: `left: ${100 * numbers.heard[a][k]}%`});
        value.textContent = percent(chosen.heard[a][k]);
      }));
    };
  },

  describe({walk}, {cells, here, heard, unknown}, {attributes}) {
    const code = ({asked}) => named(asked, attributes).join(", ");
    const place = walk ? `z at ${fixed(walk, 1)} on its way` : "z of your sentence";
    const hearing = `heard as ${told(cells[here].heard, attributes)}; your sentence as ${told(heard, attributes)}.`;
    return {
      caption: `${place}, c = (${code(cells[here])}): “${cells[here].said}”, ${hearing}${remarkOn(unknown)}`,
      alt:
        "What the generator writes at the same z with each code. " +
        `${cells.map((cell) => `${code(cell)}: “${cell.said}”`).join(", ")}. Chosen: ${code(cells[here])}, ${hearing}`,
    };
  },
};
