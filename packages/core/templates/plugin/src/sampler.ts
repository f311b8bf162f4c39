import type { CreateSampler } from 'servebench/session'

/** Runs on a thread of its own, from before the warm-up until after the drain. */
export const createSampler: CreateSampler<{ readonly url: string }> = async ({ url }) => {
  let before = await readBusy(url)
  let at = Number.NaN
  return {
    gauges: [{ name: 'acme.busy', unit: '1', bounds: [0, 1], covers: 'interval' }],
    period: 100e6,
    async read(into, now) {
      const busy = await readBusy(url)
      // The first reading has nothing to be compared with: it is left out.
      if (now > at) into[0] = Math.min(1, Math.max(0, (busy - before) / (now - at)))
      before = busy
      at = now
    },
  }
}

/** Nanoseconds in which the server has computed since its start. */
async function readBusy(url: string): Promise<number> {
  const answer = await fetch(`${url}/busy`, { headers: { connection: 'close' } })
  if (!answer.ok) throw new Error(`The server at ${url} answers with ${answer.status}.`)
  return Number(await answer.text())
}
