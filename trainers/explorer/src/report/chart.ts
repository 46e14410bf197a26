// Curves over the steps, by uPlot: dragging zooms, a double click shows all, arrow keys move the cursor.

import uPlot from "uplot";
import { h } from "../dom";
import { color, hue, onTheme, readable } from "./colors";
import type { Chart } from "./page_data";
import * as zoom from "./zoom";

const HEIGHT = 240;
const together = uPlot.sync("steps");
type Values = (number | null | undefined)[];

/** Draws a chart into its place. */
export function draw(place: HTMLElement, chart: Chart): void {
  const tables: uPlot.AlignedData[] = [];
  const series: uPlot.Series[] = [{ label: "step", value: (_, step) => (step === null ? "–" : String(step)) }];
  const bands: uPlot.Band[] = [];
  chart.curves.forEach((curve) => {
    const columns: Values[] = [curve.values];
    const line = {
      stroke: () => hue(curve.hue),
      width: curve.dashed ? 1 : 2,
      dash: curve.dashed ? [4, 3] : undefined,
      spanGaps: true,
      value: (_: uPlot, value: number | null) => readable(value),
    };
    const points = { show: curve.steps.length < 40, size: 5 };
    series.push({ ...line, label: curve.label, points });
    if (curve.errors) {
      const at = series.length;
      for (const sign of [1.96, -1.96]) {
        columns.push(curve.values.map((value, i) => (value === null ? null : value + sign * (curve.errors![i] ?? 0))));
        series.push({ ...line, width: 0, label: sign > 0 ? "95 % up to" : "95 % from", points: { show: false } });
      }
      bands.push({ series: [at, at + 1], fill: () => `color-mix(in srgb, ${hue(curve.hue)} 20%, transparent)` });
    }
    tables.push([curve.steps, ...columns] as uPlot.AlignedData);
  });
  const ends = chart.bounds.map((bound) => bound.value);
  const joined = uPlot.join(tables);
  const plot = new uPlot(
    {
      width: Math.max(160, place.clientWidth),
      height: HEIGHT,
      series,
      bands,
      cursor: { sync: { key: together.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, focus: { prox: 24 } },
      legend: { live: true },
      scales: {
        x: { time: false, range: () => zoom.range() },
        y: { range: (_, low, high) => margins([low, high, ...ends]) },
      },
      axes: [axis(30), { ...axis(56), values: (_, ticks) => ticks.map(readable) }],
      hooks: {
        draw: [(u) => drawBounds(u, chart)],
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            zoom.show(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    joined,
    place,
  );
  together.sub(plot);
  plot.over.ondblclick = zoom.reset;
  zoom.onRange(() => plot.setScale("x", { min: zoom.range()[0], max: zoom.range()[1] }));
  listen(place, plot, (index) =>
    [`step ${joined[0][index]}`, ...chart.curves.map((curve) => `${curve.label} ${readable(valueAt(curve.steps, curve.values, joined[0][index]!))}`)].join(", "),
  );
  keepSize(place, plot);
}

function valueAt(steps: number[], values: Values, step: number): number | null {
  return values[steps.indexOf(step)] ?? null;
}

/** Keys of a place that has the focus; what they reach is told to those who do not see it. */
function listen(place: HTMLElement, plot: uPlot, told: (index: number) => string): void {
  const line = h("p", { className: "told", role: "status" });
  place.append(line);
  let at = -1;
  place.onkeydown = (event) => {
    const steps = plot.data[0];
    const [first, last] = zoom.range();
    const visible = [...steps.keys()].filter((i) => steps[i]! >= first && steps[i]! <= last);
    if (!visible.length) return;
    const here = visible.includes(at) ? at : visible[visible.length - 1]!;
    const place_in = visible.indexOf(here);
    const moves: Record<string, number> = { ArrowLeft: place_in - 1, ArrowRight: place_in + 1, Home: 0, End: visible.length - 1 };
    if (event.key in moves) {
      at = visible[Math.min(Math.max(moves[event.key]!, 0), visible.length - 1)]!;
      plot.setCursor({ left: plot.valToPos(steps[at]!, "x"), top: plot.over.clientHeight / 2 });
      line.textContent = told(at);
    } else if (event.key === "+" || event.key === "=") zoom.scale(0.5, steps[here]!);
    else if (event.key === "-") zoom.scale(2, steps[here]!);
    else if (event.key === "0" || event.key === "Escape") zoom.reset();
    else return;
    event.preventDefault();
  };
}

export function axis(size: number): uPlot.Axis {
  return {
    size,
    stroke: () => color("muted"),
    grid: { stroke: () => color("line"), width: 1 },
    ticks: { stroke: () => color("line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
}

export function keepSize(place: HTMLElement, plot: uPlot): void {
  new ResizeObserver(() => {
    if (place.clientWidth && place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height: HEIGHT });
  }).observe(place);
  onTheme(() => plot.redraw(false));
}

/** The range of an axis: all of the values, with a margin. */
export function margins(values: (number | null)[]): [number, number] {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (!known.length) return [0, 1];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const margin = 0.06 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - margin, high + margin];
}

function drawBounds(plot: uPlot, chart: Chart): void {
  for (const { label, value } of chart.bounds) {
    rule(plot, label, plot.bbox.left, plot.valToPos(value, "y", true), plot.bbox.left + plot.bbox.width, plot.valToPos(value, "y", true));
  }
}

/** A dotted line with its name. */
export function rule(plot: uPlot, label: string, x0: number, y0: number, x1: number, y1: number): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color("muted");
  ctx.lineWidth = scale;
  ctx.setLineDash([2 * scale, 3 * scale]);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
  ctx.font = `${12 * scale}px system-ui, sans-serif`;
  const below = y1 - 16 * scale < bbox.top;
  ctx.textBaseline = below ? "top" : "bottom";
  // Above or below the left end, where most curves are far from their bound.
  const upright = x0 === x1;
  ctx.textAlign = upright ? "right" : "left";
  ctx.fillText(label, x0 + (upright ? -4 : 4) * scale, y1 + (below ? 3 : -3) * scale);
  ctx.restore();
}
