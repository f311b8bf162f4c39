import { Worker } from 'node:worker_threads'
import { moduleUrl } from '../hooks/module-reference.ts'

/** How late naps of a load thread end, ns. */
export interface NapLateness {
  readonly p50: number
  readonly p99: number
}

/** Naps for a fifth of a second in a thread that is set up as load workers are. */
export async function measureNaps(): Promise<NapLateness> {
  const worker = new Worker(new URL(moduleUrl(import.meta.url, './nap-worker')))
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  } finally {
    await worker.terminate()
  }
}
