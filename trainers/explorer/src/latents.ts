// Latents as rows of numbers: those of seeds, with codes set, and on the way between two.

import { latentsOfSeeds } from "./model";
import { codes, data, isCategorical, width, type Part } from "./page_data";
import { largest, oneHot, view } from "./view";

const drawn = new Map<number, Float32Array>();

/** Returns the latent of each seed, one row each. */
export async function ofSeeds(seeds: number[]): Promise<Float32Array> {
  const missing = [...new Set(seeds)].filter((seed) => !drawn.has(seed));
  if (missing.length) {
    const rows = await latentsOfSeeds(missing);
    if (drawn.size > 5000) drawn.clear();
    missing.forEach((seed, i) => drawn.set(seed, rows.slice(i * width, (i + 1) * width)));
  }
  if (seeds.some((seed) => !drawn.has(seed))) return latentsOfSeeds(seeds);
  return joined(seeds.map((seed) => drawn.get(seed)!));
}

/** Returns the latent of a seed with the codes of the view. */
export async function shown(seed = view.seed): Promise<Float32Array> {
  return withCodes(await ofSeeds([seed]));
}

/** Sets, in all rows, the codes that the view sets. */
export function withCodes(rows: Float32Array): Float32Array {
  const changed = rows.slice();
  for (const part of codes) {
    const columns = view.codes[part.name];
    for (let row = 0; columns && row < changed.length / width; row++) {
      changed.set(columns, row * width + part.columns[0]);
    }
  }
  return changed;
}

/** Returns the columns of a part in a row. */
export function columnsOf(rows: Float32Array, part: Part, row = 0): Float32Array {
  return rows.subarray(row * width + part.columns[0], row * width + part.columns[1]);
}

/** Returns the rows, with the columns of a part replaced in each. */
export function withPart(rows: Float32Array, part: Part, values: number[][]): Float32Array {
  const changed = rows.slice();
  values.forEach((value, row) => changed.set(value, row * width + part.columns[0]));
  return changed;
}

export function joined(rows: Float32Array[]): Float32Array {
  const whole = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    whole.set(row, at);
    at += row.length;
  }
  return whole;
}

/** Returns a row at each share of the straight way from one row to another. */
export function between(from: Float32Array, to: Float32Array, shares: number[]): Float32Array {
  return joined(shares.map((share) => from.map((x, i) => x + share * (to[i] - x))));
}

/**
 * Returns c + strength (a - b) at each strength, as a latent of the prior: the most probable
 * category of each categorical code, and numbers of an interval within its ends.
 */
export function arithmetic(a: Float32Array, b: Float32Array, c: Float32Array, strengths: number[]): Float32Array {
  const rows = strengths.map((strength) => {
    const row = c.map((x, i) => x + strength * (a[i] - b[i]));
    for (const part of data.latent) {
      const columns = columnsOf(row, part);
      if (isCategorical(part)) columns.set(oneHot(part, largest(columns)));
      else if (part.low !== undefined) columns.forEach((x, i) => (columns[i] = Math.min(part.high!, Math.max(part.low!, x))));
    }
    return row;
  });
  return joined(rows);
}

/** Latents of edited images that were kept, for arithmetic. */
export const kept: Float32Array[] = [];

/** Returns the label of each of n rows: that of the view. */
export function labels(n: number): number[] {
  return new Array(n).fill(data.classes === null ? 0 : view.label);
}
