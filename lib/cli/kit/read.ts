/** Reads the options of a command line, strictly. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './usage.js'

/** Reads options. An option that takes one value must not be given twice. @throws UsageError */
export function readOptions<T extends ParseArgsConfig>(config: T, help: string): ReturnType<typeof parseArgs<T>> {
  const parsed = parsedOptions(config, help)
  const seen = new Set<string>()
  for (const { name, value } of optionTokens(config)) {
    const isOneOfMany = value === undefined || config.options?.[name]?.multiple === true
    if (!isOneOfMany && seen.has(name)) throw new UsageError(`--${name} is there twice`, help)
    seen.add(name)
  }
  return parsed
}

function parsedOptions<T extends ParseArgsConfig>(config: T, help: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (failure) {
    throw new UsageError((failure as Error).message, help)
  }
}

/** The options that were given, in their order. */
function optionTokens(config: ParseArgsConfig): { readonly name: string; readonly value: string | undefined }[] {
  const { tokens } = parseArgs({ ...config, tokens: true })
  return tokens.flatMap((token) => (token.kind === 'option' ? [{ name: token.name, value: token.value }] : []))
}

/** @throws UsageError */
export function readPort(option: string, text: string, help: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new UsageError(`${option}: not a port: ${text}`, help)
  return port
}

/** Refuses an empty host, as from an unset variable: for Node it would mean every address of the machine. @throws UsageError */
export function readHost(option: string, text: string, help: string): string {
  if (text === '') throw new UsageError(`${option}: not a host: ${text}`, help)
  return text
}
