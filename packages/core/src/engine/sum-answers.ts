import type { AnswerCounts } from './session.ts'

/** What several sessions, or one in several workers, have seen of their answers. */
export function sumAnswers(parts: readonly AnswerCounts[]): AnswerCounts {
  const statuses: Record<string, number> = {}
  const sum = { total: 0, withHits: 0, zeroHits: 0 }
  for (const part of parts) {
    sum.total += part.total
    sum.withHits += part.withHits
    sum.zeroHits += part.zeroHits
    for (const [status, count] of Object.entries(part.statuses))
      statuses[status] = (statuses[status] ?? 0) + count
  }
  return { ...sum, statuses }
}
