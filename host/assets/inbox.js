// The inbox, live: what happens is shown without loading the page again, keys stand for buttons, and what is being
// written is kept. Everything works without it.

const inbox = document.getElementById("inbox");
const KINDS = [
  "message-received", "message-sent", "message-edited", "message-deleted", "message-status", "reaction",
  "conversation", "note", "insight", "order", "fulfilment", "refund", "call",
];

// What of the page is shown anew: never what somebody writes into.
const PARTS = ["inbox-list", "lines", "side"];

let waiting = 0;
let busy = false;

async function refresh() {
  if (busy) {
    waiting = waiting || setTimeout(later, 100);
    return;
  }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const chosen = new Set([...document.querySelectorAll("#rows input:checked")].map((box) => box.value));
    for (const id of PARTS) {
      const [now, next] = [document.getElementById(id), page.getElementById(id)];
      if (now && next && !now.isEqualNode(next)) now.replaceWith(document.adoptNode(next));
    }
    for (const box of document.querySelectorAll("#rows input")) box.checked = chosen.has(box.value);
  } finally {
    busy = false;
  }
}

function later() {
  waiting = 0;
  refresh();
}

function heard(event) {
  waiting = waiting || setTimeout(later, 50);
  const said = JSON.parse(event.data);
  if (said.kind === "message-received" && document.hidden && Notification.permission === "granted") {
    new Notification("Switchboard", { body: said.summary, tag: said.conversation ?? said.event });
  }
}

if (inbox && "EventSource" in window) {
  // The browser comes back by itself, and says which event it saw last.
  const events = new EventSource("/api/v1/events");
  for (const kind of KINDS) events.addEventListener(kind, heard);
}

// Keys, where nobody writes.
function step(by) {
  const links = [...document.querySelectorAll("#rows a.talk")];
  const here = links.findIndex((link) => link === document.activeElement || link.ariaCurrent === "page");
  links[Math.min(Math.max(here + by, 0), links.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  const field = { r: "reply-text", n: "note-text", t: "tag" }[event.key];
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (button) button.click();
  else if (field && document.getElementById(field)) {
    const target = document.getElementById(field);
    const folded = target.closest("details");
    if (folded) folded.open = true;
    target.focus();
  } else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-notify]")) {
  button.hidden = !("Notification" in window) || Notification.permission !== "default";
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.hidden = true;
  });
}

// What is being written is kept.
const text = document.getElementById("reply-text");
let keeping = 0;
text?.addEventListener("input", () => {
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    const form = text.form;
    fetch(`/api/v1/conversations/${inbox.dataset.draft}/draft`, {
      method: "PUT",
      headers: { "content-type": "application/json", "x-csrf-token": form.elements.csrf.value },
      body: JSON.stringify({ connection: form.elements.connection.value || null, text: text.value }),
    });
  }, 800);
});
text?.form.addEventListener("submit", () => clearTimeout(keeping));
