import type { Socket } from 'node:net'

/** One SMTP connection as far as our limits and the end of the process are concerned. */
export interface Link {
  socket: Socket
  /** `taking`: our side is at work; deadlines wait for it. */
  state: 'idle' | 'data' | 'taking'
  /** To be closed after the answer to the mail being taken. */
  leaving: boolean
}

export interface LinkLimits {
  connections_max: number
  connections_per_address_max: number
  connection_ms: number
}

export interface Links {
  /** False: there are too many, or we are stopping; the peer has been told so (421) and nothing more is to be done. */
  admit(socket: Socket, id: string): boolean
  get(id: string): Link | undefined
  /** What is due once a mail has been answered: the next one, or the end. */
  rest(link: Link): void
  /** From now on nobody is admitted; idle peers are told at once, the others after their mail. */
  stop(): void
  stopping(): boolean
  destroyAll(): void
}

/** How long a peer may take to read our last words before the socket is torn down. */
const FAREWELL_MS = 1000

/** Counts connections, in total and by address, and ends those that are open for too long however busily the peer drips. */
export function openLinks(limits: LinkLimits): Links {
  const links = new Map<string, Link>()
  let stopping = false
  const goodbye = () => `421 4.3.2 ${stopping ? 'Shutting down' : 'Too many connections'}`

  function admit(socket: Socket, id: string): boolean {
    const sameAddress = [...links.values()].filter((link) => link.socket.remoteAddress === socket.remoteAddress)
    const full = links.size >= limits.connections_max || sameAddress.length >= limits.connections_per_address_max
    if (full || stopping) {
      socket.on('error', () => socket.destroy())
      farewell(socket, goodbye())
      return false
    }
    const link: Link = { socket, state: 'idle', leaving: false }
    links.set(id, link)
    const deadline = setTimeout(() => dismiss(link, '421 4.4.2 Connection open for too long'), limits.connection_ms)
    socket.once('close', () => {
      clearTimeout(deadline)
      links.delete(id)
    })
    return true
  }

  function dismiss(link: Link, line: string): void {
    if (link.state === 'taking') link.leaving = true
    else farewell(link.socket, line)
  }

  return {
    admit,
    get: (id) => links.get(id),
    rest(link) {
      link.state = 'idle'
      if (link.leaving || stopping) farewell(link.socket, goodbye())
    },
    stop() {
      stopping = true
      for (const link of links.values()) if (link.state === 'idle') farewell(link.socket, goodbye())
    },
    stopping: () => stopping,
    destroyAll() {
      for (const { socket } of links.values()) socket.destroy()
    },
  }
}

/** Says a last line and tears the connection down; what the peer still sends is thrown away. */
export function farewell(socket: Socket, line: string): void {
  if (socket.destroyed || socket.writableEnded) return
  socket.unpipe()
  socket.resume()
  socket.end(`${line}\r\n`)
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref()
}
