/** Varnish, if it is on the PATH: its built-in rules, as it comes. */

import {
  type CacheUnderTest,
  end,
  freePort,
  launch,
  listening,
  takenInTime,
  temporaryFolder,
  versionOf,
} from './cache.js'

export const varnish: CacheUnderTest = {
  name: 'varnish',
  version: () => versionOf('varnishd', '-V', /varnish-(\S+)/),
  async start(originPort) {
    const { path, remove } = await temporaryFolder()
    const port = await freePort()
    const where = ['-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${originPort}`, '-n', path, '-T', 'none']
    const size = ['-s', 'malloc,1g', '-p', 'thread_pool_min=100', '-p', 'listen_depth=4096']
    const child = launch('varnishd', ['-F', '-j', 'none', ...where, ...size], { stdio: 'ignore' })
    await listening(child, port)
    return {
      port,
      taken: takenInTime,
      async [Symbol.asyncDispose]() {
        await end(child)
        await remove()
      },
    }
  },
}
