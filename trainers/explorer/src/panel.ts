// A panel of the page: one way to look at the model.

export interface Shown {
  latents: Float32Array;
  samples: Record<string, Float32Array>;
  labels: number[];
}

export interface Panel {
  name: string; // In the link.
  title: string; // On its tab.
  element: HTMLElement;
  /** Draws it anew; returns what it shows, if codes can be inferred from it. */
  draw(): Promise<Shown | null>;
  /** Returns the latent of the large picture, if it is not that of the seed and the codes. */
  latent?(): Promise<Float32Array>;
  /** Returns the canvas that is saved as a picture. */
  canvas?: HTMLCanvasElement;
}
