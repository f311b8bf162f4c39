/** What a link can point at: `/case/<id>`, `/trial/<id>`, `/analysis/<name>`, … */
type Reveal = () => HTMLElement

const places = new Map<string, Reveal>()

/** @param reveal opens what hides the place, and makes it if that was not needed yet */
export function addPlace(path: string, reveal: Reveal): void {
  places.set(path, reveal)
}

/** Opens a place, and says where it is; `null` when there is none of this path. */
export function openPlace(path: string): HTMLElement | null {
  return places.get(path)?.() ?? null
}

export function linkTo(path: string): string {
  return `#${path.split('/').map(encodeURIComponent).join('/')}`
}

/** Follows the page's links, and the one that it was opened with. */
export function followLinks(): void {
  addEventListener('hashchange', follow)
  document.addEventListener('click', (event) => {
    // The same link again changes nothing in the address.
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link !== null && link.hash === location.hash && link.hash.startsWith('#/')) follow()
  })
  follow()
}

function follow(): void {
  const place = openPlace(decode(location.hash.slice(1)))
  if (place === null) return
  place.scrollIntoView({ block: 'start' })
  const target = place instanceof HTMLDetailsElement ? (place.querySelector('summary') ?? place) : place
  if (target.tabIndex < 0) target.tabIndex = -1
  target.focus({ preventScroll: true })
}

function decode(path: string): string {
  try {
    return path.split('/').map(decodeURIComponent).join('/')
  } catch {
    return path
  }
}
