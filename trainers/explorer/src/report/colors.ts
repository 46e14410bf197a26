// Colors of the page, which change with the theme of the system.

const HUES = 8;
const root = document.documentElement;

export function color(name: string): string {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

export function hue(index: number): string {
  return color(`hue-${index % HUES}`);
}

export function onTheme(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

export function readable(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const digits = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return digits.replace("-", "−");
}
