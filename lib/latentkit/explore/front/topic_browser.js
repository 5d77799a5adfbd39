// A topic model to leaf through: how large each topic is, which words tell it, and which documents hold it.
// What Python sends: `ranking` has the places of the listed words among `words`, for each topic and each of eleven λ;
// `first` those of the listed documents among `titles`; `expected` [K, W] tokens, `theta` [D, K] shares.

const percent = (share, digits = 0) => `${fixed(100 * share, digits)} %`;
const rowOf = (packed, i) => packed.values.subarray(i * packed.shape[1], (i + 1) * packed.shape[1]);
const listed = ({topic, relevance}, {ranking}) => ranking[topic - 1][Math.round(10 * relevance)];

const figure = {
  compute(inputs, data) {
    const {topic, word, document} = inputs;
    const topics = data.names.map((_, k) => k);
    const places = listed(inputs, data);
    const inside = rowOf(data.expected, topic - 1);
    let shares = [];
    if (word) {
      const tokens = topics.map((k) => rowOf(data.expected, k)[word - 1]);
      const total = tokens.reduce((sum, value) => sum + value, 0);
      shares = tokens.map((value) => value / total);
    }
    if (document) shares = [...rowOf(data.theta, document - 1)];
    return {
      words: places.map((place) => data.words[place]),
      inside: places.map((place) => inside[place]),
      overall: places.map((place) => data.frequencies.values[place]),
      documents: data.first[topic - 1].map((place) => rowOf(data.theta, place)[topic - 1]),
      shares,
    };
  },

  build({stage, width, change, inputs, data}) {
    const picks = chooser(inputs, ["word", "document"], change);
    const head = () => html("div", {class: "head", id: uniqueId()});
    const track = () => html("span", {class: "track"}, html("span"), html("span", {class: "part"}));
    const fill = ({firstChild, lastChild}, whole, part) => {
      set(firstChild, {style: `width: ${100 * whole}%`});
      set(lastChild, {style: `width: ${100 * part}%`, hidden: part === 0});
    };
    const list = (heading, kind, role, ...rows) => {
      return html("div", {}, heading, html("div", {class: kind, role, "aria-labelledby": heading.id}, ...rows));
    };

    const group = uniqueId();
    const topics = data.names.map((name, k) => {
      const radio = html("input", {type: "radio", name: group, checked: inputs.topic === k + 1});
      const [share, bars] = [html("span"), track()];
      radio.addEventListener("change", () => change({topic: k + 1}));
      const line = html("span", {class: "line"}, html("b", {}, `${k + 1}`), html("i", {}, name), share);
      return {radio, share, bars, element: html("label", {class: "topic"}, radio, line, bars)};
    });
    const entries = (number, kind, name, place) => Array.from({length: number}, (_, i) => {
      const [first, last, bars] = [html("b"), html("i"), kind === "word" && track()];
      const element = html("button", {type: "button", class: `entry ${kind}`}, first, ...(bars ? [bars, last] : [html("span")]));
      picks.add(element, () => ({[name]: place(i) + 1}));
      return {element, first, last, bars, title: element.lastChild};
    });
    const words = entries(data.ranking[0][0].length, "word", "word", (i) => listed(inputs, data)[i]);
    const documents = entries(data.first[0].length, "document", "document", (i) => data.first[inputs.topic - 1][i]);

    const [sizesHead, wordsHead, documentsHead] = [head(), head(), head()];
    const key = (part) => html("span", {class: "key track"}, html("span", {style: "width: 100%", class: part && "part"}));
    const said = html("span");
    wordsHead.append(said, html("span", {class: "keys"}, key(false), "in the corpus", key(true), "in the topic"));
    stage.append(
      html("div", {class: `browser ${width >= 560 ? "wide" : ""}`},
        list(sizesHead, "topics", "radiogroup", ...topics.map(({element}) => element)),
        html("div", {}, list(wordsHead, "words", "group", ...words.map(({element}) => element)),
          ...(documents.length ? [list(documentsHead, "documents", "group", ...documents.map(({element}) => element))] : []))),
    );

    return (now, numbers) => {
      const sizes = data.sizes.values;
      const {shares} = numbers;
      const top = Math.max(...sizes, ...shares);
      topics.forEach(({radio, share, bars}, k) => {
        radio.checked = now.topic === k + 1;
        share.textContent = percent(shares.length ? shares[k] : sizes[k], 1);
        fill(bars, sizes[k] / top, shares.length ? shares[k] / top : 0);
      });
      sizesHead.textContent = now.word ? `share of “${data.words[now.word - 1]}” in each topic`
        : now.document ? `topics of “${data.titles[now.document - 1]}”`
        : "topics, and their share";
      said.textContent = `words of topic ${now.topic}`;
      const most = Math.max(...numbers.overall, ...numbers.inside);
      const places = listed(now, data);
      words.forEach(({element, first, last, bars}, i) => {
        const [inside, overall] = [numbers.inside[i], numbers.overall[i]];
        first.textContent = numbers.words[i];
        last.textContent = `${fixed(inside, 0)} of ${fixed(overall, 0)}`;
        fill(bars, Math.max(overall, inside) / most, inside / most);
        set(element, {"aria-pressed": String(picks.holds({word: places[i] + 1}))});
      });
      documentsHead.textContent = `documents with most of topic ${now.topic}`;
      documents.forEach(({element, first, title}, i) => {
        const place = data.first[now.topic - 1][i];
        first.textContent = percent(numbers.documents[i]);
        title.textContent = data.titles[place];
        set(element, {"aria-pressed": String(picks.holds({document: place + 1}))});
      });
    };
  },

  describe({topic, relevance, word, document}, {words, inside, overall, shares}, {names, sizes, words: sent, titles}) {
    const share = `opic ${topic} holds ${percent(sizes.values[topic - 1], 1)} of the tokens`;
    const parts = shares.map((part, k) => [part, `${percent(part)} topic ${k + 1} (${names[k]})`])
      .sort(([one], [other]) => other - one).filter(([part], i) => i < 3 && part >= 0.01).map(([, words]) => words).join(", ");
    const list = words.map((each, i) => `${each} ${fixed(inside[i], 0)} of ${fixed(overall[i], 0)}`).join(", ");
    return {
      caption: word ? `“${sent[word - 1]}”: ${parts}.`
        : document ? `“${titles[document - 1]}”: ${parts}.`
        : `T${share}: ${words.slice(0, 8).join(", ")}.`,
      alt:
        `Bars of the sizes of ${names.length} topics; t${share}. Its ${words.length} most relevant words at λ = ` +
        `${fixed(relevance, 1)}, with their tokens in the topic and in the corpus: ${list}.`,
    };
  },
};
