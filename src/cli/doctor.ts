import { lookAtDatabase } from './doctor/look-at-database.ts'
import { lookAtMachine } from './doctor/look-at-machine.ts'
import { lookAtMail } from './doctor/look-at-mail.ts'
import { lookAtMailbox } from './doctor/look-at-mailbox.ts'
import { lookAtWeb } from './doctor/look-at-web.ts'
import { lookAtTelegram } from './doctor/look-at-telegram.ts'
import { lookAtWhatsapp } from './doctor/look-at-whatsapp.ts'
import { wrongUsage, type Verb } from './verb.ts'

const usage = './pandu doctor [--json]'

export const doctor: Verb = {
  usage,
  about: `Is everything reachable and set up? One line each, and what to do where something is wrong.
Looks at settings, data folder, disk, pages, database, clock, server, address, proxy, mail relay, mail in and its
certificate, mailbox, SMS gateways, WhatsApp, who can be checked of those who write, and mail names (DNS).
Sends no mail and changes nothing. Run it as the user who runs Pandu, with the same settings. Exit 1 when something is wrong.`,
  async run(call) {
    const unknown = call.words.find((word) => word !== '--json')
    if (unknown) return wrongUsage({ usage }, `doctor knows no ${unknown}`)
    const web = await lookAtWeb(call)
    const findings = [
      ...(await lookAtMachine(call)),
      ...(await lookAtDatabase(call)),
      ...web.findings,
      ...(await lookAtMail(call, web.running)),
      ...(await lookAtMailbox(call)),
      ...(await lookAtWhatsapp(call)),
      ...(await lookAtTelegram(call)),
    ]
    for (const { about, ok, says, remedy } of findings)
      if (call.words.includes('--json')) console.log(JSON.stringify({ about, ok, says, remedy: remedy ?? null }))
      else console.log(`${ok ? 'ok   ' : 'WRONG'}  ${about}: ${says}${remedy ? `\n         → ${remedy}` : ''}`)
    return findings.every(({ ok }) => ok) ? 0 : 1
  },
}
