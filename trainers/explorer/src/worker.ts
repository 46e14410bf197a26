// A thread that computes: takes `[number, name of a call, arguments]`, one after another.

import { compute, type Compute } from "./compute";

let last: Promise<unknown> = Promise.resolve();

self.onmessage = ({ data: [id, call, given] }: MessageEvent<[number, keyof Compute, unknown[]]>) => {
  last = last.then(async () => {
    try {
      const result = await (compute[call] as (...given: unknown[]) => Promise<unknown>)(...given);
      self.postMessage([id, result, null]);
    } catch (error) {
      self.postMessage([id, null, error instanceof Error ? error.message : String(error)]);
    }
  });
};
