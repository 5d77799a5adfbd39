// Two donors, one sentence: what is said at the meaning of one and the syntax of the other, and the tree of z_syn.
// What Python sends: `heads`, the layers that make the means of z_sem and z_syn; `reader`, the GRU that tells parses.

const DONORS = ["A", "B"];
const MARKS = {first: "A alone has it", second: "B alone has it", neither: "neither has it"};

// Pixels of a level of the tree, of a letter of a word, and of a letter of a tag.
const [LEVEL, LETTER_WIDTH, TAG_WIDTH] = [27, 7.9, 8.6];

/** The next state of a GRU, from what input and state give its gates: reset, keep and new, [3 H] each. */
function gru(entering, kept, h) {
  const n = h.length;
  return h.map((old, i) => {
    const keep = sigmoid(entering[n + i] + kept[n + i]);
    const fresh = Math.tanh(entering[2 * n + i] + sigmoid(entering[i] + kept[i]) * kept[2 * n + i]);
    return (1 - keep) * fresh + keep * old;
  });
}

/** The tokens of the parse that the reader tells of z_syn. */
function parseOf({embedding, input, state, output}, code, longest) {
  const width = embedding.shape[1];
  const about = affine(input.weight, code, input.bias, width);
  let h = new Float64Array(state.weight.shape[1]);
  return mostProbable((token) => {
    const word = embedding.values.subarray(token * width, (token + 1) * width);
    h = gru(affine(input.weight, word, {values: about}), affine(state.weight, h, state.bias), h);
    return affine(output.weight, h, output.bias);
  }, longest);
}

