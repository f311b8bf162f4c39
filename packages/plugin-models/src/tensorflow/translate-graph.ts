import type { Attribute, Graph, Node, Operation, Shape, Tensor, Weight } from '../graph/graph.ts'
import { bytesOf, encodeElements } from '../graph/weight-bytes.ts'
import { readWeight } from '../graph/weight-values.ts'
import type { Message } from '../onnx/wire.ts'
import { attribute, encodeOperation } from './operation-message.ts'
import { permute } from './permuted-weight.ts'

const FLOAT = attribute.type('float32')
const INDEX = attribute.type('int32')
const TO_IMAGE = [0, 2, 3, 1]
const FROM_IMAGE = [0, 3, 1, 2]

/** What ONNX's operations on numbers one by one are called in TensorFlow. */
const ELEMENTWISE: Readonly<Partial<Record<Operation, string>>> = {
  Add: 'AddV2',
  Div: 'RealDiv',
  Mul: 'Mul',
  Relu: 'Relu',
  Sigmoid: 'Sigmoid',
  Softmax: 'Softmax',
  Sub: 'Sub',
  Tanh: 'Tanh',
}

/**
 * The nodes of a TensorFlow graph that computes the same. Tensors with four dimensions are images: inside, their channels
 * come last, as TensorFlow's kernels for the CPU want it; inputs and outputs stay as they are in ONNX.
 * @throws {TypeError} for operations that this writer does not have
 */
export function translateGraph(graph: Graph, seed: number): readonly Message[] {
  return new Translation(graph, seed).translate()
}

class Translation {
  readonly #graph: Graph
  readonly #seed: number
  readonly #weights: ReadonlyMap<string, Weight>
  readonly #shapes: ReadonlyMap<string, Shape>
  readonly #messages: Message[] = []
  readonly #constants = new Set<string>()

  constructor(graph: Graph, seed: number) {
    this.#graph = graph
    this.#seed = seed
    this.#weights = new Map(graph.weights.map((weight) => [weight.name, weight]))
    const tensors = [...graph.inputs, ...graph.weights, ...graph.nodes.flatMap(({ outputs }) => outputs)]
    this.#shapes = new Map(tensors.map(({ name, shape }) => [name, shape]))
  }

  translate(): readonly Message[] {
    const { inputs, outputs, nodes } = this.#graph
    for (const { name, type, shape } of inputs) {
      this.#put(name, 'Placeholder', [], { dtype: attribute.type(type), shape: attribute.shape(shape) })
      if (isImage(shape)) this.#transpose(imageOf(name), name, TO_IMAGE)
    }
    for (const node of nodes) this.#translateNode(node)
    for (const { name, shape } of outputs)
      if (isImage(shape)) this.#transpose(name, imageOf(name), FROM_IMAGE)
    return this.#messages
  }

