/** For tests: three invented sellers of SMS, each of another shape, as their files would describe them. All examples (contoh). */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const KEY = 'contoh-kunci-penjual'

/** JSON in depth, a token in a header, lists of messages and reports that carry our mark. */
export const nusaSms = (origin: string) => ({
  send: {
    url: `${origin}/v1/messages`,
    method: 'POST',
    format: 'json',
    headers: { Authorization: 'Bearer contoh-token-rahasia' },
    fields: { messages: [{ destination: '{to}', body: '{text}', sender: '{from}', reference: '{id}' }], callback: '{reports}', flash: false }, // prettier-ignore
    accepted: { status: [200, 202], field: 'data.0.status', is: ['queued'] },
    id: { field: 'data.0.id' },
    throttled: { status: [429] },
    refused: { field: 'data.0.status', is: ['invalid_number', 'blocked'] },
    away: { status: [401, 402] },
    error: { field: 'message' },
  },
  incoming: {
    each: 'messages',
    fields: { from: 'source.number', to: 'destination', text: 'body', id: 'id', at: 'received_at' },
  },
  reports: {
    each: 'reports',
    fields: { mark: 'reference', id: 'id', state: 'status', error: 'reason', at: 'at' },
    states: { sent: ['accepted'], delivered: ['delivered'], failed: ['undelivered', 'expired'] },
  },
  key: { header: 'X-Nusa-Token', value: KEY },
})

/** A GET with everything in the address; answers "0|id" or "7|sentence"; numbers begin with 0. */
export const warungSms = (origin: string) => ({
  send: {
    url: `${origin}/kirim.php?user=contoh&pass=sandi-rahasia`,
    method: 'GET',
    format: 'query',
    fields: { tujuan: '{to}', pesan: '{text}' },
    unicode_fields: { jenis: 'unicode' },
    numbers: '0',
    accepted: { pattern: '^0\\|' },
    id: { pattern: '^0\\|(\\S+)' },
    refused: { pattern: '^[23]\\|' },
    throttled: { pattern: '^9\\|' },
    wait_seconds: 5,
    away: { pattern: '^7\\|' },
  },
  incoming: { fields: { from: 'dari', text: 'isi' } },
  reports: { fields: { id: 'msgid', state: 'stat' }, states: { delivered: [1, 'sampai'], failed: [2], sent: [8] } },
})

/** A form; its answer is JSON with numbers as words; it takes replies as a form with its own secret field. */
export const rajaPesan = (origin: string) => ({
  send: {
    url: `${origin}/api`,
    format: 'form',
    fields: { apikey: 'contoh-kunci-api', nohp: '{to}', pesan: '{text}', ref: '{id}', dari: '{from}' },
    numbers: '62',
    accepted: { status: [200], field: 'status', is: [1] },
    refused: { field: 'status', is: [4] },
    away: { field: 'status', is: [3] },
    error: { field: 'keterangan' },
  },
  incoming: { fields: { from: 'nohp', to: 'tujuan', text: 'pesan', id: 'id', at: 'waktu' } },
  reports: { fields: { mark: 'ref', state: 'status' }, states: { delivered: ['terkirim'], failed: ['gagal'] } },
  key: { field: 'sandi', value: KEY },
})

/** Written as a file; answers its path. */
export function templateFile(template: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pandu-gateway-')), 'gateway.json')
  writeFileSync(path, typeof template === 'string' ? template : JSON.stringify(template))
  return path
}
