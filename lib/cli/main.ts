#!/usr/bin/env node
/** `tidewait`: runs the command that is named, and exits with its code. */

import { projectFile } from './kit/project.js'
import { CommandError, UsageError } from './kit/usage.js'

/** Returns the exit code. */
type Command = (argv: readonly string[]) => Promise<number>

/** Each command is loaded only when it runs, so that `stats` does not wait for the server's modules to load. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.js')).serve,
  demo: async () => (await import('./demo.js')).demo,
  explain: async () => (await import('./explain.js')).explain,
  purge: async () => (await import('./purge.js')).purge,
  stats: async () => (await import('./stats.js')).stats,
}

const HELP = `tidewait <command>

  serve    a caching reverse proxy in front of an origin
  demo     a tour of the cache on real sockets and threads
  explain  what a running proxy would do with a request, and by which rules
  purge    removes what a running proxy has stored
  stats    the figures of a running proxy

tidewait <command> --help tells more; tidewait --version says which this is.`

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') {
    console.log(HELP)
    return 0
  }
  if (name === '--version' || name === '-v') {
    console.log(await version())
    return 0
  }
  const load = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name]
  if (load === undefined)
    throw new UsageError(name === undefined ? 'which command?' : `there is no command ${name}`, HELP)
  const command = await load()
  return command(argv)
}

async function version(): Promise<string> {
  const { version } = JSON.parse(Buffer.from(await projectFile('package.json')).toString()) as { version: string }
  return version
}

function complain(failure: unknown): number {
  const isPlain = failure instanceof UsageError || failure instanceof CommandError
  console.error(isPlain ? failure.message : failure)
  return failure instanceof UsageError ? 2 : 1
}

// The reader of a pipe may go away. Without a listener that error would end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exitCode = await main(process.argv.slice(2)).catch(complain)
