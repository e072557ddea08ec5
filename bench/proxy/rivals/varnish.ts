/** Varnish as it comes, with its objects in memory; all its threads share the one core. */

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
