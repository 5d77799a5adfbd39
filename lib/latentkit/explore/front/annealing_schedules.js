// The three schedules for the weight of the KL: linear, logistic (Bowman et al. 2016), cyclical (Fu et al. 2019).

const STEEP = 2 * Math.log(99); // the logistic weight is 0.01 at step 0 and 0.99 when the warm-up ends

const schedules = {
  linear: ({warmup}) => (step) => Math.min(step / warmup, 1),
  logistic: ({warmup}) => (step) => 1 / (1 + Math.exp((-STEEP / warmup) * (step - warmup / 2))),
  cyclical: ({cycles, ratio}, total) => (step) => Math.min((step % (total / cycles)) / (ratio * (total / cycles)), 1),
};

const figure = {
  compute(inputs, {steps}) {
    const weights = {};
    const averages = {};
    for (const [name, schedule] of Object.entries(schedules)) {
      const weight = schedule(inputs, steps);
      weights[name] = Float64Array.from({length: steps}, (_, step) => weight(step));
      averages[name] = sum(weights[name]) / steps;
    }
    return {...weights, averages};
  },

  build({stage, width, change, focus, inputs, data: {steps}}) {
    const curves = {
      linear: {label: "linear", stroke: "var(--blue)", width: 2.5},
      logistic: {label: "logistic", stroke: "var(--vermilion)", width: 2.5, dash: "9 5"},
      cyclical: {label: "cyclical", stroke: "var(--purple)", width: 2.5, dash: "12 4 2 4"},
    };
    const panel = plot({
      width, height: 260, x: [0, steps], y: [0, 1.12], xlabel: "gradient step", ylabel: "weight of the KL",
      xticks: width > 480 ? 8 : 4, yticks: [0, 0.25, 0.5, 0.75, 1], margin: {right: 22, top: 14},
    });
    const paths = {};
    for (const [name, {stroke, width: wide, dash}] of Object.entries(curves)) {
      paths[name] = svg("path", {stroke, "stroke-width": wide, "stroke-dasharray": dash});
      panel.above.append(paths[name]);
    }
    const knob = (name, colour, toValue) =>
      handle(panel, {arrows: "x", colour, moved: ({x}) => change({[name]: toValue(x)}), begin: () => focus(name)});
    const period = knob("cycles", "var(--purple)", (step) => steps / Math.max(step, 1));
    const share = knob("ratio", "var(--purple)", (step) => (step * inputs.cycles) / steps);
    const end = knob("warmup", "var(--blue)", (step) => step);
    const list = legend(Object.values(curves));
    const means = Object.keys(curves).map((name, i) => list.children[i].appendChild(html("span")));
    stage.append(list, panel.element);
    const line = (xs, ys) => through(panel, xs, ys);

    return (now, {averages, logistic}) => {
      const {warmup, cycles, ratio} = now;
      const length = steps / cycles;
      paths.linear.setAttribute("d", line([0, warmup, steps], [0, 1, 1]));
      const every = evenly(0, steps - 1, 200).map(Math.round);
      paths.logistic.setAttribute("d", line(every, every.map((step) => logistic[step])));
      const starts = Array.from({length: cycles}, (_, i) => i * length);
      paths.cyclical.setAttribute("d", line(
        starts.flatMap((start) => [start, start + ratio * length, start + length]),
        starts.flatMap(() => [0, 1, 1]),
      ));
      period.place(panel.x(length), panel.y(0));
      end.place(panel.x(warmup), panel.y(1));
      share.place(panel.x(ratio * length), panel.y(1));
      Object.keys(curves).forEach((name, i) => (means[i].textContent = `average ${fixed(averages[name], 2)}`));
    };
  },

  describe({warmup, cycles, ratio}, {averages}, {steps}) {
    const list = Object.entries(averages).map(([name, value]) => `${name} ${fixed(value, 2)}`).join(", ");
    const numbers = `verage weight over the training: ${list}.`;
    return {
      caption: `A${numbers}`,
      alt:
        `The weight of the KL over ${steps} steps. Linear: straight up to 1 at step ${warmup}. Logistic: slow, fast, ` +
        `slow, a half at step ${warmup / 2}. Cyclical: ${cycles} times from 0 up to 1 in the first ` +
        `${fixed(100 * ratio, 0)}% of ${fixed(steps / cycles, 0)} steps, and level until the cycle ends. A${numbers}`,
    };
  },
};
