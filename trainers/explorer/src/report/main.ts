// The page of a run: its text is there already; this draws its curves, and plays its pictures.

import "uplot/dist/uPlot.min.css";
import "../theme.css";
import "./style.css";
import { draw } from "./chart";
import { data } from "./page_data";
import { drawPlane } from "./plane";
import { play } from "./series";
import * as zoom from "./zoom";

const steps = data.charts.flatMap((chart) => chart.curves.flatMap((curve) => [curve.steps[0], curve.steps.at(-1)]));
const known = steps.filter((step) => step !== undefined);
zoom.begin(Math.min(0, ...known), Math.max(1, ...known));
document.querySelector("#curves > h2")?.after(zoom.controls());

// What is folded is drawn when it is seen: it has no width before.
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target as HTMLElement, data.charts[Number((target as HTMLElement).dataset.chart)]!);
    }
  },
  { rootMargin: "400px" },
);
for (const place of document.querySelectorAll("[data-chart]")) seen.observe(place);
for (const place of document.querySelectorAll<HTMLElement>("[data-plane]")) drawPlane(place, data.plane!);
for (const place of document.querySelectorAll<HTMLElement>("[data-series]")) play(place);
performance.mark("complete");
