/** Varnish with its defaults and its objects in memory. All its threads share one core. */

import { join } from 'node:path'
import type { Rival } from '../rival.js'

export const varnish: Rival = {
  program: 'varnishd',
  prepare: ({ port, originPort, folder }) => [
    '-F',
    ...['-n', join(folder, 'varnish')],
    ...['-a', `127.0.0.1:${port}`],
    ...['-b', `127.0.0.1:${originPort}`],
    ...['-s', 'malloc,64m'],
  ],
}
