// Samples as pictures: images pixel by pixel, points as a scatter plot.

import { data } from "./page_data";

export const [height, breadth, channels] = data.shape;
export const imageSize = data.shape.reduce((a, b) => a * b, 1);

/** Returns the pixels of images in a grid with a gap of one pixel, which is transparent. */
export function grid(values: Float32Array, columns: number, gap = 1): ImageData {
  const n = values.length / imageSize;
  const rows = Math.ceil(n / columns);
  const picture = new ImageData(columns * (breadth + gap) - gap, rows * (height + gap) - gap);
  const [low, high] = data.range;
  for (let i = 0; i < n; i++) {
    const left = (i % columns) * (breadth + gap);
    const top = Math.floor(i / columns) * (height + gap);
    for (let pixel = 0; pixel < height * breadth; pixel++) {
      const x = left + (pixel % breadth);
      const y = top + Math.floor(pixel / breadth);
      const at = 4 * (y * picture.width + x);
      for (let c = 0; c < 3; c++) {
        const value = values[i * imageSize + pixel * channels + (channels < 3 ? 0 : c)];
        picture.data[at + c] = Math.round(((value - low) / (high - low)) * 255); // Clamped.
      }
      picture.data[at + 3] = 255;
    }
  }
  return picture;
}

export function put(canvas: HTMLCanvasElement, picture: ImageData): void {
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext("2d")!.putImageData(picture, 0, 0);
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
