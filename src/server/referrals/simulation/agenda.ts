/** What is due next: a binary heap by moment; of the same moment what was noted first comes first. */
export interface Agenda<T> {
  note(at: number, what: T): void
  /** Takes the earliest out; undefined when nothing is left. */
  next(): { at: number; what: T } | undefined
}

interface Entry<T> {
  at: number
  order: number
  what: T
}

export function openAgenda<T>(): Agenda<T> {
  const heap: Entry<T>[] = []
  let noted = 0
  const before = (one: Entry<T>, other: Entry<T>) => one.at - other.at || one.order - other.order
  const swap = (one: number, other: number) => {
    ;[heap[one], heap[other]] = [heap[other]!, heap[one]!]
  }
  return {
    note(at, what) {
      let index = heap.push({ at, order: noted++, what }) - 1
      for (let above; index > 0 && before(heap[index]!, heap[(above = (index - 1) >> 1)]!) < 0; index = above)
        swap(index, above)
    },
    next() {
      const first = heap[0]
      const last = heap.pop()
      if (!first || !last) return undefined
      if (heap.length > 0) {
        heap[0] = last
        for (let index = 0; ;) {
          const [left, right] = [index * 2 + 1, index * 2 + 2]
          let least = index
          if (left < heap.length && before(heap[left]!, heap[least]!) < 0) least = left
          if (right < heap.length && before(heap[right]!, heap[least]!) < 0) least = right
          if (least === index) break
          swap(index, least)
          index = least
        }
      }
      return { at: first.at, what: first.what }
    },
  }
}
