import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { formatModelConfig } from './format-model-config.ts'
import { normalConfig } from './normal-config.ts'
import { parseModelConfig } from './parse-model-config.ts'

const REPOSITORY = join(import.meta.dirname, '../../../../servers/triton/models')

function refusal(text: string): string {
  try {
    parseModelConfig(text)
  } catch (error) {
    return error instanceof Error ? error.message : 'not an error'
  }
  return 'taken'
}

describe('the text of a config.pbtxt', () => {
  it('is read with comments, lists, maps and all ways to write a message', () => {
    expect(
      parseModelConfig(`
        # a comment with "quotes" and { braces
        name: "a" 'b'  "c", max_batch_size: 0x10;
        platform: "\\"\\\\\\012\\303\\251\\u00e9"
        input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 3 ] optional: true }, { name: "y", dims: 4 dims: 5 } ]
        output < name: "z"; data_type: 11 >
        parameters { key: "one" value { string_value: "1" } }
        parameters: { key: "two" value: { string_value: "2" } }
        parameters: [ { key: "three" value { string_value: "3" } } ]
        dynamic_batching { priority_queue_policy { key: 1 value { max_queue_size: 16 } } }
        instance_group {} # the last line has no end`),
    ).toEqual({
      name: 'abc',
      max_batch_size: 16,
      platform: '"\\\néé',
      input: [
        { name: 'x', data_type: 'TYPE_FP32', dims: [-1, 3], optional: true },
        { name: 'y', dims: [4, 5] },
      ],
      output: [{ name: 'z', data_type: 'TYPE_FP32' }],
      parameters: { one: { string_value: '1' }, two: { string_value: '2' }, three: { string_value: '3' } },
      dynamic_batching: { priority_queue_policy: { 1: { max_queue_size: 16 } } },
      instance_group: [{}],
    })
  })

  it('leaves out fields of later versions, whatever they hold', () => {
    expect(
      parseModelConfig(`
        future: -1
        future_list: [1, { a: [ <> ] }, "x"]
        future_message { deep { deeper: "}" } list: [ { x: 1 } ] }
        backend: "python"`),
    ).toEqual({ backend: 'python' })
  })

  it.each(readdirSync(REPOSITORY))('of the real model %s means the same when it is written anew', (model) => {
    const config = parseModelConfig(readFileSync(join(REPOSITORY, model, 'config.pbtxt'), 'utf8'))
    expect(Object.keys(config).length).toBeGreaterThan(2)
    expect(parseModelConfig(formatModelConfig(config))).toEqual(config)
  })

  it.each<[what: string, text: string, message: string]>([
    ['no name', '{ a: 1 }', "has '{' where a name is expected (line 1)"],
    ['no colon', 'max_batch_size 8', "has no ':' after 'max_batch_size'"],
    [
      'no number',
      'backend: "x"\nmax_batch_size: "8"',
      "a 'max_batch_size' that is no whole number: '8' (line 2)",
    ],
    ['a number beyond doubles', 'max_batch_size: 99999999999999999999', 'no whole number'],
    ['another type', 'input { data_type: TYPE_FP12 }', "none of those that there are: 'TYPE_FP12'"],
    ['no truth', 'response_cache { enable: maybe }', 'neither true nor false'],
    ['no text', 'name: python', 'no text in quotes'],
    ['no end', 'input { name: "x"', 'ends too early'],
    ['an end too many', 'input { } }', "has '}' where a name is expected"],
    ['a quote that does not end', 'name: "x\n"', "has '\"', which has no meaning there"],
    ['an escape of no character', 'name: "\\Uffffffff"', 'which is no character'],
    ['a list of what is one', 'max_batch_size: [1]', 'no whole number'],
    ['an unknown nest without end', 'a { '.repeat(100), 'nested more than 32 deep'],
  ])('with %s is refused with the line', (_, text, message) => {
    expect(refusal(text)).toContain(message)
    expect(refusal(text)).toMatch(/\(line \d+\)\.$/)
  })

  it('is bounded, and has no way to the prototype of objects', () => {
    expect(refusal('#'.repeat(2 ** 20 + 1))).toContain('longer than a MiB')
    const config = parseModelConfig('parameters { key: "__proto__" value { string_value: "x" } }')
    expect(Object.keys(config['parameters'] as JsonObject)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['string_value']).toBeUndefined()
  })

  it('leaves nothing of its own: what it reads is normal', () => {
    const config = parseModelConfig(
      'name: "m" max_batch_size: 8 instance_group [{ count: 2 kind: KIND_CPU }]',
    )
    expect(normalConfig(config)).toEqual(config)
  })
})
