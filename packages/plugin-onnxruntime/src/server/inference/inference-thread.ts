/**
 * An inference thread: owns one ONNX Runtime session per model, takes executions from the ring and runs them one at a
 * time. `session.run` computes on the calling thread, so the number of these threads is the number of executions that
 * run at once; each of them is joined by its session's intra-op pool.
 */
import { InferenceSession, Tensor, env } from 'onnxruntime-node'
import { receiveMessageOnPort, threadId, workerData } from 'node:worker_threads'
import { monotonicNanos } from '../clock.ts'
import { datatypeOfRuntime, type Datatype } from '../datatype.ts'
import { joinBytesElements, readBytesElements } from './bytes-tensor.ts'
import { INSTANTS, Instant, readAlarm, SlotState, takeSlot, wakeMain, Word } from './execution-ring.ts'
import type { Signature, TensorInfo, ThreadCommand, ThreadData, ThreadReport } from './messages.ts'
import { toRuntimeOptions } from './session-options.ts'
import { AreaReader, AreaWriter } from './tensor-area.ts'

interface LoadedModel {
  readonly session: InferenceSession
  readonly isProfiled: boolean
  readonly inputs: readonly (readonly [name: string, type: Datatype])[]
  readonly outputs: readonly string[]
}

const { ring, port } = workerData as ThreadData
const { words, instants } = ring
const models = new Map<number, LoadedModel>()
const decoder = new TextDecoder()
const encoder = new TextEncoder()

// Given a Float16Array, the binding of onnxruntime-node 1.30 takes its length for 0 (onnxruntime pull request 32323).
// Where a runtime lacks that type its library uses Uint16Array, which works: so this thread lacks it.
Reflect.deleteProperty(globalThis, 'Float16Array')

await work()

async function work(): Promise<void> {
  let commandsSeen = -1
  let alarmRung = 0
  for (;;) {
    const epoch = Atomics.load(words, Word.epoch)
    const commands = Atomics.load(words, Word.commands)
    if (commands !== commandsSeen) {
      commandsSeen = commands
      if (await obey()) return
    }
    const slot = takeSlot(ring)
    if (slot >= 0) {
      await execute(slot)
      continue
    }
    const alarm = readAlarm(ring)
    if (alarm === alarmRung) {
      Atomics.wait(words, Word.epoch, epoch)
    } else {
      const left = alarm - monotonicNanos()
      if (left > 0) Atomics.wait(words, Word.epoch, epoch, left / 1e6)
      if (monotonicNanos() >= alarm) {
        alarmRung = alarm
        wakeMain(ring)
      }
    }
  }
}

/** Reads all commands; true when the thread is to end. */
async function obey(): Promise<boolean> {
  for (let entry = receiveMessageOnPort(port); entry !== undefined; entry = receiveMessageOnPort(port)) {
    const command = entry.message as ThreadCommand
    if (command.kind === 'load') {
      await load(command)
      continue
    }
    if (command.kind === 'unload') {
      await release(models.get(command.model))
      models.delete(command.model)
      continue
    }
    for (const model of models.values()) await release(model)
    port.close()
    return true
  }
  return false
}

/** The profile is written when the profiler is ended, not when the session is. */
async function release(model: LoadedModel | undefined): Promise<void> {
  if (model?.isProfiled) model.session.endProfiling()
  await model?.session.release()
}

async function load(command: ThreadCommand & { kind: 'load' }): Promise<void> {
  const { model, path, settings, profile } = command
  try {
    const session = await InferenceSession.create(
      path,
      toRuntimeOptions(settings, profile && `${profile}-${threadId}`),
    )
    const signature: Signature = {
      inputs: session.inputMetadata.map(describe),
      outputs: session.outputMetadata.map(describe),
    }
    models.set(model, {
      session,
      isProfiled: profile !== null,
      inputs: session.inputMetadata.map((info) => [info.name, typeOf(info)] as const),
      outputs: session.outputNames,
    })
    report({ kind: 'loaded', model, signature, runtime: env.versions.node ?? env.versions.common })
  } catch (error) {
    report({ kind: 'failed', model, message: error instanceof Error ? error.message : String(error) })
  }
}

function describe(info: InferenceSession.ValueMetadata): TensorInfo {
  const { name } = typeOf(info)
  const shape = (info as InferenceSession.TensorValueMetadata).shape.map((size) =>
    typeof size === 'number' ? size : -1,
  )
  return { name: info.name, datatype: name, shape }
}

function typeOf(info: InferenceSession.ValueMetadata): Datatype {
  if (!info.isTensor) throw new TypeError(`'${info.name}' is a sequence or a map; only tensors can be served`)
  const type = datatypeOfRuntime(info.type)
  if (type === undefined)
    throw new TypeError(`'${info.name}' has the element type ${info.type}, which the protocol lacks`)
  return type
}

async function execute(slot: number): Promise<void> {
  const at = slot * INSTANTS
  instants[at + Instant.taken] = monotonicNanos()
  let state: number = SlotState.done
  try {
    const reader = new AreaReader(ring.requests[slot] as SharedArrayBuffer)
    const [key, ...wanted] = reader.nextNumbers()
    const model = models.get(key as number) as LoadedModel
    const feeds: Record<string, Tensor> = {}
    for (const [name, type] of model.inputs) feeds[name] = readTensor(reader, type)
    const fetches = wanted.map((index) => model.outputs[index] as string)
    instants[at + Instant.inferStart] = monotonicNanos()
    const results = await model.session.run(feeds, fetches)
    instants[at + Instant.inferEnd] = monotonicNanos()
    writeTensors(
      ring.replies[slot] as SharedArrayBuffer,
      fetches.map((name) => results[name] as Tensor),
    )
  } catch (error) {
    state = SlotState.failed
    writeText(ring.replies[slot] as SharedArrayBuffer, error instanceof Error ? error.message : String(error))
  }
  instants[at + Instant.finished] = monotonicNanos()
  Atomics.store(words, Word.states + slot, state)
  wakeMain(ring)
}

function readTensor(reader: AreaReader, type: Datatype): Tensor {
  const { shape, bytes } = reader.next() as { shape: number[]; bytes: Uint8Array }
  if (type.size === 0) {
    return new Tensor(
      'string',
      readBytesElements(bytes).map((element) => decoder.decode(element.slice())),
      shape,
    )
  }
  const data = new type.array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / type.size)
  return new Tensor(type.runtime as 'float32', data as Float32Array, shape)
}

function writeTensors(area: SharedArrayBuffer, tensors: readonly Tensor[]): void {
  const ranks = tensors.reduce((total, tensor) => total + tensor.dims.length, 0)
  const writer = new AreaWriter(area, tensors.length, ranks)
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor)
    writer.add(tensor.dims, bytes.byteLength).set(bytes)
  }
}

function bytesOf(tensor: Tensor): Uint8Array {
  if (tensor.type === 'string')
    return joinBytesElements((tensor.data as string[]).map((text) => encoder.encode(text)))
  const data = tensor.data as Uint8Array
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function writeText(area: SharedArrayBuffer, text: string): void {
  const bytes = encoder.encode(text.slice(0, 8192))
  new AreaWriter(area, 1, 1).add([bytes.byteLength], bytes.byteLength).set(bytes)
}

function report(message: ThreadReport): void {
  port.postMessage(message)
  Atomics.add(words, Word.reports, 1)
  wakeMain(ring)
}
