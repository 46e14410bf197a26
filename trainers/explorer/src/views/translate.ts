// The page of a model that makes pictures of pictures: of another domain, or of a condition.

import { button, decimal, h, stepper } from "../dom";
import { imageSource } from "../given_image";
import { load, translated } from "../model";
import { data, type Translation } from "../page_data";
import { grid, put, sizeOf } from "../pictures";
import { savePicture } from "../save";
import { meanSquaredError } from "../search";
import { change, onChange, readLink, view } from "../view";

export async function translationPage(app: HTMLElement): Promise<void> {
  const seeded = data.latent.length > 0;
  const ways = data.translations;
  const [given, made, back] = ["Given", "Translated", "And back"].map((text) => {
    const canvas = h("canvas", { className: "pixels", role: "img", "aria-label": text });
    const note = h("span", {}, " ");
    return { canvas, note, element: h("figure", {}, canvas, h("figcaption", {}, h("b", {}, text), note)) };
  });
  const status = h("p", { className: "status", role: "status" }, "Starting …");
  const way = () => ways[view.way];
  const backwards = () => ways.find(({ from, to }) => from === way().to && to === way().from);
  let image: Float32Array | null = null;

  const choices = ways.map((each, i) => {
    const input = h("input", { type: "radio", name: "way", onchange: () => change({ way: i }) });
    return { input, element: h("label", {}, input, h("b", {}, title(each))) };
  });
  const seed = stepper("seed", () => view.seed, (value) => change({ seed: value }));
  const source = imageSource(
    () => way().input,
    async (values) => {
      image = values;
      await draw();
    },
    tell,
    () => true,
    true,
  );
  const controls = h(
    "div",
    { className: "drop" },
    ways.length > 1
      ? h("fieldset", { className: "ways" }, h("legend", {}, "Direction"), h("div", { className: "choices" }, ...choices.map((c) => c.element)))
      : null,
    seeded ? h("div", { className: "field" }, h("span", {}, "Seed"), seed.element) : null,
    source.element,
  );
  const save = button("Save PNG", () => savePicture(made.canvas, `${way().from}-to-${way().to}`), { disabled: true });
  const figures = h("div", { className: "figures" }, given.element, made.element, back.element);
  app.classList.add("single");
  app.replaceChildren(h("section", { "aria-label": "Translation" }, controls, status, figures, save));

  function tell(text: string): void {
    status.textContent = text || " ";
  }

  async function draw(): Promise<void> {
    const { graph, input, output } = way();
    if (!image || image.length !== sizeOf(input)) return blank();
    const start = performance.now();
    put(given.canvas, grid(image, 1, input));
    const found = await translated(graph, image, input, view.seed);
    put(made.canvas, grid(found, 1, output));
    made.note.textContent = `${Math.round(performance.now() - start)} ms`;
    save.disabled = false;
    const reverse = backwards();
    if (!reverse) return;
    const again = await translated(reverse.graph, found, reverse.input, view.seed);
    put(back.canvas, grid(again, 1, reverse.output));
    back.note.textContent = `RMSE ${decimal(Math.sqrt(meanSquaredError(again, image)), 3)}, of values in [${data.range.map((x) => decimal(x, 0)).join(", ")}]`;
    performance.mark("translated");
  }

  /** Empty pictures of the right shapes, so that nothing moves when they are filled. */
  function blank(): void {
    for (const [figure, [rows, columns]] of [[given, way().input], [made, way().output], [back, way().input]] as const) {
      [figure.canvas.width, figure.canvas.height] = [columns, rows];
      figure.note.textContent = " ";
    }
    save.disabled = true;
  }

  function update(): void {
    choices.forEach(({ input }, i) => (input.checked = way() === ways[i]));
    back.element.hidden = !backwards();
    seed.update();
  }

  readLink();
  update();
  blank();
  await load();
  performance.mark("loaded");
  tell("Give a picture: it is cut to the middle and scaled to the model's size.");
  let last = way();
  onChange(() => {
    update();
    if (last !== way()) {
      last = way();
      image = null;
      source.again(); // In the shape of the other domain.
    }
    void draw();
  });
  window.onhashchange = () => {
    readLink();
    change({});
  };
  performance.mark("complete");
}

function title({ from, to }: Translation): string {
  return `${from} to ${to}`;
}
