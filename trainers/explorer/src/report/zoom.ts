// The range of steps that all curves show, and the controls above them.

import { button, h } from "../dom";

type Range = [number, number];

let whole: Range = [0, 1];
let shown: Range = [0, 1];
const listeners: (() => void)[] = [];

export function range(): Range {
  return shown;
}

export function begin(first: number, last: number): void {
  whole = shown = [first, Math.max(last, first + 1)];
}

export function onRange(changed: () => void): void {
  listeners.push(changed);
}

/** Shows other steps, within those of the run. */
export function show(from: number, to: number): void {
  const width = Math.max(1, Math.min(to - from, whole[1] - whole[0]));
  const start = Math.min(Math.max(from, whole[0]), whole[1] - width);
  if (start === shown[0] && start + width === shown[1]) return;
  shown = [start, start + width];
  for (const changed of listeners) changed();
}

export function reset(): void {
  show(...whole);
}

/** Zooms by a factor around a step. */
export function scale(factor: number, around: number): void {
  show(around - (around - shown[0]) * factor, around + (shown[1] - around) * factor);
}

export function controls(): HTMLElement {
  const [from, to] = [0, 1].map((end) => {
    const input = h("input", { type: "number", min: String(whole[0]), max: String(whole[1]), step: "any", inputMode: "numeric" });
    input.onchange = () => {
      const wanted: Range = [...shown];
      if (input.value !== "") wanted[end] = Number(input.value);
      if (wanted[0] < wanted[1]) show(...wanted);
      update();
    };
    return input;
  }) as [HTMLInputElement, HTMLInputElement];
  const all = button("All steps", reset);
  const update = () => {
    from.value = String(Math.round(shown[0]));
    to.value = String(Math.round(shown[1]));
    all.disabled = shown[0] === whole[0] && shown[1] === whole[1];
  };
  onRange(update);
  update();
  return h("div", { className: "zoom" }, h("label", {}, "Steps from", from), h("label", {}, "to", to), all);
}
