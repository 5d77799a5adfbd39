// A sentence VAE in the reader's browser: her words to tokens, tokens to z, z to words. The Python face is reading.py.
// A model of controlled text is one, too, whose decoder is given z with the one-hot code behind it.
//
// Sums are doubles over the model's float32 weights: they differ from PyTorch's by its own rounding.

const [BOS, EOS, UNK] = [1, 2, 3];

// How many words are decoded at most, as in reading.py.
const LONGEST = 25;

// ---- words

const LETTER = "[\\p{L}\\p{N}_]";
const APART = ["can not", "d 'ye", "gim me", "gon na", "got ta", "lem me", "more 'n", "wan na(?=\\s)"].map((pair) => {
  const [first, second] = pair.split(" ");
  return [new RegExp(`(?<!${LETTER})(${first})(${second})(?!${LETTER})`, "giu"), " $1 $2 "];
});

// What printers set, then nltk's rules for opening quotes, punctuation, closing quotes and clitics, in its order.
const RULES = [
  [/[’‘′]/g, "'"],
  [/[“”]/g, '"'],
  [/[–—]/g, " -- "],
  [/。/g, " . "],
  [/、/g, " , "],
  [/[«„]|`+/g, " $& "],
  [/^"/, "``"],
  [/``/g, " `` "],
  [/([ ([{<])("|'')/g, "$1 `` "],
  [new RegExp(`(?<!${LETTER})'(?!(?:re|ve|ll|m|t|s|d|n)(?!${LETTER}))(?=${LETTER})`, "giu"), "' "],
  [/([^.])\.([\])}>"'» ]*)\s*$/, "$1 . $2 "],
  [/([:,])(\P{Nd})/gu, " $1 $2"],
  [/([:,])$/, " $1 "],
  [/\.{2,}|[;@#$%&?!*‒―]/g, " $& "],
  [/([^'])' /g, "$1 ' "],
  [/[\][(){}<>]|--/g, " $& "],
  [/^|$/g, " "],
  [/»|''/g, " $& "],
  [/"/g, " '' "],
  [/\s+/g, " "],
  [/([^' ])('[smd]|') /gi, "$1 $2 "],
  [/([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) /g, "$1 $2 "],
  ...APART,
  [new RegExp(` ('t)(is|was)(?!${LETTER})`, "giu"), " $1 $2 "],
];

/** What `tokenize` of latentkit.data.text makes of one sentence: lower-case words and punctuation marks. */
function tokenize(text) {
  const spaced = RULES.reduce((so, [found, put]) => so.replace(found, put), text);
  const words = spaced.split(/\s+/).filter((word) => word !== "");
  return words.map((word) => (word === "``" || word === "''" ? '"' : word.toLowerCase()));
}

/** {words, tokens: BOS, the words' numbers, EOS; unknown: the words that the vocabulary lacks}. */
function numbered(words, vocabulary) {
  const known = remembered(vocabulary, "numbers", () => new Map(vocabulary.map((word, i) => [word, i])));
  const tokens = [BOS, ...words.map((word) => known.get(word) ?? UNK), EOS];
  return {words, tokens, unknown: words.filter((word, i) => tokens[i + 1] === UNK)};
}

/** A remark on the words that the model does not know; nothing where it knows all. */
function remarkOn(unknown) {
  return unknown.length ? ` The model has never seen: ${[...new Set(unknown)].join(", ")}.` : "";
}

// ---- numbers

const made = new WeakMap();

/** What `make` returns for an object and a key, made once; of each object the latest twenty are kept. */
function remembered(object, key, make) {
  if (!made.has(object)) made.set(object, new Map());
  const kept = made.get(object);
  if (!kept.has(key)) {
    if (kept.size >= 20) kept.delete(kept.keys().next().value);
    kept.set(key, make());
  }
  return kept.get(key);
}

/** A x + bias, of the columns of A from `first` on; all come as `pack` sends them, or as {values}. */
function affine({shape, values}, x, bias, first = 0) {
  const [rows, columns] = shape;
  const y = new Float64Array(rows);
  const last = (rows - 1) * columns + first;
  // Four rows at a time, which is faster; where fewer are left, the last comes again and is lost.
  for (let row = 0; row < rows; row += 4) {
    const i = row * columns + first;
    const k = Math.min(i + columns, last);
    const m = Math.min(k + columns, last);
    const n = Math.min(m + columns, last);
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let j = 0; j < x.length; j += 1) {
      const value = x[j];
      a += values[i + j] * value;
      b += values[k + j] * value;
      c += values[m + j] * value;
      d += values[n + j] * value;
    }
    [y[row], y[row + 1], y[row + 2], y[row + 3]] = [a, b, c, d];
  }
  return bias ? y.map((value, row) => value + bias.values[row]) : y;
}

/** The next state of an LSTM, from what its gates are given: enter, keep, new and show, [4 H]. */
function lstm(gates, {h, c}) {
  const n = h.length;
  const next = {h: new Float64Array(n), c: new Float64Array(n)};
  for (let i = 0; i < n; i += 1) {
    next.c[i] = sigmoid(gates[n + i]) * c[i] + sigmoid(gates[i]) * Math.tanh(gates[2 * n + i]);
    next.h[i] = sigmoid(gates[3 * n + i]) * Math.tanh(next.c[i]);
  }
  return next;
}

/** The most probable tokens, one after the other, by a function of a token that returns the next one's logits. */
function mostProbable(say, longest) {
  const said = [];
  for (let token = BOS; said.length < longest; said.push(token)) {
    const logits = say(token);
    token = EOS + logits.indexOf(Math.max(...logits));
    if (token === EOS) break;
  }
  return said;
}

// ---- the model

/** The model whose weights `packed_weights` of reading.py sent; made once. */
function sentenceModel(weights) {
  return remembered(weights, "model", () => {
    const {embedding, encoder, decoder, mu, logvar, output} = weights;
    const width = embedding.shape[1];
    const zeros = new Float64Array(encoder.state.shape[1]);
    const start = {h: zeros, c: zeros};

    /** The state after a token; `about` is what z adds at each. */
    const stepOf = (cell) => {
      const seen = [];
      return (state, token, about) => {
        const word = embedding.values.subarray(token * width, (token + 1) * width);
        const entering = (seen[token] ??= affine(cell.input, word, cell.bias));
        const gates = affine(cell.state, state.h, {values: entering});
        return lstm(about ? gates.map((x, i) => x + about[i]) : gates, state);
      };
    };
    const [read, show] = [encoder, decoder].map(stepOf);

    /** What says z: a function of a token, which returns the logits of the next one, from EOS on. */
    const speaker = (z) => {
      const about = affine(decoder.input, z, null, width);
      let state = start;
      return (token) => {
        state = show(state, token, about);
        return affine(output.weight, state.h, output.bias);
      };
    };

    /** The encoder's state at the last of the tokens. */
    const stateAfter = (tokens) => tokens.reduce((state, token) => read(state, token), start).h;

    return {
      stateAfter,

      /** Mean and log variance of q(z | x). */
      encode(tokens) {
        const h = stateAfter(tokens);
        return {mu: affine(mu, h), logvar: affine(logvar, h)};
      },

      /** −log p of each token after BOS, in nats, when the decoder sees `inputs`, which are as long as `tokens`. */
      surprisal(tokens, inputs, z) {
        const say = speaker(z);
        return tokens.slice(1).map((token, i) => {
          const logits = say(inputs[i]);
          const top = Math.max(...logits);
          return top + Math.log(logits.reduce((total, x) => total + Math.exp(x - top), 0)) - logits[token - EOS];
        });
      },

      /** The numbers of the most probable words, one after the other. */
      greedy: (z) => mostProbable(speaker(z), LONGEST),
    };
  });
}
