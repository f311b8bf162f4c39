import { parentPort, workerData } from 'node:worker_threads'
import type { PeakTask } from './measure-peaks.ts'
import { productModel } from './product-model.ts'

/** The part of `onnxruntime-node` that is needed. */
interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<{ run(feeds: object): Promise<unknown> }>
  }
  readonly Tensor: new (type: string, data: Float32Array, shape: readonly number[]) => unknown
}

const task = workerData as PeakTask
parentPort?.postMessage(task.task === 'copy' ? copy(task) : await multiply(task))

/** Bytes per second, read and written; the best of many copies is what no other program disturbed. */
function copy({ gate, threads, bytes, milliseconds }: Extract<PeakTask, { task: 'copy' }>): number {
  const [from, to] = [new Float64Array(bytes / 8).fill(1), new Float64Array(bytes / 8)]
  to.set(from)
  const ready = new Int32Array(gate)
  Atomics.add(ready, 0, 1)
  Atomics.notify(ready, 0)
  for (let count = Atomics.load(ready, 0); count < threads; count = Atomics.load(ready, 0))
    Atomics.wait(ready, 0, count, 1000)
  const began = performance.now()
  let copies = 0
  while (performance.now() - began < milliseconds) {
    to.set(from)
    copies += 1
  }
  return (2 * bytes * copies) / ((performance.now() - began) / 1000)
}

/** FLOP per second of the fastest product. */
async function multiply({
  library,
  threads,
  size,
  milliseconds,
}: Extract<PeakTask, { task: 'product' }>): Promise<number> {
  const loaded = (await import(library)) as Runtime & { readonly default?: Runtime }
  const { InferenceSession, Tensor } = loaded.default ?? loaded
  const session = await InferenceSession.create(productModel(size), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  })
  const matrix = (): unknown =>
    new Tensor(
      'float32',
      Float32Array.from({ length: size * size }, (_, index) => (index % 17) / 17),
      [size, size],
    )
  const feeds = { a: matrix(), b: matrix() }
  await session.run(feeds)
  let best = Infinity
  for (const began = performance.now(); performance.now() - began < milliseconds;) {
    const start = performance.now()
    await session.run(feeds)
    best = Math.min(best, performance.now() - start)
  }
  return (2 * size * size * size) / (best / 1000)
}
