import { formatShare } from '../report/quantity.ts'
import type { Metrics, VerdictReason } from '../report/result.ts'

/** From this share of the response time on, what the bench file does between the steps is worth a word. */
const MUCH_GLUE = 0.1

/** What is to be said of the functions between the steps of pipelines. */
export function pipelineNotes(streams: Readonly<Record<string, Metrics>>): VerdictReason[] {
  const several = Object.keys(streams).length > 1
  return Object.entries(streams).flatMap(([name, { pipeline }], index): VerdictReason[] => {
    const share = pipeline?.glueShare ?? null
    if (share === null || share <= MUCH_GLUE) return []
    const where = several ? ` of stream '${name}'` : ''
    return [
      {
        code: index === 0 ? 'glue' : `glue-${index + 1}`,
        severity: 'note',
        message: `${formatShare(share)} of the response time${where} passed between the steps: decoding answers, \`input\` and \`check\` on the load thread.`,
        advice:
          'Make them cheaper, or give them to a step of their own (`run`) if they belong to what is measured.',
      },
    ]
  })
}
