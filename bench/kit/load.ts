/** Rivals by name: a process loads only the one that it measures. */

/** Throws if there is none of that name. */
export async function load<T>(table: Readonly<Record<string, () => Promise<T>>>, name: string): Promise<T> {
  const rival = table[name]
  if (rival === undefined) throw new Error(`no rival "${name}"`)
  return rival()
}
