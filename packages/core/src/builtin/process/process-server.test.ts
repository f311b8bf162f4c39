import { expect, it } from 'vitest'
import { ValidationError } from '../../errors/validation-error.ts'
import { launchServer } from '../../testing/launch-server.ts'
import { plugin } from './plugin.ts'
import { processServer } from './process-server.ts'

it('a process is plain data with every default in place', () => {
  expect(processServer({ command: 'serve', args: ['--port={port}'], startTimeout: '5s' })).toEqual({
    kind: 'process',
    package: 'servebench',
    launch: {
      command: 'serve',
      args: ['--port={port}'],
      env: {},
      cwd: null,
      port: null,
      ready: null,
      startTimeout: 5e9,
      models: [],
      bare: null,
    },
    state: {},
  })
})

it('tells all that is wrong with its options', () => {
  const wrong = {
    command: '',
    args: 'x',
    env: { A: 1 },
    cwd: 3,
    port: 0,
    ready: { path: 'health' },
    startTimeout: '5',
    models: [1],
    bare: { ready: true },
    container: {},
    often: 1,
  }
  try {
    processServer(wrong as never)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).problems.map(({ path }) => path)).toEqual([
      'often',
      'container.image',
      'command',
      'args',
      'models',
      'env',
      'bare',
      'cwd',
      'port',
      'ready',
      'startTimeout',
    ])
  }
})

it('says what a start without any model is', async () => {
  const serve =
    "require('node:http').createServer((_, answer) => answer.end()).listen(process.argv[1], '127.0.0.1')"
  const spec = processServer({
    command: process.execPath,
    args: ['-e', serve, '{port}', '--model=large'],
    env: { THREADS: '2' },
    models: ['large'],
    ready: { path: '/' },
    bare: { args: ['-e', serve, '{port}'], env: { MODELS: 'none' } },
  })
  await using launched = await launchServer(plugin, spec)
  const { bare } = launched.server
  expect(bare).toEqual({
    ...spec,
    launch: {
      ...spec.launch,
      args: ['-e', serve, '{port}'],
      env: { THREADS: '2', MODELS: 'none' },
      models: [],
      bare: null,
    },
  })
  await using alone = await launchServer(plugin, { ...spec, ...bare })
  expect(alone.server.bare).toBeUndefined()
  expect(alone.server.startup['ready']).toBeGreaterThan(0)
})
