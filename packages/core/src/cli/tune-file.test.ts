import { expect, it } from 'vitest'
import { ValidationError } from '../errors/validation-error.ts'
import { reviewForms, writeTuneFile, type TuneServerValues } from './tune-file.ts'

it('writes the bench file that the options stand for', () => {
  const { name, text } = writeTuneFile(
    {
      server: 'triton',
      repository: 'models',
      model: 'resnet',
      shape: ['INPUT:3,224,224'],
      latencyBudget: '10ms',
      minThroughput: '200',
      maxConcurrency: '64',
    },
    '/work',
  )
  expect(name).toBe('resnet on triton')
  expect(text).toBe(`import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { tensors } from 'servebench/inputs'

// Without \`space\` and \`settings\` the plugin of the server says what is worth a try.
study('resnet on triton', {
  server: tritonServer({ repository: '/work/models', state: { models: { resnet: {} } } }),
  target: triton({ model: 'resnet', protocol: 'grpc' }),
  input: tensors({ shapes: { INPUT: [3, 224, 224] } }),
  loads: { concurrency: { from: 1, to: 64 } },
  latencyBudget: '10ms',
  minThroughput: 200,
  search: 'quick',
})
`)
})

it.each(['triton', 'onnx', 'torchserve', 'tfserving'])(
  'knows how %s is written, launched and attached to',
  (server) => {
    const launched = writeTuneFile({ server, repository: '/models', model: "it's" }, '/')
    expect(launched.text).toContain('/models')
    expect(launched.text).toContain("it\\'s")
    const attached = (): string =>
      writeTuneFile({ server, url: 'http://127.0.0.1:8000', model: 'm' }, '/').text
    if (server === 'onnx') expect(attached).toThrow(ValidationError)
    else expect(attached()).toContain("url: 'http://127.0.0.1:8000'")
    const inside = writeTuneFile(
      { server, repository: '/models', model: 'm', launch: 'container', image: 'i:1' },
      '/',
    )
    expect(inside.text).toContain("container: { image: 'i:1' }")
  },
)

it.each<[what: string, values: TuneServerValues, ...parts: string[]]>([
  ['another server', { server: 'tritn', repository: '.', model: 'm' }, '--server', 'triton'],
  ['no model', { server: 'triton', repository: '.' }, '--model'],
  ['no models', { server: 'triton', model: 'm' }, '--repository'],
  ['no address', { server: 'triton', model: 'm', launch: 'attach' }, '--url'],
  [
    'an address of what is launched',
    { server: 'triton', model: 'm', repository: '.', url: 'http://x', launch: 'local' },
    '--url',
  ],
  ['no image', { server: 'triton', model: 'm', repository: '.', launch: 'container' }, '--image'],
  ['a shape without dimensions', { server: 'triton', model: 'm', repository: '.', shape: ['X'] }, '--shape'],
  ['no number', { server: 'triton', model: 'm', repository: '.', minThroughput: 'many' }, '--min-throughput'],
  [
    'a part of a user',
    { server: 'triton', model: 'm', repository: '.', maxConcurrency: '1.5' },
    '--max-concurrency',
  ],
])('refuses %s', (...[, values, ...parts]) => {
  let message = ''
  try {
    writeTuneFile(values, '/')
  } catch (error) {
    message = error instanceof Error ? error.message : ''
  }
  for (const part of parts) expect(message).toContain(part)
})

it('takes either files or a server', () => {
  expect(() => reviewForms(['a'], { server: 'triton' })).toThrow('leave the files out')
  expect(() => reviewForms(['a'], { model: 'm' })).toThrow('--model')
  expect(() => reviewForms([], { server: 'triton', model: 'm' })).not.toThrow()
  expect(() => reviewForms(['a'], {})).not.toThrow()
})
