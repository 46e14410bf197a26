// The large picture of one sample, its sound and its words, and what makes it in Python.

import { button, h } from "./dom";
import { labels, ofSeeds } from "./latents";
import { samples } from "./model";
import { codes, data, isCategorical, isPoints, type SamplePart } from "./page_data";
import { drawGrid, ink, scatter, shownPart, texts, valuesOf, type Named } from "./pictures";
import { savePicture } from "./save";
import { Listening } from "./listening";
import { largest, link, view } from "./view";

const BEHIND = 300; // Points that show where a point lies.

interface Face {
  element: HTMLElement;
  paint(values: Float32Array): void;
}

export class Stage {
  private readonly faces = data.parts.map((part) => face(part));
  private readonly python = h("code", {});
  private behind: Float32Array | null = null;
  readonly element = h(
    "div",
    { className: data.parts.length > 1 ? "stage several" : "stage" },
    h("div", { className: "faces" }, ...this.faces.map((each) => each.element)),
    h(
      "div",
      { className: "actions" },
      data.parts.some(({ kind }) => kind !== "words")
        ? button("Save PNG", () => savePicture(this.canvas, `seed-${view.seed}`))
        : null,
      this.copier(),
    ),
    h("p", { className: "python" }, this.python),
  );

  /** The picture of the part that is looked at, or the first one. */
  private get canvas(): HTMLCanvasElement {
    const own = this.faces[data.parts.indexOf(shownPart())].element;
    return own.querySelector("canvas") ?? this.element.querySelector("canvas")!;
  }

  async paint(made: Named, isOwn: boolean): Promise<void> {
    if (isPoints) {
      this.behind ??= valuesOf(
        await samples(await ofSeeds(Array.from({ length: BEHIND }, (_, i) => i)), labels(BEHIND)),
      );
      scatter(this.canvas, [
        { values: this.behind, colours: [ink("soft")], radius: 4 },
        { values: valuesOf(made), colours: [ink("accent")], radius: 11 },
      ]);
    } else data.parts.forEach((part, i) => this.faces[i].paint(valuesOf(made, part)));
    for (const canvas of this.element.querySelectorAll("canvas[data-part]")) {
      const name = data.parts.length > 1 ? `, ${canvas.getAttribute("data-part")}` : "";
      canvas.setAttribute("aria-label", `Sample of seed ${view.seed}${name}`);
    }
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

/** Returns what shows a part of the sample: a picture, a sound to be played, or text. */
function face(part: SamplePart): Face {
  if (part.kind === "words") {
    const element = h("p", { className: "words", "aria-label": part.name });
    return { element, paint: (values) => (element.textContent = texts(values, part)[0]) };
  }
  const [height, width] = isPoints ? [600, 600] : part.shape;
  const className = isPoints ? "plot" : "pixels";
  const canvas = h("canvas", { role: "img", className, width, height, "data-part": part.name });
  const listening = part.mel ? new Listening(part.mel) : null;
  return {
    element: h("div", { className: "face" }, canvas, listening && listening.element),
    paint(values) {
      drawGrid(canvas, values, 1, part);
      listening?.update(values);
    },
  };
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
