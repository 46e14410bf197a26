// Sounds: played, drawn and saved.

import { h } from "./dom";
import type { Mel } from "./page_data";
import { ink } from "./pictures";

let context: AudioContext | null = null;
let source: AudioBufferSourceNode | null = null;

/** Plays a waveform from its start, instead of what is playing; resolves when it has ended. */
export async function play(samples: Float32Array, { rate }: Mel): Promise<void> {
  context ??= new AudioContext();
  source?.stop();
  await context.resume(); // Browsers start sound only after a click.
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples as Float32Array<ArrayBuffer>, 0);
  const own = context.createBufferSource();
  source = own;
  own.buffer = buffer;
  own.connect(context.destination);
  return new Promise((resolve) => {
    own.onended = () => resolve();
    own.start();
  });
}

/** Draws a waveform as the range of its values in each column. */
export function drawWave(canvas: HTMLCanvasElement, samples: Float32Array): void {
  const { width, height } = canvas;
  const pen = canvas.getContext("2d")!;
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = ink("accent");
  for (let x = 0; x < width; x++) {
    const piece = samples.subarray(Math.floor((x * samples.length) / width), Math.ceil(((x + 1) * samples.length) / width));
    const [low, high] = piece.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [0, 0]);
    pen.fillRect(x, ((1 - high) / 2) * height, 1, Math.max(1, ((high - low) / 2) * height));
  }
}

export function waveCanvas(): HTMLCanvasElement {
  return h("canvas", { className: "wave", width: 320, height: 64, role: "img", "aria-label": "Waveform" });
}

/** Returns a waveform as a WAV file of 16 bits, one channel. */
export function wav(samples: Float32Array, { rate }: Mel): Blob {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, letters: string) => [...letters].forEach((c, i) => bytes.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true); // PCM
  bytes.setUint16(22, 1, true); // Channels.
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, 2 * rate, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((x, i) => bytes.setInt16(44 + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, x))), true));
  return new Blob([bytes], { type: "audio/wav" });
}
