import { describe, expect, it } from 'vitest'
import type { JsonObject } from 'servebench/plugin'
import { applySettings } from './apply-settings.ts'
import { findDifferences, isSameConfig } from './compare-config.ts'
import { formatModelConfig } from './format-model-config.ts'
import { mergeConfig } from './merge-config.ts'

describe('config.pbtxt', () => {
  it('is written as the text format of the definition', () => {
    const config = {
      name: 'a "b"\\\n é',
      backend: 'python',
      max_batch_size: 8,
      input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1, 3], optional: true }],
      instance_group: [{ count: 2, kind: 'KIND_CPU' }, {}],
      dynamic_batching: {},
      parameters: { key: { string_value: 'value' } },
      model_transaction_policy: { decoupled: true },
    }
    expect(formatModelConfig(config)).toBe(
      [
        'name: "a \\"b\\"\\\\\\012 \\303\\251"',
        'backend: "python"',
        'max_batch_size: 8',
        'input {',
        '  name: "x"',
        '  data_type: TYPE_FP32',
        '  dims: -1',
        '  dims: 3',
        '  optional: true',
        '}',
        'instance_group {',
        '  count: 2',
        '  kind: KIND_CPU',
        '}',
        'instance_group {}',
        'dynamic_batching {}',
        'parameters {',
        '  key: "key"',
        '  value {',
        '    string_value: "value"',
        '  }',
        '}',
        'model_transaction_policy {',
        '  decoupled: true',
        '}',
        '',
      ].join('\n'),
    )
  })

  it.each([
    [{ max_batch: 8 }, 'max_batch is no field'],
    [{ max_batch_size: '8' }, 'max_batch_size must be a whole number'],
    [{ max_batch_size: 1.5 }, 'max_batch_size must be a whole number'],
    [{ input: { name: 'x' } }, 'input must be a list'],
    [{ input: [{ data_type: 'FP32' }] }, 'input[0].data_type must be one of'],
    [{ name: 7 }, 'name must be text'],
    [{ dynamic_batching: true }, 'dynamic_batching must be an object'],
  ])('refuses %j', (config, message) => {
    expect(() => formatModelConfig(config as JsonObject)).toThrow(message)
  })
})

const BASE: JsonObject = {
  name: 'm',
  max_batch_size: 16,
  instance_group: [
    { name: 'm_0', kind: 'KIND_CPU', count: 1 },
    { name: 'm_1', kind: 'KIND_CPU', count: 2 },
  ],
  dynamic_batching: { preferred_batch_size: [16], max_queue_delay_microseconds: 100 },
  parameters: { a: { string_value: '1' } },
}

describe('settings in a configuration', () => {
  it('leave everything else as it is', () => {
    expect(applySettings(BASE, {})).toEqual(BASE)
  })

  it('count instances in each group, or make one group of another kind', () => {
    expect(applySettings(BASE, { instances: 4 })['instance_group']).toEqual([
      { name: 'm_0', kind: 'KIND_CPU', count: 4 },
      { name: 'm_1', kind: 'KIND_CPU', count: 4 },
    ])
    expect(applySettings(BASE, { instanceKind: 'KIND_GPU', gpus: [0] })['instance_group']).toEqual([
      { kind: 'KIND_GPU', count: 3, gpus: [0] },
    ])
    expect(applySettings({ name: 'm' }, { instances: 2 })['instance_group']).toEqual([{ count: 2 }])
  })

  it('switch batching, and let the size that the server has added follow the largest batch', () => {
    expect(applySettings(BASE, { dynamicBatching: false })['dynamic_batching']).toBeUndefined()
    expect(applySettings(BASE, { maxBatchSize: 4 })['dynamic_batching']).toEqual({
      preferred_batch_size: [],
      max_queue_delay_microseconds: 100,
    })
    expect(
      applySettings(BASE, { dynamicBatching: { maxQueueDelay: 5, preferred: [2] } })['dynamic_batching'],
    ).toEqual({
      preferred_batch_size: [2],
      max_queue_delay_microseconds: 5,
    })
    // Without a batch dimension there is nothing to join.
    expect(applySettings(BASE, { maxBatchSize: 0, dynamicBatching: {} })['dynamic_batching']).toBeUndefined()
  })

  it('reach the rest by parameters and by parts of the configuration', () => {
    expect(
      applySettings(BASE, {
        parameters: { b: '2' },
        responseCache: true,
        config: { dynamic_batching: { preserve_ordering: true }, parameters: null },
      }),
    ).toEqual({
      ...mergeConfig(BASE, { parameters: null }),
      response_cache: { enable: true },
      dynamic_batching: { ...(BASE['dynamic_batching'] as JsonObject), preserve_ordering: true },
    })
  })
})

describe('two configurations', () => {
  it('mean the same with and without defaults', () => {
    expect(isSameConfig(BASE, { ...BASE, default_model_filename: '', backend: '', metric_tags: {} })).toBe(
      true,
    )
    expect(isSameConfig({ name: 'm' }, { name: 'm', max_batch_size: 0, input: [] })).toBe(true)
    expect(isSameConfig(BASE, { ...BASE, max_batch_size: 8 })).toBe(false)
    // An empty message says something: here that requests are joined.
    expect(isSameConfig({ name: 'm' }, { name: 'm', dynamic_batching: {} })).toBe(false)
  })

  it('differ in what was asked for and not taken over, not in what the server adds', () => {
    const wanted = applySettings(BASE, { instances: 4, maxBatchSize: 32 })
    const found = { ...wanted, backend: 'python', max_batch_size: 16 }
    expect(findDifferences(BASE, wanted, found)).toEqual([{ path: 'max_batch_size', wanted: 32, found: 16 }])
    expect(findDifferences(BASE, wanted, wanted)).toEqual([])
  })
})
