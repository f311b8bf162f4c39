import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { launchServer } from 'servebench/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeRuntime } from '../../core/test/support/fake-runtime.ts'
import { plugin, vespaServer } from '../src/index.ts'
import { packFolder } from '../src/launch/pack-folder.ts'

const IMAGE = 'vespaengine/vespa:8'

let root = ''
let runtime: FakeRuntime
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'vespa-container-')))
  writeFileSync(join(root, 'ranker.onnx'), 'a model')
  const programs = { start: [process.execPath, join(import.meta.dirname, 'support/vespa-image.mjs')] }
  runtime = new FakeRuntime(join(root, 'engine'), {
    local: { [IMAGE]: { id: 'sha256:1', entrypoint: ['start'], programs } },
  }).install()
})
afterEach(() => {
  expect(runtime.containers()).toEqual([])
  runtime[Symbol.dispose]()
  rmSync(root, { recursive: true })
})

it('deploys its application to an image, behind ports of its own', async () => {
  const models = { ranker: { file: 'ranker.onnx', intraOpThreads: 2 } }
  const spec = vespaServer({ models, env: { EXTRA: 'yes' }, container: { image: IMAGE } })
  await using launched = await launchServer(plugin, spec, { root })
  const { server } = launched
  expect(server).toMatchObject({ version: '8.700.24', container: { image: IMAGE, imageId: 'sha256:1' } })
  expect(server.startup['ready']).toBeGreaterThan(0)
  expect(server.bare?.launch['models']).toEqual([])
  expect((await server.control!.metadata()).models).toEqual([
    { name: 'ranker', version: null, state: 'READY' },
  ])
  const { services, extra } = (await (await fetch(`${server.endpoints['http']}/started`)).json()) as {
    readonly services: string
    readonly extra: string
  }
  expect(services).toContain('<server id="main" port="8080"/>')
  expect(services).toContain('<intraop-threads>2</intraop-threads>')
  expect(extra).toBe('yes')
  const [call = []] = runtime.calls('run')
  expect(call.filter((argument) => argument.startsWith('--publish')).map((one) => one.split(':')[2])).toEqual(
    ['8080', '19071'],
  )
  expect(call.at(-1)).toBe(IMAGE)
})

it('says why an application is refused, and leaves nothing', async () => {
  mkdirSync(join(root, 'app'))
  writeFileSync(join(root, 'app/services.xml'), '<broken><http><server id="main" port="1"/></http>')
  const spec = vespaServer({ application: 'app', container: { image: IMAGE } })
  await expect(launchServer(plugin, spec, { root })).rejects.toMatchObject({
    code: 'SERVEBENCH_VESPA_DEPLOY',
    message: 'Vespa refuses the application (status 400): Invalid XML in services.xml',
  })
})

it('leaves to the image what is in it', () => {
  const options = { jars: 'jars', java: 'java', heap: '1GiB', container: { image: IMAGE } } as const
  expect(() => vespaServer(options)).toThrow(/jars.*java.*heap/s)
})

it('packs folders as tar reads them', async () => {
  const files = {
    'services.xml': 'x'.repeat(512),
    'models/ranker.onnx': 'y'.repeat(1000),
    'empty.txt': '',
    [`schemas/${'long'.repeat(20)}/${'name'.repeat(20)}.sd`]: 'größer',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'app', name)), { recursive: true })
    writeFileSync(join(root, 'app', name), text)
  }
  const packed = await packFolder(join(root, 'app'))
  expect(await packFolder(join(root, 'app'))).toEqual(packed)
  mkdirSync(join(root, 'out'))
  execFileSync('tar', ['-xzf', '-', '-C', join(root, 'out')], { input: packed })
  for (const [name, text] of Object.entries(files))
    expect(readFileSync(join(root, 'out', name), 'utf8')).toBe(text)
  expect(readdirSync(join(root, 'out')).sort()).toEqual(['empty.txt', 'models', 'schemas', 'services.xml'])
  await expect(
    (async () => {
      mkdirSync(join(root, 'app', 'deep'.repeat(40)), { recursive: true })
      writeFileSync(join(root, 'app', 'deep'.repeat(40), 'file'), '')
      return packFolder(join(root, 'app'))
    })(),
  ).rejects.toThrow('is too long for an application package')
})
