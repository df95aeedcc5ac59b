import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { loadFactory } from "../../../config/load";
import { lockFilePath } from "../../../config/versions/lock-file";
import {
  inFolder,
  minimalFactory,
  type Raw,
  withFolderAsync,
} from "../../../tools/fixtures/factory-file";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";

async function run(path: string, ...args: string[]): Promise<Result> {
  const env = { ...process.env, FACTORY_CONFIG: path };
  const { stdout, stderr, ...result } = await runInProcess(["versions", ...args], env);
  return {
    ...result,
    stdout: args.includes("--json") ? stdout : inFolder(path, stdout),
    stderr: inFolder(path, stderr),
  };
}

/** Runs `use` on a factory file that was changed after its version lock file was written. */
function afterChange(
  change: (f: Raw) => unknown,
  use: (path: string) => Promise<void>,
): Promise<void> {
  return withFolderAsync({ file: minimalFactory() }, (path) => {
    const file = minimalFactory();
    change(file);
    writeFileSync(path, stringify(file));
    return use(path);
  });
}

/** Runs Git in the folder of a factory file. */
function git(path: string, ...args: string[]): string {
  return spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
    cwd: dirname(path),
    encoding: "utf8",
  }).stdout.trim();
}

function describeBase(f: Raw) {
  f.images.base.description = "Base";
}

test("versions prints each new version with its reason, and writes a version lock file that synth accepts", async () => {
  await afterChange(
    (f) => {
      describeBase(f);
      delete f.images.web;
    },
    async (path) => {
      expect(await run(path)).toEqual({
        status: 0,
        stdout: `        name         from   to     what changed
recipe  shared/base  1.0.0  1.0.1  description
recipe  shared/web   1.0.0  -      removed

commit factory.lock.json
`,
        stderr: "",
      });
      expect(loadFactory(path).lockFile.recipes["shared/base"]?.versions).toEqual(["1.0.1"]);
      expect((await run(path)).stdout).toBe("factory.lock.json is up to date\n");
    },
  );
});

test("versions --json prints the changes, and none if the version lock file is up to date", async () => {
  await afterChange(describeBase, async (path) => {
    const file = lockFilePath(path);
    const print = async (...args: string[]) =>
      JSON.parse((await run(path, "--json", ...args)).stdout);
    expect(await print()).toEqual({
      file,
      changes: [
        {
          kind: "recipe",
          name: "shared/base",
          from: "1.0.0",
          to: "1.0.1",
          reasons: ["description"],
        },
      ],
    });
    expect(await print()).toEqual({ file, changes: [] });
    expect(await print("--check")).toEqual({ file, changes: [] });
  });
});

test("versions leaves no temporary file next to the factory file", async () => {
  await afterChange(describeBase, async (path) => {
    await run(path);
    expect(readdirSync(dirname(path)).sort()).toEqual([
      "agent.yaml",
      "factory.lock.json",
      "factory.yaml",
      "gate.yaml",
    ]);
  });
});

test("versions --check reports whether the version lock file is up to date, and writes nothing", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) =>
    expect(await run(path, "--check")).toEqual({
      status: 0,
      stdout: "factory.lock.json is up to date\n",
      stderr: "",
    }),
  );
  await afterChange(
    (f) => {
      describeBase(f);
      delete f.images.web;
      f.appAccounts.payments.images["payments-web"].workingDirectory = "/opt";
      f.images.new = { ...f.images.base, components: [{ awsManaged: "update-linux" }] };
    },
    async (path) => {
      const before = readFileSync(lockFilePath(path), "utf8");
      const message = `factory.lock.json is out of date: run \`npx --no factory versions\` and commit it
  recipe 'payments/payments-web' changed since 1.0.0 (workingDirectory)
  recipe 'shared/base' changed since 1.0.0 (description)
  recipe 'shared/new' has no version yet
  recipe 'shared/web' was removed, but still has version 1.0.0
`;
      expect(await run(path, "--check")).toEqual({ status: 1, stdout: "", stderr: message });
      expect(() => loadFactory(path)).toThrow(message.split("\n").slice(1).join("\n").trim());
      expect(readFileSync(lockFilePath(path), "utf8")).toBe(before);
    },
  );
});

test("versions rejects a version that is lower than an issued one, with its path", async () => {
  await afterChange(
    (f) => {
      f.images.base.version = "0.9";
      f.appAccounts.payments.images["payments-web"].version = "0.1";
    },
    async (path) => {
      const why =
        "the highest version issued so far: x.x.x resolves to the highest version, so consumers would keep the older image";
      const stderr = `factory.yaml has 2 problems:
  factory.yaml:17:14 images.base.version: must not be lower than 1.0.0, ${why}, got: "0.9" [version-not-lowered]
  factory.yaml:45:18 appAccounts.payments.images.payments-web.version: must not be lower than 1.0.0, ${why}, got: "0.1" [version-not-lowered]
`;
      expect(await run(path)).toEqual({ status: 1, stdout: "", stderr });
      expect(await run(path, "--check")).toEqual({ status: 1, stdout: "", stderr });
    },
  );
});

