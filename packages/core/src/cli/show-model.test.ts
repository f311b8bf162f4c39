import { describe, expect, it } from 'vitest'
import { bert, gpt2 } from '../../test/support/architectures.ts'
import { OnnxGraph } from '../../test/support/onnx-graph.ts'
import { matchDevice } from '../hardware/match-device.ts'
import { loadPeaks } from '../hardware/peaks.ts'
import { measureModel } from '../model/measure/measure-model.ts'
import { readOnnx } from '../model/onnx/read-onnx.ts'
import { MemorySource } from '../model/wire/byte-source.ts'
import { boundOn, intensitiesOf, mainType, workOf } from '../report/model-report.ts'
import { formatScaled, showModel } from './show-model.ts'

function show(bytes: Buffer, named: Record<string, number>, layers = false): string {
  const content = readOnnx(new MemorySource(bytes))
  const measured = measureModel(
    { ...content, format: 'onnx', bytes: bytes.length, missing: [] },
    { batch: 1, named },
  )
  const { metrics } = measured
  const work = workOf(metrics)
  const device = matchDevice(loadPeaks(), { name: 'Tesla T4', kind: 'gpu', cores: null })
  return showModel(
    {
      file: 'model.onnx',
      format: 'onnx',
      producer: null,
      operatorSet: 17,
      fileBytes: 1024,
      ...metrics,
      intensity: intensitiesOf(work),
      devices:
        device === null
          ? []
          : [boundOn(device, work, mainType(metrics), 1)].filter((bound) => bound !== null),
    },
    layers ? measured.layers : null,
    { colors: false, columns: 120 },
  )
}

const BERT = { layers: 2, width: 64, heads: 2, inner: 256, vocabulary: 1000 }

describe('showModel', () => {
  it('says what there is to know', () => {
    const text = show(bert(BERT), { sequence: 16 })
    expect(text).toContain('model.onnx  ONNX · opset 17')
    expect(text).toMatch(/inputs +ids INT64\[1, 16\], types INT64\[1, 16\] {2}256 B/)
    expect(text).toMatch(/batch +1 {2}batch = 1, sequence = 16/)
    expect(text).toMatch(/MACs +\S+ M {2}[\d\u00a0]+ in FP32/)
    expect(text).toMatch(/on Tesla T4 \(as NVIDIA T4\): bound by memory bandwidth, at most .+ inferences\/s/)
    expect(text).not.toContain('key-value cache')
  })

  it('has a row for each layer when asked', () => {
    const text = show(bert(BERT), { sequence: 16 }, true)
    expect(text).toMatch(/layer +operator +output +parameters +MACs/)
    expect(text).toMatch(/block1\.wide +MatMul +1×16×256 +16\u00a0384 +262\u00a0144/)
  })

  it('tells the cache of a decoder, and what nobody chose', () => {
    const text = show(gpt2({ ...BERT, positions: 32 }, 'FP16'), { sequence: 1 })
    expect(text).toMatch(/key-value cache +\S+ \S+ {2}512 B per token, in 4 tensors/)
    expect(text).toContain('! Sizes that nobody gave are taken as 1: past')
  })

  it('marks what is only the least, and does not run what a file says', () => {
    const graph = new OnnxGraph()
    graph.output(graph.node('Evil\u001b[31m', [graph.input('x\u001b[2J', [1, 4])]))
    const text = show(graph.model(), {})
    expect(text).toMatch(/MACs +≥ 0/)
    expect(text).toContain('Evil\\x1b[31m')
    expect(text).not.toContain('\u001b')
  })
})

describe('formatScaled', () => {
  it.each([
    [0, '0.00'],
    [999, '999'],
    [1500, '1.50 k'],
    [4_089_184_256, '4.09 G'],
    [65e12, '65.0 T'],
  ])('writes %d as %s', (value, text) => {
    expect(formatScaled(value)).toBe(text)
  })
})
