// The service over HTTP: an answer, or a Problem that says in a sentence what is wrong.

export class Problem extends Error {
  /** `passing` says whether the same request may succeed later. */
  constructor(message, passing) {
    super(message);
    this.passing = passing;
  }
}

/**
 * Return the JSON under `path`. While the service is starting it says so to `waiting` and asks again.
 * Throws Problem, or AbortError once `signal` is aborted.
 */
export async function get(path, { signal = new AbortController().signal, waiting }) {
  for (;;) {
    const response = await reach(path, signal);
    if (response.ok) return response.json();
    const { detail = `The service answered ${response.status}.` } = await response.json().catch(() => ({}));
    if (response.status !== 503) throw new Problem(detail, response.status >= 500);
    waiting(`${detail} Asking again …`);
    await pause(Number(response.headers.get("retry-after")) || 1, signal);
  }
}

async function reach(path, signal) {
  try {
    return await fetch(path, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem("The service cannot be reached. Is it running, and is this computer online?", true);
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
