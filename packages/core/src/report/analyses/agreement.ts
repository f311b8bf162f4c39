import { caseName } from '../case-name.ts'
import { formatNumber } from '../quantity.ts'
import type { AgreementReport, AnalysisTable, OutputAgreement, RunResult, Trial } from '../result.ts'

type Examined = Trial & { readonly agreement: AgreementReport }

/** For every scenario with `agreement`: how far the outputs of its cases are from those of the case asked first. */
export function analyseAgreement({ trials }: RunResult): readonly AnalysisTable[] {
  const examined = trials.filter((trial): trial is Examined => trial.agreement !== undefined)
  const scenarios = Map.groupBy(examined, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].map(tableOf)
}

function tableOf(trials: readonly Examined[]): AnalysisTable {
  const cases = [...new Map(trials.map((trial) => [trial.caseId, trial])).values()]
  const [first] = cases as [Examined]
  const { inputs, tolerance } = first.agreement
  const references = new Set(
    cases.flatMap(({ agreement: { reference } }) => (reference === null ? [] : [caseName(reference)])),
  )
  const [only] = references
  const single = references.size === 1 && only !== undefined
  const others = new Set(cases.map(({ agreement }) => JSON.stringify(agreement.tolerance))).size > 1
  return {
    name: 'agreement',
    title: `${first.path.join(' > ')}: agreement of the answers${single ? ` with those of ${only || 'the first case'}` : ''}`,
    columns: [
      { name: 'case', unit: null },
      ...(single ? [] : [{ name: 'against', unit: null, description: 'The case that was asked first.' }]),
      { name: 'output', unit: null },
      { name: 'form', unit: null, description: 'Datatype, where the protocol tells it, and shape.' },
      {
        name: 'differing',
        unit: null,
        description: 'Elements of all inputs that are outside of the tolerance.',
      },
      { name: 'max abs', unit: '', description: 'Largest |value − reference| of finite elements.' },
      {
        name: 'max rel',
        unit: '',
        description: 'Largest of the same ÷ |reference|, where that is not 0.',
      },
      { name: 'agrees', unit: null },
    ],
    rows: cases.flatMap(({ case: values, agreement: { outputs, reference } }) =>
      outputs.map((output) => [
        caseName(values),
        ...(single ? [] : [reference === null ? '' : differenceOf(reference, values)]),
        output.name,
        formOf(output),
        output.differing,
        output.maxAbsolute,
        output.maxRelative,
        output.problem !== null ? 'no' : reference === null ? 'reference' : 'yes',
      ]),
    ),
    notes: [
      `${inputs} ${inputs === 1 ? 'input' : 'inputs'} each${others ? '' : `; within ${formatNumber(tolerance.absolute)} + ${formatNumber(tolerance.relative)} × |reference|`}.`,
      ...cases.flatMap(({ case: values, agreement: { outputs } }) =>
        outputs.flatMap(({ name, problem, notNumbers }) => [
          ...(problem === null ? [] : [`${labelOf(values, name)}: ${problem}`]),
          ...(notNumbers !== null && notNumbers > 0
            ? [`${labelOf(values, name)}: ${notNumbers} elements are NaN on both sides.`]
            : []),
        ]),
      ),
    ],
  }
}

/** The axes that tell a case from another: the others are the same. */
function differenceOf(reference: Trial['case'], values: Trial['case']): string {
  const differing = Object.entries(reference).filter(([axis, value]) => values[axis] !== value)
  return caseName(Object.fromEntries(differing))
}

function formOf({ datatype, shape }: OutputAgreement): string {
  return [
    ...(datatype === null ? [] : [datatype]),
    ...(shape === null ? [] : [`[${shape.join(', ')}]`]),
  ].join(' ')
}

function labelOf(values: Trial['case'], output: string): string {
  return [caseName(values), ...(output === '' ? [] : [`output '${output}'`])].filter(Boolean).join(', ')
}
