/** A log that is followed: its lines, and the sockets that get them. */
import { type LogLevel, logFrameSchema, logLevelSchema, logStreamQuerySchema } from '@raptorflow/contract';

import type { ServerSocket } from './web-socket.ts';

interface Line {
  readonly level: LogLevel;
  readonly text: string;
}

interface Follower {
  readonly socket: ServerSocket;
  readonly wants: (line: Line) => boolean;
}

/** The log of the monitored server. */
export interface MonitoredLog {
  /** Writes a line; `text` is the whole line with its time and level. */
  write(level: LogLevel, text: string): void;
  tail(characters: number): string;
  /** Tells every follower that it missed so many lines. */
  tellDropped(lines: number): void;
  /** Cuts every follower's connection. */
  cutFollowers(): void;
  followers(): number;
}

/** Makes the log and the function that a new follower's socket is given to, with its query. */
export function createMonitoredLog(): MonitoredLog & {
  follow(socket: ServerSocket, query: URLSearchParams): void;
} {
  const lines: Line[] = [];
  const followers = new Set<Follower>();
  const send = ({ socket }: Follower, frame: object): void => socket.send(logFrameSchema.parse(frame));
  return {
    write(level, text) {
      const line = { level, text };
      lines.push(line);
      for (const follower of followers)
        if (follower.wants(line)) send(follower, { type: 'log.line', ...line });
    },
    tail: (characters) =>
      Array.from(lines.map(({ text }) => `${text}\n`).join(''))
        .slice(-characters)
        .join(''),
    tellDropped(count) {
      for (const follower of followers) send(follower, { type: 'log.dropped', dropped: count });
    },
    cutFollowers() {
      for (const { socket } of followers) socket.cut();
    },
    followers: () => followers.size,
    follow(socket, search) {
      const { level, text = '', last } = logStreamQuerySchema.parse(Object.fromEntries(search));
      const rank = (one: LogLevel): number => logLevelSchema.options.indexOf(one);
      const follower: Follower = {
        socket,
        wants: (line) => rank(line.level) >= rank(level) && line.text.includes(text),
      };
      const replay = last === 0 ? [] : lines.filter(follower.wants).slice(-last);
      send(follower, { type: 'log.hello', heartbeat_seconds: 10, last: replay.length });
      for (const line of replay) send(follower, { type: 'log.line', ...line });
      followers.add(follower);
      void socket.onceClosed.then(() => followers.delete(follower));
    },
  };
}
