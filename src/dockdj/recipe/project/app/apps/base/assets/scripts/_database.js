// Says on the page whether the database answers, for as long as somebody looks at it.
const PAUSE = 10_000;

/** Whether the application reaches its database, and how long the answer took in milliseconds. */
async function ask(address) {
  const started = performance.now();
  try {
    const answer = await fetch(address, { cache: "no-store" });
    return { ok: answer.ok, took: Math.round(performance.now() - started) };
  } catch {
    return { ok: false, took: 0 };
  }
}

/** Write the database's condition into an element, now and every ten seconds. */
export async function watchDatabase(element) {
  if (!document.hidden) {
    const { ok, took } = await ask(element.dataset.readyz);
    const state = ok ? "ok" : "away";
    // Only a change is said aloud by screen readers.
    if (element.dataset.state !== state) {
      element.dataset.state = state;
      element.textContent = ok ? `The database answers (${took} ms)` : "The database does not answer";
    }
  }
  setTimeout(watchDatabase, PAUSE, element);
}
