// The real images of the page, and the codes that the model infers from them.

import { inferred, type Posterior } from "./information";
import { posterior } from "./model";
import { content, data, type Part } from "./page_data";
import { scaled, type Named } from "./pictures";

let pixels: Promise<Uint8Array> | null = null;
let known: Posterior | null = null;

/** Returns the sample of a number, in the model's range. */
export async function realSample(i: number): Promise<Named> {
  const { tensor } = data.parts[0]; // Data of several tensors have no images in the page.
  const all = await bytes();
  const size = all.length / data.images!.count;
  return { [tensor]: scaled(all.subarray(i * size, (i + 1) * size)) };
}

export async function realSamples(): Promise<Named> {
  return { [data.parts[0].tensor]: scaled(await bytes()) };
}

/** Returns Q(c|x) of all real images, given their labels if the model takes labels. */
export async function realPosterior(): Promise<Posterior | null> {
  const count = data.images!.count;
  known ??= await posterior(
    await realSamples(),
    data.images!.labels ?? new Array(count).fill(0),
  );
  return known;
}

export function className(label: number): string {
  return data.images?.classes?.[label] ?? String(label);
}

/** Returns the numbers of images by inferred category, those of the highest Q first. */
export function byCategory(part: Part, q: Posterior): number[][] {
  const found: number[][] = Array.from({ length: part.dimension }, () => []);
  inferred(part, q).forEach((k, i) => found[k].push(i));
  const p = q[`${part.name}_probabilities`];
  found.forEach((images, k) =>
    images.sort((i, j) => p[j * part.dimension + k] - p[i * part.dimension + k]),
  );
  return found;
}

function bytes(): Promise<Uint8Array> {
  pixels ??= content("images");
  return pixels;
}
