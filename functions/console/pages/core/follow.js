// Follows something that moves by itself: asks again, at first often, then less, and at once when the page is looked at again.

const PAUSES = [1000, 1000, 1500, 2000, 3000, 5000];
const REST = 10_000;

/** Sleeps until the time is over, the page becomes visible again, or `signal` ends it. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", looked);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const looked = () => { if (!document.hidden) done(); };
    const timer = setTimeout(done, milliseconds);
    document.addEventListener("visibilitychange", looked);
    signal.addEventListener("abort", done);
  });
}

/**
 * Loads again and again until `until(value)` holds or the page is left. `changed(value)` is told of each value; a failure is passed over,
 * because the next try comes.
 */
export async function follow(load, { signal, until, changed }) {
  for (let round = 0; !signal.aborted; round += 1) {
    await pause(PAUSES[round] ?? REST, signal);
    if (signal.aborted) return;
    let value;
    try { value = await load(); } catch (error) {
      if (error.status === 401) return;
      continue;
    }
    if (signal.aborted) return;
    changed(value);
    if (until(value)) return;
  }
}
