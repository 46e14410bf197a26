// A picture from a file, the clipboard, a drop or a camera, in the shape that a model takes.

import { button, h, labelled } from "./dom";
import { scaled } from "./pictures";

const REFUSED: Record<string, string> = {
  NotAllowedError: "The camera was not allowed.",
  NotFoundError: "There is no camera.",
  NotReadableError: "Another program has the camera.",
};

export interface Source {
  element: HTMLElement; // With the choice of a file, and the camera.
  /** Reads the last picture again, such as in another shape. */
  again(): void;
}

/**
 * Makes the ways to give a picture.
 *
 * @param shape height, width and channels that are asked for.
 * @param use takes the values in the model's range, and returns when it wants the next of a camera.
 * @param tell takes what went wrong, or "".
 * @param wanted whether pasted and dropped pictures are meant for this.
 */
export function imageSource(
  shape: () => number[],
  use: (values: Float32Array) => Promise<void>,
  tell: (text: string) => void,
  wanted: () => boolean,
  camera = false,
): Source {
  const file = h("input", { type: "file", accept: "image/*" });
  const invert = h("input", { type: "checkbox" });
  const video = h("video", { muted: true, playsInline: true });
  const live = button("Camera", () => void (stream ? stop() : record()));
  let picture: ImageBitmap | null = null;
  let stream: MediaStream | null = null;

  async function open(blob: Blob): Promise<void> {
    let opened;
    try {
      opened = await createImageBitmap(blob);
    } catch {
      return tell("This file is not an image that the browser can read.");
    }
    stop();
    picture?.close();
    picture = opened;
    tell("");
    again();
  }

  function again(): void {
    if (picture) void use(pixels(picture, picture.width, picture.height, shape(), invert.checked));
  }

  async function record(): Promise<void> {
    // Browsers that take a file for an insecure address have no such object.
    if (!navigator.mediaDevices?.getUserMedia) {
      return tell("This browser gives a page in a file no camera: open a file, or serve the page by https.");
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      stop();
      const { name, message } = error as Error;
      return tell(REFUSED[name] ?? `The camera cannot be used: ${message}`);
    }
    live.textContent = "Stop camera";
    tell("");
    while (stream) {
      const [width, height] = [video.videoWidth, video.videoHeight];
      if (width && !document.hidden) await use(pixels(video, width, height, shape(), invert.checked));
      await new Promise((resolve) => setTimeout(resolve, 30)); // The page stays alive.
    }
  }

  function stop(): void {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    live.textContent = "Camera";
  }

  file.onchange = () => file.files?.[0] && void open(file.files[0]);
  invert.onchange = again;
  // Anywhere else, a dropped file would replace the page.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped && wanted()) void open(dropped);
  });
  document.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])].find((item) => item.type.startsWith("image/"));
    if (pasted && wanted()) void open(pasted);
  });
  const element = h(
    "div",
    { className: "source" },
    labelled("A file, also dropped or pasted here", file),
    camera ? live : null,
    h("label", { className: "check" }, invert, "Invert light and dark"),
  );
  return { element, again };
}

/** Cuts the middle out of a picture, in the model's shape and range. */
function pixels(
  picture: CanvasImageSource,
  width: number,
  height: number,
  [rows, columns, channels]: number[],
  inverted: boolean,
): Float32Array {
  const canvas = h("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const scale = Math.max(columns / width, rows / height);
  const [w, t] = [width * scale, height * scale];
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, columns, rows);
  context.drawImage(picture, (columns - w) / 2, (rows - t) / 2, w, t);
  const rgba = context.getImageData(0, 0, columns, rows).data;
  const values = new Uint8ClampedArray(rows * columns * channels);
  for (let i = 0; i < rows * columns; i++) {
    const [r, g, b] = rgba.subarray(4 * i, 4 * i + 3);
    const colours = channels === 1 ? [0.299 * r + 0.587 * g + 0.114 * b] : [r, g, b, 255];
    for (let c = 0; c < channels; c++) {
      values[i * channels + c] = inverted && c < 3 ? 255 - colours[c] : colours[c];
    }
  }
  return scaled(values);
}
