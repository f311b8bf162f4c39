import type { Certificate, Compliance, VerdictReason } from '../report/result.ts'
import { formatDuration } from '../units/duration.ts'

/** What a stop rule has found, and which rules of MLPerf were not kept, in sentences for the report. */
export function certificateNotes(
  certificate: Certificate | null,
  compliance: Compliance | null,
): readonly VerdictReason[] {
  return [
    ...(certificate === null ? [] : [certificateNote(certificate)]),
    ...(compliance === null ? [] : [complianceNote(compliance)]),
  ]
}

function certificateNote(certificate: Certificate): VerdictReason {
  const { verdict, more } = certificate
  const advice =
    verdict !== 'undecided'
      ? null
      : more === null
        ? 'The limit is too close to the percentile for any number of requests, or too little is known to say how many it takes.'
        : `About ${more} more requests like these would decide it: raise \`maximum\`.`
  return { code: 'certificate', severity: 'note', message: sentence(certificate), advice }
}

function sentence({
  rule,
  percentile,
  verdict,
  confidence,
  limit,
  count,
  over,
  bound,
  halfWidth,
  measured,
}: Certificate): string {
  const of = `from ${count} requests`
  const at = `at ${(confidence * 100).toFixed(confidence < 0.995 ? 0 : 2)} % confidence`
  if (limit !== null) {
    const name = `p${percentile} ≤ ${formatDuration(limit)}`
    const found = `${of}, ${over ?? 0} of them over it`
    if (verdict === 'pass') return `${name} is certified ${at} ${found}.`
    return verdict === 'fail'
      ? `${name} is disproven ${at} ${found}.`
      : `${name} is neither proven nor disproven ${at} ${found}.`
  }
  if (rule === 'precise') {
    const width = halfWidth === null ? 'not bounded' : `known to ± ${(halfWidth * 100).toFixed(1)} %`
    return `p${percentile} is ${width} ${of}${verdict === 'certified' ? '' : ', less well than was wanted'}.`
  }
  const value = measured === null ? 'infinite' : formatDuration(measured)
  if (bound === null) return `p${percentile} is ${value} ${of}, too few to certify a bound ${at}.`
  const wanted = verdict === 'certified' ? '' : ', less closely than was wanted'
  return `p${percentile} is ${value}, certified ${at} to be at most ${formatDuration(bound)}${wanted}, ${of}.`
}

function complianceNote({ scenario, rules, note }: Compliance): VerdictReason {
  const broken = rules.filter(({ kept }) => !kept)
  const list = broken.map(({ rule, wanted, found }) => `${rule} (${wanted}; here ${found})`).join(', ')
  return {
    code: 'mlperf',
    severity: 'note',
    message: `As MLPerf ${scenario}, ${rules.length - broken.length} of ${rules.length} rules were kept; not: ${list}.`,
    advice: note,
  }
}
