/** The page of assumptions names how each can be checked. */
import { readFileSync } from "node:fs";
import { EXPERIMENTS } from "../../../../cli/proof/assumptions/experiments";
import { CHECKS } from "../../../../cli/proof/checks";
import { EXPERIMENTS_PAGE, experimentsPage } from "../../../../tools/reference/experiments";

const [, section = ""] = readFileSync("docs/explanation/local-aws.md", "utf8").split(
  "\n## Assumptions\n",
);

interface Assumption {
  readonly text: string;
  readonly check: string;
}

const rows = section
  .split("\n")
  .filter((line) => line.startsWith("|") && !/^\| (Assumption|---)/.test(line))
  .map((line): Assumption => {
    const cells = line
      .split(/(?<=\s)\|(?=\s|$)/)
      .map((cell) => cell.replace(/^\|/, "").trim())
      .filter((cell) => cell !== "");
    return { text: cells.slice(0, 2).join(" | "), check: cells[2] ?? "" };
  });

const items = (section.split("\n### Elsewhere\n")[1] ?? "")
  .split("\n- ")
  .map((item) => item.replace(/\s+/g, " "))
  .filter((item) => item.trim() !== "")
  .map((item): Assumption => {
    const [text = "", check = ""] = item.split(/ Check: /);
    return { text, check: check.replace(/^none,/, "None:") };
  });

const assumptions = [...rows, ...items];

const ids = EXPERIMENTS.map(({ id }) => id);
const checkIds = CHECKS.map(({ id }) => id);

function experimentsIn(check: string): string[] {
  return [...check.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) =>
    ids.includes(name) ? [name] : [],
  );
}

/** Whether the check is a command, with a check of doctor or a step of prove. */
function isCommand(check: string): boolean {
  const doctor = /^`factory doctor`, check `([\w-]+)`\.?$/.exec(check);
  if (doctor) return checkIds.includes(doctor[1] ?? "");
  return /^`factory (doctor` and a build|prove IMAGE` .*: step `(key|launch)`)/.test(check);
}

test("the page of assumptions is read completely", () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(items.length).toBeGreaterThan(10);
});

test.each(assumptions.map(({ text, check }) => [text.slice(0, 80), check]))(
  "the page names an experiment, a command or a reason for: %s",
  (_text, check) => {
    const hasReason = /^None: .{10,}/.test(check);
    expect([check, hasReason || isCommand(check) || experimentsIn(check).length > 0]).toEqual([
      check,
      true,
    ]);
  },
);

test("no assumption lacks an experiment because of what the local AWS can do", () => {
  const reasons = assumptions.map(({ check }) => check);
  expect(reasons.filter((reason) => /local AWS|moto|emulat/.test(reason))).toEqual([]);
});

test.each(EXPERIMENTS.map(({ id, ifWrong }) => [id, ifWrong]))(
  "the page names the experiment %s, and what depends on it",
  (id, ifWrong) => {
    const named = assumptions.filter(({ check }) => experimentsIn(check).includes(id));
    // In a list, it is a part of a sentence.
    expect(named.map(({ text }) => text.toLowerCase())).toEqual(
      expect.arrayContaining([expect.stringContaining(ifWrong.toLowerCase())]),
    );
  },
);

test("the page names no experiment that doesn't exist", () => {
  const names = rows.flatMap(({ check }) =>
    check.startsWith("None: ") || isCommand(check)
      ? []
      : [...check.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
  );
  expect(names.filter((name) => !ids.includes(name ?? ""))).toEqual([]);
});

test(`${EXPERIMENTS_PAGE} is what \`npm run reference\` writes`, () => {
  const cells = (page: string): string => page.replace(/ +\|/g, " |").replace(/-{3,}/g, "---");
  expect(cells(readFileSync(EXPERIMENTS_PAGE, "utf8"))).toBe(cells(experimentsPage()));
});
