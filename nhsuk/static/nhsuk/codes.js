// Printing and copying codes; whoever has no script writes them down.
for (const part of document.querySelectorAll("[data-for-script]")) part.hidden = false;

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
document.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
  const items = document.querySelectorAll(`#${event.target.dataset.copy} li`);
  const said = document.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText([...items].map((item) => item.textContent).join("\n"));
    said.textContent = "Copied";
  } catch {
    said.textContent = "Your browser did not allow that. Print the codes or write them down.";
  }
});
