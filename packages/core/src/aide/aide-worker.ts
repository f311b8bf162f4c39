import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { preload } from '../worker/preload.ts'
import { GarbageRounds } from '../worker/collect-garbage.ts'
import { serializeError } from '../worker/serialized-error.ts'
import { AideTrialRun } from './aide-trial.ts'
import { encodePayloads } from './encode-payloads.ts'
import { evaluateQuality } from './evaluate-quality.ts'
import type { AideData, AideTrial, EncodedRing, EncodeStream, FromAide, ToAide } from './protocol.ts'
import { sampleOutputs } from './sample-outputs.ts'
import { UserCall } from './user-call.ts'

/**
 * The entry of the aide thread: everything that must not happen on a load thread. It encodes payloads before a trial,
 * checks answers and sums records up during it, and makes the metrics at its end.
 */
const port = parentPort as MessagePort
const { root, modules, calls } = workerData as AideData
const call = new UserCall(calls)
let opening: Promise<AideTrialRun> | null = null
let trial: AideTrialRun | null = null

preload(modules)

port.on('message', (message: ToAide) => {
  handle(message).catch((error: unknown) =>
    post({ type: 'failed', id: message.id, error: serializeError(error) }),
  )
})

const garbage = new GarbageRounds()

async function handle(message: ToAide): Promise<void> {
  const { id } = message
  switch (message.type) {
    case 'encode':
      // It is the first thing that a trial asks for.
      garbage.next()
      post({ type: 'encoded', id, rings: await encodeStreams(message.streams) })
      break
    case 'sample':
      post({ type: 'sampled', id, outputs: await sampleOutputs(message.request, root, call) })
      break
    case 'evaluate':
      post({ type: 'evaluated', id, quality: await evaluateQuality(message.request, root, call) })
      break
    case 'open':
      await openTrial(message.trial, message.blocks)
      post({ type: 'opened', id, samplers: trial?.samplers ?? [] })
      break
    case 'start':
      trial?.start(message.origin)
      post({ type: 'started', id })
      break
    case 'finish': {
      const finishing = trial as AideTrialRun
      trial = null
      post({ type: 'finished', id, outcome: await finishing.finish(message.totals) })
      break
    }
    case 'abandon':
      trial?.abandon()
      trial = null
      opening = null
      post({ type: 'abandoned', id })
      break
  }
}

/** A trial that is given up while it is being opened ends as soon as it is open. */
async function openTrial(plan: AideTrial, blocks: readonly MessagePort[]): Promise<void> {
  const own = AideTrialRun.open(plan, blocks, root, call, {
    window: (window) => post({ type: 'window', window }),
    event: (event) => post({ type: 'event', event }),
    certificate: (certificate) => post({ type: 'certificate', certificate }),
    reading: (reading) => post({ type: 'reading', reading }),
    gaugeLost: (problem) => post({ type: 'gauge-lost', problem }),
  })
  opening = own
  const opened = await own
  if (opening === own) trial = opened
  else opened.abandon()
}

/** One after the other: what is being called is known then. */
async function encodeStreams(streams: readonly EncodeStream[]): Promise<EncodedRing[]> {
  const rings: EncodedRing[] = []
  for (const stream of streams) rings.push(await encodePayloads(stream, root, call))
  return rings
}

function post(message: FromAide): void {
  port.postMessage(message)
}
