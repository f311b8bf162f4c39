import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnxModel, plugin as models } from '@servebench/plugin-models'
import { launchServer } from 'servebench/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeRuntime } from '../../core/test/support/fake-runtime.ts'
import { plugin, tritonServer } from '../src/index.ts'

const IMAGE = 'nvcr.io/nvidia/tritonserver:25.02-py3'
const PROGRAM = join(import.meta.dirname, 'support/tritonserver.mjs')

let root = ''
let runtime: FakeRuntime
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'triton-container-')))
  // Its entrypoint runs the command that it is given.
  const programs = {
    nvidia_entrypoint: ['/bin/sh', '-c', `shift; exec '${process.execPath}' '${PROGRAM}' "$@"`, ''],
  }
  runtime = new FakeRuntime(root, {
    local: { [IMAGE]: { id: 'sha256:1', entrypoint: ['nvidia_entrypoint'], programs } },
  })
  runtime.install()
})
afterEach(() => {
  expect(runtime.containers()).toEqual([])
  runtime[Symbol.dispose]()
  rmSync(root, { recursive: true })
})

it('runs in a container that sees its models, and listens where its ports are published from', async () => {
  const spec = tritonServer({
    models: [{ model: onnxModel({ family: 'mlp', inputs: 4, width: 8, layers: 1 }), name: 'mlp' }],
    state: { instances: 2 },
    container: { image: IMAGE, args: ['--shm-size=1g'] },
  })
  {
    await using launched = await launchServer(plugin, spec, { plugins: [models], root })
    const { server, effective } = launched
    expect(server.container).toMatchObject({ image: IMAGE, imageId: 'sha256:1', runtime: 'docker' })
    expect(effective).toMatchObject({ models: { mlp: {} } })
    const { models: served } = await server.control!.metadata()
    expect(served).toEqual([{ name: 'mlp', version: '1', state: 'READY' }])
    const [call = []] = runtime.calls('run')
    const ports = Object.values(server.endpoints).map((url) => new URL(url).port)
    expect(call.filter((argument) => argument.startsWith('--publish'))).toEqual(
      ports.map((port) => `--publish=127.0.0.1:${port}:${port}`),
    )
    const command = call.slice(call.indexOf(IMAGE) + 1)
    expect(command[0]).toBe('tritonserver')
    expect(command).toEqual(
      expect.arrayContaining([
        '--http-address=0.0.0.0',
        '--grpc-address=0.0.0.0',
        '--metrics-address=0.0.0.0',
      ]),
    )
    expect(command.filter((argument) => argument.startsWith('--backend-directory'))).toEqual([])
    // What it only reads, it cannot change; and it is nobody else than the image says.
    const mounts = call.filter((argument) => argument.startsWith('--mount'))
    expect(mounts.length).toBeGreaterThan(1)
    expect(mounts.every((mount) => mount.endsWith(',readonly'))).toBe(true)
    expect(call.filter((argument) => argument.startsWith('--user'))).toEqual([])
  }
})

it('takes its program from the image', () => {
  const options = { models: ['a.onnx'], binary: 'tritonserver', container: { image: '' } }
  expect(() => tritonServer(options)).toThrow(/binary.*image of the container/s)
})
