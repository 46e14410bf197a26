// The difference of two latents, added to that of the seed: c + strength (a - b).

import { decimal, h, labelled, select, stepper } from "../dom";
import { arithmetic, kept, labels, shown, withCodes } from "../latents";
import { samples } from "../model";
import { isPoints } from "../page_data";
import type { Panel } from "../panel";
import { drawGrid, hues, ink, scatter, valuesOf } from "../pictures";
import { change, STRONGEST, view } from "../view";

const STEPS = 9;

interface Term {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  latent(): Promise<Float32Array>;
  update(): void;
}

export function arithmeticPanel(): Panel {
  const seedOf = (name: "a" | "b") => () => view[name];
  const terms = [
    term("A", "First seed", seedOf("a"), (seed) => change({ a: seed })),
    term("− B", "Second seed", seedOf("b"), (seed) => change({ b: seed })),
    term("+ C", "Seed", () => view.seed, (seed) => change({ seed })),
  ];
  const look = isPoints ? "plot" : "pixels";
  const canvas = h("canvas", { role: "img", "aria-label": "Samples of sums", className: look });
  const slider = h("input", { type: "range", min: "0", max: String(STRONGEST), step: "0.01" });
  const strength = h("output", {});
  slider.oninput = () => change({ strength: Number(slider.value) });
  const element = h(
    "div",
    {},
    h("div", { className: isPoints ? "terms dots" : "terms" }, ...terms.map((each) => each.element)),
    labelled("Strength of A − B", slider, strength),
    h("div", { className: "over" }, canvas),
    h(
      "p",
      { className: "caption" },
      `Strengths 0 to ${STRONGEST}, in steps of ${STRONGEST / (STEPS - 1)}; the large picture is C + strength (A − B). ` +
        "A sum is cut at the ends of its interval, and its largest category counts. Codes that are set stay.",
    ),
  );

  const made = async (strengths: number[]) => {
    const [a, b, c] = await Promise.all(terms.map((each) => each.latent()));
    return withCodes(arithmetic(a, b, c, strengths));
  };

  async function draw() {
    slider.value = String(view.strength);
    strength.textContent = decimal(view.strength);
    for (const each of terms) each.update();
    const n = isPoints ? 60 : STEPS;
    const latents = await made(Array.from({ length: n }, (_, i) => (STRONGEST * i) / (n - 1)));
    const found = await samples(latents, labels(n));
    const colours = hues(terms.length);
    const singles = await Promise.all(terms.map(async (each) => valuesOf(await samples(await each.latent(), labels(1)))));
    if (isPoints) {
      const here = valuesOf(await samples(await made([view.strength]), labels(1)));
      scatter(canvas, [
        { values: valuesOf(found), colours: [ink("soft")], radius: 4 },
        ...singles.map((values, i) => ({ values, colours: [colours[i]], radius: 9 })),
        { values: here, colours: [ink("accent")], radius: 11 },
      ]);
    } else drawGrid(canvas, valuesOf(found), STEPS);
    terms.forEach((each, i) => {
      if (isPoints) each.element.style.setProperty("--dot", colours[i]);
      else drawGrid(each.canvas, singles[i], 1);
    });
    canvas.setAttribute("aria-label", `Samples of C + strength (A − B), strengths 0 to ${STRONGEST}`);
    return { latents, samples: found, labels: labels(n) };
  }
  return { name: "arithmetic", title: "Arithmetic", element, draw, latent: () => made([view.strength]), canvas };
}

/** One latent: that of a seed, or of an edited image that was kept. */
function term(name: string, label: string, get: () => number, set: (seed: number) => void): Term {
  const seed = stepper(`${label}, ${name}`, get, set);
  const choice = select(["Seed"], () => change({}));
  choice.setAttribute("aria-label", `What ${name} is`);
  const canvas = h("canvas", { className: "pixels", role: "img", "aria-label": name, hidden: isPoints });
  const element = h(
    "fieldset",
    { className: "term" },
    h("legend", {}, name),
    canvas,
    h("div", { className: "field" }, choice, seed.element),
  );
  const chosen = () => kept[choice.selectedIndex - 1];
  const own = async () => {
    if (chosen()) return withCodes(chosen());
    return shown(get());
  };
  const update = () => {
    seed.update();
    for (let i = choice.options.length; i <= kept.length; i++) choice.add(new Option(`Image ${i}`));
    choice.hidden = kept.length === 0;
    seed.element.hidden = chosen() !== undefined;
    canvas.setAttribute("aria-label", `${name}: ${chosen() ? `image ${choice.selectedIndex}` : `sample of seed ${get()}`}`);
  };
  return { element, canvas, latent: own, update };
}
