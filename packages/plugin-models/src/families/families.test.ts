import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../build-graph.ts'
import { onnxModel, type OnnxModelOptions } from '../onnx-model.ts'
import { FAMILIES, type FamilyName } from './families.ts'
import { presets } from './presets.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/models.md'), 'utf8')
const rows = PAGE.split('\n').filter((line) => line.startsWith('|'))

describe.each(Object.entries(FAMILIES))('%s', (name, family) => {
  it('has options with defaults that are allowed, and a page that has them', () => {
    for (const [option, field] of Object.entries(family.fields)) {
      expect(field.problem(field.default), option).toBeNull()
      expect(field.problem(undefined), option).not.toBeNull()
      expect(field.problem(Number.NaN), option).not.toBeNull()
      const written = JSON.stringify(field.default).replaceAll('"', "'").replaceAll(',', ', ')
      const isThere = rows.some((row) => row.includes(`\`${option}\``) && row.includes(written))
      const isInText =
        PAGE.includes(`\`${option}\` (${written})`) || PAGE.includes(`\`${option}\`\n(\`${written}\`)`)
      expect(isThere || isInText, `${option}: ${written}`).toBe(true)
    }
  })

  it('builds a graph in order, whose names are given once', () => {
    const graph = buildGraph(onnxModel({ family: name as FamilyName } as OnnxModelOptions).options)
    const known = new Set<string>(['', ...graph.inputs.map((input) => input.name)])
    for (const weight of graph.weights) {
      expect(known.has(weight.name), weight.name).toBe(false)
      known.add(weight.name)
    }
    for (const node of graph.nodes) {
      for (const input of node.inputs) expect(known.has(input), `${node.name} of ${input}`).toBe(true)
      for (const output of node.outputs) {
        expect(known.has(output.name), output.name).toBe(false)
        known.add(output.name)
      }
    }
    for (const output of graph.outputs) expect(known.has(output.name), output.name).toBe(true)
  })
})

it('has presets that are options', () => {
  for (const [name, preset] of Object.entries(presets)) {
    expect(onnxModel(preset as OnnxModelOptions).options.shape).toMatchObject(preset)
    expect(PAGE).toContain(`\`${name}\``)
  }
})