test("versions resolves a merge conflict with higher versions, so that synth accepts the version lock file", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) => {
    const file = lockFilePath(path);
    const text = readFileSync(file, "utf8");
    const line = /^.*"shared\/base".*\n/m;
    const ours = line.exec(text)?.[0] ?? "";
    const conflict = `<<<<<<< HEAD\n${ours}=======\n${ours.replace(/"parent":"\w{16}"/, '"parent":"0000000000000000"')}>>>>>>> other\n`;
    writeFileSync(file, text.replace(line, conflict));
    expect(() => loadFactory(path)).toThrow(/contains a Git conflict/);
    expect((await run(path)).stdout).toContain("recipe  shared/base  1.0.0  1.0.1  re-added");
    expect(loadFactory(path).lockFile.recipes["shared/base"]?.versions).toEqual(["1.0.1"]);
  });
});

test("versions leaves the version lock file as it is if the factory file has an error", async () => {
  await afterChange(
    (f) => delete f.images.base.version,
    async (path) => {
      const before = readFileSync(lockFilePath(path), "utf8");
      expect(await run(path)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("images.base.version: is missing"),
      });
      expect(readFileSync(lockFilePath(path), "utf8")).toBe(before);
    },
  );
});

test("versions --base never issues a version again after a commit is reverted", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) => {
    const commit = () => [git(path, "add", "-A"), git(path, "commit", "-qm", "x")];
    git(path, "init", "-q");
    commit();
    const file = minimalFactory();
    describeBase(file);
    writeFileSync(path, stringify(file));
    await run(path);
    commit();
    git(path, "revert", "--no-edit", "HEAD");

    expect((await run(path, "--check")).status).toBe(0);
    expect((await run(path, "--check", "--base", "HEAD~1")).stderr).toBe(
      "factory.lock.json has lower versions than at HEAD~1: run `npx --no factory versions --base HEAD~1` and commit it\n  'shared/base' has version 1.0.0, but 1.0.1 was issued\n",
    );
    expect((await run(path, "--base", "HEAD~1")).stdout).toContain(
      "recipe  shared/base  1.0.1  1.0.2  description",
    );
    expect((await run(path, "--check", "--base", "HEAD~1")).status).toBe(0);
    expect((await run(path, "--base", "nowhere")).stderr).toBe(
      "--base: must be a commit, branch or tag of this Git repository, got: nowhere\n",
    );
    const env = { FACTORY_CONFIG: path, PATH: "/nowhere" };
    expect(await runInProcess(["versions", "--base", "HEAD"], env)).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "--base: needs Git, which can't be started (spawnSync git ENOENT): install Git and add it to the PATH\n",
    });
  });
});

test("versions never starts again at 1.0.0 if a commit contains the version lock file, even if it was removed since", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) => {
    const file = lockFilePath(path);
    const before = readFileSync(file, "utf8");
    git(path, "init", "-q");
    git(path, "add", "-A");
    git(path, "commit", "-qm", "x");
    const commit = git(path, "rev-parse", "--short", "HEAD");
    rmSync(file);
    const stderr = `factory.lock.json is missing, and commit ${commit} contains it: restore it with \`git checkout ${commit} -- factory.lock.json\`. Without the file, versions that exist already would be issued again\n`;
    expect(await run(path)).toEqual({ status: 1, stdout: "", stderr });
    git(path, "commit", "-qam", "y");
    expect(await run(path)).toEqual({ status: 1, stdout: "", stderr });
    expect(existsSync(file)).toBe(false);

    git(path, "checkout", commit, "--", file);
    expect(readFileSync(file, "utf8")).toBe(before);
    rmSync(file);
    expect(await run(path, "--base", commit)).toEqual({
      status: 0,
      stdout: "factory.lock.json is up to date\n",
      stderr: "",
    });
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});

test("versions writes a new version lock file, and names the option for accounts with existing images", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) => {
    rmSync(lockFilePath(path));
    expect(await run(path)).toEqual({
      status: 0,
      stdout: `           name                   from  to     what changed
component  agent                  -     1.0.0  new
recipe     payments/payments-web  -     1.0.0  new
recipe     shared/base            -     1.0.0  new
recipe     shared/web             -     1.0.0  new

factory.lock.json is new. If the accounts already have images, components or workflows with these names, run \`npx --no factory versions --from-aws\`

commit factory.lock.json
`,
      stderr: "",
    });
  });
});

test("versions --profiles is rejected without --from-aws", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) =>
    expect(await run(path, "--profiles", "shared=golden")).toEqual({
      status: 1,
      stdout: "",
      stderr: "--profiles: can only be used together with --from-aws\n",
    }),
  );
});

test("versions writes nothing if an option is misspelled", async () => {
  await afterChange(describeBase, async (path) => {
    const before = readFileSync(lockFilePath(path), "utf8");
    expect(await run(path, "--chekc")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "unknown option '--chekc'\n(Did you mean --check?)\nSee `npx --no factory versions --help`.\n",
    });
    expect(readFileSync(lockFilePath(path), "utf8")).toBe(before);
  });
});

test("versions --config takes precedence over FACTORY_CONFIG", async () => {
  await withFolderAsync({ file: minimalFactory() }, async (path) =>
    expect(await run("nowhere.yaml", "--check", "--config", path)).toEqual({
      status: 0,
      stdout: `${lockFilePath(path)} is up to date\n`,
      stderr: "",
    }),
  );
});
