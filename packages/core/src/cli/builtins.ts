import type { BenchPlugin } from '../hooks/plugin.ts'
import { INPUT_KINDS } from '../builtin/inputs/kinds.ts'
import { REPORTERS } from '../builtin/reporters/reporters.ts'

type Load = () => Promise<{ readonly plugin: BenchPlugin }>

/** The core's own plugins, by the name of the target kind, input, sampler or reporter that they provide. */
export const BUILTINS: Readonly<Record<string, Load>> = {
  ...REPORTERS,
  http: async () => ({ plugin: (await import('../builtin/http/plugin.ts')).httpPlugin }),
  ...Object.fromEntries(INPUT_KINDS.map((kind) => [kind, () => import('../builtin/inputs/plugin.ts')])),
  host: () => import('../builtin/host-sampler/plugin.ts'),
  prometheus: () => import('../builtin/prometheus-sampler/plugin.ts'),
  rapl: () => import('../builtin/rapl/plugin.ts'),
  meter: () => import('../builtin/meter/plugin.ts'),
  'power-model': () => import('../builtin/power-model/plugin.ts'),
  analyses: () => import('../builtin/analyses/plugin.ts'),
  streams: () => import('../builtin/streams/plugin.ts'),
  process: () => import('../builtin/process/plugin.ts'),
  inline: () => import('../builtin/inline/plugin.ts'),
}
