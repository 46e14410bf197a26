// The model's graphs: what is computed by which, and on which thread.

import type { Compute, Input } from "./compute";
import { content, data, width } from "./page_data";
import { sizeOf, type Named } from "./pictures";
import { newThread } from "./threads";

const BATCH = 100;
const SHARED = 8; // Rows from which two threads share the work.
const LARGEST = 100e6; // Bytes of a generator that is loaded twice.

const loadedGraphs = new Set<string>();
let first: Compute;
let second: Compute | null = null;
let again: { wasm: ArrayBuffer; generator: Uint8Array } | null = null; // For the second thread.

/** Starts the runtime, and loads the graphs that make samples. */
export async function load(): Promise<void> {
  const wasm = (await content("runtime")).buffer;
  first = await newThread(wasm);
  for (const name of data.graphs.filter((name) => !recognises(name))) {
    const graph = await loadOne(name);
    if (name === "serving_default" && graph.length < LARGEST) again = { wasm, generator: graph };
  }
}

/** Loads what nothing needs before the first picture: recognisers, and a second thread. */
export async function loadRest(): Promise<void> {
  for (const name of data.graphs.filter(recognises)) await loadOne(name);
  if (again && navigator.hardwareConcurrency > 1 && !data.translations.length) {
    const thread = await newThread(again.wasm);
    await thread.load("serving_default", again.generator);
    second = thread;
  }
  again = null;
}

function recognises(graph: string): boolean {
  return graph.startsWith("infer_codes") || graph === "encode";
}

async function loadOne(name: string): Promise<Uint8Array> {
  const graph = await content(`graph-${name}`);
  await first.load(name, graph);
  loadedGraphs.add(name);
  return graph;
}

/** Returns the latents of seeds, `width` numbers each: those of `generate(1, seed)`. */
export async function latentsOfSeeds(seeds: number[]): Promise<Float32Array> {
  const labels = conditions(seeds.map(() => 0)); // Of these only the number matters.
  return (await first.run("draw_latents", { seed: integers(seeds), ...labels })).latents;
}

/** Returns the samples of latents by name; labels are used by conditional models. */
export async function samples(latents: Float32Array, labels: number[]): Promise<Named> {
  const rows = latents.length / width;
  const some = (thread: Compute, start: number, stop: number) =>
    thread.run("serving_default", {
      latents: { values: latents.slice(start * width, stop * width), shape: [width] },
      ...conditions(labels.slice(start, stop)),
    });
  return inBatches(rows, async (start, stop) => {
    if (!second) return some(first, start, stop);
    if (stop - start < SHARED) return some(second, start, stop);
    const middle = Math.ceil((start + stop) / 2);
    return together(await Promise.all([some(first, start, middle), some(second, middle, stop)]));
  });
}

/**
 * Returns the parameters of Q(c|x) by name, or null while or if nothing recognises codes.
 *
 * @param of samples, or those of one modality.
 * @param modality name of the modality that they are alone.
 */
export async function posterior(of: Named, labels: number[], modality = ""): Promise<Named | null> {
  const graph = modality ? `infer_codes_${modality}` : "infer_codes";
  if (!loadedGraphs.has(graph)) return null;
  const shapes = modality ? { [modality]: shapeOf(modality) } : data.tensors;
  const [[name, shape]] = Object.entries(shapes);
  return inBatches(of[name].length / sizeOf(shape), (start, stop) => {
    const given = Object.entries(shapes).map(([name, shape]) => {
      const size = sizeOf(shape);
      return [name, { values: of[name].slice(start * size, stop * size), shape }];
    });
    return first.run(graph, { ...Object.fromEntries(given), ...conditions(labels.slice(start, stop)) });
  });
}

/** Returns the latent that the model's encoder infers from a sample. */
export async function encoded(image: Float32Array): Promise<Float32Array> {
  const [shape] = Object.values(data.tensors);
  return (await first.run("encode", { images: { values: image, shape } })).latents;
}

/** Returns what a graph makes of one picture, and of the latent of a seed if it takes one. */
export async function translated(graph: string, image: Float32Array, shape: number[], seed: number): Promise<Float32Array> {
  const picture = { values: image, shape };
  const only = (outputs: Named) => Object.values(outputs)[0];
  if (!loadedGraphs.has("draw_latents")) return only(await first.run(graph, { images: picture }));
  const { latents } = await first.run("draw_latents", { seed: integers([seed]), conditions: picture });
  return only(await first.run(graph, { latents: { values: latents, shape: [width] }, conditions: picture }));
}

function shapeOf(modality: string): number[] {
  return data.parts.find(({ name }) => name === modality)!.shape;
}

function integers(values: number[]): Input {
  return { values: BigInt64Array.from(values, BigInt), shape: [] };
}

function conditions(labels: number[]): Record<string, Input> {
  return data.classes === null ? {} : { conditions: integers(labels) };
}

async function inBatches(
  rows: number,
  compute: (start: number, stop: number) => Promise<Named>,
): Promise<Named> {
  const parts: Named[] = [];
  for (let start = 0; start < rows; start += BATCH) {
    if (start) await new Promise((resolve) => setTimeout(resolve)); // The page stays alive.
    parts.push(await compute(start, Math.min(rows, start + BATCH)));
  }
  return together(parts);
}

function together(parts: Named[]): Named {
  if (parts.length === 1) return parts[0];
  return Object.fromEntries(
    Object.keys(parts[0]).map((name) => {
      const whole = new Float32Array(parts.reduce((sum, part) => sum + part[name].length, 0));
      let at = 0;
      for (const part of parts) {
        whole.set(part[name], at);
        at += part[name].length;
      }
      return [name, whole];
    }),
  );
}
