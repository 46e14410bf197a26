// What is looked at, and its link: `#seed=7&category=3&style=0.5,-0.2&view=walk`.

import { codes, data, isCategorical, type Part } from "./page_data";

export interface View {
  seed: number;
  label: number;
  codes: Record<string, number[]>; // Columns of each code that is set; others are as drawn.
  show: string;
  to: number; // The walk's other seed,
  at: number; // and how far it is on the way there.
}

export const view: View = { seed: 0, label: 0, codes: {}, show: "grid", to: 1, at: 0.5 };
const OWN = ["seed", "class", "show", "to", "at"];
const listeners: (() => void)[] = [];
let timer: ReturnType<typeof setTimeout>;

export function onChange(listener: () => void): void {
  listeners.push(listener);
}

/** Changes what is looked at; the link follows. */
export function change(changes: Partial<View>): void {
  Object.assign(view, changes);
  clearTimeout(timer);
  timer = setTimeout(() => history.replaceState(null, "", `#${link()}`), 200); // Browsers count.
  for (const listener of listeners) listener();
}

export function setCode(name: string, columns: number[] | null): void {
  const next = { ...view.codes };
  if (columns) next[name] = columns;
  else delete next[name];
  change({ codes: next });
}

export function oneHot(part: Part, category: number): number[] {
  return Array.from({ length: part.dimension }, (_, k) => (k === category ? 1 : 0));
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}

export function link(): string {
  const query = new URLSearchParams({ seed: String(view.seed) });
  if (data.classes !== null) query.set("class", String(view.label));
  for (const part of codes) {
    const set = view.codes[part.name];
    if (!set) continue;
    const text = isCategorical(part) ? String(largest(set)) : set.map((x) => +x.toFixed(3)).join();
    query.set(key(part.name), text);
  }
  if (view.show !== "grid") query.set("show", view.show);
  if (view.show === "walk") {
    query.set("to", String(view.to));
    query.set("at", String(view.at));
  }
  return query.toString().replaceAll("%2C", ",");
}

/** Reads the link; what it does not say, or says wrongly, is left as it is. */
export function readLink(): void {
  const query = new URLSearchParams(location.hash.slice(1));
  const number = (name: string, low: number, high: number, old: number) => {
    const value = Number(query.get(name) || NaN);
    return Number.isSafeInteger(value) && value >= low && value <= high ? value : old;
  };
  view.seed = number("seed", 0, Number.MAX_SAFE_INTEGER, view.seed);
  view.to = number("to", 0, Number.MAX_SAFE_INTEGER, view.to);
  view.label = number("class", 0, (data.classes ?? 1) - 1, view.label);
  const at = Number(query.get("at") || NaN);
  if (at >= 0 && at <= 1) view.at = at;
  view.show = query.get("show") ?? view.show;
  view.codes = {};
  for (const part of codes) {
    const text = query.get(key(part.name));
    if (!text) continue;
    const numbers = text.split(",").map(Number);
    if (isCategorical(part)) {
      const [k] = numbers;
      if (Number.isInteger(k) && k >= 0 && k < part.dimension) view.codes[part.name] = oneHot(part, k);
    } else if (numbers.length === part.dimension && numbers.every(Number.isFinite)) {
      view.codes[part.name] = numbers;
    }
  }
}

function key(name: string): string {
  return OWN.includes(name) ? `code.${name}` : name;
}
