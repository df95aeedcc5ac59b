import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { stringify } from "yaml";
import { checkResult } from "../../../cli/authoring/check";
import type { Problem } from "../../../config/problems";
import { lockFilePath } from "../../../config/versions/lock-file";
import { minimalFactory, withFolderAsync } from "../../../tools/fixtures/factory-file";
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
        stdout: "factory.yaml is valid, and factory.lock.json is up to date\n",
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
      expect(stdout).toMatch(
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
      expect(stdout).toMatch(/^factory\.lock\.json .*\n {2}recipe 'shared\/base' .*\n$/);
      expect(status).toBe(1);
      expect(readFileSync(lockFilePath(path), "utf8")).toBe(before);
    });
  });

  test("exits with 1 if the version lock file is missing", async () => {
    await withFolderAsync({ file: minimalFactory() }, async (path) => {
      rmSync(lockFilePath(path));
      const { status, stdout } = await run(["check", path]);
      expect(stdout).toMatch(/^factory\.lock\.json is missing\. .*\n$/);
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
      text: `factory.yaml has 1 warning:
  images.base.schedule: runs every minute, got: "* * * * *" [schedule-interval]
factory.yaml is valid, with warnings, and factory.lock.json is up to date`,
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
      "factory.yaml isn't valid, because --strict makes warnings errors",
    );
    expect(exitCode).toBe(1);
  });

  test("exits with 0 if there are no problems and --strict is set", () => {
    expect(checkResult(PATH, [], undefined, true).exitCode).toBe(0);
  });

  test("prints errors before warnings", () => {
    const { text, exitCode } = checkResult(PATH, [WARNING, ERROR], undefined, false);
    expect(text).toBe(`${basename(PATH)} has 1 problem:
  images: must have an image
factory.yaml has 1 warning:
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
