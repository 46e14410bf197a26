// Pictures of one kind over time: one after the other in one place, by a slider.

import { button, h } from "../dom";

const PAUSE = 700; // Milliseconds for which a picture is shown.

export function play(place: HTMLElement): void {
  const figures = [...place.querySelectorAll("figure")];
  if (figures.length < 2) return;
  const slider = h("input", { type: "range", min: "0", max: String(figures.length - 1), step: "1" });
  slider.setAttribute("aria-label", `${place.dataset.series}: step`);
  const step = h("output", {});
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    start.textContent = "Play";
  };
  const start = button("Play", () => {
    if (timer) return stop();
    start.textContent = "Stop";
    timer = window.setInterval(() => show((Number(slider.value) + 1) % figures.length), PAUSE);
  });
  const show = (index: number) => {
    slider.value = String(index);
    figures.forEach((figure, i) => (figure.hidden = i !== index));
    step.textContent = `step ${figures[index]!.dataset.step}`;
    slider.setAttribute("aria-valuetext", step.textContent);
  };
  slider.oninput = () => {
    stop();
    show(Number(slider.value));
  };
  const beside = button("Side by side", () => {
    stop();
    const whole = place.classList.toggle("whole");
    beside.textContent = whole ? "Side by side" : "One place";
    slider.disabled = start.disabled = !whole;
    if (whole) show(Number(slider.value));
    else for (const figure of figures) figure.hidden = false;
  });
  // Tall pictures scroll, also by keys.
  for (const figure of figures) figure.tabIndex = 0;
  place.before(h("div", { className: "player" }, start, beside, slider, step));
  place.classList.add("whole");
  show(figures.length - 1);
}
