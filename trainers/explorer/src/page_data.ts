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

/** A log-mel spectrogram, as `datasets.LogMel` of the package. */
export interface Mel {
  rate: number;
  bands: number;
  frames: number;
  hop: number;
  window: number;
  lowest: number;
  highest: number;
}

/** What is drawn of a sample: a tensor, or some of its channels. */
export interface SamplePart {
  name: string;
  tensor: string;
  kind: "image" | "sound" | "words" | "points";
  shape: number[];
  first: number; // Channel of the tensor.
  mel?: Mel;
}

/** A graph that makes a picture of a picture. */
export interface Translation {
  graph: string;
  from: string;
  to: string;
  input: number[];
  output: number[];
}

export interface PageData {
  model: string;
  notice: string; // Why nothing can be drawn, or empty.
  tensors: Record<string, number[]>; // Shapes of what a sample is made of.
  parts: SamplePart[];
  range: [number, number];
  latent: Part[];
  classes: number | null;
  graphs: string[];
  translations: Translation[];
  images: RealImages | null;
}

export const data: PageData = JSON.parse(document.getElementById("data")!.textContent!);
export const width = data.latent.reduce((sum, part) => sum + part.dimension, 0);
export const codes = data.latent.filter((part) => part.name !== "noise");
export const isPoints = data.parts.every((part) => part.kind === "points");
export const recognises = data.graphs.includes("infer_codes");
export const encodes = data.graphs.includes("encode");

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
