// Threads that compute, so that the page answers meanwhile; without them the page computes itself.

import { compute, type Compute } from "./compute";
import Thread from "./worker?worker&inline";

/** Starts a thread; returns its calls. Where browsers allow none, they are those of the page. */
export async function newThread(wasm: ArrayBuffer): Promise<Compute> {
  try {
    const calls = callsOf(new Thread());
    await calls.start(wasm);
    return calls;
  } catch {
    await compute.start(wasm);
    return oneByOne(compute);
  }
}

function callsOf(thread: Worker): Compute {
  const waiting = new Map<number, [(result: never) => void, (error: Error) => void]>();
  let count = 0;
  thread.onmessage = ({ data: [id, result, error] }) => {
    const [resolve, reject] = waiting.get(id)!;
    waiting.delete(id);
    if (error === null) resolve(result as never);
    else reject(new Error(error));
  };
  thread.onerror = (event) => {
    event.preventDefault();
    for (const [, reject] of waiting.values()) reject(new Error(event.message || "a thread cannot start"));
    waiting.clear();
  };
  const call =
    (name: keyof Compute) =>
    (...given: unknown[]) =>
      new Promise<never>((resolve, reject) => {
        waiting.set(count, [resolve, reject]);
        thread.postMessage([count++, name, given]);
      });
  return { start: call("start"), load: call("load"), run: call("run") };
}

/** A session takes one call at a time. */
function oneByOne(calls: Compute): Compute {
  let last: Promise<unknown> = Promise.resolve();
  const run: Compute["run"] = (name, inputs) => {
    const next = last.then(() => calls.run(name, inputs));
    last = next.catch(() => undefined);
    return next;
  };
  return { ...calls, run };
}