/** The tree that tokens tell, nodes of {label, below}; null where brackets do not match, or there is more than a tree. */
function treeOf(parse) {
  const top = [];
  const open = [top];
  for (const token of parse) {
    if (token === ")") {
      if (open.length === 1 || !open.at(-1).length) return null;
      open.pop();
      continue;
    }
    const node = {label: token.replace(/^\(/, ""), below: []};
    open.at(-1).push(node);
    if (token.startsWith("(")) open.push(node.below);
  }
  return open.length === 1 && top.length === 1 && top[0].below.length ? top[0] : null;
}

/** The tags of a tree from left to right. */
const leavesOf = (node) => (node.below.length ? node.below.flatMap(leavesOf) : [node]);

/** A tree line by line: {depth, label, tags}; see `outline` of donors.py. */
function outline({label, below}, depth = 0) {
  while (below.length === 1 && below[0].below.length) {
    label += ` ${below[0].label}`;
    below = below[0].below;
  }
  const lines = [{depth, label, tags: []}];
  let open = lines[0];
  for (const node of below) {
    if (node.below.length) {
      lines.push(...outline(node, depth + 1));
      open = null;
    } else {
      if (!open) lines.push((open = {depth: depth + 1, label: "", tags: []}));
      open.tags.push(node.label);
    }
  }
  return lines;
}

const parseText = (parse) => parse.join(" ").replaceAll(" )", ")");

/** What the parse reader tells, and whether it is a tree with a leaf for each word. */
function tellTree(parse, count) {
  const tree = treeOf(parse);
  if (!tree) return `What the parse reader tells of z_syn is no tree: ${parse.join(" ")}`;
  const leaves = leavesOf(tree).length;
  const fits = leaves === count ? "" : ` has ${leaves} leaves, the sentence ${count} words`;
  return `The tree that the parse reader tells of z_syn${fits}:`;
}

/** The tree upright, its words below their tags. */
function upright(tree, words, widths) {
  const starts = widths.map((_, i) => sum(widths.slice(0, i)));
  const drawing = svg("g", {transform: "translate(0, 18)"});
  const depthOf = ({below}) => (below.length ? 1 + Math.max(...below.map(depthOf)) : 0);
  const floor = depthOf(tree) * LEVEL;
  let leaf = 0;
  const place = (node, depth) => {
    const y = depth * LEVEL;
    if (!node.below.length) {
      const x = starts[leaf] + widths[leaf] / 2;
      drawing.append(svg("text", {x, y: floor, class: "tag", "text-anchor": "middle"}, node.label));
      if (words) drawing.append(svg("text", {x, y: floor + 19, class: `from-${words[leaf].origin}`, "text-anchor": "middle"}, words[leaf].word));
      leaf += 1;
      return {x, top: floor - 13};
    }
    const below = node.below.map((child) => place(child, depth + 1));
    const x = (below[0].x + below.at(-1).x) / 2;
    const bar = y + 9;
    const lines = [`M${x} ${y + 4}V${bar}M${below[0].x} ${bar}H${below.at(-1).x}`, ...below.map((child) => `M${child.x} ${bar}V${child.top}`)];
    drawing.append(svg("path", {class: "branch", d: lines.join("")}), svg("text", {x, y, class: "strong", "text-anchor": "middle"}, node.label));
    return {x, top: y - 13};
  };
  place(tree, 0);
  const [width, height] = [sum(widths), floor + (words ? 46 : 26)];
  return svg("svg", {width, height, viewBox: `0 0 ${width} ${height}`}, drawing);
}

const place = (share) => (share === 0 ? "of A" : share === 1 ? "of B" : `${fixed(share, 2)} of the way to B`);
const marked = ({word, origin}) => html("span", {class: `from-${origin}`}, word);

const figure = {
  compute({first, second, semantic, syntactic}, data) {
    const {model, heads, reader, vocabulary, parseVocabulary, longestParse, smallWords} = data;
    const {stateAfter, greedy} = sentenceModel(model);
    const given = [first, second].map((sentence) => remembered(data, JSON.stringify([sentence]), () => {
      const {words, tokens, unknown} = numbered(tokenize(sentence), vocabulary);
      const h = stateAfter(tokens);
      return {words, unknown, codes: heads.map(({weight, bias}) => affine(weight, h, bias))};
    }));
    const between = (share, k) => Array.from(given[0].codes[k], (from, i) => (1 - share) * from + share * given[1].codes[k][i]);
    const say = (z) => greedy(z).map((token) => vocabulary[token]);
    const z = [semantic, syntactic].flatMap(between);
    const said = say(z);
    const origins = said.map((word) => {
      const [ofA, ofB] = given.map(({words}) => words.includes(word));
      if (smallWords.includes(word) || (ofA && ofB)) return "plain";
      return ofA ? "first" : ofB ? "second" : "neither";
    });
    const parse = remembered(reader, JSON.stringify([first, second, syntactic]), () =>
      parseOf(reader, between(syntactic, 1), longestParse).map((token) => parseVocabulary[token]));
    const corners = remembered(heads, JSON.stringify([first, second]), () =>
      [[0, 0], [0, 1], [1, 0], [1, 1]].map((shares) => say(shares.flatMap(between)).join(" ")));
    return {z, said, origins, parse, corners, unknown: given.flatMap(({unknown}) => unknown)};
  },

  build({stage, width, change, data: {examples}}) {
    const marks = Object.entries(MARKS).map(([origin, name]) => html("li", {class: `from-${origin}`}, name));
    const sentence = html("p", {class: "exchanged"});
    const about = html("p");
    const shown = html("div", {class: "tree"});
    const corners = [0, 1].map((semantic) => [0, 1].map((syntactic) => {
      const button = html("button", {type: "button"});
      button.addEventListener("click", () => change({semantic, syntactic}));
      return {button, name: `Meaning of ${DONORS[semantic]}, syntax of ${DONORS[syntactic]}`};
    })).flat();
    const choices = ["first", "second"].map((name, i) => {
      const options = Object.entries(examples).map(([label, text]) => html("option", {value: text}, `${label}: ${text}`));
      const select = html("select", {}, html("option", {value: ""}, "your own"), ...options);
      select.addEventListener("change", () => select.value && change({[name]: select.value}));
      return {name, select, element: html("label", {}, html("span", {}, `choose ${DONORS[i]}`), select)};
    });
    stage.append(
      html("ul", {class: "legend"}, ...marks),
      sentence,
      about,
      shown,
      html("p", {}, "The four exchanges; a press leads both sliders there."),
      html("div", {class: `corners ${width < 560 ? "" : "wide"}`}, ...corners.map(({button}) => button)),
      html("div", {class: "examples"}, ...choices.map(({element}) => element)),
    );

    /** The tree, upright where there is room for it and line by line where there is none. */
    const treeFor = (tree, words) => {
      const leaves = leavesOf(tree);
      const own = leaves.length === words.length ? words : null;
      const widths = leaves.map(({label}, i) => Math.max(own ? own[i].word.length * LETTER_WIDTH : 0, label.length * TAG_WIDTH) + 8);
      if (sum(widths) <= width) return upright(tree, own, widths);
      let next = 0;
      const lines = outline(tree).map(({depth, label, tags}) => {
        const parts = tags.flatMap((tag) => {
          const word = own ? [" ", marked(own[next])] : [];
          next += 1;
          return [" ", html("small", {}, tag), ...word];
        });
        return html("li", {style: `margin-inline-start: ${13 * depth}px`}, html("b", {}, label), ...parts);
      });
      return html("ul", {}, ...lines);
    };

    return (inputs, {said, origins, parse, corners: exchanged}) => {
      const words = said.map((word, i) => ({word, origin: origins[i]}));
      sentence.replaceChildren(...words.flatMap((word) => [marked(word), " "]));
      about.textContent = tellTree(parse, said.length);
      const tree = treeOf(parse);
      shown.replaceChildren(...(tree ? [treeFor(tree, words)] : []));
      corners.forEach(({button, name}, i) => {
        button.replaceChildren(html("b", {}, name), html("span", {}, exchanged[i]));
        const here = inputs.semantic === Math.floor(i / 2) && inputs.syntactic === i % 2;
        set(button, {"aria-pressed": String(here)});
      });
      choices.forEach(({name, select}) => {
        const known = Object.values(examples).includes(inputs[name]);
        select.value = known ? inputs[name] : "";
      });
    };
  },

  describe({semantic, syntactic}, {said, origins, parse, corners, unknown}) {
    const caption = `z_sem ${place(semantic)}, z_syn ${place(syntactic)}: “${said.join(" ")}”`;
    const of = (origin) => said.filter((_, i) => origins[i] === origin).join(", ") || "nothing";
    const pairs = ["A and A", "A and B", "B and A", "B and B"].map((pair, i) => `${pair}: “${corners[i]}”`).join(", ");
    return {
      caption: caption + remarkOn(unknown),
      alt:
        `${caption} Of A alone: ${of("first")}; of B alone: ${of("second")}; of neither: ${of("neither")}. ` +
        `${tellTree(parse, said.length)} ${treeOf(parse) ? parseText(parse) : ""} With meaning and syntax of ${pairs}.`,
    };
  },
};
