// A given image: its codes are inferred, its noise is encoded or searched for, and it is drawn anew.

import { button, decimal, h, stepper } from "../dom";
import { imageSource } from "../given_image";
import { logQ, type Posterior } from "../information";
import { kept, labels, ofSeeds, withCodes } from "../latents";
import { encoded, posterior, samples } from "../model";
import { codes, data, encodes, ends, isCategorical, type SamplePart } from "../page_data";
import type { Panel } from "../panel";
import { drawGrid, shownPart, valuesOf } from "../pictures";
import { loaded } from "../ready";
import { realSample } from "../real";
import { meanSquaredError, search, type Found } from "../search";
import { change, largest, oneHot, view } from "../view";

const STARTS = 256;
const STEPS = 120;
const USUAL = 50; // Random samples that say what a resemblance is.
const [WIDE, NARROW] = [0.5, 0.1]; // First step of a search from random draws, and of a found latent.

/** Whether a part is something that can be given: a picture, or a sound as one. */
function isGiven(part: SamplePart): boolean {
  return part.kind === "image" || part.kind === "sound";
}

export const canEdit = data.parts.some(isGiven);

export function editPanel(): Panel & { take(image: number): Promise<void> } {
  const [given, start, changed] = ["Given", "Start", "With the codes as set"].map((text) => {
    const [height, width] = data.parts.find(isGiven)!.shape;
    const canvas = h("canvas", { className: "pixels", role: "img", "aria-label": text, width, height });
    const note = h("span", {}, " ");
    return { canvas, note, element: h("figure", {}, canvas, h("figcaption", {}, h("b", {}, text), note)) };
  });
  const count = data.images?.count ?? 0;
  let chosen = 0;
  const number = stepper("image", () => chosen, (i) => void take(i), Math.max(0, count - 1));
  const status = h("p", { className: "caption", "aria-live": "polite" });
  const again = button("Search on", () => void find(), { disabled: true });
  const keep = button("Keep for arithmetic", store, { disabled: true });
  const source = imageSource(() => wanted().shape, use, tell, () => view.show === "edit");
  const drop = h(
    "div",
    { className: "drop" },
    count ? h("div", { className: "field" }, h("span", {}, "Of the data"), number.element) : null,
    source.element,
    h("div", { className: "row" }, again, keep),
  );
  const figures = h("div", { className: "figures" }, given.element, start.element, changed.element);
  const element = h("div", {}, drop, figures, status);

  let image: Float32Array | null = null;
  let part = shownPart(); // Of which it is.
  let found: Found | null = null;
  let ofData = true;
  let turn = 0;

  function tell(text: string): void {
    status.textContent = text;
  }

  /** Returns the part that a file is taken for: the one looked at, or the first image. */
  function wanted(): SamplePart {
    const [now, { parts }] = [shownPart(), data];
    return now.kind === "image" ? now : (parts.find(({ kind }) => kind === "image") ?? parts.find(isGiven)!);
  }

  async function use(values: Float32Array): Promise<void> {
    ofData = false;
    await begin(values, wanted());
  }

  async function take(i: number): Promise<void> {
    chosen = i;
    ofData = true;
    number.update();
    const of = isGiven(shownPart()) ? shownPart() : wanted();
    await begin(valuesOf(await realSample(i), of), of);
  }

  async function begin(values: Float32Array, of: SamplePart): Promise<void> {
    [image, part, found] = [values, of, null];
    const mine = ++turn;
    again.disabled = keep.disabled = true;
    if (view.of !== of.name) change({ of: of.name });
    drawGrid(given.canvas, values, 1, part);
    await loaded;
    const q = await inferred(values);
    if (mine !== turn) return;
    const set: Record<string, number[]> = {};
    for (const code of q ? codes : []) {
      const [low, high] = ends(code);
      set[code.name] = isCategorical(code)
        ? oneHot(code, largest(q![`${code.name}_probabilities`]))
        : [...q![`${code.name}_mean`]].map((x) => Math.min(high, Math.max(low, x)));
    }
    const alone = isWhole() ? "" : ` from the ${part.name} alone`;
    const told = q ? codes.map((code) => `${code.name} ${text(set[code.name], isCategorical(code))}`).join(", ") : "";
    given.note.textContent = told && `inferred${alone}: ${told}`;
    if (q) change({ codes: set });
    await find();
  }

  /** Whether the part is all that recognisers and the encoder take. */
  function isWhole(): boolean {
    const [tensors, own] = [Object.values(data.tensors), part.shape.at(-1)];
    return tensors.length === 1 && tensors[0].at(-1) === own;
  }

  function inferred(values: Float32Array): Promise<Posterior | null> {
    if (isWhole()) return posterior({ [part.tensor]: values }, labels(1));
    return posterior({ [part.name]: values }, labels(1), part.name);
  }

  /** Searches for the noise: from where it was left, from what is encoded, or from random draws. */
  async function find(): Promise<void> {
    if (!image) return;
    const target = image;
    const mine = ++turn;
    again.disabled = true;
    const drawn = withCodes(await ofSeeds(Array.from({ length: STARTS }, (_, i) => i)));
    const random = valuesOf(await samples(drawn.slice(0, (USUAL * drawn.length) / STARTS), labels(USUAL)), part);
    const errors = Array.from({ length: USUAL }, (_, i) => meanSquaredError(random, target, i * target.length));
    const usual = Math.sqrt(errors.reduce((a, b) => a + b) / USUAL);
    const known = found ? found.latent : encodes && isWhole() ? await encoded(target) : null;
    const rows = known ? withCodes(known) : drawn;
    let first = NaN;
    await search(target, rows, view.label, STEPS, known ? NARROW : WIDE, (best, share) => {
      if (mine !== turn) return false;
      if (!found && known) first = Math.sqrt(best.error);
      found = best;
      drawGrid(start.canvas, best.image, 1, part);
      const error = Math.sqrt(best.error);
      start.note.textContent = `RMSE ${decimal(error, 3)}`;
      const by = Number.isNaN(first) ? "" : `The encoder's latent differs from the image by ${decimal(first, 3)}. `;
      tell(
        `${by}Search for the noise: ${Math.round(100 * share)} %. This start differs by ${decimal(error, 3)}, random ` +
          `samples with these codes by ${decimal(usual, 3)} (root of the mean squared error, of values in ` +
          `[${data.range.map((x) => decimal(x, 0)).join(", ")}]): ` +
          `${error < 0.5 * usual ? "it resembles the image." : "it resembles the image little."}`,
      );
      change({});
      return true;
    });
    if (mine !== turn) return;
    again.disabled = keep.disabled = false;
    start.note.append(await carried(found!.latent));
  }

  /** Returns the nats that the sample of a latent carries of its codes. */
  async function carried(latent: Float32Array): Promise<string> {
    const q = await posterior(await samples(latent, labels(1)), labels(1));
    if (!q) return "";
    const told = codes.map((code) => {
      const value = code.entropy_nats + logQ(code, latent, q)[0];
      return `${code.name} ${decimal(value)}${isCategorical(code) ? ` of ${decimal(code.entropy_nats)}` : ""}`;
    });
    return `; nats of codes: ${told.join(", ")}`;
  }

  function store(): void {
    if (!found) return;
    kept.push(withCodes(found.latent));
    tell(`It is image ${kept.length} of the tab “Arithmetic”, until the page is closed.`);
  }

  async function draw(): Promise<null> {
    number.update();
    if (image && part.name !== view.of) {
      if (ofData) void take(chosen);
      else [image, found] = [null, null];
      return null;
    }
    if (!image) {
      if (count && !turn) {
        turn++;
        void take(chosen);
      } else if (!count) tell("Give an image: it is cut to the middle and scaled to the model's size.");
      return null;
    }
    if (!found) return null;
    const latent = withCodes(found.latent);
    const made = valuesOf(await samples(latent, labels(1)), part);
    drawGrid(changed.canvas, made, 1, part);
    changed.note.textContent = `RMSE ${decimal(Math.sqrt(meanSquaredError(made, image)), 3)}`;
    return null;
  }

  const latent = async () => withCodes(found ? found.latent : await ofSeeds([view.seed]));
  return { name: "edit", title: "Edit an image", element, draw, latent, take, canvas: changed.canvas };
}

function text(columns: number[], categorical: boolean): string {
  return categorical ? String(largest(columns)) : columns.map((x) => decimal(x)).join(", ");
}
