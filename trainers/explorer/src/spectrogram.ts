// A waveform of a log-mel spectrogram: the inverse of `datasets.LogMel` of the package.
//
// S = 10 log10(M |STFT|^2) in decibels, of which a picture in [-1, 1] has the range. Magnitudes
// are found by multiplicative updates (Lee and Seung, 2001), phases by Griffin and Lim's algorithm
// (1984) with the momentum of Perraudin et al. (2013).

import FFT from "fft.js";
import type { Mel } from "./page_data";

const UPDATES = 100;
const ITERATIONS = 60;

/** Returns the waveform of a picture, with a peak of 0.95; picture is `(bands, frames)`, row 0 the highest. */
export function waveform(picture: Float32Array, mel: Mel): Float32Array {
  const { frames, window: size } = mel;
  const fft = new FFT(size);
  const hann = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const magnitudes = magnitudesOf(picture, mel);
  const length = frames * mel.hop;
  const left = (size - mel.hop) / 2;
  const spectrum = fft.createComplexArray();
  const time = fft.createComplexArray();
  const piece = new Float64Array(size);

  /** Returns the spectra of a padded waveform, complex `(frames, size)`. */
  const analysed = (padded: Float64Array): Float64Array[] =>
    Array.from({ length: frames }, (_, t) => {
      for (let i = 0; i < size; i++) piece[i] = padded[t * mel.hop + i] * hann[i];
      fft.realTransform(spectrum, piece);
      return Float64Array.from(spectrum.slice(0, size + 2));
    });

  /** Returns the padded waveform nearest to spectra. */
  const synthesised = (spectra: Float64Array[]): Float64Array => {
    const total = new Float64Array(length + size - mel.hop);
    const weight = new Float64Array(total.length);
    spectra.forEach((half, t) => {
      for (let i = 0; i < size + 2; i++) spectrum[i] = half[i];
      fft.completeSpectrum(spectrum);
      fft.inverseTransform(time, spectrum);
      for (let i = 0; i < size; i++) {
        total[t * mel.hop + i] += time[2 * i] * hann[i];
        weight[t * mel.hop + i] += hann[i] ** 2;
      }
    });
    for (let i = 0; i < total.length; i++) {
      // What lies outside the waveform is 0, as in the analysis of one.
      total[i] = i < left || i >= left + length ? 0 : total[i] / Math.max(weight[i], 1e-8);
    }
    return total;
  };

  const random = generator();
  let phases: Float64Array[] = magnitudes.map((frame) => {
    const turned = new Float64Array(2 * frame.length);
    for (let k = 0; k < frame.length; k++) {
      const angle = 2 * Math.PI * random();
      [turned[2 * k], turned[2 * k + 1]] = [Math.cos(angle), Math.sin(angle)];
    }
    return turned;
  });
  const joined = () => phases.map((phase, t) => phase.map((x, i) => x * magnitudes[t][i >> 1]));
  let previous: Float64Array[] = phases.map((phase) => phase.map(() => 0));
  for (let step = 0; step < ITERATIONS; step++) {
    const rebuilt = analysed(synthesised(joined()));
    phases = rebuilt.map((now, t) => unit(now.map((x, i) => x + 0.99 * (x - previous[t][i]))));
    previous = rebuilt;
  }
  const made = synthesised(joined()).subarray(left, left + length);
  const peak = made.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-10);
  return Float32Array.from(made, (x) => (0.95 * x) / peak);
}

/** Returns the magnitude at each frequency of each frame. */
function magnitudesOf(picture: Float32Array, mel: Mel): Float64Array[] {
  const { bands, frames, lowest, highest } = mel;
  const filters = filtersOf(mel);
  const bins = mel.window / 2 + 1;
  return Array.from({ length: frames }, (_, t) => {
    const power = Float64Array.from({ length: bands }, (_, band) => {
      const value = picture[(bands - 1 - band) * frames + t];
      const decibels = ((value + 1) / 2) * (highest - lowest) + lowest;
      return decibels <= lowest + 1 ? 0 : 10 ** (decibels / 10); // May be clipped silence.
    });
    const found = new Float64Array(bins).fill(power.reduce((a, b) => Math.max(a, b), 0) / 2);
    const target = transposed(filters, power, bins);
    for (let step = 0; step < UPDATES; step++) {
      const made = filters.map(({ start, weights }) => weights.reduce((sum, w, i) => sum + w * found[start + i], 0));
      const back = transposed(filters, made, bins);
      for (let k = 0; k < bins; k++) found[k] *= target[k] / Math.max(back[k], 1e-12);
    }
    return found.map(Math.sqrt);
  });
}

function transposed(filters: Filter[], values: ArrayLike<number>, bins: number): Float64Array {
  const sum = new Float64Array(bins);
  filters.forEach(({ start, weights }, band) => {
    for (let i = 0; i < weights.length; i++) sum[start + i] += weights[i] * values[band];
  });
  return sum;
}

/** A triangle, from its first frequency above 0 to its last. */
interface Filter {
  start: number;
  weights: Float64Array;
}

/** Returns the triangular filters, the lowest band first. */
function filtersOf({ rate, bands, window: size }: Mel): Filter[] {
  const highest = 2595 * Math.log10(1 + rate / 2 / 700);
  const edges = Array.from({ length: bands + 2 }, (_, i) => 700 * (10 ** ((highest * i) / (bands + 1) / 2595) - 1));
  return Array.from({ length: bands }, (_, band) => {
    const [left, centre, right] = edges.slice(band, band + 3);
    const [start, end] = [left, right].map((hertz) => Math.ceil((hertz * size) / rate));
    const weights = Float64Array.from({ length: end - start }, (_, i) => {
      const hertz = ((start + i) * rate) / size;
      return Math.max(0, Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre)));
    });
    return { start, weights };
  });
}

/** Scales complex numbers to a modulus of 1. */
function unit(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i += 2) {
    const modulus = Math.max(Math.hypot(values[i], values[i + 1]), 1e-10);
    values[i] /= modulus;
    values[i + 1] /= modulus;
  }
  return values;
}

/** Returns a function of fixed random numbers, so that a picture has one sound. */
function generator(): () => number {
  let state = 1;
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff;
}
