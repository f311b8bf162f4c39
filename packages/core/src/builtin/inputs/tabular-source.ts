import type { TargetMetadata } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createGenerator, createSpecial, isSpecial, normals, readGenerator } from './generator.ts'
import { OptionReader } from './option-reader.ts'
import { batchShape, placeTensor } from './place-tensor.ts'
import type { TabularOptions } from './tabular.ts'
import { FLOATS, SPECIAL_VALUES } from './values.ts'

export function tabularSource(options: TabularOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('tabular', options)
  const features = reader.required('features')
  const given = reader.whole('batch', 1)
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'one-hot', 'empty-batch'], { batch: given })
  reader.done()
  const { values } = generator
  const place = placeTensor({ name, datatype, datatypes: FLOATS, kind: 'tabular' }, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const shape = batchShape(place, batch, [features])
  if (isSpecial(values)) return createSpecial(reader, generator, values, [{ ...place, shape }])
  return createGenerator(batch === 0 ? { ...generator, distinct: 1 } : generator, (random) => {
    if (values !== 'one-hot') return { tensors: { [place.name]: normals(place.datatype, shape, random) } }
    const data =
      place.datatype === 'FP64' ? new Float64Array(batch * features) : new Float32Array(batch * features)
    for (let row = 0; row < batch; row++) data[row * features + random.int(features)] = 1
    return { tensors: { [place.name]: { datatype: place.datatype, shape, data } } }
  })
}
