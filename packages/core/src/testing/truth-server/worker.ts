import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { messageOf } from '../../errors/plugin-error.ts'
import { createClock } from './clock.ts'
import { Desk } from './desk.ts'
import type { Http2Settings } from './http2-connection.ts'
import { Ledger, type LedgerMemory } from './ledger.ts'
import { Listener, type TlsSettings } from './listener.ts'
import { PreciseTimer, sharpenSleeps } from './precise-timer.ts'
import type { TruthProgram } from './program.ts'

export interface WorkerSettings {
  readonly origin: bigint
  readonly memory: LedgerMemory
  readonly program: TruthProgram
  readonly host: string
  readonly port: number
  readonly spin: boolean
  readonly http2: Http2Settings
  readonly tls: TlsSettings | null
}

export type Command =
  | { readonly do: 'program'; readonly program: TruthProgram }
  | { readonly do: 'reset' }
  | { readonly do: 'stall'; readonly nanos: number; readonly what: 'service' | 'thread' }
  | { readonly do: 'drop'; readonly ending: 'reset' | 'close' }
  | { readonly do: 'refuse' }
  | { readonly do: 'listen' }
  | { readonly do: 'close' }

export interface CommandMessage {
  readonly id: number
  readonly command: Command
}
/** `id` 0 answers the start itself. */
export interface CommandReply {
  readonly id: number
  readonly value?: number
  readonly error?: { readonly message: string; readonly code: string | undefined }
}

async function serve(port: MessagePort, settings: WorkerSettings): Promise<void> {
  sharpenSleeps()
  const now = createClock(settings.origin)
  const timer = new PreciseTimer(now, settings.spin)
  const desk = new Desk(now, timer, new Ledger(settings.memory), settings.program)
  const listener = new Listener(desk, settings)
  let listening = 0

  async function run(command: Command): Promise<number> {
    switch (command.do) {
      case 'program':
        desk.load(command.program)
        return 0
      case 'reset':
        desk.reset()
        return 0
      case 'stall':
        desk.stall(command.nanos, command.what)
        return 0
      case 'drop':
        return listener.drop(command.ending)
      case 'refuse':
        listener.refuse()
        return 0
      case 'listen':
        return listener.listen(settings.host, listening)
      case 'close':
        timer.close()
        listener.close()
        return 0
    }
  }

  async function answer(id: number, work: () => Promise<number>): Promise<void> {
    try {
      port.postMessage({ id, value: await work() } satisfies CommandReply)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      port.postMessage({ id, error: { message: messageOf(error), code } } satisfies CommandReply)
    }
  }

  async function obey({ id, command }: CommandMessage): Promise<void> {
    await answer(id, () => run(command))
    if (command.do === 'close') port.close()
  }

  port.on('message', (message: CommandMessage) => void obey(message))
  await answer(0, async () => (listening = await listener.listen(settings.host, settings.port)))
}

if (parentPort === null) throw new Error('This module is the inside of a worker thread.')
await serve(parentPort, workerData as WorkerSettings)
