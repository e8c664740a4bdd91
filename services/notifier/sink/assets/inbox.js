'use strict';

// Adds what is new at the top and takes away what is gone; whatever stays is not touched, so focus, selection, open mails and the
// place on the page hold.
const list = document.getElementById('list');
const news = document.getElementById('news');
const live = document.getElementById('live');
const liveText = document.getElementById('live-text');

function showCopyButtons(root) {
  for (const button of root.querySelectorAll('button[data-copy]')) button.hidden = false;
}

async function copy(text, digits) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page that is not on localhost has no clipboard
    getSelection().selectAllChildren(digits);
    if (!document.execCommand('copy')) throw new Error('no clipboard');
  }
}

list.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  const label = button.firstChild;
  try {
    await copy(button.dataset.copy, button.parentElement.querySelector('.digits'));
    label.data = 'Copied';
    news.textContent = 'Code copied.';
  } catch {
    label.data = 'Select it by hand';
    news.textContent = 'The code could not be copied.';
  }
  setTimeout(() => { label.data = 'Copy'; }, 2500);
});

// How many came while another tab was looked at.
const plainTitle = document.title;
let unseen = 0;

function title(count) {
  unseen = count;
  document.title = count > 0 ? '(' + count + ') ' + plainTitle : plainTitle;
}

document.addEventListener('visibilitychange', () => { if (!document.hidden) title(0); });

let running = false;
let again = false;

async function refresh() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  do {
    again = false;
    try {
      const answer = await fetch('/inbox', { cache: 'no-store' });
      if (answer.ok) merge(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    } catch { /* the stream tells when the server is back */ }
  } while (again);
  running = false;
}

function merge(fresh) {
  const now = [...fresh.getElementById('list').children];
  const ids = new Set(now.map((item) => item.id));
  for (const item of [...list.children]) if (!ids.has(item.id)) item.remove();
  const added = now.filter((item) => !document.getElementById(item.id)).map((item) => document.importNode(item, true));
  const top = list.firstElementChild;
  const before = top ? top.getBoundingClientRect().top : 0;
  for (const item of added) {
    item.classList.add('fresh');
    showCopyButtons(item);
  }
  list.prepend(...added);
  document.getElementById('empty').hidden = list.children.length > 0;
  if (added.length === 0) return;
  if (top && (scrollY > 0 || list.contains(document.activeElement))) keep(top, before);
  news.textContent = added.length === 1 ? 'One new message.' : added.length + ' new messages.';
  if (document.hidden) title(unseen + added.length);
}

// Browsers with scroll anchoring have done this already, and then there is nothing left to move.
function keep(item, before) {
  scrollBy({ top: item.getBoundingClientRect().top - before, behavior: 'instant' });
}

function say(text, waiting) {
  live.hidden = false;
  live.classList.toggle('waiting', waiting);
  liveText.textContent = text;
}

const stream = new EventSource('/inbox/events');
stream.addEventListener('open', () => say('Live', false));
stream.addEventListener('changed', refresh);
stream.addEventListener('error', () => say('Reconnecting', true));
showCopyButtons(document);
