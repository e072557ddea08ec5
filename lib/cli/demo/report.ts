/** Prints the tour: a line for each scene, with a spinner if the output is a terminal, then the table. */

import { styleText } from 'node:util'
import { systemClock } from '../../base/clock.js'
import type { Scene } from './scene.js'
import { duration, table } from './table.js'
import type { Passed, Verdict } from './verdict.js'

export interface Report {
  open(page: string, threads: number): void
  /** Shows that a scene is playing; on a terminal only, where the line can be erased. */
  begin(scene: Scene): void
  end(verdict: Verdict): void
  close(verdicts: readonly Verdict[], totals: { readonly planned: number; readonly tookMs: number }): void
}

const MARKS = { passed: 'ok', missed: 'MISSED', skipped: 'skipped' } as const
const COLOURS = { passed: 'green', missed: 'red', skipped: 'yellow' } as const
const NAME_WIDTH = 16
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80

/** The report that fits `out`, a terminal or not. */
export function openReport(out: NodeJS.WriteStream): Report {
  return out.isTTY ? new TerminalReport(out) : new PlainReport(out)
}

class PlainReport implements Report {
  readonly #out: NodeJS.WritableStream

  constructor(out: NodeJS.WritableStream) {
    this.#out = out
  }

  open(page: string, threads: number): void {
    this.write(`tidewait: one cache for this thread and ${threads} more, in front of ${page}\n\n`)
  }

  begin(_scene: Scene): void {}

  end(verdict: Verdict): void {
    const { is, scene } = verdict
    const result = is === 'passed' ? `${verdict.note} (${duration(verdict.tookMs)})` : verdict.why
    this.write(`${this.mark(is)} ${scene.name.padEnd(NAME_WIDTH)} ${result}\n`)
  }

  close(
    verdicts: readonly Verdict[],
    { planned, tookMs }: { readonly planned: number; readonly tookMs: number },
  ): void {
    const passed = verdicts.filter((verdict): verdict is Passed => verdict.is === 'passed')
    const missed = verdicts.filter(({ is }) => is === 'missed').map(({ scene }) => `${scene.name} did not`)
    const skipped = verdicts.filter(({ is }) => is === 'skipped').length
    const unplayed = planned - verdicts.length
    const parts = [
      `${passed.length} of ${planned} scenes did what they say`,
      ...missed,
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ...(unplayed > 0 ? [`${unplayed} not played`] : []),
    ]
    this.write(`\n${table(passed).join('\n')}\n\n${parts.join(', ')}, in ${(tookMs / 1000).toFixed(1)} s\n`)
  }

  protected write(text: string): void {
    this.#out.write(text)
  }

  protected mark(is: Verdict['is']): string {
    return MARKS[is].padEnd(7)
  }
}

class TerminalReport extends PlainReport {
  readonly #colour: 'shown' | 'none'
  #stop = () => {}

  constructor(out: NodeJS.WriteStream) {
    super(out)
    this.#colour = out.hasColors() ? 'shown' : 'none'
  }

  override begin(scene: Scene): void {
    let frame = 0
    let cancel = () => {}
    const draw = () => {
      this.write(`\r${FRAMES[frame++ % FRAMES.length]}       ${scene.name}`)
      cancel = systemClock.setTimer(FRAME_MS, draw)
    }
    this.#stop = () => {
      cancel()
      this.write('\r\x1b[2K')
    }
    draw()
  }

  override end(verdict: Verdict): void {
    this.#stop()
    super.end(verdict)
  }

  protected override mark(is: Verdict['is']): string {
    const mark = super.mark(is)
    return this.#colour === 'shown' ? styleText(COLOURS[is], mark) : mark
  }
}
