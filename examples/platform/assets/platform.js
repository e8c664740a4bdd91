'use strict';

// Everything here is a convenience: without it the pages work, and the panel is as of when the page was loaded.

const now = (() => { // by the server's clock: a visitor's may be wrong
  const offset = Date.parse(document.body.dataset.now) - Date.now();
  return () => Date.now() + offset;
})();

// Times in the visitor's own zone.
function localize(root) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString(undefined, { hour12: false });
  }
}

// Countdowns, in words above two minutes and in digits below.
function left(milliseconds, words) {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds <= 0) return 'now';
  if (seconds > 120) return words && seconds % 60 === 0 ? 'in ' + words : 'in ' + Math.ceil(seconds / 60) + ' minutes';
  return 'in ' + Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
}

const countdowns = [...document.querySelectorAll('[data-until]')];
const held = [...document.querySelectorAll('[data-after]')];

function tick() {
  for (const c of countdowns) c.textContent = left(Date.parse(c.dataset.until) - now(), c.dataset.words);
  for (const button of held) {
    const c = document.getElementById(button.dataset.after).querySelector('[data-until]');
    const early = Date.parse(c.dataset.until) > now();
    if (early) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
}

if (countdowns.length > 0) {
  tick();
  setInterval(tick, 1000);
}

// A button that comes too early says so, instead of being out of reach for the keyboard; a form goes out once.
document.addEventListener('submit', (event) => {
  const button = event.submitter;
  if (button && button.getAttribute('aria-disabled') === 'true') {
    event.preventDefault();
    return;
  }
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = 'yes';
  if (button) button.classList.add('busy');
});

addEventListener('pageshow', (event) => { // back from the browser's memory
  if (!event.persisted) return;
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll('.busy')) button.classList.remove('busy');
});

for (const button of document.querySelectorAll('[data-shows]')) {
  const input = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener('click', () => {
    const show = input.type === 'password';
    input.type = show ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(show));
    button.firstChild.data = show ? 'Hide' : 'Show';
  });
}

for (const button of document.querySelectorAll('[data-copies]')) {
  const source = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.textContent.replaceAll(' ', ''));
      button.firstChild.data = 'Copied';
    } catch { // a page that is not on localhost has no clipboard
      getSelection().selectAllChildren(source);
      button.firstChild.data = 'Selected';
    }
    setTimeout(() => { button.firstChild.data = 'Copy'; }, 2500);
  });
}

localize(document);

// The panel.
const panel = document.getElementById('panel');
const entries = document.getElementById('entries');
const most = 60;

function arrive(html) {
  const parsed = new DOMParser().parseFromString(html, 'text/html').querySelector('.entry');
  if (!parsed || panel.querySelector('[data-seq="' + parsed.dataset.seq + '"]')) return;
  const entry = document.importNode(parsed, true);
  entry.classList.add('fresh');
  localize(entry);
  entries.prepend(entry);
  while (entries.children.length > most) entries.lastElementChild.remove();
  document.getElementById('panel-empty').hidden = true;
}

// A tab that nobody looks at lets go of its line: browsers have six for one site.
function follow(address) {
  const state = document.getElementById('panel-state');
  const text = document.getElementById('panel-state-text');
  const pause = document.getElementById('panel-pause');
  let paused = false;
  let waiting = [];
  const say = (words, kind) => {
    state.hidden = false;
    state.dataset.kind = kind;
    text.textContent = words;
  };
  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? 'Go on' : 'Pause';
    say(paused ? 'Paused' : 'Live', paused ? 'paused' : 'live');
    if (!paused) for (const html of waiting.splice(0)) arrive(html);
  });
  let last = panel.dataset.last;
  let stream;
  const listen = () => {
    stream = new EventSource(address + '?after=' + last);
    stream.addEventListener('open', () => { if (!paused) say('Live', 'live'); });
    stream.addEventListener('error', () => { if (!paused) say('Reconnecting', 'paused'); });
    stream.addEventListener('entry', (event) => {
      last = event.lastEventId;
      if (paused) waiting.push(event.data);
      else arrive(event.data);
    });
  };
  listen();
  document.addEventListener('visibilitychange', () => {
    stream.close();
    if (!document.hidden) listen();
  });
}

if (panel.dataset.stream) follow(panel.dataset.stream);
