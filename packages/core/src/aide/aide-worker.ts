import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { preload } from '../worker/preload.ts'
import { serializeError } from '../worker/serialized-error.ts'
import { AideTrialRun } from './aide-trial.ts'
import { encodePayloads } from './encode-payloads.ts'
import type { AideData, EncodedRing, EncodeStream, FromAide, ToAide } from './protocol.ts'
import { UserCall } from './user-call.ts'

/**
 * The entry of the aide thread: everything that must not happen on a load thread. It encodes payloads before a trial,
 * checks answers and sums records up during it, and makes the metrics at its end.
 */
const port = parentPort as MessagePort
const { root, modules, calls } = workerData as AideData
const call = new UserCall(calls)
let trial: AideTrialRun | null = null

preload(modules)

port.on('message', (message: ToAide) => {
  handle(message).catch((error: unknown) =>
    post({ type: 'failed', id: message.id, error: serializeError(error) }),
  )
})

async function handle(message: ToAide): Promise<void> {
  const { id } = message
  switch (message.type) {
    case 'encode':
      post({ type: 'encoded', id, rings: await encodeStreams(message.streams) })
      break
    case 'open':
      trial = await AideTrialRun.open(message.trial, message.blocks, root, call, {
        window: (window) => post({ type: 'window', window }),
        certificate: (certificate) => post({ type: 'certificate', certificate }),
      })
      post({ type: 'opened', id })
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
      post({ type: 'abandoned', id })
      break
  }
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
