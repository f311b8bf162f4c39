import { h } from './dom.ts'

/** How long the button says what it did, in milliseconds. */
const SAID = 2000

/** Puts a text into the clipboard; where the browser refuses, the element that shows it is selected for the keyboard. */
export function copyButton(text: string, shown: HTMLElement, label: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'quiet', 'aria-label': label, click: copy }, 'Copy')
  // What the button has done is said to who does not see it, too.
  const status = h('span', { class: 'hidden', role: 'status' })
  function say(word: string): void {
    button.textContent = word
    status.textContent = word
    setTimeout(() => {
      button.textContent = 'Copy'
      status.textContent = ''
    }, SAID)
  }
  function copy(): void {
    // Absent in pages that were not loaded from a trustworthy place.
    const clipboard = navigator.clipboard as Clipboard | undefined
    const copied = clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    copied.then(
      () => say('Copied'),
      () => {
        getSelection()?.selectAllChildren(shown)
        say('Selected')
      },
    )
  }
  return h('span', { class: 'copy' }, button, status)
}
