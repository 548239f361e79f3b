// Leaving at once (R5.3): go on without this page in the history, so that "back" does not return to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-leave]");
  if (link) {
    event.preventDefault();
    window.location.replace(link.href);
  }
});

// A session ends (R3.4). Only the server knows when, since other tabs count too: ask it before warning or leaving.
const warning = document.querySelector("dialog[data-session-end]");
if (warning) {
  watchSession(warning);
}

function watchSession(dialog) {
  const { askHref, timeHref, homeHref } = dialog.dataset;
  const warnAt = Number(dialog.dataset.warnAt);
  const words = dialog.querySelector("[data-left]");
  const stayForm = dialog.querySelector("[data-stay]");
  // a page that asks by itself needs no dialog over it
  let isAnswered = "isAsking" in dialog.dataset;
  let isFixed = false;
  let leaveTo = askHref;
  let askedAt = Date.now();
  let endsAt = askedAt + (Number(dialog.dataset.askIn) + warnAt) * 1000;
  let timer;

  const lookIn = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(seconds, 1) * 1000);
  };

  async function secondsLeft() {
    try {
      const body = new FormData(stayForm);
      const response = await fetch(timeHref, { method: "POST", body, signal: AbortSignal.timeout(5000) });
      if (response.status === 403) {
        leaveTo = homeHref; // somebody has signed in since: this page may not be theirs
        return 0;
      }
      const left = await response.json();
      askedAt = Date.now();
      endsAt = askedAt + left.seconds * 1000;
      isFixed = left.isFixed;
    } catch {
      // no network: go by what the server said last
    }
    return (endsAt - Date.now()) / 1000;
  }

  async function look() {
    clearTimeout(timer);
    const seconds = await secondsLeft();
    if (seconds <= 0) {
      leave();
    } else if (seconds <= warnAt) {
      warn(seconds);
      lookIn(Math.min(seconds, 10));
    } else if ("isAsking" in dialog.dataset) {
      window.location.replace(askHref); // somebody was active in another tab: the server leads back
    } else {
      isAnswered = false;
      dialog.close();
      lookIn(seconds - warnAt);
    }
  }

  function warn(seconds) {
    const minutes = Math.ceil(seconds / 60);
    const said = `We will sign you out in ${minutes} minute${minutes === 1 ? "" : "s"}.`;
    if (words.textContent !== said) {
      words.textContent = said; // only when it changes, since it is read out
    }
    for (const part of dialog.querySelectorAll("[data-when]")) {
      part.hidden = (part.dataset.when === "fixed") !== isFixed;
    }
    if (dialog.open && document.activeElement.closest("[hidden]")) {
      dialog.querySelector("[data-when]:not([hidden]) button").focus();
    }
    if (!dialog.open && !isAnswered) {
      dialog.showModal();
    }
  }

  // nothing of a person stays on the screen, nor behind "back"
  function leave() {
    document.body.replaceChildren();
    document.title = "GP record";
    window.location.replace(leaveTo);
  }

  async function stay(event) {
    event.preventDefault();
    const answer = { method: "POST", body: new FormData(stayForm), headers: { Accept: "application/json" } };
    const response = await fetch(stayForm.action, answer).catch(() => null);
    if (response && !response.ok) {
      window.location.assign(askHref); // this page is too old to ask: the server's own page can
    } else {
      look();
    }
  }

  // a tab that was asleep, or comes back from the history, may be over already: hide it until that is known
  async function wake() {
    document.body.hidden = Date.now() >= endsAt;
    await look();
    document.body.hidden = false;
  }

  stayForm.addEventListener("submit", stay);
  dialog.addEventListener("cancel", (event) => isFixed || stay(event));
  dialog.addEventListener("close", () => {
    isAnswered ||= isFixed;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - askedAt > 60000) {
      wake();
    }
  });
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  lookIn(Number(dialog.dataset.askIn));
}
