// The straight way from the latent of one seed to that of another.

import { button, decimal, h, labelled, stepper } from "../dom";
import { between, labels, shown } from "../latents";
import { samples } from "../model";
import { isPoints, width } from "../page_data";
import type { Panel } from "../panel";
import { drawGrid, ink, scatter, shownPart, sizeOf, valuesOf } from "../pictures";
import { saveAnimation } from "../save";
import { change, view } from "../view";

const STEPS = 9;
const FRAMES = 24;
const SECONDS = 4; // From one end to the other.

export function walkPanel(): Panel {
  const look = isPoints ? "plot" : "pixels";
  const canvas = h("canvas", { role: "img", "aria-label": "Samples", className: look });
  const to = stepper("second seed", () => view.to, (seed) => change({ to: seed }));
  const slider = h("input", { type: "range", min: "0", max: "1", step: "0.01" });
  const share = h("output", {});
  slider.oninput = () => change({ at: Number(slider.value) });
  let playing = false;
  const play = button("Play", () => {
    playing = !playing;
    play.textContent = playing ? "Stop" : "Play";
    if (playing) requestAnimationFrame((time) => step(time, time, view.at));
  });
  const gif = button("Save GIF", async () => {
    const made = await images(FRAMES);
    const frames = [...Array(FRAMES).keys(), ...[...Array(FRAMES - 2).keys()].reverse().map((i) => i + 1)];
    saveAnimation(
      frames.map((i) => {
        const size = sizeOf(shownPart().shape);
        const frame = h("canvas", {});
        const values = made.slice(i * size, (i + 1) * size);
        if (isPoints) scatter(frame, [{ values, colours: ["#0b6e69"], radius: 8 }]);
        else drawGrid(frame, values, 1);
        return frame;
      }),
      `walk-${view.seed}-${view.to}`,
    );
  });
  const element = h(
    "div",
    {},
    h("div", { className: "row" }, h("div", { className: "field" }, h("span", {}, "To seed"), to.element), play, gif),
    labelled("On the way", slider, share),
    h("div", { className: "over" }, canvas),
    h("p", { className: "caption" }, "From the seed on the left to this one, on the straight line between their latents. Codes that are set stay."),
  );

  function step(time: number, start: number, from: number): void {
    if (!playing || !element.isConnected || element.hidden) {
      playing = false;
      play.textContent = "Play";
      return;
    }
    const way = (from + (time - start) / 1000 / SECONDS) % 2; // There and back.
    change({ at: +(way > 1 ? 2 - way : way).toFixed(3) });
    requestAnimationFrame((next) => step(next, start, from));
  }

  const path = async (shares: number[]) => between(await shown(), await shown(view.to), shares);
  const shares = (n: number) => Array.from({ length: n }, (_, i) => i / (n - 1));
  const images = async (n: number) => valuesOf(await samples(await path(shares(n)), labels(n)));

  async function draw() {
    to.update();
    slider.value = String(view.at);
    share.textContent = decimal(view.at);
    const n = isPoints ? 60 : STEPS;
    const latents = await path(shares(n));
    const made = await samples(latents, labels(latents.length / width));
    if (isPoints) {
      const here = valuesOf(await samples(await path([view.at]), labels(1)));
      scatter(canvas, [
        { values: valuesOf(made), colours: [ink("soft")], radius: 4 },
        { values: here, colours: [ink("accent")], radius: 9 },
      ]);
    } else drawGrid(canvas, valuesOf(made), STEPS);
    canvas.setAttribute("aria-label", `Samples on the way from seed ${view.seed} to seed ${view.to}`);
    return { latents, samples: made, labels: labels(n) };
  }
  return { name: "walk", title: "Walk", element, draw, latent: () => path([view.at]), canvas };
}
