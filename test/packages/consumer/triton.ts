import { triton, tritonServer } from '@servebench/plugin-triton'
import { formatModelConfig } from '@servebench/plugin-triton/control'

export const target = triton({ model: 'm', stream: 'shared' })
export const server = tritonServer({ url: 'http://127.0.0.1:8000', state: { instances: 2 } })
export const text: string = formatModelConfig({ name: 'm' })
