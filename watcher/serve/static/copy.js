// Copies a feed's address. Everything else on these pages works without a script.
"use strict";

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select(); // no clipboard outside https and this machine: the old way, or the user's hand
    return document.execCommand("copy");
  }
}

function offer(button) {
  const field = button.parentElement.querySelector("input");
  const label = button.querySelector("span");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(field);
    label.textContent = copied ? "Copied" : "Ctrl + C";
    document.getElementById("said").textContent = copied
      ? "The address is copied"
      : "The address is selected: copy it with Control and C";
    setTimeout(() => { label.textContent = "Copy"; }, 2500);
  });
}

document.querySelectorAll("button[data-copy]").forEach(offer);
