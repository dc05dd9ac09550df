/**
 * Counts tokens as the offline model does: a word of up to six letters is one token, a longer one counts one more for
 * every four further letters; numbers count one for every three digits, each other mark one. Deterministic, and
 * within a few percent of common model tokenisers on English prose.
 */
export function countTokens(text: string): number {
  let count = 0;
  let letters = 0;
  let digits = 0;
  const close = (): void => {
    if (letters > 0) count += letters <= 6 ? 1 : 1 + Math.ceil((letters - 6) / 4);
    if (digits > 0) count += Math.ceil(digits / 3);
    letters = 0;
    digits = 0;
  };
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code > 0x00bf) {
      if (digits > 0) close();
      letters += 1;
    } else if (code >= 48 && code <= 57) {
      if (letters > 0) close();
      digits += 1;
    } else {
      close();
      if (code !== 32 && (code < 9 || code > 13)) count += 1;
    }
  }
  close();
  return count;
}
