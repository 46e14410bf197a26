// The model's graphs, computed by ONNX Runtime in WebAssembly.

import * as ort from "onnxruntime-web/wasm";
import { content, data, width } from "./page_data";
import { sizeOf, type Named } from "./pictures";

const BATCH = 100;

const sessions: Record<string, ort.InferenceSession> = {};
let last: Promise<unknown> = Promise.resolve();

/** Starts the runtime, and loads the graphs that make samples. */
export async function load(): Promise<void> {
  ort.env.wasm.numThreads = 1; // More need headers that a file does not have.
  ort.env.wasm.wasmBinary = (await content("runtime")).buffer;
  for (const name of data.graphs.filter((name) => !recognises(name))) await start(name);
}

/** Loads the graphs that recognise samples, which nothing needs before the first picture. */
export async function loadRecognisers(): Promise<void> {
  for (const name of data.graphs.filter(recognises)) await start(name);
}

function recognises(graph: string): boolean {
  return graph.startsWith("infer_codes") || graph === "encode";
}

async function start(name: string): Promise<void> {
  sessions[name] = await ort.InferenceSession.create(await content(`graph-${name}`), { logSeverityLevel: 3 });
}

/** Returns the latents of seeds, `width` numbers each: those of `generate(1, seed)`. */
export async function latentsOfSeeds(seeds: number[]): Promise<Float32Array> {
  const seed = new ort.Tensor("int64", BigInt64Array.from(seeds, BigInt), [seeds.length]);
  const labels = conditions(seeds.map(() => 0)); // Of these only the number matters.
  return (await run("draw_latents", { seed, ...labels })).latents;
}

/** Returns the samples of latents by name; labels are used by conditional models. */
export async function samples(latents: Float32Array, labels: number[]): Promise<Named> {
  const rows = latents.length / width;
  return inBatches(rows, (start, stop) =>
    run("serving_default", {
      latents: tensor(latents.subarray(start * width, stop * width), [width]),
      ...conditions(labels.slice(start, stop)),
    }),
  );
}

/**
 * Returns the parameters of Q(c|x) by name, or null while or if nothing recognises codes.
 *
 * @param of samples, or those of one modality.
 * @param modality name of the modality that they are alone.
 */
export async function posterior(of: Named, labels: number[], modality = ""): Promise<Named | null> {
  const graph = modality ? `infer_codes_${modality}` : "infer_codes";
  if (!(graph in sessions)) return null;
  const shapes = modality ? { [modality]: shapeOf(modality) } : data.tensors;
  const [[first, shape]] = Object.entries(shapes);
  return inBatches(of[first].length / sizeOf(shape), (start, stop) => {
    const given = Object.entries(shapes).map(([name, shape]) => {
      const size = sizeOf(shape);
      return [name, tensor(of[name].subarray(start * size, stop * size), shape)];
    });
    return run(graph, { ...Object.fromEntries(given), ...conditions(labels.slice(start, stop)) });
  });
}

/** Returns the latent that the model's encoder infers from a sample. */
export async function encoded(image: Float32Array): Promise<Float32Array> {
  return (await run("encode", { images: tensor(image, Object.values(data.tensors)[0]) })).latents;
}

/** Returns what a graph makes of one picture, and of the latent of a seed if it takes one. */
export async function translated(graph: string, image: Float32Array, shape: number[], seed: number): Promise<Float32Array> {
  const picture = tensor(image, shape);
  if (!("draw_latents" in sessions)) return first(await run(graph, { images: picture }));
  const seeds = new ort.Tensor("int64", BigInt64Array.of(BigInt(seed)), [1]);
  const { latents } = await run("draw_latents", { seed: seeds, conditions: picture });
  return first(await run(graph, { latents: tensor(latents, [width]), conditions: picture }));
}

function first(outputs: Named): Float32Array {
  return Object.values(outputs)[0];
}

function shapeOf(modality: string): number[] {
  return data.parts.find(({ name }) => name === modality)!.shape;
}

function tensor(values: Float32Array, shape: number[]): ort.Tensor {
  return new ort.Tensor("float32", values, [values.length / sizeOf(shape), ...shape]);
}

function conditions(labels: number[]): Record<string, ort.Tensor> {
  if (data.classes === null) return {};
  return { conditions: new ort.Tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]) };
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

/** Runs one graph after another: a session takes one call at a time. */
function run(graph: string, feeds: Record<string, ort.Tensor>): Promise<Named> {
  const session = sessions[graph];
  const taken = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]));
  const next = last.then(async () => {
    const outputs = await session.run(taken);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    );
  });
  last = next.catch(() => undefined);
  return next;
}
