/** The command as a shell runs it: a process, what it prints, and how it ends. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

/** The text of a stream so far. */
export class Said {
  text = ''
  #listener: (() => void) | undefined

  constructor(stream: Readable) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk
      this.#listener?.()
    })
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text)
      if (match !== null) return match
      await new Promise<void>((resolve) => {
        this.#listener = resolve
      })
    }
  }
}

export interface Command {
  readonly process: ChildProcess
  readonly out: Said
  readonly error: Said
  readonly ended: Promise<number | null>
}

export function tidewait(...argv: readonly string[]): Command {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { process: child, out: new Said(child.stdout), error: new Said(child.stderr), ended }
}

export const READY = /listening on (http:\/\/127\.0\.0\.1:\d+)/

/** A `tidewait serve` that can be asked, and where: its own URL, and its admin port. */
export interface Served extends AsyncDisposable {
  readonly url: string
  readonly admin: string
}

export async function served(origin: string): Promise<Served> {
  const serve = tidewait('serve', '--origin', origin, '--port', '0', '--admin-port', '0', '--quiet')
  const [, url = ''] = await serve.error.until(READY)
  const [, admin = ''] = await serve.error.until(/admin at http:\/\/127\.0\.0\.1:(\d+)/)
  return {
    url,
    admin,
    async [Symbol.asyncDispose]() {
      serve.process.kill('SIGTERM')
      await serve.ended
    },
  }
}

/** What a command that ends by itself has printed, and its exit code. */
export async function told(...argv: readonly string[]): Promise<{ code: number | null; out: string; error: string }> {
  const command = tidewait(...argv)
  const code = await command.ended
  return { code, out: command.out.text, error: command.error.text }
}
