import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchServer } from 'servebench/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeRuntime } from '../../core/test/support/fake-runtime.ts'
import { plugin, torchServe } from '../src/index.ts'

const IMAGE = 'pytorch/torchserve:0.12.0-cpu'
const PROGRAM = join(import.meta.dirname, 'support/torchserve.mjs')

let root = ''
let runtime: FakeRuntime
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'torchserve-container-')))
  writeFileSync(join(root, 'echo.mar'), 'archive')
  const programs = { torchserve: [process.execPath, PROGRAM] }
  const image = { id: 'sha256:1', entrypoint: ['dockerd-entrypoint.sh'], programs }
  runtime = new FakeRuntime(join(root, 'engine'), { local: { [IMAGE]: image } }).install()
})
afterEach(() => {
  expect(runtime.containers()).toEqual([])
  runtime[Symbol.dispose]()
  rmSync(root, { recursive: true })
})

it('runs in a container in the place of its entrypoint, and writes as the user of this tool', async () => {
  const spec = torchServe({
    models: ['echo.mar'],
    state: { workers: 2 },
    container: { image: IMAGE, runtime: 'podman' },
  })
  await using launched = await launchServer(plugin, spec, { root })
  const { server, effective } = launched
  expect(server).toMatchObject({ version: '0.12.0', container: { image: IMAGE, runtime: 'podman' } })
  expect(server.loadsBy).toBe('calls')
  expect(server.startup['system']).toBeGreaterThan(0)
  expect(server.startup['modelLoad.echo']).toBeGreaterThan(0)
  expect(JSON.stringify(effective)).toContain('echo')
  const [call = []] = runtime.calls('run')
  const command = call.slice(call.indexOf(IMAGE) + 1)
  expect(command.slice(0, 3)).toEqual(['--start', '--foreground', '--no-config-snapshots'])
  expect(call).toEqual(
    expect.arrayContaining([
      '--entrypoint=torchserve',
      `--user=${process.getuid!()}:${process.getgid!()}`,
      '--env=TMPDIR=/tmp',
    ]),
  )
  const folder = call.find((argument) => argument.startsWith('--workdir='))?.slice(10)
  expect(call).toContain(`--mount=type=bind,source=${folder},target=${folder}`)
  // The store has a link to it.
  const archive = join(root, 'echo.mar')
  expect(call).toContain(`--mount=type=bind,source=${archive},target=${archive},readonly`)
  expect(call.filter((argument) => argument.startsWith('--publish=127.0.0.1:'))).toHaveLength(5)
})

it('takes its program from the image', () => {
  expect(() => torchServe({ models: ['a.mar'], binary: 'torchserve', container: { image: IMAGE } })).toThrow(
    /binary.*image of the container/s,
  )
})
