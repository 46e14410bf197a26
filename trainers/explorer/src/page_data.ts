// What the program wrote into the page: a description in JSON, and gzipped contents in base64.

export interface Part {
  name: string;
  kind: string;
  dimension: number;
  columns: [number, number];
  entropy_nats: number;
  low?: number;
  high?: number;
  scale?: number;
}

export interface RealImages {
  count: number;
  labels: number[] | null;
  classes: string[] | null;
  dataset: string;
}

export interface PageData {
  model: string;
  notice: string; // Why nothing can be drawn, or empty.
  samples: string; // Name of the tensor that is drawn.
  shape: number[];
  range: [number, number];
  latent: Part[];
  classes: number | null;
  recognises: boolean;
  images: RealImages | null;
}

export const data: PageData = JSON.parse(document.getElementById("data")!.textContent!);
export const width = data.latent.reduce((sum, part) => sum + part.dimension, 0);
export const codes = data.latent.filter((part) => part.name !== "noise");
export const isPoints = data.shape.length === 1;

export function isCategorical(part: Part): boolean {
  return part.kind.endsWith("Categorical");
}

/** Ends of a continuous code's slider: those of its interval, or three standard deviations. */
export function ends(part: Part): [number, number] {
  const limit = 3 * (part.scale ?? 1);
  return [part.low ?? -limit, part.high ?? limit];
}

/** Returns what an element holds, and empties it: the text is the larger part of the page. */
export async function content(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const element = document.getElementById(id)!;
  const zipped = decoded(element.textContent!);
  element.remove();
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (native.fromBase64) return native.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
