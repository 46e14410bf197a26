// A grid of samples: a row for each seed, a column for each category or class.

import { h, labelled, select } from "../dom";
import { labels, ofSeeds, withCodes, withPart } from "../latents";
import { samples } from "../model";
import { codes, data, isCategorical, isPoints, type Part } from "../page_data";
import type { Panel } from "../panel";
import { drawGrid, hues, ink, scatter, valuesOf } from "../pictures";
import { change, oneHot, view } from "../view";

const ROWS = 5;
const POINTS = 400;
const MOST = 20; // Columns.

interface Axis {
  name: string;
  size: number;
  all: number; // Of which the columns show some.
  part: Part | null; // None for the class, or for seeds alone.
}

const axes: Axis[] = [
  ...codes
    .filter(isCategorical)
    .map((part) => ({ name: part.name, size: Math.min(MOST, part.dimension), all: part.dimension, part })),
  ...(data.classes === null
    ? []
    : [{ name: "class", size: Math.min(MOST, data.classes), all: data.classes, part: null }]),
];
const bySeeds: Axis = { name: "", size: 8, all: 8, part: null };
if (data.parts[0]?.kind === "words") bySeeds.size = 2;

export function gridPanel(): Panel {
  let axis = axes[0] ?? bySeeds;
  const look = isPoints ? "plot" : "pixels";
  const canvas = h("canvas", { role: "img", "aria-label": "Samples", className: look });
  const top = h("div", { className: "across" });
  const side = h("div", { className: "down" });
  const mark = h("div", { className: "mark", hidden: true });
  const caption = h("p", { className: "caption" });
  const element = h(
    "div",
    {},
    axes.length > 1
      ? labelled("Columns", select(axes.map(({ name }) => name), (i) => ((axis = axes[i]), change({}))))
      : null,
    h("div", { className: isPoints ? "whole" : "lattice" }, h("span", {}), top, side, h("div", { className: "over" }, canvas, mark)),
    caption,
  );

  /** Returns the latents and labels of the columns for each seed. */
  async function rows(seeds: number[]): Promise<[Float32Array, number[]]> {
    const repeated = axis === bySeeds ? seeds : seeds.flatMap((seed) => new Array(axis.size).fill(seed));
    let latents = withCodes(await ofSeeds(repeated));
    const column = repeated.map((_, i) => leftmost() + (i % axis.size));
    const { part } = axis;
    if (part) latents = withPart(latents, part, column.map((k) => oneHot(part, k)));
    return [latents, axis.name === "class" && !part ? column : labels(repeated.length)];
  }

  async function drawPoints() {
    const perColumn = axis === bySeeds ? POINTS : Math.ceil(POINTS / axis.size);
    const [latents, classes] = await rows(Array.from({ length: perColumn }, (_, i) => i));
    const made = await samples(latents, classes);
    const colours = axis === bySeeds ? [ink("accent")] : hues(axis.size);
    scatter(canvas, [{ values: valuesOf(made), colours, radius: 4 }]);
    caption.textContent = `${latents.length ? perColumn : 0} seeds${axis.name ? ` for each ${axis.name}, in its colour` : ""}.`;
    canvas.setAttribute("aria-label", `Scatter plot of samples, ${caption.textContent}`);
    return { latents, samples: made, labels: classes };
  }

  async function draw() {
    if (isPoints) return drawPoints();
    const count = axis === bySeeds ? ROWS * axis.size : ROWS;
    const first = Math.floor(view.seed / count) * count;
    const seeds = Array.from({ length: count }, (_, i) => first + i);
    const [latents, classes] = await rows(seeds);
    const made = await samples(latents, classes);
    drawGrid(canvas, valuesOf(made), axis.size);
    const names = axis === bySeeds ? [] : Array.from({ length: axis.size }, (_, k) => String(leftmost() + k));
    const starts = Array.from({ length: ROWS }, (_, i) => String(first + (i * count) / ROWS));
    fill(top, names);
    top.classList.toggle("dense", axis.size > 10);
    fill(side, starts);
    const columns = axis.name ? `Columns: ${axis.name}. Rows: seeds.` : `Seeds ${first} to ${first + count - 1}.`;
    caption.textContent = `${columns} Choose a sample to see it large.`;
    canvas.setAttribute("aria-label", `Grid of samples. ${columns}`);
    const at = view.seed - first;
    place(axis === bySeeds ? at % axis.size : selected() - leftmost(), axis === bySeeds ? Math.floor(at / axis.size) : at);
    return { latents, samples: made, labels: classes };
  }

  function selected(): number {
    if (!axis.part) return view.label;
    const set = view.codes[axis.part.name];
    return set ? set.indexOf(1) : -1;
  }

  /** Returns the category of the first column: of many, those around the selected one are shown. */
  function leftmost(): number {
    if (axis === bySeeds) return 0;
    return Math.min(axis.all - axis.size, Math.floor(Math.max(0, selected()) / axis.size) * axis.size);
  }

  function place(column: number, row: number): void {
    mark.hidden = column < 0 || column >= axis.size;
    mark.style.width = `${100 / axis.size}%`;
    mark.style.height = `${100 / ROWS}%`;
    mark.style.left = `${(100 * column) / axis.size}%`;
    mark.style.top = `${(100 * row) / ROWS}%`;
  }

  canvas.onclick = (event) => {
    if (isPoints) return;
    const box = canvas.getBoundingClientRect();
    const column = Math.min(axis.size - 1, Math.floor((axis.size * (event.clientX - box.left)) / box.width));
    const row = Math.min(ROWS - 1, Math.floor((ROWS * (event.clientY - box.top)) / box.height));
    const count = axis === bySeeds ? ROWS * axis.size : ROWS;
    const first = Math.floor(view.seed / count) * count;
    if (axis === bySeeds) return change({ seed: first + row * axis.size + column });
    const { part } = axis;
    const k = leftmost() + column;
    if (part) change({ seed: first + row, codes: { ...view.codes, [part.name]: oneHot(part, k) } });
    else change({ seed: first + row, label: k });
  };
  return { name: "grid", title: isPoints ? "Points" : "Grid", element, draw, canvas };
}

function fill(element: HTMLElement, texts: string[]): void {
  if (element.textContent === texts.join("") && element.childElementCount === texts.length) return;
  element.replaceChildren(...texts.map((text) => h("span", {}, text)));
}
