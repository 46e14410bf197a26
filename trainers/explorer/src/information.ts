// Nats: L_I = H(c) + mean ln Q(c|x), a lower bound of the information I(c; x).

import { columnsOf } from "./latents";
import { codes, isCategorical, width, type Part } from "./page_data";
import { largest } from "./view";

export type Posterior = Record<string, Float32Array>;

export interface Nats {
  part: Part;
  bound: number;
  error: number; // Standard error of the mean.
  entropy: number;
}

/** Returns ln Q(c|x) of a code in each row, nats. */
export function logQ(part: Part, latents: Float32Array, q: Posterior): number[] {
  const k = part.dimension;
  return Array.from({ length: latents.length / width }, (_, row) => {
    const code = columnsOf(latents, part, row);
    let sum = 0;
    for (let i = 0; i < k; i++) {
      if (isCategorical(part)) {
        if (code[i]) sum += code[i] * Math.log(Math.max(q[`${part.name}_probabilities`][row * k + i], 1e-38));
      } else {
        const scale = q[`${part.name}_scale`][row * k + i];
        const z = (code[i] - q[`${part.name}_mean`][row * k + i]) / scale;
        sum -= 0.5 * (z * z + Math.log(2 * Math.PI * scale * scale));
      }
    }
    return sum;
  });
}

export function nats(latents: Float32Array, q: Posterior): Nats[] {
  return codes.map((part) => {
    const values = logQ(part, latents, q);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
    const error = Math.sqrt(variance / values.length);
    return { part, bound: part.entropy_nats + mean, error, entropy: part.entropy_nats };
  });
}

/** Returns the most probable category of each row. */
export function inferred(part: Part, q: Posterior): number[] {
  const p = q[`${part.name}_probabilities`];
  return Array.from({ length: p.length / part.dimension }, (_, row) =>
    largest(p.subarray(row * part.dimension, (row + 1) * part.dimension)),
  );
}

/** Returns how often each pair of a row's and a column's number occurs. */
export function counts(rows: number[], columns: number[], height: number, breadth: number): number[][] {
  const table = Array.from({ length: height }, () => new Array<number>(breadth).fill(0));
  rows.forEach((row, i) => table[row][columns[i]]++);
  return table;
}
