/** What both fake servers have in common: models, their versions, and what they answer. */

export interface FakeTensor {
  readonly dtype: string
  /** −1 for any size; `null` for any rank. */
  readonly shape: readonly number[] | null
}
export interface FakeSignature {
  readonly method: 'predict' | 'classify' | 'regress'
  readonly inputs: Readonly<Record<string, FakeTensor>>
  readonly outputs: Readonly<Record<string, FakeTensor>>
}
export interface FakeModel {
  readonly name: string
  readonly signatures: Readonly<Record<string, FakeSignature>>
  /** State by version; `AVAILABLE` ones answer. */
  versions: Readonly<Record<string, string>>
  labels: Readonly<Record<string, string>>
  /** Why a version is not available. */
  readonly error?: string
}

export interface FakeOptions {
  readonly models: FakeModel[]
  readonly authorization: string | null
  /** What all predictions fail with. */
  failure: Refusal | null
  /** The text of the Prometheus endpoint, as it is or as it is made; `null`: there is none. */
  metrics: string | (() => string) | null
  /** Refuses reloads. */
  readonly reload: Refusal | null
}

/** A failure with the status of both protocols. */
export class Refusal extends Error {
  readonly http: number
  readonly grpc: number

  constructor(http: number, grpc: number, text: string) {
    super(text)
    this.http = http
    this.grpc = grpc
  }
}

export const notFound = (text: string): Refusal => new Refusal(404, 5, text)
export const invalid = (text: string): Refusal => new Refusal(400, 3, text)

const float = (...shape: number[]): FakeTensor => ({ dtype: 'DT_FLOAT', shape })

/** y = x · W + b */
const AFFINE: FakeSignature = { method: 'predict', inputs: { x: float(-1, 2) }, outputs: { y: float(-1, 3) } }
const PAIR: FakeSignature = {
  method: 'predict',
  inputs: { id: { dtype: 'DT_INT64', shape: [-1] }, text: { dtype: 'DT_STRING', shape: [-1] } },
  outputs: {
    id: { dtype: 'DT_INT64', shape: [-1] },
    text_bytes: { dtype: 'DT_STRING', shape: [-1] },
    weight: { dtype: 'DT_DOUBLE', shape: [-1] },
  },
}
const SERIALIZED = { inputs: { dtype: 'DT_STRING', shape: [-1] } } as const

export function fakeModel(name = 'm', rest: Partial<FakeModel> = {}): FakeModel {
  return {
    name,
    signatures: {
      serving_default: AFFINE,
      pair: PAIR,
      any: {
        method: 'predict',
        inputs: { x: { dtype: 'DT_FLOAT', shape: null } },
        outputs: { y: { dtype: 'DT_FLOAT', shape: null } },
      },
      half: {
        method: 'predict',
        inputs: { x: { dtype: 'DT_HALF', shape: [-1] } },
        outputs: { y: float(-1, 3) },
      },
      classes: { method: 'classify', inputs: SERIALIZED, outputs: {} },
      values: { method: 'regress', inputs: SERIALIZED, outputs: {} },
    },
    versions: { '2': 'AVAILABLE', '1': 'AVAILABLE' },
    labels: { stable: '1' },
    ...rest,
  }
}

export function fakeOptions(options: Partial<FakeOptions> = {}): FakeOptions {
  return {
    models: [fakeModel()],
    authorization: null,
    failure: null,
    metrics: null,
    reload: null,
    ...options,
  }
}

interface Spec {
  readonly name: string
  readonly version?: string | undefined
  readonly label?: string | undefined
}

export function findModel(
  { models }: FakeOptions,
  { name, version, label }: Spec,
): { model: FakeModel; version: string } {
  const model = models.find((known) => known.name === name)
  if (model === undefined) throw notFound(`Servable not found for request: Latest(${name})`)
  const available = Object.keys(model.versions).filter((one) => model.versions[one] === 'AVAILABLE')
  const wanted = label === undefined ? version : model.labels[label]
  if (label !== undefined && wanted === undefined)
    throw invalid(`Unrecognized servable version label: ${label}`)
  const found = wanted ?? available.sort((a, b) => Number(b) - Number(a))[0]
  if (found === undefined || !available.includes(found))
    throw notFound(
      `Servable not found for request: ${found === undefined ? `Latest(${name})` : `Specific(${name}, ${found})`}`,
    )
  return { model, version: found }
}

export function findStatus(
  { models }: FakeOptions,
  { name, version }: Spec,
): { version: string; state: string; error: string }[] {
  const model = models.find((known) => known.name === name)
  if (model === undefined) throw notFound(`Could not find any versions of model ${name}`)
  const versions = Object.entries(model.versions)
    .filter(([one]) => version === undefined || one === version)
    .map(([one, state]) => ({ version: one, state, error: state === 'AVAILABLE' ? '' : (model.error ?? '') }))
    .sort((a, b) => Number(b.version) - Number(a.version))
  if (versions.length === 0) throw notFound(`Could not find version ${version} of model ${name}`)
  return versions
}

export function signatureOf(model: FakeModel, name: string): FakeSignature {
  const signature = model.signatures[name]
  if (signature === undefined) throw new Refusal(400, 9, `Serving signature key "${name}" not found.`)
  return signature
}

const WEIGHTS = [1, 2, 3, 4, 5, 6]

/** x · W + 0.5, where rows are pairs: version 2 adds 1. What begins with −2 is refused. */
export function affine(x: readonly number[], version: string): number[] {
  if (x.length % 2 !== 0 || x[0] === -2) throw invalid('Matrix size-incompatible')
  const y: number[] = []
  for (let row = 0; row < x.length / 2; row++) {
    for (let column = 0; column < 3; column++) {
      const [a = 0, b = 0] = [x[2 * row], x[2 * row + 1]]
      y.push(
        a * (WEIGHTS[column] as number) +
          b * (WEIGHTS[column + 3] as number) +
          0.5 +
          (version === '2' ? 1 : 0),
      )
    }
  }
  return y
}
