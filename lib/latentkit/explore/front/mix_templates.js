// Two tables, each told by the template of a sentence: the template machine in the reader's browser.
// What Python sends: `fields`, each with its values; `rows`, what of a table is chosen, the field's number and a label;
// `tables`, the two as they are chosen at first, a value's number from 1 for each row, 0 for none; `donors`, sentences
// with their template and pattern; `z` [D, M], one each; `plans`, the grammar's templates by their parts.

const MOST_WORDS = 60;
const HUES = ["sky", "orange", "green", "vermilion", "blue", "purple", "yellow", "ink", "line"];
const LINES = ["solid", "dashed", "dotted", "double"];
const NAMES = ["A", "B"];

// A field is named under a word where it gets at least this share of the attention.
const MOST = 0.5;

/** What tells a table: its encoder, the attention, and the decoder, with the weights that `packed_machine` sent. */
function templateMachine(weights) {
  return remembered(weights, "machine", () => {
    const {words, fields, positions, key, content, decoder, combine, output} = weights;
    const width = words.shape[1];
    const size = decoder.state.shape[1];
    const vector = ({values}, row) => values.subarray(row * width, (row + 1) * width);
    const entering = [];

    /** Of each record, {field, position, word}, its key; and f(T), made of the largest numbers of all. */
    const encode = (records) => {
      const keys = records.map(({field, position, word}) => {
        const parts = [vector(fields, field), vector(positions, position), vector(words, word)];
        return affine(key.weight, parts.flatMap((part) => [...part]), key.bias).map(Math.tanh);
      });
      const largest = Float64Array.from({length: size}, (_, i) => Math.max(...keys.map((one) => one[i])));
      return {keys, content: affine(content.weight, largest, content.bias)};
    };

    return {
      /** The most probable words of records at z: their tokens, and at each the weight of every record. */
      tell(records, z) {
        const table = encode(records);
        const about = affine(decoder.input, [...z, ...table.content], null, width);
        const [tokens, looks] = [[], []];
        let state = {h: new Float64Array(size), c: new Float64Array(size)};
        for (let token = BOS; tokens.length < MOST_WORDS; tokens.push(token)) {
          const word = (entering[token] ??= affine(decoder.input, vector(words, token), decoder.bias));
          const gates = affine(decoder.state, state.h, {values: word}).map((x, i) => x + about[i]);
          state = lstm(gates, state);
          const scores = table.keys.map((one) => sum(one.map((x, i) => x * state.h[i])) / Math.sqrt(size));
          const likely = scores.map((score) => Math.exp(score - Math.max(...scores)));
          const shares = likely.map((share) => share / sum(likely));
          const found = new Float64Array(size);
          table.keys.forEach((one, n) => one.forEach((x, i) => (found[i] += shares[n] * x)));
          const logits = affine(output.weight, affine(combine.weight, [...state.h, ...found], combine.bias).map(Math.tanh), output.bias);
          token = EOS + logits.indexOf(Math.max(...logits));
          if (token === EOS) break;
          looks.push(shares);
        }
        return {tokens, looks};
      },
    };
  });
}

/** The values of each field of a table that is chosen; one that is chosen twice is there once. */
function tableOf(choices, {rows, fields}) {
  const table = fields.map(() => []);
  rows.forEach(({field}, r) => {
    const value = fields[field].values[choices[r] - 1];
    if (value && !table[field].includes(value)) table[field].push(value);
  });
  return table;
}

/** Where words are values: {from, to, field, value}, as `find_values` of latentkit.data.table_grammar finds them. */
function valuesIn(words, {fields}) {
  const byFirst = remembered(fields, "first", () => new Map(fields.flatMap(({values}, field) => values.map((value) => [value.split(" ")[0], {field, value}]))));
  return words.flatMap((word, from) => {
    const found = byFirst.get(word);
    if (!found) return [];
    const to = from + found.value.split(" ").length;
    return words.slice(from, to).join(" ") === found.value ? [{from, to, ...found}] : [];
  });
}

/** What a template says of a table, as `realise` does. */
function realise(table, plan, fields) {
  const of = (name) => table[fields.findIndex((field) => field.name === name)];
  const several = table.some((values) => values.length > 1);
  return plan.flatMap(({words, needs, otherwise}) => {
    if (!needs.every((name) => of(name).length)) return otherwise;
    return words.flatMap((word) => {
      if (word.startsWith("{")) {
        const values = of(word.slice(1, -1));
        return values.flatMap((value, n) => [...(n ? [n === values.length - 1 ? "and" : ","] : []), ...value.split(" ")]);
      }
      return word.includes("/") ? word.split("/")[Number(several)] : word;
    });
  }).join(" ");
}

