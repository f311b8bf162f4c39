import { ValidationError } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { model, UNDESCRIBED } from '../../test/support/models.ts'
import type { OipRequest } from '../request.ts'
import { bindRequest } from './bind-request.ts'
import { toRequest } from './map-sample.ts'
import type { OipContent } from './map-sample.ts'

const IMAGES = model([{ name: 'image', datatype: 'FP32', shape: [-1, 3, 2] }], { maxBatchSize: 8 })
const TEXTS = model([{ name: 'text', datatype: 'BYTES', shape: [-1, 1] }])
const PAIR = model(
  [
    { name: 'ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'mask', datatype: 'INT64', shape: [-1, -1], optional: true },
  ],
  { maxBatchSize: 0 },
)

function shapes(
  request: OipContent,
  ...[described, defaults]: [Parameters<typeof bindRequest>[1], Parameters<typeof bindRequest>[2]?]
) {
  return bindRequest(toRequest(request, described), described, defaults)
}

function problems(
  request: OipContent,
  described = IMAGES,
  defaults?: Parameters<typeof bindRequest>[2],
): string[] {
  try {
    shapes(request, described, defaults)
  } catch (error) {
    if (error instanceof ValidationError) {
      return error.problems.map(
        ({ path, message, suggestion }) => `${path} ${message}${suggestion ? ` ${suggestion}?` : ''}`,
      )
    }
    throw error
  }
  return []
}

const floats = (count: number) => new Float32Array(count)

describe('bindRequest', () => {
  it.each([
    ['the whole shape', { shape: [2, 3, 2], data: floats(12) }, [2, 3, 2]],
    ['no batch dimension', { shape: [3, 2], data: floats(6) }, [1, 3, 2]],
    ['no shape, one', { data: floats(6) }, [1, 3, 2]],
    ['no shape, a batch', { data: floats(24) }, [4, 3, 2]],
  ] as const)('completes %s', (_title, tensor, shape) => {
    const { inputs, items } = shapes({ inputs: { image: tensor } }, IMAGES)
    expect(inputs).toMatchObject([{ name: 'image', datatype: 'FP32', shape }])
    expect(items).toBe(shape[0])
  })

  it.each([
    [[-1, -1, 4], 8, [1, 2, 4], null],
    [[-1, 4], 8, [2, 4], null],
    [[4, -1], 8, [4, 2], 0],
    [[2, 2], 4, [2, 2], 0],
    [[], 1, [], 0],
    [[-1], 5, [5], 0],
    [[1, 4], 4, [1, 4], 0],
  ])('derives shape %j for %d elements', (declared, count, shape, maxBatchSize) => {
    const described = model([{ name: 'x', datatype: 'FP32', shape: declared }], { maxBatchSize })
    expect(shapes({ inputs: { x: { data: floats(count) } } }, described).inputs[0]?.shape).toEqual(shape)
  })

  it.each<[OipRequest, string[]]>([
    [
      { inputs: { imgae: { data: floats(6) } } },
      ['inputs.imgae is no input of the model. image?', 'inputs.image is missing.'],
    ],
    [
      { inputs: { image: { datatype: 'FP64', data: floats(6) } } },
      ['inputs.image is FP64; the model takes FP32.'],
    ],
    [
      { inputs: { image: { shape: [2, 2, 3], data: floats(12) } } },
      ['inputs.image has the shape [2, 2, 3]; the model takes [-1, 3, 2].'],
    ],
    [
      { inputs: { image: { shape: [2], data: floats(2) } } },
      ['inputs.image has the shape [2]; the model takes [-1, 3, 2].'],
    ],
    [
      { inputs: { image: { shape: [2, 3, 2], data: floats(6) } } },
      ['inputs.image has 6 elements; its shape [2, 3, 2] needs 12.'],
    ],
    [
      { inputs: { image: { data: floats(7) } } },
      ['inputs.image has 7 elements, which do not fill the shape [-1, 3, 2].'],
    ],
    [
      { inputs: { image: { shape: [9, 3, 2], data: floats(54) } } },
      ['inputs.image has the batch size 9; the model takes 8 at most.'],
    ],
    [
      { inputs: { image: { shape: [1.5, 3, 2], data: floats(9) } } },
      ['inputs.image has a shape that is no list of sizes.'],
    ],
    [
      { inputs: { image: { data: 'abc' as never } } },
      ['inputs.image must be a tensor: { shape, datatype, data }, with data as a list or typed array.'],
    ],
    [
      { inputs: { image: null as never } },
      ['inputs.image must be a tensor: { shape, datatype, data }, with data as a list or typed array.'],
    ],
    [{} as never, ['inputs.image is missing.']],
    [{ inputs: { image: { data: floats(6) } }, outputs: ['z'] }, ['outputs.z is no output of the model. y?']],
    [
      {
        inputs: { image: { data: floats(6) } },
        parameters: { a: NaN, b: 2n ** 64n, c: [] as never, d: -(2n ** 63n), e: 2n ** 64n - 1n },
      },
      ['a', 'b', 'c'].map(
        (name) => `parameters.${name} must be text, a number, a 64-bit integer or a boolean.`,
      ),
    ],
  ])('finds what does not fit #%#', (request, expected) => {
    expect(problems(request)).toEqual(expected)
  })

  it('takes large whole numbers as text, which is how plans have them', () => {
    const data = [1, '9007199254740993', '-9223372036854775808'] as unknown as number[]
    const bound = shapes({ inputs: { ids: { shape: [1, 3], data } } }, PAIR)
    expect(bound.inputs[0]?.data).toEqual([1, 9007199254740993n, -9223372036854775808n])
    const texts = shapes({ inputs: { text: { shape: [1, 1], data: ['42'] } } }, TEXTS)
    expect(texts.inputs[0]?.data).toEqual(['42'])
    const wrong = shapes({ inputs: { ids: { shape: [1, 1], data: ['1.5'] } } }, PAIR)
    expect(wrong.inputs[0]?.data).toEqual(['1.5'])
  })

  it('takes nothing but inputs by name', () => {
    for (const inputs of [[], null, 3]) {
      expect(() => bindRequest({ inputs: inputs as never }, IMAGES)).toThrow(
        'must be an object of tensors by the name',
      )
    }
  })

  it('lists all problems at once, and what the model takes', () => {
    const request = {
      inputs: { ids: { datatype: 'INT32', shape: [1, 2], data: [1] }, x: { data: [1] } },
    } as const
    expect(problems(request, PAIR)).toHaveLength(3)
    expect(() => shapes(request, PAIR)).toThrow(
      expect.objectContaining({
        advice: 'The model takes ids INT64 [-1, -1]; mask INT64 [-1, -1] (optional).',
      }),
    )
  })

  it('wants a shape where it cannot be derived', () => {
    expect(problems({ inputs: { ids: { data: [1n] } } }, PAIR)).toEqual([
      'inputs.ids needs a shape: [-1, -1] has more than one variable dimension.',
    ])
  })

  it('wants equal batches of all inputs, in models that have batches', () => {
    const two = [
      { name: 'a', datatype: 'FP32', shape: [-1, 2] },
      { name: 'b', datatype: 'FP32', shape: [-1, 2] },
    ]
    const request = { inputs: { b: { data: floats(4) }, a: { data: floats(6) } } }
    expect(problems(request, model(two, { maxBatchSize: 4 }))).toEqual([
      "inputs.b has the batch size 2; 'a' has 3.",
    ])
    expect(shapes(request, model(two)).inputs.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('takes everything as it is when the server describes no inputs', () => {
    const request: OipRequest = {
      inputs: { x: { datatype: 'FP32', shape: [2, 2], data: floats(4) } },
      outputs: ['any'],
    }
    expect(shapes(request, UNDESCRIBED)).toMatchObject({
      inputs: [{ shape: [2, 2] }],
      outputs: [{ name: 'any' }],
      items: 1,
    })
    expect(problems({ inputs: { x: { data: floats(4) } } }, UNDESCRIBED)).toEqual([
      'inputs.x needs a datatype: the server does not describe the inputs of this model.',
      'inputs.x needs a shape: the server does not describe the inputs of this model.',
    ])
  })

  it('does not send an empty request to a model that is not described', () => {
    expect(problems({ inputs: {} }, UNDESCRIBED)).toEqual([
      'inputs are missing, and the server does not describe those of this model.',
    ])
    expect(shapes({ inputs: {} }, model([])).inputs).toEqual([])
  })

  it('adds what the target says, and lets the request override it', () => {
    const defaults = { outputs: ['y'], parameters: { a: 1, b: 2 } }
    const request = { inputs: { image: { data: floats(6) } }, parameters: { b: 3 } }
    expect(shapes(request, IMAGES, defaults)).toMatchObject({
      outputs: [{ name: 'y' }],
      parameters: { a: 1, b: 3 },
    })
    expect(shapes({ ...request, outputs: [], items: 5, label: 'l' }, IMAGES, defaults)).toMatchObject({
      outputs: [],
      items: 5,
      label: 'l',
    })
  })

  it('says how to send 32-bit floats to a 16-bit input', () => {
    const half = model([{ name: 'x', datatype: 'FP16', shape: [-1] }])
    expect(problems({ inputs: { x: { datatype: 'FP32', data: floats(1) } } }, half)).toEqual([
      "inputs.x is FP32; the model takes FP16. Say datatype: 'FP16', and a Float32Array is rounded.",
    ])
    expect(problems({ inputs: { x: { datatype: 'FLOAT' as never, data: floats(1) } } }, half)).toEqual([
      "inputs.x has the datatype 'FLOAT', which the protocol does not have.",
    ])
  })
})

describe('samples', () => {
  it('sends tensors by name, with items and label', () => {
    const sample = {
      tensors: { image: { datatype: 'FP32', shape: [2, 3, 2], data: floats(12) } },
      items: 7,
      label: 'big',
    } as const
    expect(shapes(sample, IMAGES)).toMatchObject({ items: 7, label: 'big', inputs: [{ shape: [2, 3, 2] }] })
  })

  it('sends text to the input that takes it', () => {
    expect(shapes({ text: 'hi' }, TEXTS).inputs).toEqual([
      { name: 'text', datatype: 'BYTES', shape: [1, 1], data: ['hi'], parameters: {} },
    ])
    const mixed = model([{ name: 'n', datatype: 'INT32', shape: [1], optional: true }, ...TEXTS.inputs])
    expect(shapes({ text: 'hi' }, mixed).inputs).toMatchObject([{ name: 'text' }])
    expect(problems({ text: 'hi' }, IMAGES)).toEqual([
      "sample Text cannot be sent as 'image', which is FP32.",
    ])
    expect(
      problems({ text: 'hi' }, model([...TEXTS.inputs, { name: 'b', datatype: 'BYTES', shape: [1] }])),
    ).toEqual(["sample It is not clear which input of model 'm' the text is for: 'text', 'b'."])
    expect(problems({ text: 'hi' }, UNDESCRIBED)).toEqual([
      "sample It is not clear which input of model 'm' the text is for.",
    ])
  })

  it('sends bytes as an element, or as the raw content of the only tensor', () => {
    expect(shapes({ bytes: Uint8Array.of(1, 2) }, TEXTS).inputs[0]?.data).toEqual([Uint8Array.of(1, 2)])
    expect(shapes({ bytes: new Uint8Array(24) }, IMAGES).inputs).toMatchObject([
      { shape: [1, 3, 2], data: floats(6) },
    ])
    expect(problems({ bytes: new Uint8Array(7) }, IMAGES)).toEqual([
      "sample 7 bytes are no FP32 tensor for 'image'.",
    ])
    expect(problems({ bytes: new Uint8Array(4) }, IMAGES)).toEqual([
      'inputs.image has 1 elements, which do not fill the shape [-1, 3, 2].',
    ])
  })

  it('reads JSON as the protocol writes it, as lists by name, or as the list of the only input', () => {
    const list = [
      [1, 2],
      [3, 4],
      [5, 6],
    ]
    const expected = { inputs: [{ name: 'image', shape: [1, 3, 2], data: [1, 2, 3, 4, 5, 6] }] }
    expect(shapes({ json: list }, IMAGES)).toMatchObject(expected)
    expect(shapes({ json: { image: [list] } }, IMAGES)).toMatchObject(expected)
    const body = {
      id: 'i',
      parameters: { p: 1 },
      outputs: [{ name: 'y' }],
      inputs: [{ name: 'image', shape: [1, 3, 2], datatype: 'FP32', data: list }],
    }
    expect(shapes({ json: body }, IMAGES)).toMatchObject({
      ...expected,
      id: 'i',
      parameters: { p: 1 },
      outputs: [{ name: 'y' }],
    })
    expect(shapes(body as never, IMAGES)).toMatchObject({ ...expected, id: 'i' })
    expect(shapes({ image: [list] } as never, IMAGES)).toMatchObject(expected)
    expect(shapes(list as never, IMAGES)).toMatchObject(expected)
    expect(problems({ inputs: 3 } as never, IMAGES)).toHaveLength(1)
    for (const json of [3, null, { image: 3 }, { inputs: [{}] }, 'x']) {
      expect(problems({ json }, IMAGES)).toEqual([
        'json is neither an inference request with a list of inputs, nor lists by the name of the input.',
      ])
    }
    expect(problems({ json: { image: [[1, 2], [3]] } }, IMAGES)).toEqual([
      'inputs.image has the shape [2, 2]; the model takes [-1, 3, 2].',
    ])
  })

  it('finds that an empty input is none', () => {
    expect(problems(undefined)).toEqual(['inputs.image is missing.'])
    expect(problems(null)).toEqual(['inputs.image is missing.'])
  })
})
