// Elements of the page. Text is never read as HTML: names come from files.

type Child = Node | string | null;
type Properties = Record<string, unknown>;

/** Makes an element; properties that it lacks become attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === undefined) continue;
    if (name in element && !name.startsWith("aria")) Reflect.set(element, name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function button(text: string, onclick: () => void, properties: Properties = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...properties }, text);
}

let labels = 0;

/** A label above its control. */
export function labelled(text: string, control: HTMLElement, ...more: Child[]): HTMLElement {
  control.id ||= `control-${labels++}`;
  const label = h("label", { htmlFor: control.id }, text);
  return h("div", { className: "field" }, h("span", {}, label, ...more), control);
}

export function select(options: string[], onchange: (index: number) => void): HTMLSelectElement {
  const element = h("select", {}, ...options.map((text, i) => h("option", { value: String(i) }, text)));
  element.onchange = () => onchange(element.selectedIndex);
  return element;
}

/** A whole number with buttons for the one before and the one after. */
export function stepper(
  name: string,
  get: () => number,
  set: (value: number) => void,
  highest = Number.MAX_SAFE_INTEGER,
): { element: HTMLElement; update: () => void } {
  const put = (value: number) => {
    if (Number.isSafeInteger(value) && value >= 0 && value <= highest) set(value);
  };
  const input = h("input", { type: "number", min: "0", step: "1", inputMode: "numeric" });
  input.setAttribute("aria-label", name);
  input.oninput = () => input.value !== "" && put(Number(input.value));
  const element = h(
    "div",
    { className: "stepper", role: "group", "aria-label": name },
    button("−", () => put(get() - 1), { "aria-label": `Previous ${name}` }),
    input,
    button("+", () => put(get() + 1), { "aria-label": `Next ${name}` }),
  );
  const update = () => {
    if (input.value !== String(get()) && !(document.activeElement === input && input.value === "")) {
      input.value = String(get());
    }
  };
  update();
  return { element, update };
}

export function decimal(value: number, digits = 2): string {
  return value.toFixed(digits).replace("-", "−");
}
