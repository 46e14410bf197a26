// The information plane: information against JS, a point for each test, joined in the order of the steps.

import uPlot from "uplot";
import { h } from "../dom";
import { axis, keepSize, margins, rule } from "./chart";
import { color, hue, readable } from "./colors";
import type { Plane } from "./page_data";

const RADIUS = 4;

export function drawPlane(place: HTMLElement, plane: Plane): void {
  const told = h("p", { className: "told", role: "status" });
  const columns = plane.curves.map((curve) => [curve.x, curve.y]);
  const all = (axis: "x" | "y") => plane.curves.flatMap((curve) => curve[axis]);
  const whole = { x: margins([0, plane.right, ...all("x")]), y: margins([0, plane.top, ...all("y")]) };
  const plot = new uPlot(
    {
      mode: 2,
      width: Math.max(160, place.clientWidth),
      height: 240,
      series: [{}, ...plane.curves.map((curve, index) => ({ label: curve.label, stroke: () => hue(index), paths: path }))],
      cursor: { drag: { x: true, y: true }, dataIdx: () => null, points: { show: false } },
      legend: { show: plane.curves.length > 1, live: false },
      scales: {
        x: { time: false, range: (_, low, high) => (low === null || low === high ? whole.x : [low, high]) },
        y: { range: (_, low, high) => (low === null || low === high ? whole.y : [low, high]) },
      },
      axes: [{ ...axis(44), label: "JS divergence, nats", labelSize: 16, labelFont: "12px system-ui, sans-serif" }, { ...axis(56), values: (_, ticks) => ticks.map(readable) }],
      hooks: { draw: [drawBounds] },
    },
    [null, ...columns] as unknown as uPlot.AlignedData,
    place,
  );
  place.append(told);

  function reset(): void {
    plot.batch(() => {
      plot.setScale("x", { min: whole.x[0], max: whole.x[1] });
      plot.setScale("y", { min: whole.y[0], max: whole.y[1] });
    });
  }

  function path(u: uPlot, index: number): null {
    const { ctx } = u;
    const [xs, ys] = u.data[index] as unknown as [number[], number[]];
    const at = (i: number): [number, number] => [u.valToPos(xs[i]!, "x", true), u.valToPos(ys[i]!, "y", true)];
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    ctx.strokeStyle = ctx.fillStyle = hue(index - 1);
    ctx.lineWidth = devicePixelRatio;
    ctx.globalAlpha = 0.55;
    ctx.beginPath();
    xs.forEach((_, i) => ctx.lineTo(...at(i)));
    ctx.stroke();
    xs.forEach((_, i) => {
      const last = i === xs.length - 1;
      ctx.globalAlpha = last ? 1 : 0.3 + (0.6 * i) / xs.length;
      ctx.beginPath();
      ctx.arc(...at(i), (last ? 1.5 : 1) * RADIUS * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    });
    ctx.restore();
    return null;
  }

  function drawBounds(u: uPlot): void {
    const { left, top, width, height } = u.bbox;
    if (plane.top !== null) {
      const y = u.valToPos(plane.top, "y", true);
      if (y >= top && y <= top + height) rule(u, plane.topLabel, left, y, left + width, y);
    }
    if (plane.right !== null) {
      const x = u.valToPos(plane.right, "x", true);
      if (x >= left && x <= left + width) rule(u, "ln 2", x, top, x, top + height);
    }
  }

  function tell(curve: number, i: number): void {
    const { label, steps, x, y } = plane.curves[curve]!;
    told.textContent = `${plane.curves.length > 1 ? `${label}, ` : ""}step ${steps[i]}: ${readable(y[i])} at a JS of ${readable(x[i])}`;
    plot.redraw(false);
    const { ctx } = plot;
    ctx.save();
    ctx.strokeStyle = color("ink");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.arc(plot.valToPos(x[i]!, "x", true), plot.valToPos(y[i]!, "y", true), 2 * RADIUS * devicePixelRatio, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.restore();
  }

  plot.over.addEventListener("mousemove", (event) => {
    let best: [number, number, number] = [0, 0, Infinity];
    plane.curves.forEach((curve, c) =>
      curve.x.forEach((_, i) => {
        const distance = Math.hypot(plot.valToPos(curve.x[i]!, "x") - event.offsetX, plot.valToPos(curve.y[i]!, "y") - event.offsetY);
        if (distance < best[2]) best = [c, i, distance];
      }),
    );
    if (best[2] < 40) tell(best[0], best[1]);
  });
  plot.over.ondblclick = reset;
  let at = -1;
  const order = plane.curves.flatMap((curve, c) => curve.steps.map((_, i) => [c, i] as const));
  place.onkeydown = (event) => {
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: order.length - 1 };
    if (event.key in moves) {
      at = Math.min(Math.max(moves[event.key]!, 0), order.length - 1);
      tell(...order[at]!);
    } else if (event.key === "0" || event.key === "Escape") reset();
    else return;
    event.preventDefault();
  };
  reset();
  keepSize(place, plot);
}
