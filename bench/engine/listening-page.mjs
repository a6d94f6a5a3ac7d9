// @ts-check
import { waveform } from "./waveform.mjs";

/**
 * @typedef {object} Excerpt
 * @property {string} label
 * @property {string} file Beside the page.
 * @property {Float32Array[]} channels
 */

/**
 * One mask before and after, cut out with some context.
 *
 * @typedef {object} Pair
 * @property {string} title
 * @property {string} summary
 * @property {{ start: number, end: number }} mask In samples of the excerpts.
 * @property {number} sampleRate
 * @property {Excerpt[]} excerpts
 * @property {string[]} log
 */

/** Heard before a seam when its button is pressed. */
const LEAD_SECONDS = 2;

const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid #8886;padding-top:.5rem;margin-top:2rem}
h2{margin:.5rem 0;overflow-wrap:anywhere}figure{margin:1rem 0}figcaption{font-weight:600}
svg,audio{width:100%;display:block}svg{cursor:pointer;background:#8881}
button{font:inherit;margin-right:.5rem}pre{overflow:auto}`;

/** A click on a waveform plays from there, a button across a seam; one player at a time; a line shows where it is. */
const SCRIPT = `
const players = [...document.querySelectorAll("audio")];
function playFrom(audio, seconds) {
  audio.currentTime = Math.max(0, seconds);
  audio.play();
}
for (const audio of players) {
  const figure = audio.closest("figure");
  const svg = figure.querySelector("svg");
  const line = figure.querySelector("line");
  audio.addEventListener("play", () => players.forEach((other) => other === audio || other.pause()));
  audio.addEventListener("timeupdate", () => {
    const x = (svg.viewBox.baseVal.width * audio.currentTime) / Number(svg.dataset.seconds);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  });
  svg.addEventListener("click", ({ clientX }) => {
    const { left, width } = svg.getBoundingClientRect();
    playFrom(audio, ((clientX - left) / width) * Number(svg.dataset.seconds));
  });
  for (const button of figure.querySelectorAll("button")) {
    button.addEventListener("click", () => playFrom(audio, Number(button.dataset.from)));
  }
}`;

/** The whole page. @param {bigint} seed @param {Pair[]} pairs */
export function listeningPage(seed, pairs) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Embedded engine: before and after</title>
<style>${STYLE}</style>
<h1>Embedded engine: before and after</h1>
<p>Seed ${seed}. The shaded part was masked and is filled in the second player of each pair. Listen to it with two seconds on
each side: is there a click, a stumble, a jump in loudness or harmony? Would you notice it without knowing?</p>
${pairs.map(pairSection).join("\n")}
<script>${SCRIPT}</script>
</html>
`;
}

/** @param {Pair} pair */
function pairSection({ title, summary, mask, sampleRate, excerpts, log }) {
  const [start, end] = [mask.start / sampleRate, mask.end / sampleRate];
  const figures = excerpts.map(
    ({ label, file, channels }) => `<figure><figcaption>${withoutMarkup(label)}</figcaption>
${waveform(channels, mask, sampleRate)}
<audio controls preload="metadata" src="${file}"></audio>
<button type="button" data-from="${start - LEAD_SECONDS}">Into the shaded part</button>
<button type="button" data-from="${end - LEAD_SECONDS}">Out of it</button></figure>`,
  );
  return `<section><h2>${withoutMarkup(title)}</h2>
<p>${withoutMarkup(summary)}</p>
${figures.join("\n")}
<details><summary>Log</summary><pre>${withoutMarkup(log.join("\n"))}</pre></details></section>`;
}

/** @param {string} text */
function withoutMarkup(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
