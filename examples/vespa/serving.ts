import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { vespaModel, vespaServer } from '@servebench/plugin-vespa'
import { missingProgram } from 'servebench'
import { CORES, isFull } from './form.ts'

/** A ranker reads a query and a passage at once: the ids of both, and one score. */
const ranker = { types: 0, mask: false, head: 'classifier', outputs: 1 } as const
/** Of a query with its passage. */
export const TOKENS: number = isFull ? 128 : 16
export const MODELS = {
  /** As BERT-base. */
  large: onnxModel({ ...presets[isFull ? 'bert-base' : 'bert-mini'], ...ranker, name: 'large' }),
  /** As what is distilled from it: six layers of half the width. */
  distilled: onnxModel({ ...presets[isFull ? 'minilm-l6' : 'bert-tiny'], ...ranker, name: 'distilled' }),
}
export type Model = keyof typeof MODELS

/** The most requests that are evaluated side by side, as Vespa's pool of threads for requests has it. */
export const POOL: number = 2 * CORES

export const SERVERS = ['vespa', 'onnx'] as const
type Server = (typeof SERVERS)[number]

/** Why a server cannot be started on this machine, for `skip`. */
export function missing(server: Server): string | false {
  if (server === 'onnx') return false
  if (process.env['SERVEBENCH_VESPA'] === undefined) {
    return 'SERVEBENCH_VESPA does not say where the jars of Vespa are: see servers/vespa/install.sh'
  }
  return missingProgram('java')
}

/** One of the models, each evaluation with so many threads. */
export function serve(server: Server, model: Model, threads: number): Served {
  if (server === 'vespa') {
    const file = MODELS[model]
    return vespaServer({
      models: { ranker: { file, intraOpThreads: threads, executionMode: 'sequential' } },
      threads: { container: POOL },
    })
  }
  // As many evaluations at a time as there are cores for, so that threads × evaluations are the cores.
  return onnxServer({
    models: [{ model: MODELS[model], name: 'ranker' }],
    intraOpThreads: threads,
    instances: Math.max(1, Math.floor(CORES / threads)),
  })
}
type Served = ReturnType<typeof vespaServer> | ReturnType<typeof onnxServer>

export const TARGETS = { vespa: () => vespaModel({ model: 'ranker' }), onnx: () => oip({ model: 'ranker' }) }
