import { describe, expect, it } from 'vitest';
import { frozenMsMax, Peers, silenceMsMax } from './peers.ts';

/** The server's time is ahead of this process's by so much. */
const ahead = 1_800_000_000_000;

function beatAt(madeAt: number): string {
  return String(ahead + madeAt);
}

/** Hears the beats of both at a moment. */
function hear(peers: Peers, now: number, beats: Readonly<Record<string, number>>): void {
  const told = Object.entries(beats).map(([session, madeAt]) => [session, beatAt(madeAt)] as const);
  peers.hear(told, ahead + now, now);
}

function suspectsAt(peers: Peers, now: number): readonly string[] {
  return peers.judge('own', now).suspects.map(({ session }) => session);
}

describe('the beats of others', () => {
  it('tell of a process that has been silent for one and a half seconds, counted from its last beat', () => {
    const peers = new Peers(false, 0);
    hear(peers, 250, { own: 0, other: 0 });
    hear(peers, 1_250, { own: 1_000, other: 1_000 });
    hear(peers, 2_250, { own: 2_000, other: 1_000 });
    expect(suspectsAt(peers, 1_000 + silenceMsMax - 1)).toEqual([]);
    expect(peers.judge('own', 2_250)).toEqual({ suspects: [], nextMs: 250 });
    expect(suspectsAt(peers, 1_000 + silenceMsMax)).toEqual(['other']);
  });

  it('say that a silent one is frozen only after five seconds, because until then a connection may speak for it', () => {
    const peers = new Peers(false, 0);
    hear(peers, 250, { other: 0 });
    expect(peers.judge('own', frozenMsMax - 1).suspects).toMatchObject([{ isFrozen: false }]);
    expect(peers.judge('own', frozenMsMax).suspects).toMatchObject([{ isFrozen: true }]);
  });

  it('forgive everybody an outage: a second to come back and then as much silence as always', () => {
    const peers = new Peers(false, 0);
    hear(peers, 250, { other: 0 });
    peers.forgive(7_000);
    expect(suspectsAt(peers, 7_000 + 1_000 + silenceMsMax - 1)).toEqual([]);
    expect(suspectsAt(peers, 7_000 + 1_000 + silenceMsMax)).toEqual(['other']);
  });

  it('hold nothing against a process whose beat before an outage is heard only after it', () => {
    const peers = new Peers(false, 0);
    hear(peers, 250, { other: 0 });
    // The server goes away after this beat and before anybody listens.
    peers.forgive(7_000);
    hear(peers, 7_250, { other: 1_000 });
    expect(suspectsAt(peers, 7_250)).toEqual([]);
    expect(suspectsAt(peers, 7_000 + 1_000 + silenceMsMax)).toEqual(['other']);
  });

  it('count from the first beat after an outage again', () => {
    const peers = new Peers(false, 0);
    hear(peers, 250, { other: 0 });
    peers.forgive(7_000);
    hear(peers, 7_250, { other: 7_100 });
    expect(suspectsAt(peers, 7_100 + silenceMsMax)).toEqual(['other']);
  });

  it('forgive somebody whom this process meets only after an outage as well', () => {
    const peers = new Peers(false, 0);
    peers.forgive(7_000);
    hear(peers, 7_100, { other: 6_000 });
    expect(suspectsAt(peers, 6_000 + silenceMsMax)).toEqual([]);
    expect(suspectsAt(peers, 7_000 + silenceMsMax)).toEqual(['other']);
  });

  it('never make the own session suspect, and forget who is on the list no more', () => {
    const peers = new Peers(false, 0);
    hear(peers, 250, { own: 0, other: 0 });
    hear(peers, 1_250, { own: 0 });
    expect(suspectsAt(peers, 60_000)).toEqual([]);
    expect(peers.count).toBe(1);
  });

  it('give up at once whose beat is 0: somebody began to take over from it', () => {
    const peers = new Peers(false, 0);
    peers.hear([['other', '0']], ahead, 0);
    expect(peers.judge('own', 0).suspects).toEqual([{ session: 'other', beat: '0', isFrozen: true }]);
    expect(peers.count).toBe(0);
  });

  it('vouch for the time until the next one while processes poll', () => {
    const peers = new Peers(true, 0);
    hear(peers, 250, { other: 60_000 });
    expect(suspectsAt(peers, 60_000 + frozenMsMax - 1)).toEqual([]);
    expect(suspectsAt(peers, 60_000 + frozenMsMax)).toEqual(['other']);
  });
});
