import { describe, expect, it } from 'vitest'
import { OnnxGraph } from '../../../test/support/onnx-graph.ts'
import { readOnnx } from '../onnx/read-onnx.ts'
import { MemorySource } from '../wire/byte-source.ts'
import type { ChosenSizes } from './dimensions.ts'
import { measureModel, type MeasuredModel } from './measure-model.ts'

function measure(graph: OnnxGraph, chosen: Partial<ChosenSizes> = {}): MeasuredModel {
  const content = readOnnx(new MemorySource(graph.model()))
  return measureModel(
    { ...content, format: 'onnx', bytes: 0, missing: [] },
    { batch: 1, named: {}, ...chosen },
  )
}

/** x → Relu → Relu, as wide as it is named. */
function chain(widths: readonly number[]): OnnxGraph {
  const graph = new OnnxGraph()
  let x = graph.input('x', ['n', widths[0] as number])
  for (const [index, width] of widths.slice(1).entries())
    x = graph.node('MatMul', [x, graph.weight(`w${index}`, [widths[index] as number, width])])
  graph.output(x)
  return graph
}

describe('activations', () => {
  it('of a chain are at most two neighbours at the same time', () => {
    const widths = [10, 100, 30, 60, 5]
    const { metrics } = measure(chain(widths))
    expect(metrics.activationBytes).toBe(4 * (100 + 30 + 60 + 5))
    expect(metrics.peakActivationBytes).toBe(4 * (100 + 30))
  })

  it('live until their last use', () => {
    const graph = new OnnxGraph()
    const x = graph.input('x', [1, 10])
    const wide = graph.node('MatMul', [x, graph.weight('w', [10, 50])])
    const narrow = graph.node('MatMul', [wide, graph.weight('v', [50, 50])])
    graph.output(graph.node('Add', [x, graph.node('MatMul', [narrow, graph.weight('u', [50, 10])])]))
    // x waits for the addition.
    expect(measure(graph).metrics.peakActivationBytes).toBe(4 * (10 + 50 + 50))
  })
})

describe('open sizes', () => {
  it('with names of batches are the batch, others want a size', () => {
    const graph = new OnnxGraph()
    graph.output(graph.node('Relu', [graph.input('x', ['time', 'batch_size', 4])]))
    const { metrics } = measure(graph, { batch: 8, named: { time: 5 } })
    expect(metrics).toMatchObject({
      batch: 8,
      sizes: { time: 5, batch_size: 8 },
      notes: [],
      inputBytes: 4 * 160,
    })
    const assumed = measure(graph, { batch: 8 }).metrics
    expect(assumed.inputBytes).toBe(4 * 32)
    expect(assumed.notes[0]).toContain('taken as 1: time.')
  })

  it('in front are the batch where none is named so', () => {
    const graph = new OnnxGraph()
    graph.output(graph.node('Relu', [graph.input('x', ['unk__1', 4])]))
    expect(measure(graph, { batch: 8 }).metrics).toMatchObject({ batch: 8, inputBytes: 128, notes: [] })
  })

  it('are sums of others', () => {
    const graph = new OnnxGraph()
    const mask = graph.input('mask', ['batch', 'past + sequence'])
    graph.input('ids', ['batch', 'sequence'])
    graph.output(graph.node('Relu', [mask]))
    const { metrics } = measure(graph, { named: { past: 7, sequence: 2 } })
    expect(metrics.inputs[0]?.shape).toEqual([1, 9])
    expect(metrics.notes).toEqual([])
  })

  it('that do not exist, and a batch that is fixed, are told', () => {
    const graph = new OnnxGraph()
    graph.output(graph.node('Relu', [graph.input('x', [2, 4])]))
    const { metrics } = measure(graph, { batch: 8, named: { sequence: 5 } })
    expect(metrics).toMatchObject({ batch: 2, inputBytes: 32 })
    expect(metrics.notes).toEqual([
      'No input has a size with this name: sequence.',
      expect.stringContaining('is fixed'),
    ])
  })
})

