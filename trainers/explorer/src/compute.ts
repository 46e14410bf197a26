// ONNX Runtime in WebAssembly: sessions by name, and their runs.

import * as ort from "onnxruntime-web/wasm";
import type { Named } from "./pictures";

/** An input: its values, and the shape of each row. */
export interface Input {
  values: Float32Array | BigInt64Array;
  shape: number[];
}

const sessions: Record<string, ort.InferenceSession> = {};

export const compute = {
  async start(wasm: ArrayBuffer): Promise<void> {
    ort.env.wasm.numThreads = 1; // More need headers that a file does not have.
    ort.env.wasm.wasmBinary = wasm;
  },

  async load(name: string, graph: Uint8Array): Promise<void> {
    sessions[name] = await ort.InferenceSession.create(graph, { logSeverityLevel: 3 });
  },

  /** Runs a graph on those of the inputs that it takes. */
  async run(name: string, inputs: Record<string, Input>): Promise<Named> {
    const session = sessions[name];
    const feeds = session.inputNames.map((input) => [input, tensor(inputs[input])]);
    const outputs = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(Object.entries(outputs).map(([output, { data }]) => [output, data as Float32Array]));
  },
};

export type Compute = typeof compute;

function tensor({ values, shape }: Input): ort.Tensor {
  const rows = values.length / shape.reduce((a, b) => a * b, 1);
  if (values instanceof BigInt64Array) return new ort.Tensor("int64", values, [rows, ...shape]);
  return new ort.Tensor("float32", values, [rows, ...shape]);
}
