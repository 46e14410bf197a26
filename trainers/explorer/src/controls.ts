// Seed, class and codes, each with what the model recognises in the large picture.

import type { Nats, Posterior } from "./information";
import { button, decimal, h, labelled, stepper } from "./dom";
import { columnsOf } from "./latents";
import { codes, data, ends, isCategorical, recognises, type Part } from "./page_data";
import { change, largest, oneHot, setCode, view } from "./view";

interface Control {
  element: HTMLElement;
  /** Shows the values of a latent, and Q(c|x) of its sample. */
  update(latent: Float32Array, q: Posterior | null): void;
  nats(value: Nats): void;
}

export class Controls {
  readonly element = h("div", { className: "controls" });
  private readonly seed = stepper("seed", () => view.seed, (seed) => change({ seed }));
  private readonly parts = codes.map((part) => (isCategorical(part) ? categories(part) : sliders(part)));
  private readonly label = data.classes === null ? null : classes(data.classes);

  constructor() {
    const random = () => change({ seed: Math.floor(Math.random() * 1e6) });
    this.element.append(
      h(
        "fieldset",
        { className: "seed" },
        h("legend", {}, "Seed"),
        this.seed.element,
        button("Random", random, { "aria-label": "Random seed" }),
      ),
    );
    if (this.label) this.element.append(this.label.element);
    this.element.append(...this.parts.map((part) => part.element));
  }

  update(latent: Float32Array, q: Posterior | null): void {
    this.seed.update();
    this.label?.update();
    for (const part of this.parts) part.update(latent, q);
  }

  nats(values: Nats[]): void {
    values.forEach((value, i) => this.parts[i].nats(value));
  }
}

function radios(name: string, n: number, onchange: (k: number) => void) {
  const inputs = Array.from({ length: n }, (_, k) =>
    h("input", { type: "radio", name: `choice-${name}`, value: String(k), onchange: () => onchange(k) }),
  );
  const bars = inputs.map(() => h("i", {}));
  const boxes = inputs.map((input, k) => h("label", {}, input, h("b", {}, String(k)), bars[k]));
  return { inputs, bars, element: h("div", { className: "choices" }, ...boxes) };
}

function classes(n: number) {
  const { inputs, element } = radios("class", n, (label) => change({ label }));
  const update = () => void (inputs[view.label].checked = true);
  return { element: h("fieldset", { className: "plain" }, h("legend", {}, "Class"), element), update };
}

function frame(part: Part, body: HTMLElement) {
  const line = h("p", { className: "nats" }, recognises ? " " : "");
  const meter = h("div", { className: "meter", "aria-hidden": "true" }, h("i", {}));
  const drawn = button("as drawn", () => setCode(part.name, null), {
    className: "quiet",
    title: "Take the value that the seed draws",
    "aria-label": `${part.name} as the seed draws it`,
  });
  const element = h("fieldset", {}, h("legend", {}, part.name), drawn, body);
  // The differential entropy of a continuous code is no upper end of its information.
  if (recognises) element.append(...(isCategorical(part) ? [meter] : []), line);
  const update = () => void (drawn.disabled = !(part.name in view.codes));
  const nats = ({ bound, entropy }: Nats) => {
    const share = entropy > 0 ? Math.min(1, Math.max(0, bound / entropy)) : 0;
    (meter.firstChild as HTMLElement).style.width = `${100 * share}%`;
    const most = isCategorical(part) ? ` of ${decimal(entropy)} nats` : " nats";
    const text = ` = ${decimal(bound)}${most}, in what is shown`;
    line.replaceChildren("L", h("sub", {}, "I"), text);
  };
  return { element, update, nats };
}

function categories(part: Part): Control {
  const { inputs, bars, element } = radios(part.name, part.dimension, (k) => setCode(part.name, oneHot(part, k)));
  const { element: whole, update, nats } = frame(part, element);
  return {
    element: whole,
    nats,
    update(latent, q) {
      update();
      inputs[largest(columnsOf(latent, part))].checked = true;
      const p = q?.[`${part.name}_probabilities`];
      bars.forEach((bar, k) => {
        bar.style.height = p ? `${100 * p[k]}%` : "0";
        inputs[k].title = p ? `Q(${part.name} = ${k} | x) = ${p[k].toFixed(3)}` : "";
      });
    },
  };
}

function sliders(part: Part): Control {
  const [low, high] = ends(part);
  const step = (high - low) / 200;
  const now = new Array<number>(part.dimension).fill(0);
  const rows = now.map((_, column) => {
    const text = part.dimension > 1 ? `${part.name} ${column}` : part.name;
    const slider = h("input", { type: "range", min: String(low), max: String(high), step: String(step) });
    slider.oninput = () => setCode(part.name, now.map((x, i) => (i === column ? Number(slider.value) : x)));
    const value = h("output", {});
    const mark = h("i", { className: "posterior", "aria-hidden": "true" });
    return { slider, value, mark, element: h("div", {}, labelled(text, slider, value), h("div", { className: "track" }, mark)) };
  });
  const frameOf = frame(part, h("div", { className: "sliders" }, ...rows.map((row) => row.element)));
  return {
    element: frameOf.element,
    nats: frameOf.nats,
    update(latent, q) {
      frameOf.update();
      now.splice(0, now.length, ...columnsOf(latent, part));
      rows.forEach(({ slider, value, mark }, i) => {
        if (Math.abs(Number(slider.value) - now[i]) > step / 2) slider.value = String(now[i]);
        value.textContent = decimal(now[i]);
        const mean = q?.[`${part.name}_mean`][i];
        mark.hidden = mean === undefined;
        if (mean === undefined) return;
        const place = (x: number) => Math.min(1, Math.max(0, (x - low) / (high - low)));
        const scale = q![`${part.name}_scale`][i];
        mark.style.left = `${100 * place(mean - scale)}%`;
        mark.style.right = `${100 * (1 - place(mean + scale))}%`;
        mark.title = `Q: mean ${decimal(mean)}, standard deviation ${decimal(scale)}`;
      });
    },
  };
}
