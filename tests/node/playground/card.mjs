// Reading an Adaptive Card.

export const CARD_TYPE = 'application/vnd.microsoft.card.adaptive';

/** Every element of a card, depth first; hidden ShowCard bodies are left out. */
export function* elements(node) {
  if (Array.isArray(node)) { for (const n of node) yield* elements(n); return; }
  if (!node || typeof node !== 'object') return;
  if (typeof node.type === 'string') yield node;
  for (const [k, v] of Object.entries(node)) if (!['card', 'data', 'refresh', 'fallback', 'choices', 'msteams'].includes(k)) yield* elements(v);
}
/** Same, ShowCard bodies included. */
export function* everything(node) {
  if (Array.isArray(node)) { for (const n of node) yield* everything(n); return; }
  if (!node || typeof node !== 'object') return;
  if (typeof node.type === 'string') yield node;
  for (const [k, v] of Object.entries(node)) if (!['data', 'refresh', 'fallback', 'choices', 'msteams'].includes(k)) yield* everything(v);
}
/** The words a card shows, without formatting. */
export function cardText(card) {
  const out = [];
  for (const e of elements(card)) {
    if (e.type === 'TextBlock' || e.type === 'TextRun') out.push(e.text ?? '');
    if (e.type === 'FactSet') for (const f of e.facts ?? []) out.push(`${f.title}: ${f.value}`);
  }
  return out.join('\n');
}
