import type { JsonObject, RunningServer } from 'servebench/plugin'
import type { StageSource } from 'servebench/session'
import { SEARCH_KIND } from '../kinds.ts'
import { OptionReader } from '../target-settings.ts'
import type { TargetSettings } from '../target-settings.ts'
import type { VespaQuery } from './request.ts'

/** The options of the target, checked. Plain data. */
export interface SearchSettings extends TargetSettings {
  readonly query: VespaQuery
  readonly method: 'GET' | 'POST'
  /** Headers in which the server tells its own time. */
  readonly stages: readonly StageSource[]
}

const SEARCH_PATH = '/search/'
const BENCHMARK_HEADERS = {
  'X-Yahoo-Vespa-Benchmarkdata': 'true',
  'X-Yahoo-Vespa-Benchmarkdata-Coverage': 'true',
}
const SEARCH_TIME: StageSource = { stage: 'compute', header: 'x-yahoo-vespa-searchtime', unit: 'ms' }

/** @throws {ValidationError} with all problems */
export function readSearchSettings(
  options: JsonObject,
  server: RunningServer | null,
  root: string,
): SearchSettings {
  const reader = new OptionReader(SEARCH_KIND, options)
  const shared = reader.shared({ server, root, options: ['query', 'method', 'benchmarkData'] })
  for (const name of Object.keys(reader.object('headers'))) {
    if (name.toLowerCase() === 'accept-encoding')
      reader.report(`headers.${name}`, 'is not possible: errors inside answers are read while they arrive.')
  }
  const method = reader.choose('method', ['GET', 'POST'])
  const query = reader.object('query') as VespaQuery
  const benchmarkData = reader.flag('benchmarkData')
  reader.finish()
  const url = new URL(shared.url)
  if (url.pathname === '/') url.pathname = SEARCH_PATH
  return {
    ...shared,
    url: url.href,
    headers: benchmarkData ? { ...BENCHMARK_HEADERS, ...shared.headers } : shared.headers,
    query,
    method,
    stages: benchmarkData ? [SEARCH_TIME] : [],
  }
}
