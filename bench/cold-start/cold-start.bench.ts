import { onnxModel } from '@servebench/plugin-models'
import { mlServer, oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { tritonServer } from '@servebench/plugin-triton'
import { scenario } from 'servebench'

const { triton, mlserver } = JSON.parse(process.env['BENCH_SERVERS'] ?? '{}') as {
  readonly triton?: string
  readonly mlserver?: string
}
/** Units of the three layers: 0.1, 2.5, 34 and 132 MiB. */
const WIDTHS = [64, 512, 2048, 4096]
const modelOf = (width: number) => onnxModel({ family: 'mlp', width, name: 'mlp' })

scenario('ONNX server', {
  matrix: { width: WIDTHS },
  server: ({ width }) => onnxServer({ models: [modelOf(width)] }),
  target: () => oip({ model: 'mlp' }),
  coldStart: { requests: 20, pageCache: 'drop' },
})

if (triton !== undefined) {
  scenario('Triton', {
    matrix: { width: WIDTHS },
    server: ({ width }) => tritonServer({ binary: triton, models: [modelOf(width)] }),
    target: () => oip({ model: 'mlp' }),
    coldStart: { requests: 20, pageCache: 'drop' },
  })
}

if (mlserver !== undefined) {
  scenario('MLServer', {
    matrix: { width: WIDTHS },
    server: ({ width }) => mlServer({ binary: mlserver, models: [modelOf(width)] }),
    target: () => oip({ model: 'mlp', protocol: 'grpc' }),
    coldStart: { requests: 20, pageCache: 'drop' },
  })
}
