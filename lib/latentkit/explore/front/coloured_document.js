// A document whose words are coloured by their topics; each also carries its topic's number. Topics are known by their
// rank in this document, from 1: `ranks` has that of each word, 0 for none.

const COLOURS = ["sky", "orange", "yellow", "green", "purple", "vermilion", "blue"];
const LINES = ["solid", "dashed", "dotted", "double"];

const counted = (count) => `${count} word${count === 1 ? "" : "s"}`;
const marked = ({ranks}) => ranks.flatMap((rank, place) => (rank ? [place] : []));

/** The colour and the line of a topic, as a style. */
function look(rank) {
  const hue = COLOURS[rank - 1] ?? "line";
  return `--hue: var(--${hue}); border-bottom-style: ${LINES[(rank - 1) % LINES.length]}`;
}

const figure = {
  compute({topic, word = 0}, data) {
    const place = word ? marked(data)[word - 1] : -1;
    const sizes = data.numbers.map((_, i) => data.ranks.filter((rank) => rank === i + 1).length);
    return {sizes, place, shown: topic || (word ? data.ranks[place] : 0)};
  },

  build({stage, change, focus, inputs, data}) {
    const order = marked(data);
    const picks = chooser(inputs, ["topic"], change);
    const text = html("p");
    const words = data.words.map((word, place) => {
      const rank = data.ranks[place];
      const element = rank
        ? html("span", {class: "marked", style: look(rank)}, word, html("sub", {}, `${data.numbers[rank - 1]}`))
        : html("span", {}, word);
      text.append(element, " ");
      return element;
    });
    text.addEventListener("click", (event) => {
      const place = words.indexOf(event.target.closest("span"));
      if (place < 0 || !data.ranks[place]) return;
      const word = order.indexOf(place) + 1;
      change({word: word === inputs.word ? 0 : word});
      focus("word");
    });
    const buttons = data.names.map((name, i) => {
      const label = html("span", {class: "marked", style: look(i + 1)}, `${data.numbers[i]} ${name}`);
      const button = html("button", {type: "button"}, label, html("small"));
      picks.add(button, () => ({topic: i + 1}));
      return button;
    });
    const legendOf = html("div", {class: "names", role: "group", "aria-label": "topics"}, ...buttons);
    const heading = data.title ? [html("div", {class: "title"}, data.title)] : [];
    stage.append(html("div", {class: "document"}, ...heading, text, ...(buttons.length ? [legendOf] : [])));

    return (now, {sizes, place, shown}) => {
      text.classList.toggle("some", shown > 0);
      words.forEach((element, i) => {
        element.classList.toggle("shown", shown > 0 && data.ranks[i] === shown);
        element.classList.toggle("chosen", i === place);
      });
      buttons.forEach((button, i) => {
        set(button, {"aria-pressed": String(picks.holds({topic: i + 1}))}).lastChild.textContent = ` ${counted(sizes[i])}`;
      });
    };
  },

  describe({topic, word}, {sizes, place}, {words, ranks, numbers, names, top}) {
    const told = (rank) => `topic ${numbers[rank - 1]} (${names[rank - 1]})`;
    const best = (rank) => (top[rank - 1].length ? `; its top words: ${top[rank - 1].join(", ")}` : "");
    const all = ranks.filter(Boolean).length;
    const list = sizes.map((size, i) => `${counted(size)} in ${told(i + 1)}`).join(", ");
    const parts = [
      topic && `T${told(topic).slice(1)}: ${sizes[topic - 1]} of ${counted(all)}${best(topic)}.`,
      word && `“${words[place]}” is in ${told(ranks[place])}${topic === ranks[place] ? "" : best(ranks[place])}.`,
    ].filter(Boolean);
    return {
      caption: parts.join(" ") || `${all} of ${counted(words.length)} are in a topic. Choose a topic, or a word.`,
      alt: `A text of ${counted(words.length)}, ${all} of them marked with their topics${list && ": "}${list}.`,
    };
  },
};
