import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** What a machine reached in a short test: the least that it can do. */
export interface MeasuredPeaks {
  /** FLOP/s of a product of float32 matrices with all cores; `null` without a library that computes it well. */
  readonly product: { readonly flops: number; readonly by: string } | null
  /** Why there is none. */
  readonly problem: string | null
  /** Bytes read and written per second by copies in all cores. */
  readonly bandwidth: number
  readonly threads: number
}

export type PeakTask =
  | {
      readonly task: 'copy'
      /** Threads wait here for each other. */
      readonly gate: SharedArrayBuffer
      readonly threads: number
      readonly bytes: number
      readonly milliseconds: number
    }
  | {
      readonly task: 'product'
      /** URL of onnxruntime-node. */
      readonly library: string
      readonly threads: number
      readonly size: number
      readonly milliseconds: number
    }

/** Not a dependency: a project that serves models with it has it. */
const LIBRARY = 'onnxruntime-node'

const COPY_BYTES = 64 * 1024 * 1024
const PRODUCT_SIZE = 1536
const MILLISECONDS = 1000

/**
 * A copy of arrays that fit no cache, in as many threads as there are cores, and a large matrix product by ONNX Runtime
 * where the project has it. Takes about three seconds, in threads of its own.
 * @param worker URL of `peaks-worker`
 * @param root where `onnxruntime-node` is looked for
 */
export async function measurePeaks(worker: URL, root: string, threads: number): Promise<MeasuredPeaks> {
  const gate = new SharedArrayBuffer(4)
  const rates = await Promise.all(
    Array.from({ length: threads }, () =>
      run(worker, { task: 'copy', gate, threads, bytes: COPY_BYTES, milliseconds: MILLISECONDS }),
    ),
  )
  const bandwidth = rates.reduce((sum, rate) => sum + rate, 0)
  const found = findLibrary(root)
  if (found === null) {
    const problem = 'onnxruntime-node, which would compute the product, is not installed here'
    return { product: null, problem, bandwidth, threads }
  }
  try {
    const flops = await run(worker, {
      task: 'product',
      library: found.url,
      threads,
      size: PRODUCT_SIZE,
      milliseconds: MILLISECONDS,
    })
    return { product: { flops, by: `onnxruntime-node ${found.version}` }, problem: null, bandwidth, threads }
  } catch (error) {
    return {
      product: null,
      problem: `onnxruntime-node failed: ${(error as Error).message}`,
      bandwidth,
      threads,
    }
  }
}

function run(worker: URL, task: PeakTask): Promise<number> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(worker, { workerData: task })
    thread.once('message', (rate: number) => {
      resolve(rate)
      void thread.terminate()
    })
    thread.once('error', reject)
    thread.once('exit', (code) => reject(new Error(`its thread ended with ${code}`)))
  })
}

function findLibrary(root: string): { readonly url: string; readonly version: string } | null {
  try {
    const require = createRequire(join(root, 'package.json'))
    const { version } = require(`${LIBRARY}/package.json`) as { version: string }
    return { url: pathToFileURL(require.resolve(LIBRARY)).href, version }
  } catch {
    return null
  }
}
