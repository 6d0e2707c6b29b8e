import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { write, type StaffActor } from './context.ts'
import { DONE_BEFORE, doOnce, wasDone } from './do-once.ts'
import { newId } from './ids.ts'
import { sweepPlatform } from './sweep.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()
const staff = (): StaffActor => ({
  kind: 'staff',
  person_id: newId(),
  name: 'Contoh',
  language: 'id',
  roles: [],
  desks: [],
  sees_all: false,
})
const form = (words = {}) => ({
  form_id: `formulir-${newId()}`,
  name: 'invite',
  words: { name: 'Sari Contoh', ...words },
})

test('a form posted eight times at once is done once; with other words, or by somebody else, it is another one', async () => {
  const app = database.app()
  const [me, other] = [staff(), staff()]
  const given = form()
  let done = 0
  const post = (actor: StaffActor, one = given) =>
    write(app, actor, (ctx) => doOnce(ctx, one, () => Promise.resolve(++done)))
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(me)))
  expect(answers.filter((answer) => answer !== DONE_BEFORE)).toEqual([1])
  expect(await post(me, { ...given, words: { name: 'Sari Contoh Dua' } })).toBe(2)
  expect(await post(other)).toBe(3)
  expect(await post(me)).toBe(DONE_BEFORE)
  expect(await write(app, me, (ctx) => wasDone(ctx, given))).toBe(true)
  expect(await write(app, me, (ctx) => wasDone(ctx, { ...given, name: 'resolve' }))).toBe(false)
})

test('work that fails leaves no trace, and the form can be sent again', async () => {
  const app = database.app()
  const [me, given] = [staff(), form()]
  const fail = () => Promise.reject(new Error('no'))
  await expect(write(app, me, (ctx) => doOnce(ctx, given, fail))).rejects.toThrow('no')
  expect(await write(app, me, (ctx) => doOnce(ctx, given, () => Promise.resolve('yes')))).toBe('yes')
})

test('nobody sees or writes the forms of another, and after a week they are forgotten', async () => {
  const app = database.app()
  const [me, other, given, old] = [staff(), staff(), form(), form()]
  await write(app, me, (ctx) => doOnce(ctx, given, () => Promise.resolve()))
  const seen = await write(app, other, (ctx) => sql`select from done_forms`.execute(ctx.tx))
  expect(seen.rows).toEqual([])
  const forged = sql`insert into done_forms (person_id, form_id, words_hash, name)
    values (${me.person_id}::uuid, ${form().form_id}, 'x', 'x')`
  await expect(write(app, other, (ctx) => forged.execute(ctx.tx))).rejects.toThrow(/row-level security/)
  await write(app, me, (ctx) =>
    doOnce({ ...ctx, now: new Date(ctx.now.getTime() - 8 * 86_400_000) }, old, () => Promise.resolve()),
  )
  await sweepPlatform(app)
  expect(await write(app, me, (ctx) => wasDone(ctx, old))).toBe(false)
  expect(await write(app, me, (ctx) => wasDone(ctx, given))).toBe(true)
})

test('who counts the limits is the worker, through the doors: at the desk nobody forgives themselves', async () => {
  const forgive = sql`update limit_hits set hits = 0`
  await expect(write(database.app(), staff(), (ctx) => forgive.execute(ctx.tx))).rejects.toMatchObject({
    code: '42501',
  })
})
