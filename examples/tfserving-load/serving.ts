import { onnxModel, presets, savedModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { tfserving, tfservingServer } from '@servebench/plugin-tfserving'
import { missingProgram } from 'servebench'
import { closed, ramp } from 'servebench'
import { isFull } from './form.ts'

const shape = isFull
  ? ({ ...presets['resnet-50'], name: 'resnet' } as const)
  : ({ family: 'cnn', block: 'residual', size: 32, name: 'resnet' } as const)
/** One image, with the dimensions of the model's input. */
export const IMAGE: readonly number[] = isFull ? [1, 3, 224, 224] : [1, 3, 32, 32]

export const SERVERS = ['tfserving', 'onnx'] as const
export type Server = (typeof SERVERS)[number]

/** Why a server cannot be started on this machine, for `skip`. */
export function missing(server: Server): string | false {
  return server === 'tfserving' && missingProgram('tensorflow_model_server', { variable: 'TF_SERVING_BIN' })
}

export interface Threads {
  /** That compute one operation. */
  readonly intraOp: number
  /** For operations, or on the stand-in evaluations, side by side. */
  readonly interOp: number
}

/** TensorFlow Serving, or ONNX Runtime in its place with the same model. */
export function serve(server: Server, threads: Threads): Served {
  if (server === 'tfserving') return tfservingServer({ models: [savedModel(shape)], threads })
  return onnxServer({
    models: [onnxModel(shape)],
    intraOpThreads: threads.intraOp,
    instances: threads.interOp,
  })
}
type Served = ReturnType<typeof tfservingServer> | ReturnType<typeof onnxServer>

export const TARGETS = {
  tfserving: {
    REST: () => tfserving({ model: 'resnet', protocol: 'http' }),
    gRPC: () => tfserving({ model: 'resnet', protocol: 'grpc' }),
  },
  onnx: {
    REST: () => oip({ model: 'resnet', protocol: 'http-json' }),
    gRPC: () => oip({ model: 'resnet', protocol: 'grpc' }),
  },
}

/** Locust's `--users 150 --spawn-rate 1` with `constant(1)`: one more user every second, who waits a second between two. */
export const USERS: ReturnType<typeof closed> = closed({
  concurrency: ramp({ from: 1, to: 150, every: isFull ? '1s' : '15ms' }),
  thinkTime: isFull ? '1s' : '100ms',
})

/** Beyond the ramp: of the article's five minutes the second half has all users. */
export const LENGTH = isFull ? '5m' : '4s'
