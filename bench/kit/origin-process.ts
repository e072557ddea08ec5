/** Starts the process of the origin (`origin.ts`), and asks it for its count of requests. */

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

  /** How many requests the origin has received since it started. */
  async asked(): Promise<number> {
    this.child.send('asked')
    const [asked] = (await once(this.child, 'message')) as [number]
    return asked
  }

  close(): void {
    this.child.disconnect()
  }
}
