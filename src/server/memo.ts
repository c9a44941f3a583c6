/** What is remembered: the last pieces of the executions that are watched most lately. */
const KEYS_MAX = 8
const EXECUTIONS_MAX = 32

/** Values that are worked out once for all who watch an execution, until something happens to it. */
export interface Memo {
  remember<T>(executionId: number, key: string, work: () => T): T
  forget(executionId: number): void
  clear(): void
}

export function createMemo(): Memo {
  const executions = new Map<number, Map<string, unknown>>()
  return {
    remember(executionId, key, work) {
      const values = executions.get(executionId) ?? new Map<string, unknown>()
      if (!values.has(key)) {
        values.set(key, work())
        executions.delete(executionId)
        executions.set(executionId, values)
        dropOldest(values, KEYS_MAX)
        dropOldest(executions, EXECUTIONS_MAX)
      }
      // Kept under the same key by the same caller, so of its type.
      return values.get(key) as ReturnType<typeof work>
    },
    forget: (executionId) => void executions.delete(executionId),
    clear: () => executions.clear(),
  }
}

function dropOldest<K>(map: Map<K, unknown>, max: number): void {
  const oldest = map.keys().next()
  if (map.size > max && !oldest.done) map.delete(oldest.value)
}