/** Which template says exactly these words, that have these values; -1 for none. */
function templateOf(words, table, {fields, plans}) {
  const sayable = fields.every(({needed, most}, f) => table[f].length <= most && (table[f].length || !needed));
  return sayable ? plans.findIndex((plan) => realise(table, plan, fields) === words.join(" ")) : -1;
}

/** What is said of a table at a place of z. */
function tell(choices, walk, data) {
  const {model, vocabulary, z, fields} = data;
  const table = tableOf(choices, data);
  const {words: size} = model;
  const last = model.positions.shape[0] - 1;
  const numbers = remembered(vocabulary, "numbers", () => new Map(vocabulary.map((word, i) => [word, i])));
  const records = table.flatMap((values, f) => values.flatMap((value) => value.split(" ")).map((word, n) => ({
    field: f + 1, position: Math.min(n + 1, last), word: numbers.get(word) ?? UNK,
  })));
  const [count, dims] = z.shape;
  const from = Math.min(Math.floor(walk), count - 1) - 1;
  const [one, other] = [from, from + 1].map((k) => z.values.subarray(k * dims, (k + 1) * dims));
  const share = walk - 1 - from;
  const place = Array.from(one, (value, i) => (1 - share) * value + share * other[i]);
  const {tokens, looks} = templateMachine(model).tell(records, place);
  const words = tokens.map((token) => vocabulary[token]);
  const heard = fields.map(() => []);
  valuesIn(words, data).forEach(({field, value}) => heard[field].includes(value) || heard[field].push(value));
  const beyond = (mine, theirs) => mine.flatMap((values, f) => values.filter((value) => !theirs[f].includes(value)));
  return {
    words,
    looks: looks.map((shares) => fields.map((_, f) => sum(shares.filter((_share, n) => records[n].field === f + 1)))),
    template: templateOf(words, heard, data),
    leftOut: beyond(table, heard),
    madeUp: beyond(heard, table),
  };
}

const judged = ({template, leftOut, madeUp}) => {
  const way = template < 0 ? "no sentence of the grammar" : `template ${template}`;
  const faults = [["left out:", leftOut], ["made up:", madeUp]].filter(([, values]) => values.length);
  return `${way}, ${faults.map(([what, values]) => `${what} ${values.join(", ")}`).join("; ") || "its table exactly"}`;
};

// No line begins with a mark.
const before = (word) => (/^\p{P}$/u.test(word) ? "\u00a0" : " ");

const look = (field) => `--hue: var(--${HUES[field % HUES.length]}); --drawn: ${LINES[field % LINES.length]}`;

