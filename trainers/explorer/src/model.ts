// The model's graphs, computed by ONNX Runtime in WebAssembly.

import * as ort from "onnxruntime-web/wasm";
import { content, data, width } from "./page_data";

type Named = Record<string, Float32Array>;
const BATCH = 100;

let draw: ort.InferenceSession;
let generator: ort.InferenceSession;
let recogniser: ort.InferenceSession | null = null;
let last: Promise<unknown> = Promise.resolve();

export async function load(): Promise<void> {
  ort.env.wasm.numThreads = 1; // More need headers that a file does not have.
  ort.env.wasm.wasmBinary = (await content("runtime")).buffer;
  const start = async (name: string) =>
    ort.InferenceSession.create(await content(`graph-${name}`), { logSeverityLevel: 3 });
  draw = await start("draw_latents");
  generator = await start("serving_default");
}

/** Loads the recogniser, which nothing needs before the first picture. */
export async function loadRecogniser(): Promise<void> {
  if (data.recognises) {
    recogniser = await ort.InferenceSession.create(await content("graph-infer_codes"), {
      logSeverityLevel: 3,
    });
  }
}

/** Returns the latents of seeds, `width` numbers each: those of `generate(1, seed)`. */
export async function latentsOfSeeds(seeds: number[]): Promise<Float32Array> {
  const seed = new ort.Tensor("int64", BigInt64Array.from(seeds, BigInt), [seeds.length]);
  const labels = conditions(seeds.map(() => 0)); // Of these only the number matters.
  return (await run(draw, { seed, ...labels })).latents;
}

/** Returns the samples of latents by name; labels are used by conditional models. */
export async function samples(latents: Float32Array, labels: number[]): Promise<Named> {
  const rows = latents.length / width;
  return inBatches(rows, (start, stop) =>
    run(generator, {
      latents: new ort.Tensor("float32", latents.slice(start * width, stop * width), [
        stop - start,
        width,
      ]),
      ...conditions(labels.slice(start, stop)),
    }),
  );
}

/** Returns the parameters of Q(c|x) by name, or null while or if there is no recogniser. */
export async function posterior(of: Named, labels: number[]): Promise<Named | null> {
  const session = recogniser;
  if (!session) return null;
  const size = data.shape.reduce((a, b) => a * b);
  const images = of[data.samples];
  return inBatches(images.length / size, (start, stop) =>
    run(session, {
      [data.samples]: new ort.Tensor("float32", images.slice(start * size, stop * size), [
        stop - start,
        ...data.shape,
      ]),
      ...conditions(labels.slice(start, stop)),
    }),
  );
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
function run(session: ort.InferenceSession, feeds: Record<string, ort.Tensor>): Promise<Named> {
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
