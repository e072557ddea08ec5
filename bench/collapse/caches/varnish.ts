/** Varnish, if it is on the PATH: with its built-in rules alone. */

import { type CacheUnderTest, startIn, versionOf } from './cache.js'

export const varnish: CacheUnderTest = {
  name: 'varnish',
  version: () => versionOf('varnishd', '-V', /varnish-(\S+)/),
  start: (originPort) =>
    startIn('varnishd', ({ port, folder }) => {
      const where = ['-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${originPort}`, '-n', folder, '-T', 'none']
      const size = ['-s', 'malloc,1g', '-p', 'thread_pool_min=100', '-p', 'listen_depth=4096']
      return ['-F', '-j', 'none', ...where, ...size]
    }),
}
