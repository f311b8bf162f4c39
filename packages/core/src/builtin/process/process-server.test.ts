import { expect, it } from 'vitest'
import { ValidationError } from '../../errors/validation-error.ts'
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
