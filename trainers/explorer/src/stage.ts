// The large picture of one sample, and what makes it in Python.

import { button, h } from "./dom";
import { labels, ofSeeds } from "./latents";
import { samples } from "./model";
import { codes, data, isCategorical, isPoints } from "./page_data";
import { breadth, grid, height, ink, put, scatter } from "./pictures";
import { savePicture } from "./save";
import { largest, link, view } from "./view";

const BEHIND = 300; // Points that show where a point lies.

export class Stage {
  readonly canvas = h("canvas", {
    role: "img",
    className: isPoints ? "plot" : "pixels",
    width: isPoints ? 600 : breadth,
    height: isPoints ? 600 : height,
  });
  private readonly python = h("code", {});
  private behind: Float32Array | null = null;
  readonly element = h(
    "div",
    { className: "stage" },
    this.canvas,
    h(
      "div",
      { className: "actions" },
      button("Save PNG", () => savePicture(this.canvas, `seed-${view.seed}`)),
      this.copier(),
    ),
    h("p", { className: "python" }, this.python),
  );

  async paint(made: Float32Array, isOwn: boolean): Promise<void> {
    if (isPoints) {
      this.behind ??= (
        await samples(await ofSeeds(Array.from({ length: BEHIND }, (_, i) => i)), labels(BEHIND))
      )[data.samples];
      scatter(this.canvas, [
        { values: this.behind, colours: [ink("soft")], radius: 4 },
        { values: made, colours: [ink("accent")], radius: 11 },
      ]);
    } else put(this.canvas, grid(made, 1));
    this.canvas.setAttribute("aria-label", `Sample of seed ${view.seed}`);
    this.python.textContent = isOwn ? call() : " ";
  }

  private copier(): HTMLButtonElement {
    const copy = button("Copy link", async () => {
      location.replace(`#${link()}`);
      try {
        await navigator.clipboard.writeText(location.href);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "It is in the address bar";
      }
      setTimeout(() => (copy.textContent = "Copy link"), 2000);
    });
    return copy;
  }
}

/** Returns the call in Python that makes the same sample. */
function call(): string {
  const given = codes
    .filter((part) => part.name in view.codes)
    .map((part) => {
      const columns = view.codes[part.name];
      const value = isCategorical(part) ? largest(columns) : `[${columns.map((x) => +x.toFixed(3)).join(", ")}]`;
      return `${JSON.stringify(part.name)}: ${value}`;
    });
  const more = data.classes === null ? "" : `, conditions=${view.label}`;
  return `model.generate(1, seed=${view.seed}${given.length ? `, codes={${given.join(", ")}}` : ""}${more})`;
}
