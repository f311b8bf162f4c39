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
    '/srv',
  )
  expect(name).toBe('resnet on triton')
  expect(text).toBe(`import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'
import { tensors } from 'servebench/inputs'

// Without \`space\` and \`settings\` the plugin of the server says what is worth a try.
study('resnet on triton', {
  server: tritonServer({ repository: '/srv/models', state: { models: { resnet: {} } } }),
  target: triton({ model: 'resnet', protocol: 'grpc' }),
  input: tensors({ shapes: { INPUT: [3, 224, 224] } }),
  loads: { concurrency: { from: 1, to: 64 } },
  latencyBudget: '10ms',
  minThroughput: 200,
  search: 'quick',
})
`)
})

it('writes several models as streams, with what is said of each', () => {
  const { name, text } = writeTuneFile(
    {
      server: 'onnx',
      repository: '/models',
      model: ['resnet', 'bert.v2'],
      shape: ['MASK:8', 'resnet/INPUT:3,224,224', 'bert.v2/IDS:128'],
      latencyBudget: ['10ms', 'bert.v2=50ms'],
      minThroughput: ['resnet=100'],
      weight: ['resnet=3'],
      maxConcurrency: '64',
    },
    '/',
  )
  expect(name).toBe('resnet and bert.v2 on onnx')
  expect(text).toBe(`import { stream, study } from 'servebench'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { oip } from '@servebench/plugin-oip'
import { tensors } from 'servebench/inputs'

// Without \`space\` and \`settings\` the plugin of the server says what is worth a try.
study('resnet and bert.v2 on onnx', {
  server: onnxServer({
    models: [
      { model: '/models/resnet.onnx', name: 'resnet' },
      { model: '/models/bert.v2.onnx', name: 'bert.v2' },
    ],
  }),
  models: { resnet: { minThroughput: 100, weight: 3 }, 'bert-v2': { latencyBudget: '50ms' } },
  streams: {
    resnet: stream({
      target: oip({ model: 'resnet', protocol: 'grpc' }),
      input: tensors({ shapes: { MASK: [8], INPUT: [3, 224, 224] } }),
    }),
    'bert-v2': stream({
      target: oip({ model: 'bert.v2', protocol: 'grpc' }),
      input: tensors({ shapes: { MASK: [8], IDS: [128] } }),
    }),
  },
  loads: { concurrency: { from: 2, to: 64 } },
  latencyBudget: '10ms',
  search: 'quick',
})
`)
})

it('gives streams different names, whatever the models are called', () => {
  const models = ['a.b', 'a-b', '7b']
  const { text } = writeTuneFile({ server: 'triton', repository: '/m', model: models }, '/')
  expect(text).toContain("models: { 'a-b': {}, 'a-b-2': {}, 'm-7b': {} }")
  for (const model of models) expect(text).toContain(`model: '${model}'`)
})

it('tells everything that is wrong with what is said of models', () => {
  const values = {
    server: 'triton',
    repository: '.',
    model: ['resnet', 'bert', 'bert'],
    shape: ['resnt/X:3', 'Y'],
    latencyBudget: ['brt=3ms', '1ms', '2ms'],
    minThroughput: ['bert=x'],
    weight: ['3'],
    maxConcurrency: '2',
  }
  let problems: readonly { readonly path: string; readonly message: string }[] = []
  try {
    writeTuneFile(values, '/')
  } catch (error) {
    if (error instanceof ValidationError) problems = error.problems
  }
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    '--model: names one of them twice.',
    '--max-concurrency: expected a user for each of 3 models.',
    "--latency-budget: 'brt' is no --model.",
    '--latency-budget: is given twice.',
    "--min-throughput: expected a number above 0, not 'x'.",
    '--weight: is of one of several models: --weight resnet=3.',
    "--shape 'resnt/X:3': 'resnt' is no --model.",
    "--shape 'Y': expected name:dimensions, such as INPUT:1,3,224,224.",
  ])
  const single = { server: 'triton', repository: '.', model: ['m'], weight: ['m=2'] }
  expect(() => writeTuneFile(single, '/')).toThrow('is against other models')
  const limited = writeTuneFile(
    { server: 'triton', repository: '.', model: 'm', latencyBudget: ['m=2ms'] },
    '/',
  )
  expect(limited.text).toContain("latencyBudget: '2ms'")
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
