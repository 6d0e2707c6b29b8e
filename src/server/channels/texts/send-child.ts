/** For kill.test.ts only: the sender of texts as a process of its own that can be killed; its gateway tells each text to its parent. */
import { openChildApp } from '../../platform/testing-app.ts'
import { startTextSender } from './send-texts.ts'
import { aGateway } from './testing-texts.ts'

const gateway = aGateway()
gateway.answer = async ({ outbox_id, parts }) => {
  // Written before the answer counts: what the parent reads has gone.
  await new Promise((resolve) => process.stdout.write(`${outbox_id}\n`, resolve))
  return { state: 'accepted', ids: parts.map((_, index) => `${outbox_id}-${index}`) }
}
startTextSender(openChildApp().app, [gateway])
