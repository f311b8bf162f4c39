import { monotonicNanos } from '../clock.ts'
import { Instant } from '../inference/execution-ring.ts'
import type { Execution } from '../inference/inference-threads.ts'
import { AreaWriter, type AreaReader, type AreaTensor } from '../inference/tensor-area.ts'
import type { CallTiming, InferenceCall, OutputTensor } from './inference-call.ts'
import type { ModelTensor } from './model-tensor.ts'

/** What a model does with the outcome of an execution. */
export interface ExecutionOwner {
  readonly inputs: readonly ModelTensor[]
  readonly outputs: readonly ModelTensor[]
  /** The model's number in its inference threads. */
  readonly number: number
  executed(execution: BatchExecution, timing: Omit<CallTiming, 'received' | 'queue'>): void
  answered(call: InferenceCall, timing: CallTiming): void
  unanswerable(call: InferenceCall, message: string): void
  failed(execution: BatchExecution, message: string): void
}

/** One run of a model for one or several requests: joins their inputs and splits the outputs. */
export class BatchExecution implements Execution {
  readonly calls: readonly InferenceCall[]
  readonly rows: number
  readonly #owner: ExecutionOwner
  readonly #wanted: readonly number[]
  #gather = 0

  constructor(owner: ExecutionOwner, calls: readonly InferenceCall[]) {
    this.#owner = owner
    this.calls = calls
    this.rows = calls.reduce((total, call) => total + call.rows, 0)
    this.#wanted = wantedBy(calls)
  }

  write(area: SharedArrayBuffer): void {
    const start = monotonicNanos()
    const { inputs, number } = this.#owner
    const first = this.calls[0] as InferenceCall
    const ranks = first.shapes.reduce((total, shape) => total + shape.length, 0)
    const writer = new AreaWriter(area, inputs.length, ranks + this.#wanted.length + 2)
    writer.addNumbers([number, ...this.#wanted])
    for (let index = 0; index < inputs.length; index++) {
      const shape = first.shapes[index] as readonly number[]
      if (this.calls.length === 1) {
        const bytes = first.inputs[index] as Uint8Array
        writer.add(shape, bytes.byteLength).set(bytes)
      } else {
        this.#join(writer, index, [this.rows, ...shape.slice(1)])
      }
    }
    this.#gather = monotonicNanos() - start
  }

  succeed(reply: AreaReader, instants: Float64Array): void {
    const taken = instants[Instant.taken] as number
    const inferStart = instants[Instant.inferStart] as number
    const inferEnd = instants[Instant.inferEnd] as number
    const finished = instants[Instant.finished] as number
    const compute = {
      computeStart: taken,
      computeEnd: finished,
      computeInput: this.#gather + inferStart - taken,
      computeInfer: inferEnd - inferStart,
      computeOutput: finished - inferEnd,
      batchSize: this.rows,
    }
    const outputs = new Map<number, OutputTensor>()
    for (const index of this.#wanted) {
      const info = this.#owner.outputs[index] as ModelTensor
      const tensor = reply.next() as AreaTensor
      if (this.calls.length > 1 && tensor.shape[0] !== this.rows) {
        this.fail(
          `output '${info.name}' has the shape [${tensor.shape.join(', ')}] for a batch of ${this.rows}`,
        )
        return
      }
      outputs.set(index, { info, ...tensor })
    }
    this.#owner.executed(this, compute)
    const splitter = this.calls.length > 1 ? new OutputSplitter(outputs, this.rows) : null
    for (const call of this.calls) {
      const queue = Math.max(0, taken - call.enqueuedAt - this.#gather)
      const timing = { received: call.receivedAt, queue, ...compute }
      const own = call.wanted.map(
        (index) => splitter?.take(index, call.rows) ?? (outputs.get(index) as OutputTensor),
      )
      splitter?.advance(call.rows)
      try {
        call.complete(own, timing)
        this.#owner.answered(call, timing)
      } catch (error) {
        // For example an output that is too large for a JSON text: this answer's trouble, not the server's.
        this.#owner.unanswerable(call, (error as Error).message)
      }
    }
  }

  fail(message: string): void {
    this.#owner.failed(this, message)
  }

  #join(writer: AreaWriter, index: number, shape: readonly number[]): void {
    const length = this.calls.reduce(
      (total, call) => total + (call.inputs[index] as Uint8Array).byteLength,
      0,
    )
    const target = writer.add(shape, length)
    let at = 0
    for (const call of this.calls) {
      const bytes = call.inputs[index] as Uint8Array
      target.set(bytes, at)
      at += bytes.byteLength
    }
  }
}

/** Cuts the outputs of a batch into the rows of its requests, in order. */
class OutputSplitter {
  readonly #outputs: ReadonlyMap<number, OutputTensor>
  readonly #starts = new Map<number, readonly number[]>()
  #row = 0

  constructor(outputs: ReadonlyMap<number, OutputTensor>, rows: number) {
    this.#outputs = outputs
    for (const [index, output] of outputs) this.#starts.set(index, rowStarts(output, rows))
  }

  take(index: number, rows: number): OutputTensor {
    const { info, shape, bytes } = this.#outputs.get(index) as OutputTensor
    const starts = this.#starts.get(index) as readonly number[]
    return {
      info,
      shape: [rows, ...shape.slice(1)],
      bytes: bytes.subarray(starts[this.#row], starts[this.#row + rows]),
    }
  }

  advance(rows: number): void {
    this.#row += rows
  }
}

/** Where each row begins; one more entry for the end. */
function rowStarts(output: OutputTensor, rows: number): number[] {
  const { bytes } = output
  if (output.info.type.size !== 0) {
    return Array.from({ length: rows + 1 }, (_, row) => (bytes.byteLength / rows) * row)
  }
  const perRow = output.shape.slice(1).reduce((product, size) => product * size, 1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = [0]
  let at = 0
  for (let row = 0; row < rows; row++) {
    for (let element = 0; element < perRow; element++) at += 4 + view.getUint32(at, true)
    starts.push(at)
  }
  return starts
}

function wantedBy(calls: readonly InferenceCall[]): readonly number[] {
  const first = (calls[0] as InferenceCall).wanted
  if (calls.every((call) => call.wanted === first)) return first
  return [...new Set(calls.flatMap((call) => call.wanted))].sort((a, b) => a - b)
}
