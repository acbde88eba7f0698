// Small comforts. Every page works without them.

// A menu closes when the reader turns elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.sheet[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open], details.sheet[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// `data-copy` copies the text of the element it names.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = before), 1500);
  });
}

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method !== "post") return;
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// A plugin's file is sent to the API as it is, and the plugin's page shows what it asks for.
for (const form of document.querySelectorAll("form[data-upload]")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = form.querySelector("[role=alert]");
    const button = form.querySelector("button");
    button.setAttribute("aria-busy", "true");
    wrong.hidden = true;
    try {
      const answer = await fetch(form.dataset.upload, {
        method: "POST",
        headers: { "content-type": "application/wasm", "x-csrf-token": form.elements.csrf.value },
        body: form.querySelector("input[type=file]").files[0],
      });
      const told = await answer.json();
      if (answer.ok) return location.assign(form.dataset.then + encodeURIComponent(told.name));
      wrong.textContent = told.detail ?? told.title;
    } catch (error) {
      wrong.textContent = String(error.message ?? error);
    }
    wrong.hidden = false;
    button.removeAttribute("aria-busy");
  });
}
