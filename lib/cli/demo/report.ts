/** What a person sees of the tour, and a script reads: a line for each scene, moving on a terminal, then the table. */

import { styleText } from 'node:util'
import { systemClock } from '../../base/clock.js'
import type { Scene } from './scene.js'
import { duration, table } from './table.js'
import type { AsTold, Verdict } from './verdict.js'

export interface Report {
  open(page: string, threads: number): void
  /** Shown only on a terminal, where the line can be taken back. */
  begin(scene: Scene): void
  end(verdict: Verdict): void
  close(verdicts: readonly Verdict[], totals: { readonly planned: number; readonly tookMs: number }): void
}

const MARKS = { 'as told': 'ok', missed: 'MISSED', skipped: 'skipped' } as const
const COLOURS = { 'as told': 'green', missed: 'red', skipped: 'yellow' } as const
const NAME_WIDTH = 16
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80

/** The report for `out`, which is a terminal or is not. */
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
    const said = is === 'as told' ? `${verdict.note} (${duration(verdict.tookMs)})` : verdict.why
    this.write(`${this.mark(is)} ${scene.name.padEnd(NAME_WIDTH)} ${said}\n`)
  }

  close(
    verdicts: readonly Verdict[],
    { planned, tookMs }: { readonly planned: number; readonly tookMs: number },
  ): void {
    const told = verdicts.filter((verdict): verdict is AsTold => verdict.is === 'as told')
    const missed = verdicts.filter(({ is }) => is === 'missed').map(({ scene }) => `${scene.name} did not`)
    const skipped = verdicts.filter(({ is }) => is === 'skipped').length
    const unplayed = planned - verdicts.length
    const parts = [
      `${told.length} of ${planned} scenes did what they say`,
      ...missed,
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ...(unplayed > 0 ? [`${unplayed} not played`] : []),
    ]
    this.write(`\n${table(told).join('\n')}\n\n${parts.join(', ')}, in ${(tookMs / 1000).toFixed(1)} s\n`)
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
