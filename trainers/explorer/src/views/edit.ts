// A given image: its codes are inferred, its noise is searched for, and it is drawn anew.

import { button, decimal, h, labelled, stepper } from "../dom";
import { labels, ofSeeds, withCodes } from "../latents";
import { posterior, samples } from "../model";
import { codes, data, ends, isCategorical } from "../page_data";
import type { Panel } from "../panel";
import { breadth, channels, grid, height, put, scaled } from "../pictures";
import { loaded } from "../ready";
import { realImage } from "../real";
import { meanSquaredError, search, type Found } from "../search";
import { change, largest, oneHot, view } from "../view";

const STARTS = 256;
const STEPS = 120;

export function editPanel(): Panel & { take(image: number): Promise<void> } {
  const [given, start, changed] = ["Given", "Start", "With the codes as set"].map((text) => {
    const canvas = h("canvas", {
      className: "pixels",
      role: "img",
      "aria-label": text,
      width: breadth,
      height,
    });
    const note = h("span", {}, " ");
    return { canvas, note, element: h("figure", {}, canvas, h("figcaption", {}, h("b", {}, text), note)) };
  });
  const count = data.images?.count ?? 0;
  let chosen = 0;
  const number = stepper("image", () => chosen, (i) => void take(i), Math.max(0, count - 1));
  const file = h("input", { type: "file", accept: "image/*" });
  const invert = h("input", { type: "checkbox" });
  const status = h("p", { className: "caption", "aria-live": "polite" });
  const again = button("Search on", () => void find(), { disabled: true });
  const drop = h(
    "div",
    { className: "drop" },
    count ? h("div", { className: "field" }, h("span", {}, "Of the data"), number.element) : null,
    labelled("A file, also dropped or pasted here", file),
    h("label", { className: "check" }, invert, "Invert light and dark"),
    again,
  );
  const element = h("div", {}, drop, h("div", { className: "figures" }, given.element, start.element, changed.element), status);

  let image: Float32Array | null = null;
  let found: Found | null = null;
  let source: ImageBitmap | null = null;
  let turn = 0;

  file.onchange = () => file.files?.[0] && void open(file.files[0]);
  invert.onchange = () => source && void use(pixelsOf(source));
  element.ondragover = (event) => event.preventDefault();
  element.ondrop = (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped) void open(dropped);
  };
  document.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])].find((item) => item.type.startsWith("image/"));
    if (pasted && view.show === "edit") void open(pasted);
  });

  async function open(blob: Blob): Promise<void> {
    try {
      source = await createImageBitmap(blob);
    } catch {
      status.textContent = "This file is no image that the browser can read.";
      return;
    }
    await use(pixelsOf(source));
  }

  async function take(i: number): Promise<void> {
    chosen = i;
    source = null;
    number.update();
    await use(await realImage(i));
  }

  /** Cuts the middle out of a picture, in the model's shape. */
  function pixelsOf(bitmap: ImageBitmap): Float32Array {
    const canvas = h("canvas", { width: breadth, height });
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const scale = Math.max(breadth / bitmap.width, height / bitmap.height);
    const [w, t] = [bitmap.width * scale, bitmap.height * scale];
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, breadth, height);
    context.drawImage(bitmap, (breadth - w) / 2, (height - t) / 2, w, t);
    const rgba = context.getImageData(0, 0, breadth, height).data;
    const values: number[] = [];
    for (let i = 0; i < rgba.length; i += 4) {
      const [r, g, b] = rgba.subarray(i, i + 3);
      const colours = channels === 1 ? [0.299 * r + 0.587 * g + 0.114 * b] : [r, g, b, 255].slice(0, channels);
      values.push(...colours.map((value) => (invert.checked ? 255 - value : value)));
    }
    return scaled(values);
  }

  async function use(pixels: Float32Array): Promise<void> {
    image = pixels;
    found = null;
    turn++;
    put(given.canvas, grid(pixels, 1));
    await loaded;
    const q = await posterior({ [data.samples]: pixels }, labels(1));
    const set: Record<string, number[]> = {};
    for (const part of q ? codes : []) {
      const [low, high] = ends(part);
      set[part.name] = isCategorical(part)
        ? oneHot(part, largest(q![`${part.name}_probabilities`]))
        : [...q![`${part.name}_mean`]].map((x) => Math.min(high, Math.max(low, x)));
    }
    const told = q ? codes.map((part) => `${part.name} ${text(set[part.name], isCategorical(part))}`).join(", ") : "";
    given.note.textContent = told && `inferred: ${told}`;
    if (q) change({ codes: set });
    await find();
  }

  /** Searches for the noise, from where it was left or from random draws. */
  async function find(): Promise<void> {
    if (!image) return;
    const mine = ++turn;
    again.disabled = true;
    const seeds = Array.from({ length: STARTS }, (_, i) => i);
    let rows = found ? found.latent : withCodes(await ofSeeds(seeds));
    if (found) rows = withCodes(rows);
    const random = (await samples(withCodes(await ofSeeds(seeds.slice(0, 50))), labels(50)))[data.samples];
    const usual = seeds.slice(0, 50).reduce((sum, i) => sum + meanSquaredError(random, image!, i * image!.length) / 50, 0);
    await search(image, rows, view.label, STEPS, (best, share) => {
      if (mine !== turn) return false;
      found = best;
      put(start.canvas, grid(best.image, 1));
      start.note.textContent = `mean squared error ${decimal(best.error, 3)}`;
      status.textContent =
        `Search for the noise: ${Math.round(100 * share)} %. A random sample with these codes differs by ` +
        `${decimal(usual, 3)}, this start by ${decimal(best.error, 3)}: ` +
        `${best.error < 0.25 * usual ? "it resembles the image." : "it resembles the image little."}`;
      change({});
      return true;
    });
    if (mine === turn) again.disabled = false;
  }

  async function draw(): Promise<null> {
    number.update();
    if (!image) {
      if (count && !turn) {
        turn++;
        void take(chosen);
      } else if (!count) status.textContent = "Give an image: it is cut to the middle and scaled to the model's size.";
      return null;
    }
    if (!found) return null;
    const made = (await samples(withCodes(found.latent), labels(1)))[data.samples];
    put(changed.canvas, grid(made, 1));
    changed.note.textContent = `mean squared error ${decimal(meanSquaredError(made, image), 3)}`;
    return null;
  }

  const latent = async () => (found ? withCodes(found.latent) : withCodes(await ofSeeds([view.seed])));
  return { name: "edit", title: "Edit an image", element, draw, latent, take, canvas: changed.canvas };
}

function text(columns: number[], categorical: boolean): string {
  return categorical ? String(largest(columns)) : columns.map((x) => decimal(x)).join(", ");
}
