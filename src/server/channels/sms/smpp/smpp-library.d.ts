/** What pdu.ts uses of the npm package `smpp`, which has no types of its own. */
declare module 'smpp' {
  interface FieldType {
    read(bytes: Buffer, at: number, length?: number): unknown
    size(value: unknown): number
  }
  interface Library {
    /** Fields in their order, by the command's name. */
    commands: Record<string, { id: number; params?: Record<string, { type: FieldType }> }>
    commandsById: Record<number, { command: string }>
    tlvsById: Record<number, { tag: string; type: FieldType }>
    /** Numbers by names such as ESME_RTHROTTLED. */
    errors: Record<string, number>
    PDU: new (command: string, fields: Record<string, unknown>) => { toBuffer(): Buffer }
  }
  const library: Library
  export default library
}
