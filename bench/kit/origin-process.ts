/** Starts the origin's process and talks to it. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export class OriginProcess {
  private constructor(
    readonly base: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<OriginProcess> {
    const child = fork(fileURLToPath(new URL('origin.js', import.meta.url)), { execArgv: [] })
    const [port] = (await once(child, 'message')) as [number]
    return new OriginProcess(`http://127.0.0.1:${port}`, child)
  }

  /** How many requests came, of all there ever were. */
  async asked(): Promise<number> {
    this.child.send('asked')
    const [asked] = (await once(this.child, 'message')) as [number]
    return asked
  }

  close(): void {
    this.child.disconnect()
  }
}
