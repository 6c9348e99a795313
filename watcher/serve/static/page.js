// Copies a feed's address; j and k go from headline to headline. All else works without a script.
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

function go(step) {
  const links = [...document.querySelectorAll(".articles h4 a, .articles h3 a")];
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
  if (next) {
    next.focus();
    next.scrollIntoView({ block: "center" });
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select") && !event.target.readOnly;
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "j") go(1);
  if (event.key === "k") go(-1);
});
