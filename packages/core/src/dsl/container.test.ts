import { expect, it } from 'vitest'
import type { Problem } from '../errors/validation-error.ts'
import { planContainer, type ContainerOptions } from './container.ts'
import { env } from './secret.ts'

function plan(options: unknown) {
  const problems: Problem[] = []
  return { planned: planContainer(options, 'container', problems), problems }
}

const FULL: ContainerOptions = {
  image: 'nvcr.io/nvidia/tritonserver:25.02-py3',
  runtime: 'podman',
  pull: 'always',
  args: ['--shm-size=1g', '--ulimit', 'memlock=-1'],
  mounts: ['models', { source: '/data', target: '/in/there', readOnly: false }],
  gpus: [0, 'GPU-8f3c'],
  cpus: '0-3',
  memory: '4GiB',
  env: { A: '1', TOKEN: env('TOKEN') },
  network: 'host',
}

it('is plain data with every default in place', () => {
  expect(plan({ image: 'server:1' }).planned).toEqual({
    image: 'server:1',
    runtime: 'docker',
    pull: 'missing',
    args: [],
    mounts: [],
    gpus: null,
    cpus: null,
    memory: null,
    env: {},
    network: null,
  })
  expect(plan(FULL).planned).toEqual({
    ...FULL,
    mounts: [
      { source: 'models', target: null, readOnly: true },
      { source: '/data', target: '/in/there', readOnly: false },
    ],
    gpus: ['0', 'GPU-8f3c'],
    memory: 2 ** 32,
  })
  expect(plan(undefined)).toEqual({ planned: undefined, problems: [] })
})

it('reads what it has planned as the same', () => {
  for (const options of [{ image: 'server:1' }, FULL]) {
    const { planned } = plan(options)
    expect(plan(JSON.parse(JSON.stringify(planned)))).toEqual({ planned, problems: [] })
  }
})

it('tells all that is wrong', () => {
  const { planned, problems } = plan({
    image: '--privileged',
    runtime: 'lxc',
    pull: 'often',
    args: 'x',
    mounts: [{}, { source: '/a', target: 'b', readOnly: 1 }],
    gpus: [-1],
    cpus: 0,
    memory: '0B',
    env: { 'NOT A NAME': '1' },
    network: 'none',
    cpu: 1,
  })
  expect(planned).toBeUndefined()
  expect(problems.map(({ path }) => path.replace('container.', ''))).toEqual([
    'cpu',
    'image',
    'runtime',
    'pull',
    'args',
    'gpus',
    'cpus',
    'network',
    'env',
    'memory',
    'mounts[0]',
    'mounts[1].target',
    'mounts[1].readOnly',
  ])
  expect(plan('server:1').problems).toMatchObject([{ path: 'container' }])
})

it.each([
  '--publish=0.0.0.0:80:80',
  '-p80:80',
  '-P',
  '--publish-all',
  '--net=host',
  '--network',
  '--name=x',
  '-d',
  '-it',
  '--rm=false',
  '--restart=always',
  '-eTOKEN=1',
  '--env-file=x',
  '--cidfile=x',
  '--entrypoint=',
])('keeps %s for itself', (argument) => {
  expect(plan({ image: 'server:1', args: ['--shm-size=1g', argument] }).problems).toHaveLength(1)
})
