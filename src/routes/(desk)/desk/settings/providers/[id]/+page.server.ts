import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { isId } from '#server/platform/ids.ts'
import { Refusal, refuse } from '#server/platform/refusal.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  addColleague,
  AddColleague,
  addDutyContact,
  AddDutyContact,
  askDutyContactAgain,
  changeProvider,
  ChangeProvider,
  dutyChannels,
  listCompetences,
  officeHours,
  OneDutyContact,
  proveByCall,
  removeColleague,
  RemoveColleague,
  seeProfile,
} from '#server/desks/index.ts'
import {
  decideProposal,
  DecideProposal,
  evidenceKinds,
  helpLanguages,
  listProposals,
  proposeCompetence,
  ProposeCompetence,
  seeParticulars,
  withdrawProposal,
  WithdrawProposal,
} from '#server/membership/index.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { listOrganisations } from '#server/people/index.ts'
import { notSaved } from '../../../../../../edge/answer-form.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'
import { placesOf } from '../../../../../../edge/places.ts'
import { keepUploads, uploadFaults, uploadsOf } from '../../../../../../edge/uploads.ts'
import {
  clockTime,
  hoursAsTyped,
  readHours,
  stretchesOf,
  typedHours,
  weekdays,
} from '../../desks/[id]/hours/hours-form.ts'

export const load: PageServerLoad = async ({ locals, params, url }) => {
  if (!isId(params.id)) refuse('not_found', 'desk')
  const actor = deskActor(locals)
  const query = url.searchParams.get('query')?.slice(0, 200) ?? ''
  return read(locals.app, actor, async (ctx) => {
    const profile = await seeProfile(ctx, params.id)
    const [places, found, proposals, particulars, competences] = await Promise.all([
      placesOf(ctx),
      query === '' ? null : listOrganisations(ctx, { query }),
      listProposals(ctx, { desk_id: params.id }),
      seeParticulars(ctx, profile.organisation_id),
      listCompetences(ctx),
    ])
    const hours = profile.hours.length > 0 ? profile.hours : officeHours
    const served = new Set(profile.regions.map(({ code }) => code))
    const named = new Intl.DisplayNames([locals.language], { type: 'language' })
    return {
      profile,
      may_all: mayCoordinateAll(actor),
      provinces: places.map(({ code, name, regencies }) => ({
        code,
        name,
        served: served.has(code),
        regencies: regencies.map((one) => ({ code: one.code, name: one.name, served: served.has(one.code) })),
      })),
      regencies: profile.regions.filter(({ code }) => code.length > 2),
      proposals,
      particulars,
      evidence_kinds: [...evidenceKinds],
      competences: competences.map(({ code, name_id, name_en }) => ({
        code,
        name: locals.language === 'en' ? name_en : name_id,
      })),
      form_id: randomToken(),
      languages: helpLanguages.map((code) => ({
        code,
        name: named.of(code) ?? code,
        on: profile.languages.includes(code),
      })),
      channels: [...dutyChannels],
      query,
      found: found && {
        ...found,
        items: found.items.filter(({ id }) => !profile.conflicts.some((one) => one.id === id)),
      },
      hours: { weekdays, stretches: stretchesOf(hours), typed: hoursAsTyped(hours) },
    }
  })
}

const all = (form: FormData, name: string): string[] => form.getAll(name).filter((one) => typeof one === 'string')
const here = (id: string) => `/desk/settings/providers/${id}?done=saved`
const EMPTY = { accepting: '', capacity_per_week: '', paused_through: '', about: '', website: '' }

/** On duty at other times than the desk's: which days, from when until when. */
const DAYS: Record<string, readonly number[]> = {
  weekdays: [1, 2, 3, 4, 5],
  weekend: [6, 7],
  every_day: [1, 2, 3, 4, 5, 6, 7],
}
const CONTACT = { contact_name: '', channel: '', address: '', when: '', opens: '', closes: '' }
const PROPOSAL = { competence_code: '', level: '', evidence_kind: '', evidence_title: '', url: '', valid_until: '' }
const COLLEAGUE = { colleague_name: '', email: '', reason: '', person_id: '' }

