import { describe, expect, it } from 'vitest'
import { onnxModel } from '@servebench/plugin-models'
import { tritonServer } from '../index.ts'
import type { TritonLaunchOptions } from '../index.ts'
import { serverArguments } from './server-arguments.ts'

const BARE = { binary: '/opt/triton/bin/tritonserver', backends: null, caches: null, backendNames: null }
const WHOLE = {
  ...BARE,
  backends: '/opt/triton/backends',
  caches: '/opt/triton/caches',
  backendNames: ['python', 'onnxruntime'],
}

function argumentsFor(
  options: Partial<TritonLaunchOptions>,
  installation: typeof BARE | typeof WHOLE = BARE,
): string[] {
  const { launch } = tritonServer({ models: [onnxModel({ family: 'mlp' })], ...options })
  if (launch.mode !== 'launch') throw new Error('This is a server to attach to.')
  return serverArguments(launch, installation, {
    ports: { http: 1, grpc: 2, metrics: 3 },
    repository: '/scratch/models',
    region: 'region_',
    root: '/project',
    directory: '/scratch',
    host: '127.0.0.1',
  })
}

const PLAIN = [
  '--model-repository=/scratch/models',
  '--model-control-mode=explicit',
  '--http-address=127.0.0.1',
  '--grpc-address=127.0.0.1',
  '--metrics-address=127.0.0.1',
  '--http-port=1',
  '--grpc-port=2',
  '--metrics-port=3',
  '--exit-timeout-secs=10',
]

describe('the command line of a server', () => {
  it('has explicit control, loopback addresses and ports of its own', () => {
    expect(argumentsFor({})).toEqual(PLAIN)
  })

  it('names the folders of its installation, and regions that can be found again', () => {
    expect(argumentsFor({}, WHOLE).filter((argument) => !PLAIN.includes(argument))).toEqual([
      '--backend-directory=/opt/triton/backends',
      '--cache-directory=/opt/triton/caches',
      '--backend-config=python,shm-region-prefix-name=region_',
    ])
  })

  it('has what options ask for, and further arguments last, which therefore win', () => {
    const options = {
      repository: ['zoo', '/abs/zoo'],
      cache: '64MiB',
      rateLimits: { R: 2, GPU: 1 },
      trace: true,
      args: ['--http-port=9', '--log-verbose=1'],
    } as const
    expect(argumentsFor(options).filter((argument) => !PLAIN.includes(argument))).toEqual([
      '--model-repository=/project/zoo',
      '--model-repository=/abs/zoo',
      '--trace-config=triton,file=/scratch/trace.json',
      '--cache-config=local,size=67108864',
      '--rate-limit=execution_count',
      '--rate-limit-resource=R:2',
      '--rate-limit-resource=GPU:1',
      '--http-port=9',
      '--log-verbose=1',
    ])
    expect(argumentsFor(options)[0]).toBe('--model-repository=/scratch/models')
    expect(argumentsFor(options).at(-1)).toBe('--log-verbose=1')
  })
})
