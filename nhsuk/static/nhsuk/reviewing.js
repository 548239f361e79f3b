// Deciding about an entry by single keys: only while the entry has the focus, and never where somebody types.
const entry = document.querySelector("[data-review-entry]");
for (const part of document.querySelectorAll("[data-for-script]")) part.hidden = false;

// after each decision the next entry comes: its keys work at once, unless there is an error to read first
if (!document.querySelector(".nhsuk-error-summary, .nhsuk-notification-banner")) entry.focus();

entry.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select");
  if (isTyping || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const meant = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!meant) return;
  event.preventDefault();
  const box = meant.querySelector("input:not([type=hidden])");
  if (box) box.focus();
  else if (meant instanceof HTMLFormElement) meant.requestSubmit();
  else meant.click();
});
