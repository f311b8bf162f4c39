/** Elements of a tensor in row-major order; those that are bytes as text, one character for each byte. */
export type Elements = Float64Array | BigInt64Array | BigUint64Array | readonly string[]

/** How far a value may be from its reference: |value − reference| ≤ absolute + relative × |reference|. */
export interface Tolerance {
  readonly absolute: number
  readonly relative: number
}

/** How values differ from a reference of the same length. */
export interface ElementDifferences {
  /** How many are outside of the tolerance. */
  readonly differing: number
  /** Where the first of them is; `null` without any. */
  readonly first: number | null
  /** Over pairs of finite numbers; `null` without any. */
  readonly maxAbsolute: number | null
  /** The same ÷ |reference|, where that is not 0. */
  readonly maxRelative: number | null
  /** Places where both are NaN: they agree, but hardly mean what they should. */
  readonly notNumbers: number
}

/**
 * Compares element by element, as `numpy.allclose(equal_nan=True)` does: NaN agrees with NaN only, an infinity with the
 * same infinity only, text with equal text only. Whole numbers of 64 bits are subtracted exactly.
 * @param values as many as there are in the reference
 */
export function compareElements(
  values: Elements,
  reference: Elements,
  tolerance: Tolerance,
): ElementDifferences {
  if (isText(values) || isText(reference)) return compareTexts(values, reference)
  if (isWhole(values) && isWhole(reference))
    return compare(reference.length, tolerance, (index) => {
      const expected = reference[index] as bigint
      return [Number((values[index] as bigint) - expected), Number(expected)]
    })
  const found = toFloats(values)
  const expected = toFloats(reference)
  return compare(
    expected.length,
    tolerance,
    (index) => differenceAt(found[index] as number, expected[index] as number),
    (index) => Number.isNaN(found[index]) && Number.isNaN(expected[index]),
  )
}

/** The difference, infinite where no tolerance covers it, and the reference. */
function differenceAt(value: number, expected: number): readonly [difference: number, expected: number] {
  if (Object.is(value, expected) || value === expected) return [0, expected]
  const difference = value - expected
  return [Number.isFinite(difference) ? difference : Infinity, expected]
}

function compare(
  length: number,
  { absolute, relative }: Tolerance,
  at: (index: number) => readonly [difference: number, expected: number],
  isNothing: (index: number) => boolean = () => false,
): ElementDifferences {
  let differing = 0
  let first: number | null = null
  let maxAbsolute: number | null = null
  let maxRelative: number | null = null
  let notNumbers = 0
  for (let index = 0; index < length; index++) {
    if (isNothing(index)) {
      notNumbers += 1
      continue
    }
    const [signed, expected] = at(index)
    const difference = Math.abs(signed)
    const size = Math.abs(expected)
    // An infinite reference would make any tolerance infinite.
    const allowed = difference === 0 || (difference < Infinity && difference <= absolute + relative * size)
    if (!allowed) {
      differing += 1
      first ??= index
    }
    if (difference === Infinity || size === Infinity) continue
    maxAbsolute = Math.max(maxAbsolute ?? 0, difference)
    if (size > 0) maxRelative = Math.max(maxRelative ?? 0, difference / size)
  }
  return { differing, first, maxAbsolute, maxRelative, notNumbers }
}

function compareTexts(values: Elements, reference: Elements): ElementDifferences {
  let differing = 0
  let first: number | null = null
  for (let index = 0; index < reference.length; index++) {
    if (values[index] === reference[index]) continue
    differing += 1
    first ??= index
  }
  return { differing, first, maxAbsolute: null, maxRelative: null, notNumbers: 0 }
}

function isText(elements: Elements): elements is readonly string[] {
  return Array.isArray(elements)
}

function isWhole(elements: Elements): elements is BigInt64Array | BigUint64Array {
  return elements instanceof BigInt64Array || elements instanceof BigUint64Array
}

function toFloats(elements: Exclude<Elements, readonly string[]>): Float64Array {
  return isWhole(elements) ? Float64Array.from(elements, Number) : elements
}
