// Reads what was typed into "Add member AWS account(s)": account IDs separated by commas.
export interface TypedIds {
  ids: string[]; // valid ones, each once
  problems: string[]; // one for every word that is no usable account ID
}

export function readAccountIds(
  text: string,
  words: { notAnId: (word: string) => string; isMaster: (id: string) => string; twice: (id: string) => string },
  masterAccountId: string,
): TypedIds {
  const typed: TypedIds = { ids: [], problems: [] };
  for (const word of text.split(/[,\n]/).map((part) => part.trim())) {
    if (word === "") continue;
    if (!/^[0-9]{12}$/.test(word)) typed.problems.push(words.notAnId(word));
    else if (word === masterAccountId) typed.problems.push(words.isMaster(word));
    else if (typed.ids.includes(word)) typed.problems.push(words.twice(word));
    else typed.ids.push(word);
  }
  return typed;
}
