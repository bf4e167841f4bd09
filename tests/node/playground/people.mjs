// Who takes part: the people, the chats and the team that every Playground process is told about.

/** Six sample people: the playground insists on one current user plus exactly five others. */
export const PEOPLE = [
  ['Rita', 'Requester'], ['Aaron', 'Approver'], ['Nadia', 'Noc'], ['Pavel', 'Porting'], ['Tess', 'Telecom'], ['Hugo', 'Helpdesk'],
].map(([givenName, surname], i) => person({
  id: `29:user-${givenName.toLowerCase()}`, name: `${givenName} ${surname}`,
  aadObjectId: `a0000000-0000-4000-8000-00000000000${i + 1}`, email: `${givenName.toLowerCase()}@contoso.com`,
}));

/** Completes a person's record with every field the playground's schema wants. */
export function person({ id, name, aadObjectId, email, userPrincipalName }) {
  const [givenName, ...rest] = name.split(' ');
  return { id, name, userPrincipleName: userPrincipalName ?? email, aadObjectId, givenName, surname: rest.join(' ') || givenName, email };
}

/**
 * Builds the content of `.m365agentsplayground.yml`. Everybody in `people` other than `me` becomes one of the
 * five "users"; the personal conversation id differs per user so that two sessions never share one.
 */
export function teamsConfig({
  me = PEOPLE[0], people = PEOPLE, tenantId = '11111111-1111-4111-8111-111111111111',
  bot = { id: '28:22222222-2222-4222-8222-222222222222', name: 'Onboarding Bot' },
  personalChatId = `a:personal-${me.id.replace(/[^A-Za-z0-9-]/g, '-')}`,
  groupChat = { id: '19:group-pbx-admins@thread.v2', name: 'PBX Admins' },
  team = { id: '19:team-telephony@thread.tacv2', name: 'Telephony', aadGroupId: 'b0000000-0000-4000-8000-000000000001' },
  channel = { id: '19:channel-onboarding@thread.tacv2', name: 'Onboarding' },
} = {}) {
  return {
    version: '0.1.1', tenantId, bot, currentUser: me,
    users: people.filter((p) => p.id !== me.id).slice(0, 5),
    personalChat: { id: personalChatId }, groupChat,
    team: { ...team, channels: channel ? [channel] : [] },
  };
}

const USER_KEYS = ['id', 'name', 'userPrincipleName', 'aadObjectId', 'givenName', 'surname', 'email'];

/** The playground dies without a word when its output is not a terminal, so its known rules are checked first. */
export function checkConfig(c) {
  const bad = [];
  const exact = (o, req, opt, where) => {
    for (const k of req) if (o?.[k] === undefined) bad.push(`${where}.${k} is missing`);
    for (const k of Object.keys(o ?? {})) if (!req.includes(k) && !opt.includes(k)) bad.push(`${where}.${k} is not allowed`);
  };
  exact(c, ['version', 'tenantId', 'bot', 'currentUser', 'users', 'personalChat', 'groupChat', 'team'], [], 'config');
  if (!['0.1.0', '0.1.1'].includes(c.version)) bad.push('version must be 0.1.0 or 0.1.1');
  exact(c.bot, ['id', 'name'], ['agenticAppId', 'agenticUserId', 'tenantId', 'role'], 'bot');
  exact(c.currentUser, USER_KEYS, [], 'currentUser');
  if (c.users?.length !== 5) bad.push(`exactly five users are needed, got ${c.users?.length}`);
  (c.users ?? []).forEach((u, i) => exact(u, USER_KEYS, [], `users[${i}]`));
  const ids = [c.currentUser, ...(c.users ?? [])].map((u) => u?.id);
  if (new Set(ids).size !== ids.length) bad.push('user ids must be unique');
  exact(c.personalChat, ['id'], [], 'personalChat');
  exact(c.groupChat, ['id', 'name'], [], 'groupChat');
  exact(c.team, ['id', 'name', 'aadGroupId', 'channels'], [], 'team');
  if ((c.team?.channels ?? []).length > 1) bad.push('a team may list one channel besides General');
  if (bad.length) throw new Error(`playground config: ${bad.join('; ')}`);
  return c;
}
