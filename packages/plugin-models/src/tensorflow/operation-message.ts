import type { ElementType, Shape } from '../graph/graph.ts'
import {
  deferred,
  embedded,
  float,
  int,
  message,
  packed,
  text,
  type Deferred,
  type Message,
} from '../onnx/wire.ts'

/** The numbers of TensorFlow's `DataType`. */
const DATA_TYPE: Readonly<Partial<Record<ElementType, number>>> = { float32: 1, int32: 3, int64: 9 }

/** @throws {TypeError} for types that this writer does not have */
export function dataType(type: ElementType): number {
  const number = DATA_TYPE[type]
  if (number === undefined) throw new TypeError(`SavedModels are not written with ${type}.`)
  return number
}

/** `AttrValue`s: field numbers are those of attr_value.proto. */
export const attribute = {
  type: (type: ElementType): Message => message(int(6, dataType(type))),
  flag: (value: boolean): Message => message(int(5, Number(value))),
  int: (value: number): Message => message(int(3, value)),
  float: (value: number): Message => message(float(4, value)),
  string: (value: string): Message => message(text(2, value)),
  ints: (values: readonly number[]): Message => message(embedded(1, message(packed(3, values)))),
  shape: (shape: Shape): Message => message(embedded(7, encodeShape(shape))),
  tensor: (type: ElementType, shape: readonly number[], content: Deferred): Message =>
    message(
      embedded(8, message(int(1, dataType(type)), embedded(2, encodeShape(shape)), deferred(4, content))),
    ),
}

/** A `NodeDef`. */
export function encodeOperation(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Message>>,
): Message {
  return message(
    text(1, name),
    text(2, op),
    inputs.map((input) => text(3, input)),
    Object.entries(attributes).map(([key, value]) => embedded(5, entry(key, value))),
  )
}

export function encodeShape(shape: Shape): Message {
  return message(shape.map((size) => embedded(2, message(int(1, typeof size === 'string' ? -1 : size)))))
}

/** An entry of a map. */
export function entry(key: string, value: Message): Message {
  return message(text(1, key), embedded(2, value))
}
