// Waiting for a condition, and the regular expressions that the driver needs.

export const sleep = (ms) => new Promise((r) => { setTimeout(r, ms); });
export const esc = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
export const exactly = (s) => new RegExp(`^\\s*${esc(s)}\\s*\\*?\\s*$`);

export async function until(probe, { timeout = 10_000, every = 50, what = 'condition' } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error(`timed out after ${timeout} ms waiting for ${typeof what === 'function' ? what() : what}`);
    await sleep(every);
  }
}
