import { readdirSync, readFileSync } from "node:fs";
import { RULES } from "../../../config/rules";
import { RULES_CHECKED_ELSEWHERE } from "../../../config/rules/checked-elsewhere";

const ALL = [...RULES, ...RULES_CHECKED_ELSEWHERE];

test("rule ids are unique and lower-case with hyphens", () => {
  const ids = ALL.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(id))).toEqual([]);
});

test("every rule has an input that breaks it, with its whole message", () => {
  const folder = "__tests__/config/bad-input";
  const inputs = readdirSync(folder)
    .map((file) => readFileSync(`${folder}/${file}`, "utf8"))
    .join("");
  // Tested with the version lock file.
  const elsewhere = ["version-not-lowered"];
  const untested = ALL.filter(({ id }) => !inputs.includes(`[${id}]`) && !elsewhere.includes(id));
  expect(untested.map(({ id }) => id)).toEqual([]);
});

test("every rule that is reported is listed", () => {
  const folder = "__tests__/config/bad-input";
  const reported = readdirSync(folder).flatMap((file) =>
    [
      ...readFileSync(`${folder}/${file}`, "utf8").matchAll(
        / \[([a-z0-9]+(?:-[a-z0-9]+)+)\]["'`]/g,
      ),
    ].map(([, id = ""]) => id),
  );
  const known = ALL.map(({ id }) => id);
  expect([...new Set(reported)].filter((id) => !known.includes(id))).toEqual([]);
});
