/** `tidewait stats`: prints the figures of a running proxy. */

import type { Stats } from '../client/stats.js'
import type { ProxyStats } from '../proxy/index.js'
import { formatBytes } from './kit/bytes.js'
import { readOptions } from './kit/read.js'
import { RUNNING_HELP, RUNNING_OPTIONS, Running } from './kit/running.js'

const HELP = `tidewait stats --admin-port <n>

What a running proxy has done since it started, and what it holds and does now.

${RUNNING_HELP}`

interface Figures {
  readonly proxy: ProxyStats
  readonly cache: Stats
}

/** Returns the exit code. @throws UsageError, CommandError */
export async function stats(argv: readonly string[]): Promise<number> {
  const { values } = readOptions({ args: [...argv], options: RUNNING_OPTIONS }, HELP)
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const figures = await Running.at(values, HELP).ask<Figures>('stats')
  console.log(values.json ? JSON.stringify(figures, null, 2) : formatted(figures))
  return 0
}

function formatted({ proxy, cache }: Figures): string {
  return [
    line('clients', [proxy.connections, 'connections'], [proxy.refusedConnections, 'refused']),
    line('requests', [proxy.requests.started, 'taken'], [proxy.requests.active, 'under way']),
    ...aboutCache(cache),
  ].join('\n')
}

function aboutCache({ transactions, sends, revalidations }: Stats): string[] {
  const { outcomes, store, ...counts } = transactions
  return [
    line(
      'lookups',
      [outcomes.hit, 'hit'],
      [outcomes.stale + outcomes['stale-lead'] + outcomes['stale-if-error'], 'stale'],
      [counts.led, 'led'],
      [outcomes.pass, 'passed'],
      [counts.collapsed, "waited for another's fetch"],
      [counts.waiting, 'waiting now'],
    ),
    line('origin', [sends.started, 'sent'], [sends.active, 'under way']),
    line(
      'revalidation',
      [revalidations.started, 'in the background'],
      [revalidations.failed, 'failed'],
      [revalidations.running, 'under way'],
    ),
    line('stored', [counts.inserts, 'inserted'], [counts.updates, 'updated'], [counts.marks, 'marked uncacheable']),
    line('removed', [counts.evicted, 'evicted'], [counts.purged, 'purged']),
    line(
      'store',
      [counts.objects, counts.objects === 1 ? 'object' : 'objects'],
      `${formatBytes(store.bytes)} of ${formatBytes(store.maxBytes)}`,
    ),
  ]
}

function line(name: string, ...figures: readonly (string | readonly [count: number, what: string])[]): string {
  const texts = figures.map((figure) =>
    typeof figure === 'string' ? figure : `${figure[0].toLocaleString('en')} ${figure[1]}`,
  )
  return `${name.padEnd(14)}${texts.join(', ')}`
}
