"use strict";
// Pages work without this. It adds copying, keeps a double click from sending a form twice, and looks
// for what became of a delivery that was just made.
let hiding;
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      const said = document.querySelector("[data-copied]");
      if (said) {
        said.hidden = false;
        clearTimeout(hiding);
        hiding = setTimeout(() => (said.hidden = true), 4000);
      }
    } catch {
      // Clipboards need TLS or localhost; a selection can be copied by hand.
      getSelection().selectAllChildren(source);
    }
  });
}
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    // Should no answer come, it may be tried again.
    setTimeout(() => (sent = false), 5000);
  });
  // Back from another page, it may be sent again.
  addEventListener("pageshow", () => (sent = false));
}
const again = document.querySelector("a[data-look-again]");
if (again) setTimeout(() => location.replace(again.href), 1000);
