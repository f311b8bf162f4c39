const LAYER = /^(?:Copying blob (?:sha256:)?)?([0-9a-f]{12,64}):? ?(.*)$/
const DONE = /^(?:Pull complete|Already exists|done\b|skipped)/

/** How far a pull has come, from what it has printed without a terminal; `null` before it knows its layers. */
export function pullProgress(output: string): string | null {
  const layers = new Map<string, boolean>()
  for (const line of output.split('\n')) {
    const [, layer, state = ''] = LAYER.exec(line.trim()) ?? []
    if (layer !== undefined) layers.set(layer, layers.get(layer) === true || DONE.test(state))
  }
  const done = [...layers.values()].filter(Boolean).length
  return layers.size === 0 ? null : `${done} of ${layers.size} layers`
}
