/** Loads a rival by name, so that a process contains the code of no other rival. */

/** Throws if the table has no rival of that name. */
export async function load<T>(table: Readonly<Record<string, () => Promise<T>>>, name: string): Promise<T> {
  const rival = table[name]
  if (rival === undefined) throw new Error(`no rival "${name}"`)
  return rival()
}
