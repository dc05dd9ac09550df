import { readFileSync, statSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Larger maps would take longer to read than the event loop may stand still. */
const mapBytesMax = 2 << 20;
const mapsMax = 100;

// `at name (file:///a/b.js:1:2)` and `at file:///a/b.js:1:2`; what belongs to Node has no path.
const place = /(\(|\bat (?:async )?)((?:file:\/\/)?\/[^():]+|[A-Za-z]:[\\/][^():]+):(\d+):(\d+)(\)?)$/;

/**
 * Translates the frames of stacks to the sources that the code was compiled from, by the maps that lie beside it. The process is left
 * as it is: where Node itself does so (`--enable-source-maps`), there is nothing to do.
 */
export class SourceMaps {
  readonly #maps = new Map<string, SourceMap | null>();

  /** One frame, translated if there is a map for it. Never throws. */
  translate(frame: string): string {
    if (process.sourceMapsEnabled) return frame;
    const match = place.exec(frame);
    if (!match) return frame;
    const [whole, before = '', file = '', line = '', column = '', after = ''] = match;
    try {
      const path = file.startsWith('file://') ? fileURLToPath(file) : file;
      const entry = this.#mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (!entry || !('originalSource' in entry)) return frame;
      const source = sourceOf(entry.originalSource, path);
      const head = frame.slice(0, frame.length - whole.length);
      return `${head}${before}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}${after}`;
    } catch {
      return frame;
    }
  }

  #mapOf(path: string): SourceMap | null {
    const known = this.#maps.get(path);
    if (known !== undefined) return known;
    if (this.#maps.size >= mapsMax) this.#maps.clear();
    const map = path.includes('/node_modules/') ? null : readMap(path);
    this.#maps.set(path, map);
    return map;
  }
}

function sourceOf(source: string, path: string): string {
  if (source.startsWith('file://')) return source;
  if (isAbsolute(source)) return pathToFileURL(source).href;
  return pathToFileURL(resolve(dirname(path), source)).href;
}

function readMap(path: string): SourceMap | null {
  try {
    if (statSync(path).size > mapBytesMax) return null;
    const code = readFileSync(path, 'utf8');
    const found = [...code.matchAll(/^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm)].at(-1)?.[1];
    if (found === undefined) return null;
    const payload = JSON.parse(payloadText(found, path)) as SourceMapPayload;
    const root = payload.sourceRoot ?? '';
    const sources = payload.sources.map((source) =>
      root === '' ? source : `${root.replace(/\/$/, '')}/${source}`,
    );
    return new SourceMap({ ...payload, sourceRoot: '', sources });
  } catch {
    return null;
  }
}

function payloadText(address: string, path: string): string {
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/.exec(address);
  if (inline) {
    const [, base64, text = ''] = inline;
    return base64 === undefined ? decodeURIComponent(text) : Buffer.from(text, 'base64').toString('utf8');
  }
  const file = resolve(dirname(path), decodeURIComponent(address));
  // A comment in a file must not make us read what lies elsewhere.
  if (relative(dirname(path), file).startsWith('..') || statSync(file).size > mapBytesMax) return '{}';
  return readFileSync(file, 'utf8');
}
