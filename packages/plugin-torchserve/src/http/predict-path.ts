import type { TorchServeApi } from '../target.ts'

interface Addressed {
  readonly api: TorchServeApi
  readonly model: string
  readonly version: string
  readonly path: string
}

/** The path that a request is posted to. */
export function predictPath({ api, model, version, path }: Addressed): string {
  const name = encodeURIComponent(model)
  const versioned = version === '' ? name : `${name}/${encodeURIComponent(version)}`
  switch (api) {
    case 'predictions':
      return `/predictions/${versioned}${path === '' ? '' : `/${path}`}`
    case 'explanations':
      return `/explanations/${versioned}`
    case 'workflow':
      return `/wfpredict/${name}`
    case 'kserve':
      return `/v1/models/${name}:predict`
    case 'kserve-explain':
      return `/v1/models/${name}:explain`
    case 'kservev2':
      return `/v2/models/${name}/infer`
    case 'kservev2-explain':
      return `/v2/models/${name}/explain`
  }
}
