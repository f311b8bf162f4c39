import { encodeTensor, WireWriter } from '@servebench/plugin-oip/protocol'
import type { BoundExample, BoundExamples } from '../mapping/bind-examples.ts'
import type { Feature } from '../mapping/feature.ts'
import { writeModelSpec } from './model-spec.ts'
import type { ModelChoice } from './model-spec.ts'

/** Field numbers of `ClassificationRequest` and `RegressionRequest`, and what they consist of. */
const Request = { modelSpec: 1, input: 2 } as const
const Input = { exampleList: 1, exampleListWithContext: 2 } as const
const List = { examples: 1, context: 2 } as const
const FEATURES = 1
const FEATURE = 1
const Entry = { key: 1, value: 2 } as const
const KINDS = { bytes: 1, float: 2, int64: 3 } as const
const VALUES = 1

/** Writes a `ClassificationRequest` or a `RegressionRequest`, which have the same fields. */
export function writeExamplesMessage(
  { examples, context }: BoundExamples,
  choice: ModelChoice,
  signature: string,
): Uint8Array {
  return new WireWriter()
    .message(Request.modelSpec, (spec) => writeModelSpec(spec, choice, signature))
    .message(Request.input, (input) =>
      input.message(context === null ? Input.exampleList : Input.exampleListWithContext, (list) => {
        for (const example of examples) list.message(List.examples, (one) => writeExample(one, example))
        if (context !== null) list.message(List.context, (one) => writeExample(one, context))
      }),
    )
    .finish()
}

function writeExample(writer: WireWriter, example: BoundExample): void {
  writer.message(FEATURES, (features) => {
    for (const [name, feature] of example) {
      features.message(FEATURE, (entry) =>
        entry
          .string(Entry.key, name)
          .message(Entry.value, (value) =>
            value.message(KINDS[feature.kind], (list) => writeValues(list, feature)),
          ),
      )
    }
  })
}

function writeValues(list: WireWriter, feature: Feature): void {
  if (feature.values.length === 0) return
  if (feature.kind === 'float') list.bytes(VALUES, encodeTensor('FP32', feature.values))
  else if (feature.kind === 'int64') list.integers(VALUES, feature.values)
  else
    for (const value of feature.values)
      list.bytes(VALUES, typeof value === 'string' ? Buffer.from(value) : value)
}