  #translateNode(node: Node): void {
    const { operation, inputs, outputs } = node
    const [{ name: output, shape }] = outputs as readonly [Tensor]
    const name = isImage(shape) ? imageOf(output) : output
    const op = ELEMENTWISE[operation]
    if (op !== undefined) {
      this.#put(
        name,
        op,
        inputs.map((input) => this.#use(input)),
        { T: FLOAT },
      )
      return
    }
    switch (operation) {
      case 'Gemm':
        this.#matrixProduct(`${name}/product`, inputs)
        this.#put(name, 'AddV2', [`${name}/product`, this.#use(inputs[2])], { T: FLOAT })
        return
      case 'MatMul':
        this.#matrixProduct(name, inputs)
        return
      case 'Conv':
        this.#convolution(name, node)
        return
      case 'ConvTranspose':
        this.#transposedConvolution(name, node, shape)
        return
      case 'BatchNormalization':
        this.#put(
          name,
          'FusedBatchNormV3',
          inputs.map((input) => this.#use(input)),
          {
            T: FLOAT,
            U: FLOAT,
            epsilon: attribute.float((node.attributes['epsilon'] as { float: number }).float),
            is_training: attribute.flag(false),
          },
        )
        return
      case 'Clip':
        this.#put(`${name}/low`, 'Maximum', [this.#use(inputs[0]), this.#use(inputs[1])], { T: FLOAT })
        this.#put(name, 'Minimum', [`${name}/low`, this.#use(inputs[2])], { T: FLOAT })
        return
      case 'MaxPool': {
        const kernel = intsOf(node, 'kernel_shape')
        this.#put(name, 'MaxPool', [this.#use(inputs[0])], {
          T: FLOAT,
          ksize: attribute.ints([1, ...kernel, 1]),
          ...windows(node),
        })
        return
      }
      case 'GlobalAveragePool':
        this.#reduce(name, 'Mean', this.#use(inputs[0]), [1, 2], true)
        return
      case 'ReduceSum': {
        const keeps = (node.attributes['keepdims'] as { int: number }).int === 1
        this.#reduce(name, 'Sum', this.#use(inputs[0]), this.#numbers(inputs[1]), keeps)
        return
      }
      case 'Flatten':
      case 'Reshape':
        this.#reshape(name, inputs[0] as string, shape)
        return
      case 'Transpose':
        this.#transpose(name, this.#use(inputs[0]), intsOf(node, 'perm'))
        return
      case 'Concat': {
        const parts = inputs.map((input) => this.#use(input))
        const axis = this.#integers(`${name}/axis`, [this.#axisOf(node, shape)], [])
        this.#put(name, 'ConcatV2', [...parts, axis], {
          T: FLOAT,
          N: attribute.int(parts.length),
          Tidx: INDEX,
        })
        return
      }
      case 'Split':
        this.#split(node)
        return
      case 'Gather':
        this.#gather(name, node)
        return
      default:
        throw new TypeError(`SavedModels are not written with ${operation}.`)
    }
  }

  #matrixProduct(name: string, inputs: readonly string[]): void {
    const [x, y] = inputs as readonly [string, string]
    if ((this.#shapes.get(x) as Shape).length === 2) {
      const flags = { transpose_a: attribute.flag(false), transpose_b: attribute.flag(false) }
      this.#put(name, 'MatMul', [this.#use(x), this.#use(y)], { T: FLOAT, ...flags })
    } else this.#put(name, 'BatchMatMulV2', [this.#use(x), this.#use(y)], { T: FLOAT })
  }

  #convolution(name: string, node: Node): void {
    const [x, weight, bias] = node.inputs as readonly [string, string, string | undefined]
    const kernel = this.#weights.get(weight) as Weight
    const isDepthwise = (node.attributes['group'] as { int: number }).int > 1
    if (isDepthwise && kernel.shape[1] !== 1)
      throw new TypeError('SavedModels are not written with groups of channels.')
    // To height, width, inputs, outputs; or to height, width, channels, 1.
    const filter = this.#kernel(kernel, isDepthwise ? [2, 3, 0, 1] : [2, 3, 1, 0])
    const product = bias === undefined ? name : `${name}/product`
    this.#put(product, isDepthwise ? 'DepthwiseConv2dNative' : 'Conv2D', [this.#use(x), filter], {
      T: FLOAT,
      ...windows(node),
    })
    if (bias !== undefined) this.#put(name, 'BiasAdd', [product, this.#use(bias)], { T: FLOAT })
  }

  /** The gradient of a convolution, which is what it is. */
  #transposedConvolution(name: string, node: Node, shape: Shape): void {
    const [x, weight, bias] = node.inputs as readonly [string, string, string | undefined]
    // To height, width, outputs, inputs.
    const filter = this.#kernel(this.#weights.get(weight) as Weight, [2, 3, 1, 0])
    const sizes = this.#integers(`${name}/size`, shape.slice(2) as number[])
    const product = bias === undefined ? name : `${name}/product`
    this.#put(product, 'Conv2DBackpropInput', [sizes, filter, this.#use(x)], { T: FLOAT, ...windows(node) })
    if (bias !== undefined) this.#put(name, 'BiasAdd', [product, this.#use(bias)], { T: FLOAT })
  }

  #reduce(name: string, op: string, x: string, axes: readonly number[], keeps: boolean): void {
    const inputs = [x, this.#integers(`${name}/axes`, axes)]
    this.#put(name, op, inputs, { T: FLOAT, Tidx: INDEX, keep_dims: attribute.flag(keeps) })
  }

  /** Numbers are in the order of ONNX while their shape changes. */
  #reshape(name: string, input: string, shape: Shape): void {
    const before = this.#shapes.get(input) as Shape
    const plain = isImage(before) ? `${name}/channels` : this.#use(input)
    if (isImage(before)) this.#transpose(plain, imageOf(input), FROM_IMAGE)
    const after = isImage(shape) ? `${name}/plain` : name
    const sizes = shape.map((size) => (typeof size === 'string' ? -1 : size))
    this.#put(after, 'Reshape', [plain, this.#integers(`${name}/shape`, sizes)], { T: FLOAT, Tshape: INDEX })
    if (isImage(shape)) this.#transpose(name, after, TO_IMAGE)
  }

  #transpose(name: string, input: string, order: readonly number[]): void {
    const perm = this.#integers(`${name}/order`, order)
    this.#put(name, 'Transpose', [input, perm], { T: FLOAT, Tperm: INDEX })
  }

  #split(node: Node): void {
    const [input, sizes] = node.inputs as readonly [string, string]
    const [first] = node.outputs as readonly [Tensor]
    const type = attribute.type(first.type)
    const axis = this.#integers(`${node.name}/axis`, [this.#axisOf(node, first.shape)], [])
    const parts = this.#integers(`${node.name}/sizes`, this.#numbers(sizes))
    this.#put(node.name, 'SplitV', [this.#use(input), parts, axis], {
      T: type,
      Tlen: INDEX,
      num_split: attribute.int(node.outputs.length),
    })
    node.outputs.forEach((output, index) => {
      this.#put(output.name, 'Identity', [`${node.name}:${index}`], { T: type })
    })
  }

  #gather(name: string, node: Node): void {
    const [table, indices] = node.inputs as readonly [string, string]
    const { int } = node.attributes['axis'] as { int: number }
    const axis = this.#integers(`${name}/axis`, [int], [])
    this.#put(name, 'GatherV2', [this.#use(table), this.#use(indices), axis], {
      Tparams: FLOAT,
      Tindices: attribute.type('int64'),
      Taxis: INDEX,
    })
  }

  /** The name of an input in the graph that is written; weights are written when they are first used. */
  #use(name: string | undefined): string {
    const weight = this.#weights.get(name as string)
    if (weight === undefined)
      return isImage(this.#shapes.get(name as string) ?? []) ? imageOf(name as string) : (name as string)
    const constant = nameOf(weight.name)
    if (!this.#constants.has(constant)) {
      this.#constants.add(constant)
      const value = attribute.tensor(weight.type, weight.shape, bytesOf(weight, this.#seed))
      this.#put(constant, 'Const', [], { dtype: attribute.type(weight.type), value })
    }
    return constant
  }

  #kernel(weight: Weight, order: readonly number[]): string {
    const shape = order.map((axis) => weight.shape[axis] as number)
    const value = attribute.tensor(weight.type, shape, permute(weight, order, this.#seed))
    this.#put(weight.name, 'Const', [], { dtype: attribute.type(weight.type), value })
    return weight.name
  }

  #integers(name: string, numbers: readonly number[], shape: readonly number[] = [numbers.length]): string {
    const bytes = encodeElements(Float32Array.from(numbers), 'int32')
    const value = attribute.tensor('int32', shape, { byteLength: bytes.byteLength, blocks: () => [bytes] })
    this.#put(name, 'Const', [], { dtype: INDEX, value })
    return name
  }

  #numbers(name: string | undefined): number[] {
    return [...readWeight(this.#weights.get(name as string) as Weight, this.#seed)]
  }

  /** The axis of an image where it is in TensorFlow. */
  #axisOf({ attributes }: Node, shape: Shape): number {
    const { int } = attributes['axis'] as { int: number }
    const axis = int < 0 ? int + shape.length : int
    return isImage(shape) ? TO_IMAGE.indexOf(axis) : axis
  }

  #put(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Parameters<typeof encodeOperation>[3],
  ): void {
    this.#messages.push(encodeOperation(name, op, inputs, attributes))
  }
}

function isImage(shape: Shape): boolean {
  return shape.length === 4 && shape[0] === 'N'
}

function imageOf(name: string): string {
  return `${name}/image`
}

/** TensorFlow's names have no brackets and commas. */
function nameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9_./-]/g, '_')
}

function intsOf({ attributes }: Node, name: string): readonly number[] {
  return (attributes[name] as Extract<Attribute, { ints: readonly number[] }>).ints
}

/** Strides and padding of the two dimensions of an image. */
function windows(node: Node): Readonly<Record<string, Message>> {
  const [top, left, bottom, right] = intsOf(node, 'pads') as readonly [number, number, number, number]
  return {
    strides: attribute.ints([1, ...intsOf(node, 'strides'), 1]),
    padding: attribute.string('EXPLICIT'),
    explicit_paddings: attribute.ints([0, 0, top, bottom, left, right, 0, 0]),
  }
}
