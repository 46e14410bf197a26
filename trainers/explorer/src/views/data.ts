// What the codes sort: real images by inferred category.

import { button, h, labelled, select } from "../dom";
import { codes, data, isCategorical } from "../page_data";
import type { Panel } from "../panel";
import { drawGrid, sizeOf, shownPart, valuesOf } from "../pictures";
import { byCategory, className, realPosterior, realSamples } from "../real";
import { ready } from "../ready";
import { view } from "../view";

const HANDFUL = 8;

export function dataPanel(edit: (image: number) => void): Panel {
  const sorting = codes.filter(isCategorical);
  let [part] = sorting;
  const rows = h("div", { className: "sheet" });
  const caption = h("p", { className: "caption" });
  const element = h(
    "div",
    {},
    sorting.length > 1
      ? labelled("Sorted by", select(sorting.map(({ name }) => name), (i) => ((part = sorting[i]), (done = ""), draw())))
      : null,
    rows,
    caption,
  );
  let done = ""; // The part of the samples that was drawn.

  async function draw(): Promise<null> {
    if (done === view.of || !ready.recogniser) return null; // It is drawn anew then.
    const all = valuesOf(await realSamples());
    const { count, labels, dataset } = data.images!;
    const q = await realPosterior();
    let groups: [string, number[]][];
    if (q && part) {
      groups = byCategory(part, q).map((images, k) => [`${part.name} ${k}`, images]);
    } else if (labels) {
      const n = Math.max(...labels) + 1;
      groups = Array.from({ length: n }, (_, k) => [className(k), labels.flatMap((label, i) => (label === k ? [i] : []))]);
    } else {
      groups = [["", Array.from({ length: count }, (_, i) => i)]];
    }
    rows.replaceChildren(...groups.map(([name, images]) => row(name, images, all)));
    caption.textContent =
      `${count} random test images of ${dataset}` +
      (q && part ? `, by the ${part.name} that the model infers; the surest first.` : ".") +
      " Choose one to edit it.";
    done = view.of;
    return null;
  }

  function row(name: string, images: number[], all: Float32Array): HTMLElement {
    const pictures = images.slice(0, name ? HANDFUL : images.length).map((i) => {
      const canvas = h("canvas", { className: "pixels" });
      const size = sizeOf(shownPart().shape);
      drawGrid(canvas, all.subarray(i * size, (i + 1) * size), 1);
      const label = data.images!.labels?.[i];
      const text = `Edit image ${i}${label === undefined ? "" : `, of class ${className(label)}`}`;
      const thumb = button("", () => edit(i), { className: "thumb", "aria-label": text, title: text });
      thumb.append(canvas);
      return thumb;
    });
    return h("div", { className: "sorted" }, h("b", {}, name), h("small", {}, `${images.length}`), h("div", {}, ...pictures));
  }
  return { name: "data", title: "Real images", element, draw };
}
