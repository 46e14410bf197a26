// Two continuous codes at once: a map of samples, on which a point is moved.

import { decimal, h, labelled, select } from "../dom";
import { columnsOf, labels, shown, withPart } from "../latents";
import { samples } from "../model";
import { codes, ends, isCategorical, type Part, width } from "../page_data";
import type { Panel } from "../panel";
import { drawGrid, valuesOf } from "../pictures";
import { change, view } from "../view";

const SIDE = 5;

interface Column {
  name: string;
  part: Part;
  index: number;
}

export const continuous: Column[] = codes
  .filter((part) => !isCategorical(part))
  .flatMap((part) =>
    Array.from({ length: part.dimension }, (_, index) => ({
      name: part.dimension > 1 ? `${part.name} ${index}` : part.name,
      part,
      index,
    })),
  );

export function padPanel(): Panel {
  let [x, y] = continuous;
  const canvas = h("canvas", { className: "pixels" });
  const dot = h("div", { className: "dot" });
  const where = h("p", { className: "caption", "aria-live": "polite" });
  const pad = h(
    "div",
    {
      className: "over pad",
      tabIndex: 0,
      role: "group",
      "aria-label": "Pad of two codes: the arrow keys move the point",
    },
    canvas,
    dot,
  );
  const names = continuous.map(({ name }) => name);
  const choose = (set: (column: Column) => void) => select(names, (i) => (set(continuous[i]), change({})));
  const [across, up] = [choose((column) => (x = column)), choose((column) => (y = column))];
  up.selectedIndex = 1;
  const element = h(
    "div",
    {},
    names.length > 2
      ? h("div", { className: "row" }, labelled("To the right", across), labelled("Upwards", up))
      : null,
    pad,
    where,
  );
  let now: Float32Array | null = null;

  const value = ({ part, index }: Column) => columnsOf(now!, part)[index];
  const shareOf = (column: Column) => {
    const [low, high] = ends(column.part);
    return (value(column) - low) / (high - low);
  };

  /** Moves the point to shares of the two ranges. */
  function move(right: number, upwards: number): void {
    if (!now) return;
    const set = { ...view.codes };
    for (const [{ part, index }, share] of [[x, right], [y, upwards]] as [Column, number][]) {
      const [low, high] = ends(part);
      const columns = [...(set[part.name] ?? columnsOf(now, part))];
      columns[index] = low + Math.min(1, Math.max(0, share)) * (high - low);
      set[part.name] = columns;
    }
    change({ codes: set });
  }

  function follow(event: PointerEvent): void {
    const box = pad.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height);
  }
  pad.onpointerdown = (event) => (pad.setPointerCapture(event.pointerId), follow(event));
  pad.onpointermove = (event) => void (pad.hasPointerCapture(event.pointerId) && follow(event));
  pad.onkeydown = (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!by || !now) return;
    event.preventDefault();
    const step = event.shiftKey ? 0.1 : 0.01;
    move(shareOf(x) + step * by[0], shareOf(y) + step * by[1]);
  };

  async function draw() {
    now = await shown();
    const cells = Array.from({ length: SIDE * SIDE }, (_, i) => [i % SIDE, SIDE - 1 - Math.floor(i / SIDE)]);
    let latents = new Float32Array(SIDE * SIDE * width);
    cells.forEach((_, i) => latents.set(now!, i * width));
    for (const [axis, which] of [[x, 0], [y, 1]] as [Column, number][]) {
      const [low, high] = ends(axis.part);
      latents = new Float32Array(
        withPart(
          latents,
          axis.part,
          cells.map((cell, i) => {
            const columns = [...columnsOf(latents, axis.part, i)];
            columns[axis.index] = low + ((cell[which] + 0.5) / SIDE) * (high - low);
            return columns;
          }),
        ),
      );
    }
    const made = await samples(latents, labels(SIDE * SIDE));
    drawGrid(canvas, valuesOf(made), SIDE);
    dot.style.left = `${100 * shareOf(x)}%`;
    dot.style.bottom = `${100 * shareOf(y)}%`;
    where.textContent = `${x.name} = ${decimal(value(x))} to the right, ${y.name} = ${decimal(value(y))} upwards.`;
    return { latents, samples: made, labels: labels(SIDE * SIDE) };
  }
  return { name: "pad", title: "Two codes", element, draw, canvas };
}
