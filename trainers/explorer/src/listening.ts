// A sound under its spectrogram: waveform, play and save.

import { button, h } from "./dom";
import { data, type Mel } from "./page_data";
import { download } from "./save";
import { drawWave, play, wav, waveCanvas } from "./sound";
import { waveform } from "./spectrogram";
import { view } from "./view";

const QUIET = 150; // Milliseconds without a change, before the waveform is computed.

export class Listening {
  private picture: Float32Array | null = null;
  private samples: Float32Array | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;
  private readonly canvas = waveCanvas();
  private readonly button = button("Play", () => void this.play());
  readonly element: HTMLElement;

  constructor(private readonly mel: Mel) {
    const save = button("Save WAV", () => download(wav(this.heard(), mel), `${data.model}-seed-${view.seed}.wav`));
    this.element = h("div", { className: "listening" }, this.canvas, h("div", { className: "actions" }, this.button, save));
  }

  update(picture: Float32Array): void {
    this.picture = picture.slice();
    this.samples = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => drawWave(this.canvas, this.heard()), QUIET);
  }

  private heard(): Float32Array {
    this.samples ??= waveform(this.picture!, this.mel);
    return this.samples;
  }

  private async play(): Promise<void> {
    const mine = ++this.turn;
    this.button.textContent = "Playing";
    try {
      await play(this.heard(), this.mel);
    } finally {
      if (mine === this.turn) this.button.textContent = "Play";
    }
    performance.mark("played");
  }
}
