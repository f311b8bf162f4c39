import { describe, expect, it } from 'vitest'
import { modelFixture } from '../../../test/support/model-fixture.ts'
import { measureModel } from '../measure/measure-model.ts'
import { readOnnx } from '../onnx/read-onnx.ts'
import { MemorySource } from '../wire/byte-source.ts'

interface OperatorCase {
  readonly name: string
  readonly operators: readonly string[]
  /** Base64. */
  readonly model: string
  /** Sizes of the outputs, as they really are. */
  readonly outputs: readonly (readonly number[])[]
}

const CASES = JSON.parse(modelFixture('onnx-operators.json').toString('utf8')) as readonly OperatorCase[]

/** Their results depend on the data; or a test gives the number that decides as an input of the model. */
const OPEN: ReadonlySet<string> = new Set([
  'BlackmanWindow',
  'ConstantOfShape',
  'HammingWindow',
  'HannWindow',
  'NonMaxSuppression',
  'NonZero',
  'OneHot',
  'Range',
  'Size',
  'Unique',
])

const measured = CASES.map((one) => {
  const bytes = Buffer.from(one.model, 'base64')
  const content = readOnnx(new MemorySource(bytes))
  const { metrics } = measureModel({ format: 'onnx', ...content, bytes: bytes.length, missing: [] })
  return { ...one, metrics, shapes: metrics.outputs.map(({ shape }) => shape) }
})

describe('operators of ONNX', () => {
  it('give outputs the sizes that they have', () => {
    const wrong = measured.filter(({ outputs, shapes }) =>
      outputs.some((sizes, index) => {
        const shape = shapes[index]
        // What is not known is not wrong.
        return (
          shape &&
          (shape.length !== sizes.length || sizes.some((size, axis) => (shape[axis] ?? size) !== size))
        )
      }),
    )
    expect(wrong.map(({ name, outputs, shapes }) => ({ name, outputs, shapes }))).toEqual([])
  })

  it('leave sizes open only where the data decides', () => {
    const open = measured.filter(
      ({ metrics, shapes, operators }) =>
        Object.keys(metrics.unknownOperators).length === 0 &&
        !operators.some((name) => OPEN.has(name)) &&
        shapes.some((shape) => shape === null || shape.includes(null)),
    )
    // Rounding of window lengths by way of floats that are inputs.
    expect(open.map(({ name }) => name).filter((name) => !/window|range_/.test(name))).toEqual([])
  })

  it('are known but for these', () => {
    const unknown = new Set(measured.flatMap(({ metrics }) => Object.keys(metrics.unknownOperators)))
    expect([...unknown].sort()).toMatchInlineSnapshot(`
      [
        "ArrayFeatureExtractor",
        "Binarizer",
        "BitCast",
        "CausalConvWithState",
        "Col2Im",
        "Det",
        "FlexAttention",
        "ImageDecoder",
        "LabelEncoder",
        "LinearAttention",
        "OptionalGetElement",
        "OptionalHasElement",
        "RegexFullMatch",
        "Scan",
        "StringConcat",
        "StringNormalizer",
        "StringSplit",
        "SwiGLU",
        "TfIdfVectorizer",
        "TreeEnsemble",
      ]
    `)
  })
})
