// What samples carry of each code, over draws from the prior, and what is mistaken for what.

import { decimal, h } from "../dom";
import { columnsOf, ofSeeds } from "../latents";
import { counts, inferred, nats } from "../information";
import { posterior, samples } from "../model";
import { codes, data, isCategorical } from "../page_data";
import type { Panel } from "../panel";
import { ready } from "../ready";
import { className, realPosterior } from "../real";
import { largest } from "../view";

const DRAWS = 1000;

export function natsPanel(): Panel {
  const table = h("table", { className: "numbers" });
  const matrices = h("div", { className: "matrices" });
  const status = h("p", { className: "caption", "aria-live": "polite" }, "Drawing samples …");
  const element = h("div", {}, table, status, matrices);
  let done = false;

  async function draw(): Promise<null> {
    if (done || !ready.recogniser) return null; // It is drawn anew then.
    done = true;
    const latents = await ofSeeds(Array.from({ length: DRAWS }, (_, i) => i));
    const labels = Array.from({ length: DRAWS }, (_, i) => i % (data.classes ?? 1));
    const q = (await posterior(await samples(latents, labels), labels))!;
    const rows = nats(latents, q).map(({ part, bound: value, error, entropy }) => {
      const share = Math.min(1, Math.max(0, value / entropy));
      const meter = h("div", { className: "meter", "aria-hidden": "true" }, h("i", {}));
      (meter.firstChild as HTMLElement).style.width = `${entropy > 0 ? 100 * share : 0}%`;
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, part.name),
        h("td", {}, `${decimal(value, 3)} ± ${decimal(error, 3)}`),
        h("td", {}, decimal(entropy, 3)),
        h("td", { className: "wide" }, isCategorical(part) ? meter : null),
      );
    });
    const bound = () => ["L", h("sub", {}, "I")];
    const head = [["code"], [...bound(), ", nats"], ["H, nats"], []].map((text) => h("th", { scope: "col" }, ...text));
    table.replaceChildren(h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
    status.replaceChildren(
      ...bound(),
      ` = H(c) + mean ln Q(c|x) of ${DRAWS} samples from the prior (seeds 0 to ${DRAWS - 1}), with its ` +
        "standard error: a lower bound of the information I(c; x) that a sample carries of the code.",
    );
    for (const part of codes.filter(isCategorical)) {
      const given = Array.from({ length: DRAWS }, (_, i) => largest(columnsOf(latents, part, i)));
      const found = counts(given, inferred(part, q), part.dimension, part.dimension);
      matrices.append(matrix(`Generated: ${part.name} given (rows) and inferred`, found, String));
      const { labels: real, count } = data.images ?? { labels: null, count: 0 };
      if (!real) continue;
      const classes = Math.max(...real) + 1;
      const sorted = counts(real, inferred(part, (await realPosterior())!), classes, part.dimension);
      const most = sorted[0].map((_, k) => Math.max(...sorted.map((row) => row[k])));
      const purity = most.reduce((a, b) => a + b, 0) / count;
      const title = `Real: class (rows) and inferred ${part.name}; purity ${decimal(purity)}`;
      matrices.append(matrix(title, sorted, className));
    }
    performance.mark("nats");
    return null;
  }
  return { name: "nats", title: "Information", element, draw };
}

function matrix(title: string, values: number[][], name: (row: number) => string): HTMLElement {
  const most = Math.max(1, ...values.flat());
  const cell = (count: number) => {
    const td = h("td", {}, count ? String(count) : "");
    td.style.setProperty("--share", String(Math.round((70 * count) / most)));
    return td;
  };
  const head = values[0].map((_, k) => h("th", { scope: "col" }, String(k)));
  return h(
    "div",
    { className: "scroll", tabIndex: 0, role: "region", "aria-label": title },
    h(
      "table",
      { className: "matrix" },
      h("caption", {}, title),
      h("thead", {}, h("tr", {}, h("td", {}), ...head)),
      h("tbody", {}, ...values.map((row, i) => h("tr", {}, h("th", { scope: "row" }, name(i)), ...row.map(cell)))),
    ),
  );
}
