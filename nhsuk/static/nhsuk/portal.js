// Leaving at once (R5.3): go on without this page in the history, so that "back" does not return to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-leave]");
  if (link) {
    event.preventDefault();
    window.location.replace(link.href);
  }
});
