/** The words below a chart: times as everywhere else in the dashboard, in 24 hours and in the reader's zone. */

const daySeconds = 86_400;

/** What stands below the lines of the grid, which are `increment` seconds apart; each new day is named once, in a line of its own. */
export function axisTimes(seconds: readonly number[], increment: number): string[] {
  const moments = seconds.map((second) => new Date(second * 1_000));
  return moments.map((moment, index) => {
    const before = moments[index - 1];
    if (increment >= daySeconds) {
      const isNewYear = before === undefined || before.getFullYear() !== moment.getFullYear();
      return isNewYear ? `${dayOf(moment)}\n${moment.getFullYear()}` : dayOf(moment);
    }
    const time = moment.toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      ...(increment < 60 ? { second: '2-digit' } : {}),
    });
    const isNewDay = before === undefined || before.toDateString() !== moment.toDateString();
    return isNewDay ? `${time}\n${dayOf(moment)}` : time;
  });
}

function dayOf(moment: Date): string {
  return moment.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
