// The page: the large picture and its controls, and panels of which one is shown.

import "./theme.css";
import "./style.css";
import { Controls } from "./controls";
import { button, h, labelled, select } from "./dom";
import { nats } from "./information";
import { labels, ofSeeds, shown, withPart } from "./latents";
import { load, loadRest, posterior, samples } from "./model";
import { codes, data, isCategorical, isPoints, recognises } from "./page_data";
import type { Panel, Shown } from "./panel";
import { valuesOf } from "./pictures";
import { loaded, markLoaded } from "./ready";
import { savePicture } from "./save";
import { waveform } from "./spectrogram";
import { Stage } from "./stage";
import { change, onChange, oneHot, readLink, view } from "./view";
import { arithmeticPanel } from "./views/arithmetic";
import { dataPanel } from "./views/data";
import { canEdit, editPanel } from "./views/edit";
import { gridPanel } from "./views/grid";
import { natsPanel } from "./views/nats";
import { continuous, padPanel } from "./views/pad";
import { translationPage } from "./views/translate";
import { walkPanel } from "./views/walk";

const QUIET = 100; // Milliseconds without a change, before many samples are judged.
const app = document.getElementById("app")!;

function panels(): Panel[] {
  const found: Panel[] = [gridPanel(), walkPanel()];
  found.push(arithmeticPanel());
  if (!isPoints && continuous.length > 1) found.push(padPanel());
  const edit = canEdit ? editPanel() : null;
  if (edit) found.push(edit);
  if (recognises) found.push(natsPanel());
  if (data.images && edit) {
    found.push(
      dataPanel((image) => {
        change({ show: "edit" });
        void edit.take(image);
      }),
    );
  }
  return found;
}

async function start(): Promise<void> {
  readLink();
  const [stage, controls, all] = [new Stage(), new Controls(), panels()];
  const status = h("p", { className: "status", role: "status" }, "Starting …");
  const tabs = all.map((panel) => tab(panel));
  const list = h("div", { role: "tablist", className: "tabs", "aria-label": "Ways to look" }, ...tabs);
  const parts = select(data.parts.map(({ name }) => name), (i) => change({ of: data.parts[i].name }));
  const of = data.parts.length > 1 ? h("div", { className: "of" }, labelled("Many samples show the", parts)) : null;
  const save = button("Save PNG", () => current().canvas && savePicture(current().canvas!, current().name));
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (all.indexOf(current()) + step + all.length) % all.length;
    change({ show: all[next].name });
    tabs[next].focus();
  };
  app.replaceChildren(
    h("section", { className: "left", "aria-label": "One sample" }, stage.element, controls.element),
    h("section", { className: "right", "aria-label": "Many samples" }, list, status, of ?? "", ...all.map((p) => p.element), save),
  );

  function current(): Panel {
    return all.find((panel) => panel.name === view.show) ?? all[0];
  }

  function markTab(): void {
    view.show = current().name; // A link may have named another.
    all.forEach((panel, i) => {
      const on = panel === current();
      panel.element.hidden = !on;
      tabs[i].setAttribute("aria-selected", String(on));
      tabs[i].tabIndex = on ? 0 : -1;
    });
    save.hidden = !current().canvas;
    parts.selectedIndex = data.parts.findIndex(({ name }) => name === view.of);
  }

  /** Draws the large picture and the panel, then what is inferred from them. */
  async function draw(): Promise<void> {
    const panel = current();
    const start = asked; // Another change may come meanwhile.
    const latent = await (panel.latent ?? shown)();
    const paint = async () => {
      const made = await samples(latent, labels(1));
      await stage.paint(made, !panel.latent);
      controls.update(latent, known);
      return made;
    };
    const [made, many] = await Promise.all([paint(), panel.draw()]);
    performance.measure("redraw", { start });
    if (again) return;
    known = await posterior(made, labels(1));
    controls.update(latent, known);
    if (many && !again) later = setTimeout(() => void measure(many), QUIET);
  }

  /** Shows the nats of what the panel shows. */
  async function measure(shown: Shown): Promise<void> {
    const q = await posterior(shown.samples, shown.labels);
    if (q) controls.nats(nats(shown.latents, q));
  }

  let later: ReturnType<typeof setTimeout> | undefined;
  let known: Awaited<ReturnType<typeof posterior>> = null;
  let [busy, again, asked] = [false, false, performance.now()];
  async function refresh(): Promise<void> {
    again = true;
    clearTimeout(later);
    if (busy) return;
    busy = true;
    try {
      while (again) {
        again = false;
        await draw();
      }
    } catch (error) {
      status.hidden = false;
      status.textContent = `This cannot be computed: ${error instanceof Error ? error.message : error}`;
      console.error(error);
    } finally {
      busy = false;
    }
  }

  markTab();
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))); // Paints first.
  await load();
  performance.mark("loaded");
  status.hidden = true;
  onChange(() => {
    asked = performance.now();
    markTab();
    void refresh();
  });
  window.onhashchange = () => {
    readLink();
    change({});
  };
  asked = performance.now();
  await refresh();
  performance.mark("first picture");
  await loadRest();
  markLoaded();
  await refresh();
  performance.mark("complete");
}

function tab(panel: Panel): HTMLButtonElement {
  panel.element.classList.add("panel");
  panel.element.id = `panel-${panel.name}`;
  panel.element.setAttribute("role", "tabpanel");
  panel.element.setAttribute("aria-label", panel.title);
  return button(panel.title, () => change({ show: panel.name }), {
    role: "tab",
    "aria-controls": panel.element.id,
  });
}

/** For the console: samples of seeds as numbers, `await explorer.samples([7], {category: 3})`. */
async function samplesOf(
  seeds: number[],
  given: Record<string, number | number[]> = {},
  label = 0,
): Promise<number[]> {
  await loaded;
  let latents = await ofSeeds(seeds);
  for (const part of codes.filter(({ name }) => name in given)) {
    const value = given[part.name];
    const columns = isCategorical(part) && typeof value === "number" ? oneHot(part, value) : [value].flat();
    latents = new Float32Array(withPart(latents, part, seeds.map(() => columns)));
  }
  return [...valuesOf(await samples(latents, seeds.map(() => label)))];
}

/** Returns why this browser cannot compute, or nothing. */
function lacking(): string {
  const missing = ["WebAssembly", "DecompressionStream"].filter((name) => !(name in window));
  return missing.length ? `This browser has no ${missing.join(", no ")}: a newer one shows this page.` : "";
}

const mel = data.parts.find((part) => part.mel)?.mel;
const waveformOf = (picture: Float32Array) => (mel ? waveform(picture, mel) : null);
Object.assign(window, { explorer: { samples: samplesOf, waveform: waveformOf } });
const reason = data.notice || lacking();
const say = (text: string) => app.replaceChildren(h("p", { className: "status", role: "status" }, text));
if (reason) say(reason);
else {
  const page = data.translations.length ? translationPage(app) : start();
  page.catch((error: unknown) => {
    console.error(error);
    say(`This page cannot be shown: ${error instanceof Error ? error.message : error}`);
  });
}
