import { vespaMetrics, vespaModel, vespaSearch, vespaServer } from '@servebench/plugin-vespa'
import { parseTensorType } from '@servebench/plugin-vespa/control'

export const targets = [vespaSearch({ query: { hits: 1 } }), vespaModel({ model: 'm', literals: 'cells' })]
export const server = vespaServer({ models: { m: { file: 'm.onnx', intraOpThreads: 2 } } })
export const sampler = vespaMetrics({ period: '5s' })
export const type: string | undefined = parseTensorType('tensor(x[2])')?.text
