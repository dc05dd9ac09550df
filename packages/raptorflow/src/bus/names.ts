/** Longest channel name and pattern. */
const channelBytesMax = 200;
/** Longest event type, group name and key. */
export const nameBytesMax = 200;

const channelName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const patternName = /^(?:(?:[a-z0-9_-]+|\*)\.)*(?:[a-z0-9_-]+|\*|>)$/;
const eventType = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[a-z0-9_-]+)?$/;

/** Whether this is a channel's name: dotted segments of a–z, 0–9, _ and -, up to 200 bytes. */
export function isChannelName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= channelBytesMax && channelName.test(name);
}

/** Whether this is a channel's name or a pattern: `*` stands for one segment, `>` at the end for one or more. */
export function isChannelPattern(pattern: unknown): pattern is string {
  return typeof pattern === 'string' && pattern.length <= channelBytesMax && patternName.test(pattern);
}

/** Whether this is an event type: dotted segments with an optional `:subtype`, up to 200 bytes. */
export function isEventType(type: unknown): type is string {
  return typeof type === 'string' && type.length <= nameBytesMax && eventType.test(type);
}

/** The beginning of anything that was passed as a name, for messages. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
