// What the program wrote into the page.

export interface Curve {
  label: string;
  hue: number;
  dashed: boolean;
  steps: number[];
  values: (number | null)[];
  errors: (number | null)[] | null;
}

export interface Chart {
  title: string;
  unit: string;
  curves: Curve[];
  bounds: { label: string; value: number }[];
}

export interface Plane {
  title: string;
  curves: { label: string; steps: number[]; x: number[]; y: number[] }[];
  right: number | null; // The largest JS divergence.
  top: number | null; // The entropy, which information cannot exceed.
  topLabel: string;
}

export const data: { charts: Chart[]; plane: Plane | null } = JSON.parse(
  document.getElementById("data")!.textContent!,
);
