/** Starts the tour's origin process, tells it by control requests how to behave, and ends it. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { projectFile } from '../kit/project.js'
import type { Gate, Origin, Page } from './page.js'
import { CONTROL, type Publication } from './publication.js'

export class OriginProcess implements Origin, AsyncDisposable {
  readonly #child: ChildProcess
  readonly base: string

  private constructor(child: ChildProcess, base: string) {
    this.#child = child
    this.base = base
  }

  static async start(): Promise<OriginProcess> {
    const child = fork(fileURLToPath(new URL('./origin-process.js', import.meta.url)))
    const [base] = await Promise.race([once(child, 'message'), once(child, 'exit').then(endedEarly)])
    return new OriginProcess(child, String(base))
  }

  async page(): Promise<Page> {
    const file = 'README.md'
    const url = await this.publish('/README.md', { file, headers: { 'cache-control': 'max-age=600' } })
    return { url, content: await projectFile(file) }
  }

  /** Sets how `path` is answered from now on. Returns its URL. */
  async publish(path: string, publication: Publication): Promise<string> {
    await this.#tell('PUT', 'pages', path, { body: JSON.stringify(publication) })
    return this.base + path
  }

  async requests(): Promise<number> {
    return Number(await this.#tell('GET', 'requests', '/'))
  }

  async hold(url: string): Promise<Gate> {
    await this.#tell('PUT', 'gates', pathOf(url))
    return { keeps: 'the page', open: async () => void (await this.#tell('DELETE', 'gates', pathOf(url))) }
  }

  /** Resolves when `count` requests for `url` have come. */
  async arrived(url: string, count: number): Promise<void> {
    await this.#tell('GET', 'arrivals', pathOf(url), { count })
  }

  /** Resolves when the client has closed `count` requests for `url` before they were answered. */
  async hungUp(url: string, count: number): Promise<void> {
    await this.#tell('GET', 'hang-ups', pathOf(url), { count })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  async #tell(
    method: string,
    subject: string,
    path: string,
    { body, count = 0 }: { body?: string; count?: number } = {},
  ): Promise<string> {
    const url = `${this.base}${CONTROL}${subject}${path}?count=${count}`
    const response = await fetch(url, { method, ...(body !== undefined && { body }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`the origin did not understand ${method} ${subject}${path}: ${text}`)
    return text
  }
}

function endedEarly([code]: unknown[]): never {
  throw new Error(`the origin ended before it began (exit code ${String(code)})`)
}

function pathOf(url: string): string {
  return new URL(url).pathname
}
