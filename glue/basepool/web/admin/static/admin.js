// What a browser adds to the operator's page: it looks again every few seconds while somebody sees it, counts down, and says how
// long ago. Without it the page reads the same and is looked at again by hand.
"use strict";

const SLOWEST_SECONDS = 60;
const period = Number(document.body.dataset.seconds || 0);
let stamp = document.body.dataset.stamp || null;
let wait = period;
let timer = 0;
let stopped = false;
let clock = 0; // how far the server's clock is ahead of ours, in ms

function say(ms) {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d`;
}

function tick() {
  const now = Date.now() + clock;
  for (const time of document.querySelectorAll("time[data-since], time[data-until]")) {
    const left = Date.parse(time.dateTime) - now;
    let text;
    if ("until" in time.dataset) text = left > 0 ? `in ${say(left)}` : "now";
    else text = left > 500 ? `in ${say(left)}` : `${say(left)} ago`;
    if (time.textContent !== text) time.textContent = text;
  }
}

// what the server wrote is compared with what it writes, and not with what was made of it here
function sourceOf(part) {
  const copy = part.cloneNode(true);
  for (const time of copy.querySelectorAll("time")) time.textContent = "";
  for (const details of copy.querySelectorAll("details")) details.removeAttribute("open");
  return copy.innerHTML;
}

function replace(part, fresh) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, select, textarea")) return;
  const place = part.contains(active) ? [...part.querySelectorAll("a, button, summary, [tabindex]")].indexOf(active) : -1;
  const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
  const scrolled = [...part.querySelectorAll(".wide")].map((each) => each.scrollLeft);
  part.replaceChildren(...document.importNode(fresh, true).childNodes);
  for (const id of open) part.querySelector(`details[id="${CSS.escape(id)}"]`)?.setAttribute("open", "");
  part.querySelectorAll(".wide").forEach((each, index) => { each.scrollLeft = scrolled[index] || 0; });
  if (place >= 0) part.querySelectorAll("a, button, summary, [tabindex]")[place]?.focus({ preventScroll: true });
}

async function look() {
  const headers = { Accept: "text/html" };
  if (stamp) headers["If-None-Match"] = stamp;
  const answer = await fetch(location.href, { headers, redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect" || answer.status === 401) {
    location.reload(); // the session is over
    return;
  }
  const date = Date.parse(answer.headers.get("Date") || "");
  // the header has whole seconds
  if (date && Math.abs(date - Date.now() - clock) > 2000) clock = date - Date.now();
  if (answer.status === 204) return;
  if (!answer.ok) throw new Error(String(answer.status));
  stamp = answer.headers.get("ETag");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = [...document.querySelectorAll("[data-live]")];
  const fresh = [...page.querySelectorAll("[data-live]")];
  if (parts.map((each) => each.id).join() !== fresh.map((each) => each.id).join()) {
    location.reload();
    return;
  }
  parts.forEach((part, index) => {
    if (sourceOf(part) !== sourceOf(fresh[index])) replace(part, fresh[index]);
  });
  tick();
}

function rest(seconds) {
  clearTimeout(timer);
  if (!stopped && !document.hidden && period) timer = setTimeout(turn, seconds * 1000);
}

async function turn() {
  try {
    await look();
    wait = period;
    document.getElementById("lost").hidden = true;
  } catch {
    wait = Math.min(SLOWEST_SECONDS, wait * 2); // it is down, or we are
    document.getElementById("lost").hidden = false;
  }
  rest(wait);
}

if (document.querySelector("[data-live]") && period) {
  document.getElementById("live").hidden = false;
  document.getElementById("every").textContent = period;
  const button = document.getElementById("pause");
  button.addEventListener("click", () => {
    stopped = !stopped;
    button.setAttribute("aria-pressed", String(stopped));
    if (stopped) rest(0);
    else turn();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) rest(0);
    else turn();
  });
  rest(period);
}
tick();
setInterval(() => { if (!document.hidden) tick(); }, 1000);
