// The noise of an image, without gradients: an evolution strategy on the mean squared error.

import { joined } from "./latents";
import { samples } from "./model";
import { data, width } from "./page_data";
import { valuesOf } from "./pictures";

const POPULATION = 48;
const PARENTS = 12;

export interface Found {
  latent: Float32Array;
  image: Float32Array;
  error: number; // Mean squared.
}

export function meanSquaredError(a: Float32Array, b: Float32Array, start = 0): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (a[start + i] - b[i]) ** 2;
  return sum / b.length;
}

/**
 * Improves the noise of a latent until its sample resembles an image.
 *
 * @param image values of the part that is looked at, in the model's range.
 * @param candidates rows to start from, with the codes that stay.
 * @param label the class, of a conditional model.
 * @param steps number of generations.
 * @param first size of the first steps, in the prior's standard deviations or half intervals.
 * @param report is told of the best so far; returns whether to go on.
 */
export async function search(
  image: Float32Array,
  candidates: Float32Array,
  label: number,
  steps: number,
  first: number,
  report: (found: Found, share: number) => boolean,
): Promise<Found> {
  const noise = data.latent.filter((part) => part.name === "noise");
  let best: Found = { latent: candidates, image, error: Infinity };
  /** Returns the rows of a population by their error, the best first. */
  const judged = async (rows: Float32Array): Promise<Float32Array[]> => {
    const n = rows.length / width;
    const made = valuesOf(await samples(rows, new Array(n).fill(label)));
    const row = (i: number) => rows.slice(i * width, (i + 1) * width);
    const errors = Array.from({ length: n }, (_, i) => meanSquaredError(made, image, i * image.length));
    const order = errors.map((_, i) => i).sort((i, j) => errors[i] - errors[j]);
    const [top] = order;
    if (errors[top] < best.error) {
      best = {
        latent: row(top),
        image: made.slice(top * image.length, (top + 1) * image.length),
        error: errors[top],
      };
    }
    return order.slice(0, PARENTS).map(row);
  };
  let parents = await judged(candidates);
  for (let step = 0; step < steps && noise.length; step++) {
    if (!report(best, step / steps)) break;
    const rate = first * 0.02 ** (step / steps); // Ever smaller steps.
    const children = Array.from({ length: POPULATION }, (_, i) => {
      const child = mean(parents);
      if (i === 0) return child;
      for (const part of noise) {
        const spread = part.low === undefined ? (part.scale ?? 1) : (part.high! - part.low) / 2;
        const [low, high] = [part.low ?? -3.5 * spread, part.high ?? 3.5 * spread];
        for (let k = part.columns[0]; k < part.columns[1]; k++) {
          child[k] = Math.min(high, Math.max(low, child[k] + rate * spread * gaussian()));
        }
      }
      return child;
    });
    parents = await judged(joined([best.latent, ...children]));
    await new Promise((resolve) => setTimeout(resolve)); // The page stays alive.
  }
  report(best, 1);
  return best;
}

/** Returns the mean of rows, the better ones with more weight. */
function mean(rows: Float32Array[]): Float32Array {
  const weights = rows.map((_, i) => Math.log(rows.length + 1) - Math.log(i + 1));
  const whole = weights.reduce((a, b) => a + b, 0);
  return rows[0].map((_, k) => rows.reduce((sum, row, i) => sum + weights[i] * row[k], 0) / whole);
}

function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