describe('what a constant is', () => {
  it('depends on who uses it', () => {
    const graph = new OnnxGraph()
    let x = graph.input('x', ['n', 8, 6, 6])
    x = graph.node('BatchNormalization', [
      x,
      ...['scale', 'bias', 'mean', 'variance'].map((name) => graph.weight(name, [8])),
    ])
    x = graph.node('Clip', [x, graph.scalar(0), graph.scalar(6)])
    x = graph.node('Mul', [x, graph.weight('gain', [8, 1, 1])])
    x = graph.node('Div', [x, graph.scalar(3)])
    x = graph.node('Where', [graph.weight('mask', [6, 6], 'BOOL'), x, graph.scalar(-1)])
    x = graph.node('Reshape', [x, graph.integers([0, -1])])
    // One output: its bias is a weight, though a single number.
    x = graph.node('Add', [graph.node('MatMul', [x, graph.weight('w', [288, 1])]), graph.weight('b', [1])])
    graph.output(x)
    const { metrics } = measure(graph)
    expect(metrics).toMatchObject({ parameters: 8 + 8 + 8 + 288 + 1, statistics: 16, macs: 288 })
    expect(metrics.weightBytes).toBe(4 * (32 + 2 + 8 + 1 + 1 + 288 + 1) + 36 + 16)
  })

  it('does not depend on what is done to it while loading', () => {
    const graph = new OnnxGraph()
    const x = graph.input('x', ['n', 4])
    const turned = graph.node('Transpose', [graph.weight('w', [8, 4])], { perm: [1, 0] })
    graph.output(graph.node('MatMul', [x, turned]))
    graph.output(graph.node('MatMul', [x, turned]))
    const { metrics, layers } = measure(graph)
    // Shared, and turned once: it is neither an activation nor counted twice.
    expect(metrics).toMatchObject({ parameters: 32, weightBytes: 128, macs: 64, activationBytes: 64 })
    expect(layers.map(({ operator, parameters }) => [operator, parameters])).toEqual([
      ['MatMul', 32],
      ['MatMul', 0],
    ])
  })

  it('is small where it is quantised', () => {
    const graph = new OnnxGraph()
    const quantize = (x: string): string => {
      const scales = [graph.scalar(0.1), graph.weight(`${x}.zero`, [], 'INT8')]
      return graph.node('DequantizeLinear', [graph.node('QuantizeLinear', [x, ...scales]), ...scales])
    }
    const x = quantize(graph.input('x', ['n', 3, 8, 8]))
    const weights = graph.node(
      'DequantizeLinear',
      [
        graph.weight('w', [16, 3, 3, 3], 'INT8'),
        graph.weight('scales', [16]),
        graph.weight('zeros', [16], 'INT8'),
      ],
      { axis: 0 },
    )
    graph.output(graph.node('Conv', [x, weights], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }))
    const { metrics } = measure(graph)
    const macs = 16 * 64 * 27
    expect(metrics).toMatchObject({ parameters: 432, parameterBytes: 432, macs, macsByType: { INT8: macs } })
  })
})

describe('branches and loops', () => {
  const body = (name: string, width: number): OnnxGraph => {
    const graph = new OnnxGraph(name)
    graph.output(graph.node('MatMul', ['x', graph.weight(`${name}.w`, [4, width])]))
    return graph
  }

  it('count the branch that is taken, or the one with less work', () => {
    const build = (condition: (graph: OnnxGraph) => string): OnnxGraph => {
      const graph = new OnnxGraph()
      graph.input('x', ['n', 4])
      const chosen = condition(graph)
      graph.output(
        graph.node('If', [chosen], {
          then_branch: { graph: body('yes', 100) },
          else_branch: { graph: body('no', 10) },
        }),
      )
      return graph
    }
    const open = measure(build((graph) => graph.input('condition', [], 'BOOL'))).metrics
    expect(open).toMatchObject({ macs: 40, isLowerBound: true, outputs: [{ shape: [1, null] }] })
    const fixed = measure(build((graph) => graph.node('Less', [graph.scalar(1), graph.scalar(2)]))).metrics
    expect(fixed).toMatchObject({ macs: 400, isLowerBound: false, outputs: [{ shape: [1, 100] }] })
  })

  it('count a body as often as it runs', () => {
    const build = (trips: (graph: OnnxGraph) => string): OnnxGraph => {
      const inner = new OnnxGraph('inner')
      inner.input('round', [], 'INT64')
      inner.input('go', [], 'BOOL')
      inner.input('state', ['n', 4])
      inner.output('go')
      const next = inner.node('MatMul', ['state', inner.weight('inner.w', [4, 4])])
      inner.output(next)
      inner.output(inner.node('Relu', [next]))
      const graph = new OnnxGraph()
      const x = graph.input('x', ['n', 4])
      graph.node('Loop', [trips(graph), '', x], { body: { graph: inner } }, 'loop', ['last', 'all'])
      graph.output('last')
      graph.output('all')
      return graph
    }
    const counted = measure(build((graph) => graph.integers([5])))
    expect(counted.metrics).toMatchObject({ macs: 5 * 16, isLowerBound: false, parameters: 16 })
    expect(counted.metrics.outputs.map(({ shape }) => shape)).toEqual([
      [1, 4],
      [5, 1, 4],
    ])
    expect(counted.layers[0]).toMatchObject({ operator: 'MatMul', times: 5, activationBytes: 5 * 16 })
    const open = measure(build((graph) => graph.input('trips', [], 'INT64'))).metrics
    expect(open).toMatchObject({ macs: 16, isLowerBound: true })
    expect(open.outputs.map(({ shape }) => shape)).toEqual([
      [1, 4],
      [null, 1, 4],
    ])
  })
})

