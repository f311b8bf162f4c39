import { torchserve, torchServe, torchserveSampler } from '@servebench/plugin-torchserve'
import { torchserveControl } from '@servebench/plugin-torchserve/control'
import { torchserveSuite } from '@servebench/plugin-torchserve/suite'

export const target = torchserve({ model: 'm', version: '1.0', keyFile: 'key_file.json' })
export const server = torchServe({ url: 'http://127.0.0.1:8080', state: { models: { m: { workers: 2 } } } })
export const control = torchserveControl({ url: 'http://127.0.0.1:8080', managementUrl: null })
export const suite: (file: string) => void = torchserveSuite
export const sampler = torchserveSampler({ model: 'm' })
