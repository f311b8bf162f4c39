import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { MonotonicClock } from '../clock/monotonic-clock.ts'
import { importUserModule } from '../collector/import-module.ts'
import { userFile } from '../collector/user-module.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { describeSampler } from './describe-sampler.ts'
import { SamplerLoop, type SamplerClock } from './sampler-loop.ts'
import { wallClock, type FromSampler, type SamplerData, type ToSampler } from './sampler-protocol.ts'
import type { CreateSampler, Sampler } from './sampler.ts'

/** The entry of a sampler's thread: whatever a sampler does to its thread, it does to nothing else. */
const port = parentPort as MessagePort
const { reference, root, files, since: shared } = workerData as SamplerData
const since = new Float64Array(shared)

open().catch((error: unknown) => post({ type: 'failed', message: messageOf(error) }))

async function open(): Promise<void> {
  const file = userFile(reference.module)
  const module = (file === undefined ? await import(reference.module) : await importUserModule(file)) as {
    createSampler?: CreateSampler
  }
  if (typeof module.createSampler !== 'function') {
    throw new TypeError('Its module exports no function `createSampler`.')
  }
  const sampler = await module.createSampler(reference.options, {
    root,
    warn: (message) => post({ type: 'warning', message }),
    file: fileFor,
  })
  const description = describeSampler(sampler)
  let loop: SamplerLoop | null = null
  port.on('message', (message: ToSampler) => {
    if (message.type === 'start') {
      loop = new SamplerLoop({
        sampler,
        gauges: description.gauges.length,
        period: description.period,
        clock: new ThreadClock(message.origin),
        onReading: (at, took, values) => post({ type: 'reading', at, took, values }),
        onFailure: (text) => void fail(sampler, text),
        onCall: (begins) => {
          since[0] = begins ? wallClock() : 0
        },
      })
      loop.start()
    } else {
      stop(sampler, loop).catch((error: unknown) => post({ type: 'failed', message: messageOf(error) }))
    }
  })
  post({ type: 'ready', description })
}

function fileFor(name: string): string | null {
  if (!/^[\w.-]{1,60}$/.test(name)) throw new TypeError(`'${name}' is no name for a file of a sampler.`)
  if (files === null) return null
  const path = `${files}.${name}`
  post({ type: 'file', path })
  return path
}

async function stop(sampler: Sampler, loop: SamplerLoop | null): Promise<void> {
  await loop?.stop()
  await sampler.dispose?.()
  post({ type: 'stopped', missed: loop?.missed ?? 0 })
  port.close()
}

async function fail(sampler: Sampler, message: string): Promise<void> {
  try {
    await sampler.dispose?.()
  } catch {
    // What made the read fail is what the user needs to know.
  }
  post({ type: 'failed', message })
}

function post(message: FromSampler): void {
  port.postMessage(message)
}

class ThreadClock extends MonotonicClock implements SamplerClock {
  at(instant: Nanos, run: () => void): { cancel(): void } {
    const timer = setTimeout(run, Math.max(0, instant - this.now()) / MILLISECOND)
    return { cancel: () => clearTimeout(timer) }
  }
}