describe('what is not known', () => {
  it('is counted, listed and marked', () => {
    const graph = new OnnxGraph()
    const x = graph.input('x', ['n', 4])
    const strange = graph.node('Frobnicate', [x], {}, 'strange', ['strange'], 'com.example')
    graph.output(
      graph.node('MatMul', [graph.node('MatMul', [x, graph.weight('w', [4, 4])]), graph.weight('v', [4, 2])]),
    )
    graph.output(graph.node('MatMul', [strange, graph.weight('u', [4, 4])]))
    const { metrics, layers } = measure(graph)
    expect(metrics).toMatchObject({
      macs: 16 + 8,
      parameters: 16 + 8 + 16,
      isLowerBound: true,
      unknownOperators: { Frobnicate: 1 },
    })
    expect(metrics.notes.join()).toContain('Unknown operators count as nothing: Frobnicate (1).')
    expect(layers.map(({ isLowerBound }) => isLowerBound)).toEqual([true, false, false, true])
  })

  it('sums up from its layers', () => {
    const { metrics, layers } = measure(chain([3, 5, 7]), { batch: 4 })
    for (const key of ['macs', 'parameters', 'elementwiseFlops', 'activationBytes'] as const)
      expect(
        layers.reduce((sum, layer) => sum + layer[key], 0),
        key,
      ).toBe(metrics[key])
  })
})

describe('work of single operations', () => {
  const build = (make: (graph: OnnxGraph) => string): { macs: number; elementwiseFlops: number } => {
    const graph = new OnnxGraph()
    graph.output(make(graph))
    return measure(graph).metrics
  }
  it.each([
    [
      'Gemm with bias',
      (g: OnnxGraph) => g.node('Gemm', [g.input('x', [2, 3]), g.weight('w', [3, 5]), g.weight('b', [5])]),
      30,
      10,
    ],
    [
      'grouped convolution',
      (g: OnnxGraph) =>
        g.node('Conv', [g.input('x', [1, 8, 5, 5]), g.weight('w', [8, 2, 3, 3])], {
          group: 4,
          kernel_shape: [3, 3],
        }),
      8 * 9 * 18,
      0,
    ],
    [
      'transposed convolution',
      (g: OnnxGraph) =>
        g.node('ConvTranspose', [g.input('x', [1, 6, 5, 5]), g.weight('w', [6, 2, 4, 4])], {
          strides: [2, 2],
          kernel_shape: [4, 4],
        }),
      6 * 25 * 2 * 16,
      0,
    ],
    [
      'GRU',
      (g: OnnxGraph) =>
        g.node(
          'GRU',
          [g.input('x', [7, 2, 3]), g.weight('w', [2, 15, 3]), g.weight('r', [2, 15, 5])],
          { hidden_size: 5, direction: 'bidirectional' },
          'y',
          ['y'],
        ),
      7 * 2 * 2 * 3 * (15 + 25),
      7 * 2 * 2 * 5 * 19,
    ],
    [
      'Einsum',
      (g: OnnxGraph) =>
        g.node('Einsum', [g.input('x', [2, 3, 4]), g.input('y', [2, 5, 4])], { equation: 'bid,bjd->bij' }),
      2 * 3 * 5 * 4,
      0,
    ],
    [
      'attention in one',
      (g: OnnxGraph) =>
        g.node('Attention', [
          g.input('q', [1, 4, 6, 8]),
          g.input('k', [1, 2, 9, 8]),
          g.input('v', [1, 2, 9, 8]),
        ]),
      2 * 4 * 6 * 9 * 8,
      6 * 4 * 6 * 9,
    ],
    ['Softmax', (g: OnnxGraph) => g.node('Softmax', [g.input('x', [2, 3])]), 0, 30],
    [
      'LayerNormalization',
      (g: OnnxGraph) => g.node('LayerNormalization', [g.input('x', [2, 3]), g.weight('s', [3])]),
      0,
      48,
    ],
    [
      'pooling',
      (g: OnnxGraph) =>
        g.node('AveragePool', [g.input('x', [1, 2, 6, 6])], { kernel_shape: [3, 3], strides: [3, 3] }),
      0,
      2 * 4 * 9,
    ],
    [
      'weights of 4 bits',
      (g: OnnxGraph) =>
        g.node(
          'MatMulNBits',
          [g.input('x', [2, 64]), g.weight('w', [32, 2, 16], 'UINT8'), g.weight('s', [64])],
          { K: 64, N: 32, bits: 4, block_size: 32 },
          'y',
          ['y'],
          'com.microsoft',
        ),
      2 * 64 * 32,
      0,
    ],
  ])('%s', (_, make, macs, elementwiseFlops) => {
    expect(build(make)).toMatchObject({ macs, elementwiseFlops })
  })
})
