/** Names of cases without what they have in common, for tables that have no room for it in every row. */
export interface ShortNames {
  /** What all names have in common: `describe > scenario > server=onnx`; empty where there is nothing. */
  readonly common: string
  /** What the names consist of, `batch, protocol`; `null`: not the same axes everywhere. */
  readonly axes: string | null
  readonly names: readonly string[]
}

const STEP = ' > '
const AXIS = /^([^=,]+)=([^=,]*)$/

/** `scenario > batch=1,protocol=http` and `scenario > batch=8,protocol=http` differ in 1 and 8. */
export function shortenNames(names: readonly string[]): ShortNames {
  if (names.length < 2) return { common: '', axes: null, names }
  const paths = names.map((name) => name.split(STEP))
  const [first] = paths as [string[], ...string[][]]
  let depth = 0
  while (paths.every((path) => path.length > depth + 1 && path[depth] === first[depth])) depth += 1
  const rests = paths.map((path) => path.slice(depth).join(STEP))
  const shared = first.slice(0, depth)
  const cases = rests.map(readAxes)
  const axes = cases[0]?.map(([axis]) => axis)
  if (axes === undefined || cases.some((at) => at === null || !isOf(at, axes)))
    return { common: shared.join(STEP), axes: null, names: rests }
  const at = cases as readonly Axes[]
  const isConstant = axes.map((_, index) => at.every((one) => one[index]?.[1] === at[0]?.[index]?.[1]))
  // Equal names stay what they are: that they are equal is what there is to see.
  if (isConstant.every(Boolean)) return { common: shared.join(STEP), axes: null, names: rests }
  const constants = (at[0] as Axes).filter((_, index) => isConstant[index]).map((pair) => pair.join('='))
  return {
    common: [...shared, ...(constants.length === 0 ? [] : [constants.join(',')])].join(STEP),
    axes: axes.filter((_, index) => !isConstant[index]).join(', '),
    names: at.map((one) =>
      one
        .filter((_, index) => !isConstant[index])
        .map(([, value]) => value)
        .join(', '),
    ),
  }
}

type Axes = readonly (readonly [axis: string, value: string])[]

function readAxes(name: string): Axes | null {
  const pairs = name.split(',').map((part) => AXIS.exec(part))
  return pairs.includes(null)
    ? null
    : pairs.map((match) => [(match as RegExpExecArray)[1] as string, (match as RegExpExecArray)[2] as string])
}

function isOf(at: Axes, axes: readonly string[]): boolean {
  return at.length === axes.length && at.every(([axis], index) => axis === axes[index])
}
