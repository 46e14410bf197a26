// What is looked at, and its link: `#seed=7&category=3&style=0.5,-0.2&view=walk`.

import { codes, data, ends, isCategorical, type Part } from "./page_data";

export interface View {
  seed: number;
  label: number;
  codes: Record<string, number[]>; // Columns of each code that is set; others are as drawn.
  show: string;
  of: string; // The part of a sample that many are shown of: an image or its sound.
  to: number; // The walk's other seed,
  at: number; // and how far it is on the way there.
  a: number; // Seeds of the latents whose difference is added,
  b: number;
  strength: number; // and how much of it.
  way: number; // Which translation.
}

export const view: View = {
  seed: 0,
  label: 0,
  codes: {},
  show: "grid",
  of: data.parts[0]?.name ?? "",
  to: 1,
  at: 0.5,
  a: 1,
  b: 2,
  strength: 1,
  way: 0,
};
export const STRONGEST = 2;
const OWN = ["seed", "class", "show", "of", "to", "at", "a", "b", "strength", "way"];
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
  const query = new URLSearchParams();
  if (data.latent.length) query.set("seed", String(view.seed));
  if (data.translations.length) {
    const way = data.translations[view.way];
    query.set("way", `${way.from}-${way.to}`);
    return query.toString();
  }
  if (data.classes !== null) query.set("class", String(view.label));
  for (const part of codes) {
    const set = view.codes[part.name];
    if (!set) continue;
    const text = isCategorical(part) ? String(largest(set)) : set.map((x) => +x.toFixed(3)).join();
    query.set(key(part.name), text);
  }
  if (view.show !== "grid") query.set("show", view.show);
  if (view.of !== data.parts[0].name) query.set("of", view.of);
  const more: Record<string, (keyof View)[]> = { walk: ["to", "at"], arithmetic: ["a", "b", "strength"] };
  for (const name of more[view.show] ?? []) query.set(name, String(view[name]));
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
  for (const name of ["to", "a", "b"] as const) view[name] = number(name, 0, Number.MAX_SAFE_INTEGER, view[name]);
  const way = data.translations.findIndex(({ from, to }) => query.get("way") === `${from}-${to}`);
  if (way >= 0) view.way = way;
  view.label = number("class", 0, (data.classes ?? 1) - 1, view.label);
  const [at, strength] = ["at", "strength"].map((name) => Number(query.get(name) || NaN));
  if (at >= 0 && at <= 1) view.at = at;
  if (strength >= 0 && strength <= STRONGEST) view.strength = strength;
  view.of = data.parts.find((part) => part.name === query.get("of"))?.name ?? view.of;
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
      const [low, high] = ends(part);
      view.codes[part.name] = numbers.map((x) => Math.min(high, Math.max(low, x)));
    }
  }
}

function key(name: string): string {
  return OWN.includes(name) ? `code.${name}` : name;
}
