function objectsAre(objects: string): string {
  return objects === "1" ? "1 object is" : `${objects} objects are`;
}

export const notClassified = {
  title: "Not classified",
  description: "What was skipped or failed, why, and what to do about it.",
  account: "Account",
  allAccounts: "All accounts",
  tableLabel: "Reasons",
  columns: {
    reason: "Reason",
    outcome: "Outcome",
    meaning: "What it means",
    remedy: "What to do",
    objects: "Objects",
    retry: "Retry",
  },
  retry: "Retry",
  retryOf: (reason: string) => `Retry ${reason}`,
  retryTitle: (reason: string) => `Try again what failed with ${reason}?`,
  retryText: (objects: string) =>
    `${objectsAre(objects)} tried again at once instead of when the next attempt is due.`,
  retryDone: (objects: string) => `${objectsAre(objects)} tried again.`,
  retryFailed: "Nothing is tried again",
  final: "Not tried again",
  emptyTitle: "Everything is classified",
  emptyText: "No object was skipped, and none failed.",
};
