import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const LIBRARY = "components/linux";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "factory-add-"));
  copyFileSync("factory.yaml", join(folder, "factory.yaml"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function add(...args: readonly string[]): Promise<Result> {
  const env = { ...process.env, FACTORY_CONFIG: join(folder, "factory.yaml") };
  return runInProcess(["add", ...args], env);
}

function failure(stderr: string): Result {
  return { status: 1, stdout: "", stderr: `${stderr}\n` };
}

function success(stdout: string): Result {
  return { status: 0, stdout: `${stdout}\n`, stderr: "" };
}

function library(name: string): string {
  return readFileSync(join(LIBRARY, `${name}.yaml`), "utf8");
}

function copied(name: string): string {
  return readFileSync(join(folder, "components", `${name}.yaml`), "utf8");
}

function writeCopy(name: string, text: string): void {
  mkdirSync(join(folder, "components"), { recursive: true });
  writeFileSync(join(folder, "components", `${name}.yaml`), text);
}

describe("factory add component", () => {
  test("copies components next to the factory file, and prints how to name them", async () => {
    expect(await add("component", "cleanup-linux", "hardening-linux")).toEqual(
      success(`wrote components/cleanup-linux.yaml: name it in factory.yaml as { document: components/cleanup-linux.yaml }
wrote components/hardening-linux.yaml: name it in factory.yaml as { document: components/hardening-linux.yaml }`),
    );
    expect(copied("cleanup-linux")).toBe(library("cleanup-linux"));
    expect(copied("hardening-linux")).toBe(library("hardening-linux"));
  });

  test("leaves a copy as it is that is the same, also with CRLF line endings", async () => {
    const text = library("cleanup-linux").replaceAll("\n", "\r\n");
    writeCopy("cleanup-linux", text);
    expect(await add("component", "cleanup-linux")).toEqual(
      success("components/cleanup-linux.yaml is already as in the library"),
    );
    expect(copied("cleanup-linux")).toBe(text);
  });

  test("never overwrites a file, and then writes none of the components", async () => {
    writeCopy("hardening-linux", "mine");
    expect(await add("component", "cleanup-linux", "hardening-linux")).toEqual(
      failure(
        "components/hardening-linux.yaml exists, differs from the library and isn't overwritten: `npx --no factory add component hardening-linux --diff` shows the difference",
      ),
    );
    expect(copied("hardening-linux")).toBe("mine");
    expect(readdirSync(join(folder, "components"))).toEqual(["hardening-linux.yaml"]);
  });

  test("never writes through a symbolic link whose target doesn't exist", async () => {
    mkdirSync(join(folder, "components"));
    symlinkSync(join(folder, "elsewhere.yaml"), join(folder, "components", "cleanup-linux.yaml"));
    expect(await add("component", "cleanup-linux")).toEqual(
      failure(
        "components/cleanup-linux.yaml exists, differs from the library and isn't overwritten: `npx --no factory add component cleanup-linux --diff` shows the difference",
      ),
    );
    expect(readdirSync(folder).sort()).toEqual(["components", "factory.yaml"]);
  });

  test("suggests the nearest component, or lists all", async () => {
    expect(await add("component", "hardening-linx")).toEqual(
      failure(
        "NAME: must be a component of the library, did you mean 'hardening-linux'?, got: hardening-linx",
      ),
    );
    expect((await add("component", "nginx")).stderr).toMatch(
      /^NAME: must be a component of the library: cleanup-linux, .*, update-os-windows, got: nginx\n$/,
    );
  });

  test("rejects another kind, and a missing name", async () => {
    expect(await add("componet", "cleanup-linux")).toEqual(
      failure("KIND: must be component or workflow, did you mean 'component'?, got: componet"),
    );
    expect(await add("component")).toEqual(
      failure(
        "NAME: is missing: `npx --no factory add component --list` lists the components of the library",
      ),
    );
    expect(await add()).toEqual(failure("KIND: is missing: must be component or workflow"));
    expect(await add("workflow", "hardening-linux")).toEqual(
      failure("NAME: must be a workflow of the library: wait-for-approval, got: hardening-linux"),
    );
  });

  test("rejects a folder without a factory file", async () => {
    rmSync(join(folder, "factory.yaml"));
    expect((await add("component", "cleanup-linux")).stderr).toMatch(
      /factory\.yaml doesn't exist: .*\n$/,
    );
    expect(existsSync(join(folder, "components"))).toBe(false);
  });

  test("--json prints which files were written", async () => {
    const file = "components/cleanup-linux.yaml";
    const print = async () =>
      JSON.parse((await add("component", "cleanup-linux", "--json")).stdout);
    expect(await print()).toEqual([{ file, written: true }]);
    expect(await print()).toEqual([{ file, written: false }]);
  });

  test("add workflow copies a workflow next to the factory file", async () => {
    expect(await add("workflow", "wait-for-approval")).toEqual(
      success(
        "wrote workflows/wait-for-approval.yaml: name it in factory.yaml as { document: workflows/wait-for-approval.yaml }",
      ),
    );
    expect(readFileSync(join(folder, "workflows/wait-for-approval.yaml"), "utf8")).toBe(
      readFileSync("workflows/wait-for-approval.yaml", "utf8"),
    );
    expect(await add("workflow", "--list")).toEqual(
      success("wait-for-approval\n  Waits until a person approves or stops the build"),
    );
    expect(await add("--diff")).toEqual(
      success(`1 document is as in the library of version ${version}`),
    );
  });

  test("--list prints all components with their descriptions", async () => {
    const { status, stdout } = await add("component", "--list");
    expect(status).toBe(0);
    expect(stdout).toContain(
      "\nhardening-linux\n  Hardens sshd, removes world-write permission, and tests that instance metadata requires a token\n",
    );
    expect(JSON.parse((await add("--list", "--json")).stdout)).toContainEqual({
      kind: "component",
      name: "cleanup-windows",
      description: expect.stringMatching(/^Deletes /),
    });
  });
});

describe("factory add --diff", () => {
  test("prints a unified diff from each changed copy to the library, changes nothing, and exits with 0", async () => {
    const changed = library("cleanup-linux").replace(/^description: .*$/m, "description: Ours");
    writeCopy("cleanup-linux", changed);
    writeCopy("hardening-linux", library("hardening-linux"));
    const [first, second, third, ...rest] = library("cleanup-linux").split("\n");
    const expected = `--- components/cleanup-linux.yaml\tyours
+++ components/cleanup-linux.yaml\tlibrary ${version}
@@ -1,6 +1,6 @@
 ${first}
-description: Ours
+${second}
 ${third}
 ${rest[0]}
 ${rest[1]}
 ${rest[2]}`;
    expect(await add("--diff")).toEqual(success(expected));
    expect(await add("component", "cleanup-linux", "--diff")).toEqual(success(expected));
    expect(JSON.parse((await add("--diff", "--json")).stdout)).toEqual([
      { file: "components/cleanup-linux.yaml", diff: expected },
    ]);
    expect(copied("cleanup-linux")).toBe(changed);
  });

  test("reports that copies are as in the library, and ignores other documents", async () => {
    expect(await add("--diff")).toEqual(
      success("no documents of the library are next to the factory file"),
    );
    writeCopy("nginx", "ours");
    writeCopy("hardening-linux", library("hardening-linux"));
    expect(await add("--diff")).toEqual(
      success(`1 document is as in the library of version ${version}`),
    );
    writeCopy("cleanup-linux", library("cleanup-linux"));
    expect(await add("--diff")).toEqual(
      success(`2 documents are as in the library of version ${version}`),
    );
  });

  test("rejects a component that wasn't copied", async () => {
    expect(await add("component", "cleanup-linux", "--diff")).toEqual(
      failure(
        "components/cleanup-linux.yaml doesn't exist: copy it with `npx --no factory add component cleanup-linux`",
      ),
    );
  });
});
