import pc from 'picocolors'
import type { CollectedStudy } from '../../collector/collect-scenario.ts'
import { ExitCode } from '../../errors/servebench-error.ts'
import { caseName } from '../../report/case-name.ts'
import { printable } from '../../report/printable.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import { openProject } from '../project.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'

/** `servebench list [files...]` */
export async function listCommand(files: readonly string[], options: RunOptionValues): Promise<number> {
  const project = await openProject({
    ...askedProject(files, options),
    log: new PlainProgress(),
    plugins: false,
    kind: 'all',
  })
  const { scenarios } = project.collection
  if (options.json) {
    const list = scenarios.map(({ file, path, line, tags, cases, deferred, study }) => ({
      file,
      line,
      path,
      tags,
      ...(study === undefined ? {} : { study: { axes: study.plan.axes, baseline: study.plan.baseline } }),
      cases: deferred?.cases ?? cases.map((planned) => planned.trial.case),
      searches: cases.filter((planned) => planned.search !== undefined).map((planned) => planned.trial.case),
      skipped: cases.filter((planned) => planned.skip !== null).map((planned) => planned.trial.case),
    }))
    process.stdout.write(`${JSON.stringify(list, null, 2)}\n`)
    return ExitCode.ok
  }
  const lines: string[] = []
  let file = ''
  let count = 0
  for (const scenario of scenarios) {
    if (scenario.file !== file) {
      file = scenario.file
      lines.push(pc.bold(printable(file)))
    }
    const tags = scenario.tags.map((tag) => pc.cyan(` #${printable(tag)}`)).join('')
    const search = scenario.cases.find((planned) => planned.search !== undefined)?.search
    const searched = search === undefined ? '' : pc.dim(` · finds the highest ${search.vary}`)
    lines.push(`  ${scenario.path.map(printable).join(pc.dim(' > '))}${tags}${searched}`)
    if (scenario.study !== undefined) {
      lines.push(pc.dim(`    ${describeSpace(scenario.study)}`))
      const skipped = Map.groupBy(
        scenario.cases.filter((planned) => planned.skip !== null),
        ({ skip }) => skip ?? '',
      )
      for (const [reason, { length }] of skipped)
        lines.push(pc.yellow(`    ${length} of them skipped: ${printable(reason)}`))
      continue
    }
    const cases =
      scenario.deferred?.cases.map((values) => ({ name: caseName(values), skip: null })) ??
      scenario.cases.map(({ trial, skip }) => ({ name: caseName(trial.case), skip }))
    count += cases.length
    for (const { name, skip } of cases) {
      if (name === '' && skip === null) continue
      lines.push(`    ${printable(name)}${skip === null ? '' : pc.yellow(` skipped: ${printable(skip)}`)}`)
    }
  }
  const studies = scenarios.filter(({ study }) => study !== undefined).length
  const others = scenarios.length - studies
  const listed = [
    ...(others === 0 && studies > 0
      ? []
      : [
          `${count} ${count === 1 ? 'case' : 'cases'} in ${others} ${others === 1 ? 'scenario' : 'scenarios'}`,
        ]),
    ...(studies === 0 ? [] : [`${studies} ${studies === 1 ? 'study' : 'studies'}`]),
  ]
  lines.push(pc.dim(listed.join(', ')))
  process.stdout.write(`${lines.join('\n')}\n`)
  return ExitCode.ok
}

/** `a study of 12 configurations: instances × batch` */
function describeSpace({ plan, points }: CollectedStudy): string {
  if (plan.automatic) return 'a study of what the plugin of its server finds worth a try'
  const axes = plan.axes.filter(({ values }) => values.length > 1).map(({ name }) => printable(name))
  return `a study of ${points.length} ${points.length === 1 ? 'configuration' : 'configurations'}: ${axes.join(' × ')}`
}
