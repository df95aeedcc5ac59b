import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { checkResult } from "../../../cli/authoring/check";
import type { Problem } from "../../../config/problems";
import { EMPTY_LOCK_FILE, lockFilePath, renderLockFile } from "../../../config/versions/lock-file";
import {
  inFolder,
  minimalFactory,
  withFolderAsync,
  writeFactory,
} from "../../../tools/fixtures/factory-file";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return runInProcess(args, { ...process.env, ...env });
}

const WARNING: Problem = {
  path: ["images", "base", "schedule"],
  message: "runs every minute",
  got: "* * * * *",
  rule: "schedule-interval",
  severity: "warning",
};

describe("factory check", () => {
  test("exits with 0 if the factory file is valid and its version lock file is up to date", async () => {
    await withFolderAsync({ file: minimalFactory() }, async (path) => {
      expect(await run(["check", path])).toEqual({
        status: 0,
        stdout: `${path} is valid, and ${lockFilePath(path)} is up to date\n`,
        stderr: "",
      });
      expect((await run(["check"], { FACTORY_CONFIG: path })).status).toBe(0);
    });
  });

  test("prints all problems and exits with 1 if the factory file has errors", async () => {
    const file = minimalFactory();
    file.organization = { id: "acme" };
    await withFolderAsync({ file }, async (path) => {
      const { status, stdout, stderr } = await run(["check", path]);
      expect(inFolder(path, stdout)).toMatch(
        /^factory\.yaml has 2 problems:\n {2}factory\.yaml:2:7 organization\.id: .*\n.*\n$/,
      );
      expect([status, stderr]).toEqual([1, ""]);
    });
  });

  test("exits with 1 if the version lock file is out of date, and changes nothing", async () => {
    await withFolderAsync({ file: minimalFactory() }, async (path) => {
      const file = minimalFactory();
      file.images.base.description = "Base";
      writeFileSync(path, stringify(file));
      const before = readFileSync(lockFilePath(path), "utf8");
      const { status, stdout } = await run(["check", path]);
      expect(inFolder(path, stdout)).toMatch(
        /^factory\.lock\.json .*\n {2}recipe 'shared\/base' .*\n$/,
      );
      expect(status).toBe(1);
      expect(readFileSync(lockFilePath(path), "utf8")).toBe(before);
    });
  });

  test("prints paths from the working directory, and commands with --config, for a factory file in a folder", async () => {
    const folder = mkdtempSync("dist/check-");
    try {
      const file = { ...minimalFactory(), organization: { id: "acme" } };
      file.images.web.components = [{ document: "agent.yaml" }];
      const path = writeFactory(folder, { file, documents: { "agent.yaml": "name: [" } });
      expect((await run(["check", path])).stdout).toBe(`${folder}/factory.yaml has 3 problems:
  ${folder}/factory.yaml:2:7 organization.id: must be an organization ID such as o-abcdefghij, got: "acme"
  ${folder}/factory.yaml:2:3 organization.managementAccountId: is missing, must be an account ID of 12 digits in quotes, such as "111111111111"
  ${folder}/agent.yaml:1:8 ends a list without its closing ]: add it, or indent what belongs to the list
`);
      writeFactory(folder, { file: minimalFactory() });
      expect((await run(["check", path])).stdout).toBe(
        `${folder}/factory.lock.json is missing. If this factory was deployed before, restore the file with \`git checkout -- ${folder}/factory.lock.json\`, or run \`npx --no factory versions --from-aws --config ${folder}/factory.yaml\` if Git doesn't have it. If it is new, run \`npx --no factory versions --config ${folder}/factory.yaml\`. Then commit the file\n`,
      );
      writeFileSync(lockFilePath(path), renderLockFile(EMPTY_LOCK_FILE));
      const issued = new RegExp(
        `^${folder}/factory.lock.json is out of date: run \`npx --no factory versions --config ${folder}/factory.yaml\` and commit it\n(  .* has no version yet\n)+$`,
      );
      expect((await run(["check", path])).stdout).toMatch(issued);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("exits with 1 if the version lock file is missing", async () => {
    await withFolderAsync({ file: minimalFactory() }, async (path) => {
      rmSync(lockFilePath(path));
      const { status, stdout } = await run(["check", path]);
      expect(inFolder(path, stdout)).toMatch(/^factory\.lock\.json is missing\. .*\n$/);
      expect(status).toBe(1);
    });
  });

  test("reports a factory file that doesn't exist, also with --json", async () => {
    const { status, stdout } = await run(["check", "nowhere.yaml", "--json"]);
    const { errors } = JSON.parse(stdout);
    expect(errors).toEqual([{ message: expect.stringMatching(/^nowhere\.yaml doesn't exist: /) }]);
    expect(status).toBe(1);
  });

  test("--json prints errors with their paths", async () => {
    const file = minimalFactory();
    file.organization.id = "acme";
    await withFolderAsync({ file }, async (path) => {
      const { status, stdout } = await run(["check", path, "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({
        file: path,
        errors: [{ path: "organization.id", got: "acme" }],
        warnings: [],
      });
      expect(status).toBe(1);
    });
  });
});

describe("checkResult", () => {
  const PATH = "acme/factory.yaml";
  const ERROR: Problem = { path: ["images"], message: "must have an image" };

  test("exits with 0 if there are only warnings", () => {
    expect(checkResult(PATH, [WARNING], undefined, false)).toEqual({
      text: `acme/factory.yaml has 1 warning:
  images.base.schedule: runs every minute, got: "* * * * *" [schedule-interval]
acme/factory.yaml is valid, with warnings, and acme/factory.lock.json is up to date`,
      data: {
        file: PATH,
        errors: [],
        warnings: [
          {
            path: "images.base.schedule",
            message: "runs every minute",
            got: "* * * * *",
            rule: "schedule-interval",
          },
        ],
      },
      exitCode: 0,
    });
  });

  test("exits with 1 if there are warnings and --strict is set", () => {
    const { text, exitCode } = checkResult(PATH, [WARNING], undefined, true);
    expect(text?.split("\n").at(-1)).toBe(
      "acme/factory.yaml isn't valid, because --strict makes warnings errors",
    );
    expect(exitCode).toBe(1);
  });

  test("exits with 0 if there are no problems and --strict is set", () => {
    expect(checkResult(PATH, [], undefined, true).exitCode).toBe(0);
  });

  test("prints errors before warnings", () => {
    const { text, exitCode } = checkResult(PATH, [WARNING, ERROR], undefined, false);
    expect(text).toBe(`acme/factory.yaml has 1 problem:
  images: must have an image
acme/factory.yaml has 1 warning:
  images.base.schedule: runs every minute, got: "* * * * *" [schedule-interval]`);
    expect(exitCode).toBe(1);
  });

  test("prints the problem of the version lock file after warnings", () => {
    const { text, data, exitCode } = checkResult(
      PATH,
      [WARNING],
      "factory.lock.json is old",
      false,
    );
    expect(text?.split("\n").at(-1)).toBe("factory.lock.json is old");
    expect(data).toMatchObject({ errors: [{ message: "factory.lock.json is old" }] });
    expect(exitCode).toBe(1);
  });
});