export const actions: Actions = {
  availability: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'availability',
      ...EMPTY,
      accepting: textOf(form, 'accepting'),
      capacity_per_week: textOf(form, 'capacity_per_week'),
      paused_through: textOf(form, 'paused_through'),
    }
    return settle(locals, values, here(params.id), (ctx) =>
      changeProvider(
        ctx,
        parsed(ChangeProvider, {
          desk_id: params.id,
          accepting: values.accepting === 'yes',
          capacity_per_week: values.capacity_per_week,
          paused_through: orNull(values.paused_through),
        }),
      ),
    )
  },
  profile: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'profile',
      ...EMPTY,
      about: textOf(form, 'about'),
      website: textOf(form, 'website'),
    }
    const [kinds, languages] = [all(form, 'kind'), all(form, 'language')]
    return settle(locals, values, here(params.id), (ctx) =>
      changeProvider(
        ctx,
        parsed(ChangeProvider, {
          desk_id: params.id,
          about: values.about,
          website: orNull(values.website),
          kinds,
          languages,
        }),
      ),
    )
  },
  regions: async ({ request, locals, params }) => {
    const form = await request.formData()
    const provinces = all(form, 'province')
    // A province that is served as a whole holds its own.
    const regencies = all(form, 'regency').filter((code) => !provinces.includes(code.slice(0, 2)))
    const [neighbours, nation] = [textOf(form, 'serves_neighbours'), textOf(form, 'serves_nation')]
    return settle(locals, { form: 'regions', ...EMPTY }, here(params.id), (ctx) =>
      changeProvider(
        ctx,
        parsed(ChangeProvider, {
          desk_id: params.id,
          regions: [...provinces, ...regencies],
          serves_neighbours: neighbours === 'yes',
          serves_nation: nation === 'yes',
        }),
      ),
    )
  },
  hours: async ({ request, locals, params }) => {
    const typed = typedHours(await request.formData())
    const values = { form: 'hours', ...EMPTY, ...typed }
    const { hours, faults } = readHours(typed)
    if (faults.length > 0) return notSaved(values, faults)
    return settle(locals, values, here(params.id), (ctx) =>
      changeProvider(ctx, parsed(ChangeProvider, { desk_id: params.id, hours })),
    )
  },
  conflict: async ({ request, locals, params }) => {
    const form = await request.formData()
    const [added, removed] = [all(form, 'organisation_id'), textOf(form, 'remove_id')]
    return settle(locals, { form: 'conflict', ...EMPTY }, here(params.id), async (ctx) => {
      const { conflicts } = await seeProfile(ctx, params.id)
      const kept = conflicts.map(({ id }) => id).filter((id) => id !== removed)
      await changeProvider(ctx, parsed(ChangeProvider, { desk_id: params.id, conflicts: [...kept, ...added] }))
    })
  },
  duty: async ({ request, locals, params }) => {
    const form = await request.formData()
    const [first, ended] = [textOf(form, 'first_id'), textOf(form, 'end_id')]
    return settle(locals, { form: 'duty', ...EMPTY }, here(params.id), async (ctx) => {
      const { duty } = await seeProfile(ctx, params.id)
      const ids = duty.map(({ id }) => id).filter((id) => id !== ended)
      const ordered = ids.includes(first) ? [first, ...ids.filter((id) => id !== first)] : ids
      await changeProvider(ctx, parsed(ChangeProvider, { desk_id: params.id, duty: ordered }))
    })
  },
  add_duty: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'add_duty', ...EMPTY, ...CONTACT }
    for (const name of Object.keys(CONTACT) as (keyof typeof CONTACT)[]) values[name] = textOf(form, name)
    const days = DAYS[values.when]
    const [opens, closes] = [clockTime(values.opens), clockTime(values.closes)]
    if (days && (opens === null || closes === null || opens >= closes))
      return notSaved(values, [
        {
          path: opens === null ? 'opens' : 'closes',
          key: opens !== null && closes !== null ? 'desk.hours_backwards' : 'settings.fault_time',
        },
      ])
    const hours = days ? days.map((weekday) => ({ weekday, opens: opens!, closes: closes! })) : null
    const { contact_name: name, channel, address } = values
    return settle(locals, values, here(params.id), (ctx) =>
      naming('contact_name', () =>
        addDutyContact(ctx, parsed(AddDutyContact, { desk_id: params.id, name, channel, address, hours })),
      ),
    )
  },
  again: async ({ request, locals, params }) => {
    const duty_contact_id = textOf(await request.formData(), 'duty_contact_id')
    return settle(locals, { form: 'duty', ...EMPTY }, here(params.id), (ctx) =>
      askDutyContactAgain(ctx, parsed(OneDutyContact, { desk_id: params.id, duty_contact_id })),
    )
  },
  called: async ({ request, locals, params }) => {
    const duty_contact_id = textOf(await request.formData(), 'duty_contact_id')
    return settle(locals, { form: 'duty', ...EMPTY }, here(params.id), (ctx) =>
      proveByCall(ctx, parsed(OneDutyContact, { desk_id: params.id, duty_contact_id })),
    )
  },
  add_colleague: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'add_colleague',
      ...EMPTY,
      ...COLLEAGUE,
      colleague_name: textOf(form, 'colleague_name'),
      email: textOf(form, 'email'),
      reason: textOf(form, 'reason'),
    }
    const { colleague_name: name, email, reason } = values
    return settle(locals, values, here(params.id), (ctx) =>
      naming('colleague_name', () =>
        addColleague(ctx, parsed(AddColleague, { desk_id: params.id, name, email, reason })),
      ),
    )
  },
  propose_competence: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'propose_competence', form_id: textOf(form, 'form_id'), ...EMPTY, ...PROPOSAL }
    for (const name of Object.keys(PROPOSAL) as (keyof typeof PROPOSAL)[]) values[name] = textOf(form, name)
    const uploads = uploadsOf(form, 'files')
    const faults = uploadFaults(uploads, 'files')
    if (faults.length > 0) return notSaved(values, faults)
    const competence = {
      code: values.competence_code,
      level: values.level,
      kind: values.evidence_kind,
      title: values.evidence_title,
      url: orNull(values.url),
      valid_until: values.valid_until,
    }
    return settle(locals, values, `${here(params.id)}#proposals`, (ctx) =>
      naming(fieldOfEvidence, async () => {
        // Asked before the files are kept: who may not propose leaves nothing here.
        await seeProfile(ctx, params.id)
        const asked = parsed(ProposeCompetence, { desk_id: params.id, competence, files: [] })
        return proposeCompetence(ctx, { ...asked, files: await keepUploads(locals.app, uploads) })
      }),
    )
  },
  withdraw_competence: async ({ request, locals, params }) => {
    const proposal_id = textOf(await request.formData(), 'proposal_id')
    const values = { form: 'withdraw_competence', ...EMPTY, proposal_id }
    return settle(locals, values, `${here(params.id)}#proposals`, (ctx) =>
      withdrawProposal(ctx, parsed(WithdrawProposal, { proposal_id })),
    )
  },
  decide_competence: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'decide_competence',
      ...EMPTY,
      proposal_id: textOf(form, 'proposal_id'),
      reason: textOf(form, 'reason'),
    }
    const confirmed = textOf(form, 'decision') === 'confirm'
    const { proposal_id, reason } = values
    return settle(locals, values, `${here(params.id)}#proposals`, (ctx) =>
      decideProposal(ctx, parsed(DecideProposal, { proposal_id, confirmed, reason })),
    )
  },
  remove_colleague: async ({ request, locals, params }) => {
    const form = await request.formData()
    const [person_id, reason] = [textOf(form, 'person_id'), textOf(form, 'reason')]
    const values = { form: 'remove_colleague', ...EMPTY, ...COLLEAGUE, person_id, reason }
    return settle(locals, values, here(params.id), (ctx) =>
      removeColleague(ctx, parsed(RemoveColleague, { desk_id: params.id, person_id, reason })),
    )
  },
}

/** Two forms of this page ask for a name: the fault of each finds its own field. */
async function naming<Answer>(
  field: string | ((path: string) => string),
  work: () => Promise<Answer>,
): Promise<Answer> {
  const fieldOf = typeof field === 'string' ? (path: string) => (path === 'name' ? field : path) : field
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    return refuse(
      thrown.kind,
      thrown.key,
      thrown.faults.map((fault) => ({ ...fault, path: fieldOf(fault.path) })),
    )
  }
}

/** Where a part of the evidence is typed. */
const fieldOfEvidence = (path: string): string =>
  ({
    'competence.code': 'competence_code',
    'competence.level': 'level',
    'competence.kind': 'evidence_kind',
    'competence.title': 'evidence_title',
    'competence.url': 'url',
    'competence.valid_until': 'valid_until',
  })[path] ?? path
