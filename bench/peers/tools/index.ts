import type { Tool } from '../tool.ts'
import { ab } from './ab.ts'
import { autocannon } from './autocannon.ts'
import { fortio } from './fortio.ts'
import { ghz } from './ghz.ts'
import { grpcJs } from './grpc-js.ts'
import { h2load } from './h2load.ts'
import { hey } from './hey.ts'
import { k6 } from './k6.ts'
import { locust } from './locust.ts'
import { oha, ohaUncorrected } from './oha.ts'
import { perfAnalyzer } from './perf-analyzer.ts'
import { servebench } from './servebench.ts'
import { vegeta } from './vegeta.ts'
import { wrk, wrk2 } from './wrk.ts'

/** In the order in which they take turns. */
export const TOOLS: readonly Tool[] = [
  wrk,
  servebench,
  oha,
  ohaUncorrected,
  ab,
  fortio,
  autocannon,
  hey,
  vegeta,
  k6,
  locust,
  h2load,
  wrk2,
  grpcJs,
  ghz,
  perfAnalyzer,
]
