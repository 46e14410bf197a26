// When the recogniser is there; the first picture does not wait for it.

export const ready = { recogniser: false };
let finish: () => void;
export const loaded = new Promise<void>((resolve) => (finish = resolve));

export function markLoaded(): void {
  ready.recogniser = true;
  finish();
}