const figure = {
  compute(inputs, data) {
    const said = NAMES.map((name, i) => {
      const choices = inputs[name] ?? data.tables[i];
      return remembered(data, JSON.stringify([choices, inputs.walk]), () => tell(choices, inputs.walk, data));
    });
    return {said};
  },

  build({stage, change, focus, inputs, data}) {
    const {rows, fields, tables, donors} = data;
    const chosen = (i) => inputs[NAMES[i]] ?? tables[i];

    const selects = [[], []];
    const lines = rows.map(({field, label}, r) => {
      const {values, needed} = fields[field];
      const boxes = NAMES.map((name, i) => {
        const options = values.map((value, k) => html("option", {value: k + 1}, value));
        const box = html("select", {"aria-label": `${name}: ${label}`}, ...(needed ? [] : [html("option", {value: 0}, "missing")]), ...options);
        box.addEventListener("change", () => change({[name]: chosen(i).map((k, at) => (at === r ? Number(box.value) : k))}));
        selects[i].push(box);
        return box;
      });
      return [html("span", {class: "field", style: look(field)}, label), ...boxes];
    });
    const half = Math.ceil(lines.length / 2);
    const head = () => [html("b"), ...NAMES.map((name) => html("b", {}, `table ${name}`))];
    const halves = [lines.slice(0, half), lines.slice(half)].map((part) => html("div", {}, ...head(), ...part.flat()));

    const buttons = donors.map(({template, pattern}, k) => {
      const own = k < NAMES.length ? `${NAMES[k]}’s own` : "";
      const words = pattern.flatMap((word) => [before(word), word.startsWith("{") ? html("i", {}, word.slice(1, -1)) : word]);
      const marks = html("span", {class: "marks"});
      const where = html("span", {class: "where"}, `${k + 1}: template ${template}`, html("small", {}, own));
      const button = html("button", {type: "button"}, where, html("span", {}, ...words), marks);
      button.addEventListener("click", () => {
        change({walk: k + 1});
        focus("walk");
      });
      return {button, marks};
    });

    const sentences = NAMES.map((name) => {
      const [text, note] = [html("p", {class: "said", role: "img"}), html("small")];
      return {text, note, element: html("div", {class: "telling"}, html("b", {}, name), html("div", {}, text, note))};
    });

    stage.append(
      html("p", {}, "Two tables. Choose other values, or none."),
      html("div", {class: "tables"}, ...halves),
      html("p", {}, "Each table, told with the same z. Below a word: the field that gets most of the attention while it is written. Bold: a value; with a wavy line, one that is not in the table."),
      ...sentences.map(({element}) => element),
      html("p", {}, "Sentences off which z can be read, with fields in the place of values. A or B at the right: the table is told in this way now."),
      html("ol", {class: "choices donors"}, ...buttons.map(({button}) => html("li", {}, button))),
    );

    /** The words in runs that look at one field, each with its name below. */
    const runs = ({words, looks, madeUp}) => {
      const inside = valuesIn(words, data);
      const found = [];
      words.forEach((word, t) => {
        const most = Math.max(...looks[t]);
        const field = most >= MOST ? looks[t].indexOf(most) : -1;
        const value = inside.find(({from, to}) => from <= t && t < to);
        const kind = value && (madeUp.includes(value.value) ? "value wrong" : "value");
        const shade = field >= 0 && `--share: ${Math.round(35 * most)}%`;
        const element = html("span", {class: kind, style: shade}, word);
        if (found.at(-1)?.field !== field || field < 0) found.push({field, words: []});
        found.at(-1).words.push(found.at(-1).words.length ? before(word) : "", element);
      });
      return found.flatMap(({field, words: parts}) => [
        before(parts[1].textContent),
        html("span", {class: "run", style: field >= 0 && look(field)}, html("span", {}, ...parts), html("small", {}, field < 0 ? "" : fields[field].name)),
      ]);
    };

    let drawn = [];
    return ({walk}, {said}) => {
      said.forEach((one, i) => {
        const {text, note} = sentences[i];
        if (drawn[i] !== one) {
          text.replaceChildren(...runs(one));
          set(text, {"aria-label": `${NAMES[i]}: ${one.words.join(" ")}`});
          note.textContent = judged(one);
          note.classList.toggle("wrong", one.template < 0 || one.leftOut.length + one.madeUp.length > 0);
        }
        selects[i].forEach((box, r) => {
          box.value = chosen(i)[r];
          box.classList.toggle("missing", !chosen(i)[r]);
        });
      });
      drawn = said;
      buttons.forEach(({button, marks}, k) => {
        set(button, {"aria-current": walk === k + 1 && "true"});
        const followed = NAMES.filter((_, i) => said[i].template === donors[k].template);
        marks.replaceChildren(...followed.map((name) => html("b", {}, name)));
      });
    };
  },

  describe({walk, ...inputs}, {said}, data) {
    const place = Number.isInteger(walk)
      ? `z of sentence ${walk}, template ${data.donors[walk - 1].template}`
      : `z at ${fixed(walk, 2)}, between the sentences ${Math.floor(walk)} and ${Math.ceil(walk)}`;
    const caption = `${place}. ${said.map((one, i) => `${NAMES[i]}: ${judged(one)}.`).join(" ")}`;
    const told = said.map((one, i) => `${NAMES[i]}: “${one.words.join(" ")}”`).join(" ");
    const given = NAMES.map((name, i) => {
      const table = tableOf(inputs[name] ?? data.tables[i], data);
      const parts = table.flatMap((values, f) => (values.length ? [`${data.fields[f].name} ${values.join(", ")}`] : []));
      return `Table ${name}: ${parts.join(", ")}.`;
    });
    return {
      caption,
      spoken: `${caption} ${told}`,
      alt: `Two tables, each told with the same z. ${given.join(" ")} ${caption} ${told}`,
    };
  },
};
