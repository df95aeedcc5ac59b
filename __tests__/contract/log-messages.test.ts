import { readFileSync } from "node:fs";
import {
  REBUILDER_MESSAGES,
  RECORDER_MESSAGES,
  UPDATER_MESSAGES,
} from "../../contract/log-messages";

const MESSAGES = [UPDATER_MESSAGES, REBUILDER_MESSAGES, RECORDER_MESSAGES].flatMap((messages) =>
  Object.values<string>(messages),
);

/** Returns the texts in code spans that consist of words, and aren't commands. */
function quotedWords(page: string): string[] {
  const text = readFileSync(page, "utf8").replace(/```[\s\S]*?```/g, "");
  return [...text.matchAll(/`([A-Za-z]+(?:\s[a-z',]+)+)`/g)]
    .map(([, words = ""]) => words.replace(/\s/g, " "))
    .filter((words) => !/^(terraform|npm) /.test(words));
}

test.each([
  "docs/reference/alarms.md",
  "docs/guides/operations.md",
  "docs/guides/follow-parents.md",
  "docs/explanation/how-sharing-works.md",
])("%s quotes only messages that the functions log", (page) => {
  const quoted = quotedWords(page);
  expect(quoted).not.toEqual([]);
  expect(quoted.filter((words) => !MESSAGES.some((one) => one.includes(words)))).toEqual([]);
});
