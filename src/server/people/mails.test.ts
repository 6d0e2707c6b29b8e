import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { inviteStaff, invitationMail, resetMail } from './index.ts'

const database = useDatabase({ PANDU_ORIGIN: 'https://bantuan.contoh.go.id' })

test.each(['id', 'en'] as const)(
  'an invitation in %s carries its link on our own origin, and nothing that a stranger wrote',
  (language) =>
    database.story(async ({ app, as }) => {
      const invitation = await inviteStaff(await as(system), {
        name: 'Klik https://jahat.example',
        email: 'baru@contoh.example',
        language,
      })
      expect(invitation.link).toMatch(/^https:\/\/bantuan\.contoh\.go\.id\/invite\/[a-z2-7]{32}$/)
      for (const mail of [invitationMail(app, invitation), resetMail(app, { ...invitation })]) {
        expect(mail).toMatchObject({ recipient: 'baru@contoh.example', language, automatic: true })
        expect(mail.text).toContain(`\n${invitation.link}\n`)
        expect(mail.text + mail.subject).not.toMatch(/jahat|\{/)
      }
    })(),
)
