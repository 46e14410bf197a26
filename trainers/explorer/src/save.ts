// Files that are saved from the page: pictures, and animations by gifenc.

import { applyPalette, GIFEncoder, quantize } from "gifenc";
import { data } from "./page_data";

const SIDE = 512; // Small pictures are enlarged to about this many pixels.

/** Returns a copy of a canvas, enlarged by a whole number, on white. */
export function enlarged(canvas: HTMLCanvasElement, side = SIDE): HTMLCanvasElement {
  const factor = Math.max(1, Math.floor(side / Math.max(canvas.width, canvas.height)));
  const copy = document.createElement("canvas");
  copy.width = canvas.width * factor;
  copy.height = canvas.height * factor;
  const context = copy.getContext("2d")!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, copy.width, copy.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, copy.width, copy.height);
  return copy;
}

export function savePicture(canvas: HTMLCanvasElement, name: string): void {
  enlarged(canvas, 2 * SIDE).toBlob((blob) => blob && download(blob, `${data.model}-${name}.png`));
}

/** Saves frames that repeat for ever. */
export function saveAnimation(frames: HTMLCanvasElement[], name: string, delay = 60): void {
  const gif = GIFEncoder();
  for (const frame of frames) {
    const large = enlarged(frame, SIDE / 2);
    const { data: pixels } = large.getContext("2d")!.getImageData(0, 0, large.width, large.height);
    const palette = quantize(pixels, 256);
    gif.writeFrame(applyPalette(pixels, palette), large.width, large.height, { palette, delay });
  }
  gif.finish();
  download(new Blob([new Uint8Array(gif.bytes())], { type: "image/gif" }), `${data.model}-${name}.gif`);
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
