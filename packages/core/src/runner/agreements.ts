import type { SampleRequest } from '../aide/sample-outputs.ts'
import type { SampledOutput } from '../aide/sampled-output.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import type { AgreementPlan } from '../dsl/agreement.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { caseName } from '../report/case-name.ts'
import { compareAnswers, describeReference, type CaseAnswers } from '../report/compare-answers.ts'
import type { AgreementReport } from '../report/result.ts'
import { canonicalJson } from '../units/json.ts'
import type { ConnectedStream } from './session-setup.ts'
import { encodeRequest } from './session-setup.ts'

/** Asks a target a few requests and returns the outputs of their answers, by input. */
export type SampleTarget = (request: SampleRequest) => Promise<readonly (readonly SampledOutput[])[]>

/** What the cases of one run have answered to the same inputs. Each case is asked once, before its first trial. */
export class Agreements {
  /** By the cases that have to agree. */
  readonly #references = new Map<string, CaseAnswers>()
  /** By case. */
  readonly #reports = new Map<string, AgreementReport>()

  /** `null` when the scenario does not ask for it. */
  async examine(
    plan: TrialPlan,
    streams: readonly ConnectedStream[],
    sample: SampleTarget,
  ): Promise<AgreementReport | null> {
    const { agreement } = plan
    const [stream] = streams
    if (agreement === undefined || stream === undefined) return null
    const known = this.#reports.get(plan.caseId)
    if (known !== undefined) return known
    const encode = encodeRequest(stream, plan)
    const answers = await sample({
      stream: {
        ...encode,
        // The same for all cases and whichever repeat comes first.
        seed: { ...encode.seed, repeat: 0 },
        limit: { ...encode.limit, count: agreement.inputs },
      },
      timeout: plan.settings.timeout,
      maxResponseBytes: plan.settings.maxResponseBytes,
    })
    const report = this.#judge(groupOf(plan, agreement), { case: plan.case, plan: agreement, answers })
    this.#reports.set(plan.caseId, report)
    return report
  }

  #judge(group: string, one: CaseAnswers): AgreementReport {
    const reference = this.#references.get(group)
    if (reference !== undefined) return compareAnswers(one, reference)
    const report = describeReference(one)
    // Others are not compared with a case that lacks what is to be compared.
    if (report.agrees) this.#references.set(group, one)
    return report
  }
}

/** @throws {ServebenchError} `SERVEBENCH_AGREEMENT` when answers differ: to measure them would compare different work */
export function requireAgreement({ agrees, reference, outputs }: AgreementReport): void {
  if (agrees) return
  const [first, ...others] = outputs.filter(({ problem }) => problem !== null)
  const name = first?.name ?? ''
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const from = reference === null ? '' : ` from ${caseName(reference) || 'the first case'}`
  throw new ServebenchError(
    'SERVEBENCH_AGREEMENT',
    `The answers differ${from}: ${name === '' ? 'the output' : `output '${name}'`}${more}. ${first?.problem ?? ''}`,
    {
      advice:
        'Check that all cases serve the same model and get the same input, or allow for it: agreement: { tolerance, outputs, across, datatypes, shapes }.',
      exitCode: ExitCode.target,
    },
  )
}

/** Cases of a scenario that differ only in the axes over which answers are the same. */
function groupOf({ file, path, case: values }: TrialPlan, { across }: AgreementPlan): string {
  const fixed = Object.entries(values).filter(([axis]) => across !== null && !across.includes(axis))
  return canonicalJson([file, [...path], Object.fromEntries(fixed)])
}
