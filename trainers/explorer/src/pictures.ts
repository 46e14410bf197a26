// Samples as pictures: images pixel by pixel, words as text, points as a scatter plot.

import { data, type SamplePart } from "./page_data";
import { largest, view } from "./view";

export type Named = Record<string, Float32Array>;

/** Returns the part of samples that is looked at. */
export function shownPart(): SamplePart {
  return data.parts.find((part) => part.name === view.of) ?? data.parts[0];
}

export function sizeOf(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Returns the values of a part: its tensor, or the part's channels of it. */
export function valuesOf(samples: Named, part = shownPart()): Float32Array {
  const values = samples[part.tensor];
  const [all, own] = [data.tensors[part.tensor].at(-1)!, part.shape.at(-1)!];
  if (all === own) return values;
  const taken = new Float32Array((values.length / all) * own);
  for (let i = 0; i < taken.length; i++) {
    taken[i] = values[Math.floor(i / own) * all + part.first + (i % own)];
  }
  return taken;
}

/** Draws samples of a part in a grid; draws words as text. */
export function drawGrid(canvas: HTMLCanvasElement, values: Float32Array, columns: number, part = shownPart()): void {
  if (part.kind === "words") return write(canvas, values, columns, part);
  put(canvas, grid(values, columns, part.shape));
}

/** Returns the pixels of images in a grid with a gap of one pixel, which is transparent. */
export function grid(values: Float32Array, columns: number, shape: number[], gap = 1): ImageData {
  const [height, breadth, channels] = shape;
  const size = sizeOf(shape);
  const n = values.length / size;
  const rows = Math.ceil(n / columns);
  const picture = new ImageData(columns * (breadth + gap) - gap, rows * (height + gap) - gap);
  const pixels = picture.data;
  const [low, high] = data.range;
  const scale = 255 / (high - low);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let i = 0; i < n; i++) {
    let from = i * size;
    for (let y = 0; y < height; y++) {
      let at = 4 * ((Math.floor(i / columns) * (height + gap) + y) * picture.width + (i % columns) * (breadth + gap));
      for (let x = 0; x < breadth; x++, from += channels, at += 4) {
        pixels[at] = (values[from] - low) * scale; // Rounded and clamped by the array.
        pixels[at + 1] = (values[from + green] - low) * scale;
        pixels[at + 2] = (values[from + blue] - low) * scale;
        pixels[at + 3] = 255;
      }
    }
  }
  return picture;
}

export function put(canvas: HTMLCanvasElement, picture: ImageData): void {
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext("2d")!.putImageData(picture, 0, 0);
}

/** Returns the most probable token at each place of each sample, as a letter or a number. */
export function texts(values: Float32Array, part: SamplePart): string[] {
  const [length, letters] = part.shape;
  const letter = (k: number) => (letters <= 26 ? String.fromCharCode(97 + k) : ` ${k}`);
  return Array.from({ length: values.length / (length * letters) }, (_, i) =>
    Array.from({ length }, (_, place) => {
      const at = (i * length + place) * letters;
      return letter(largest(values.subarray(at, at + letters)));
    }).join("").trim(),
  );
}

function write(canvas: HTMLCanvasElement, values: Float32Array, columns: number, part: SamplePart): void {
  const lines = texts(values, part);
  const [breadth, height] = [12 * Math.max(...lines.map((line) => line.length)) + 24, 44];
  canvas.width = columns * breadth;
  canvas.height = Math.ceil(lines.length / columns) * height;
  const context = canvas.getContext("2d")!;
  context.font = "20px ui-monospace, monospace";
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillStyle = ink("ink");
  lines.forEach((line, i) => {
    const [x, y] = [(i % columns) + 0.5, Math.floor(i / columns) + 0.5];
    context.fillText(line, x * breadth, y * height, breadth - 12);
  });
  canvas.setAttribute("aria-description", lines.join(", "));
}

/** Returns uint8 pixels as numbers in the model's range. */
export function scaled(pixels: ArrayLike<number>): Float32Array {
  const [low, high] = data.range;
  return Float32Array.from(pixels, (pixel) => low + (pixel / 255) * (high - low));
}

export interface Points {
  values: Float32Array;
  colours: string[]; // One for all, or one for each.
  radius: number;
}

let limit = 0; // Half the side of all scatter plots, as wide as the first points need.

/** Draws points of two dimensions, the later ones above. */
export function scatter(canvas: HTMLCanvasElement, groups: Points[], side = 600): void {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  limit ||= 1.15 * groups.reduce((most, g) => g.values.reduce((a, x) => Math.max(a, Math.abs(x)), most), 1e-6);
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, side, side);
  const place = (value: number) => (0.5 + value / (2 * limit)) * side;
  for (const { values, colours, radius } of groups) {
    for (let i = 0; i < values.length; i += 2) {
      context.fillStyle = colours[(i / 2) % colours.length];
      context.beginPath();
      context.arc(place(values[i]), side - place(values[i + 1]), radius, 0, 7);
      context.fill();
    }
  }
}

/** Returns a colour of the page's style sheet. */
export function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Returns colours that differ in hue, one for each category. */
export function hues(n: number): string[] {
  return Array.from({ length: n }, (_, k) => `hsl(${Math.round((360 * k) / n)} 60% 50%)`);
}
