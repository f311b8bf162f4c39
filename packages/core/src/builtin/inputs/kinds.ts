/** Inputs that are made from their options, the model's description and random numbers alone. */
export const GENERATORS = [
  'image',
  'detection',
  'latent',
  'tokens',
  'text',
  'audio',
  'recommendation',
  'tabular',
  'timeSeries',
  'video',
  'pointCloud',
  'bytes',
  'tensors',
] as const

/** All kinds of inputs that the core provides. */
export const INPUT_KINDS: readonly InputKind[] = [...GENERATORS, 'queries', 'dataset', 'repeat', 'mixed']

export type InputKind = (typeof GENERATORS)[number] | 'queries' | 'dataset' | 'repeat' | 'mixed'
