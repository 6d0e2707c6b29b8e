/** Whether a host, as it stands in an address, is this machine. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|::1)$/i.test(host)
