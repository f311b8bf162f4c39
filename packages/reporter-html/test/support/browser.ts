import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

/** Nothing but the page: no sandbox, since tests run as root in containers, and no service of the browser's maker. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** An open page, and all that went wrong in it. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page
  /** Messages of the console, errors, dialogs, and requests for anything but the file itself. */
  readonly problems: string[]
}

/** A browser without a network, for pages that are files. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'servebench-page-'))
  #files = 0

  constructor(browser: Browser) {
    this.#browser = browser
  }

  static async start(executablePath: string): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath, args: FLAGS }))
  }

  /** Writes a page, and returns where it is. */
  write(html: string): string {
    this.#files += 1
    const file = join(this.#folder, `${this.#files}.html`)
    writeFileSync(file, html)
    return pathToFileURL(file).href
  }

  /** Opens a page that {@link write} has written, and waits until it is shown. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({ offline: true, ...options })
    const page = await context.newPage()
    const problems: string[] = []
    page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== url.split('#')[0] && !/^(data|blob):/.test(request.url()))
        problems.push(`request: ${request.url()}`)
    })
    await page.goto(url)
    await page.locator('main h1').waitFor()
    return { page, problems, [Symbol.asyncDispose]: () => context.close() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    rmSync(this.#folder, { recursive: true })
  }
}
