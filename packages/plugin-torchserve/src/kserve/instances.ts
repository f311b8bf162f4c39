import { ServebenchError } from 'servebench/plugin'
import type { Sample } from 'servebench/plugin'
import { sampleContent } from 'servebench/session'

type Document = { readonly [name: string]: unknown }

/**
 * The request of the KServe v1 protocol: `{ "instances": [...] }`. A document that has instances stays as it is; a list
 * becomes them; of tensors, one gives its rows, and several give rows of objects.
 */
export function toInstances(sample: Sample): { readonly document: Document; readonly count: number } {
  const document = wrap(sample)
  const { instances } = document
  if (!Array.isArray(instances) || instances.length === 0) {
    throw new ServebenchError(
      'SERVEBENCH_TORCHSERVE_REQUEST',
      'A KServe v1 request has no list of instances.',
      {
        advice: 'Give a list, { instances: […] }, or a sample of tensors whose first dimension is the batch.',
      },
    )
  }
  return { document, count: instances.length }
}

function wrap(sample: Sample): Document {
  if ('text' in sample) return { instances: [sample.text] }
  if ('bytes' in sample) return { instances: [{ b64: Buffer.from(sample.bytes).toString('base64') }] }
  if ('json' in sample) {
    const { json } = sample
    if (Array.isArray(json)) return { instances: json }
    return typeof json === 'object' && json !== null ? (json as Document) : {}
  }
  const tensors = Object.entries(JSON.parse(Buffer.from(sampleContent(sample).bytes).toString()) as Document)
  const [first] = tensors
  if (first === undefined) return {}
  if (tensors.length === 1) return { instances: first[1] }
  const rows = Array.isArray(first[1]) ? first[1].length : 0
  if (tensors.some(([, rest]) => !Array.isArray(rest) || rest.length !== rows)) return {}
  return {
    instances: Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(tensors.map(([name, values]) => [name, (values as readonly unknown[])[row]])),
    ),
  }
}
