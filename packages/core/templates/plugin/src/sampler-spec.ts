import { moduleUrl, ServebenchError } from 'servebench/plugin'
import type { ModuleReference, SamplerContext, SamplerPlan, SamplerSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

/**
 * How busy the server is: the gauge `acme.busy`, from 0 to 1.
 * @example samplers: [acmeSampler()]
 */
export function acmeSampler(options: { readonly url?: string } = {}): SamplerSpec {
  return { kind: KIND, package: PACKAGE, options }
}

export async function provideSampler(
  { options }: SamplerPlan,
  { server }: SamplerContext,
): Promise<ModuleReference> {
  const { url = server?.endpoints['http'] } = options as { readonly url?: string }
  if (url === undefined) {
    throw new ServebenchError('SERVEBENCH_ACME_URL', 'The sampler has no URL, and the case has no server.', {
      advice: "Say acmeSampler({ url: 'http://host:port' }).",
    })
  }
  return { module: moduleUrl(import.meta.url, './sampler'), options: { url } }
}
