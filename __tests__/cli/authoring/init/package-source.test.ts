import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPackage, findPackageSource } from "../../../../cli/authoring/init/package-source";

const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));

let folder: string;
let repository: string;
let installed: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "package-source-"));
  repository = join(folder, "repository");
  installed = join(folder, "cache", "node_modules", name);
  mkdirSync(repository);
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name, version }));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes what npm writes when it installs the package from `resolved`. */
function record(resolved: string): void {
  const packages = { [`node_modules/${name}`]: { resolved } };
  writeFileSync(join(installed, "..", ".package-lock.json"), JSON.stringify({ packages }));
}

/** The package on which a new repository depends. */
function dependency(): string {
  return addPackage(findPackageSource(undefined, installed), repository);
}

describe("the package on which a new repository depends", () => {
  test("is a copy of the tarball from which npx installed the running package", () => {
    writeFileSync(join(folder, `${name}-9.9.9.tgz`), "a tarball");
    record(`file:../${name}-9.9.9.tgz`);
    expect(dependency()).toBe(`file:${name}-9.9.9.tgz`);
    expect(readFileSync(join(repository, `${name}-9.9.9.tgz`), "utf8")).toBe("a tarball");
  });

  test("is the URL from which npx installed the running package", () => {
    const url = `https://example.com/${name}-9.9.9.tgz`;
    record(url);
    expect(dependency()).toBe(url);
  });

  test.each(["file:../deleted.tgz", "file:../folder"])(
    "is packed again if %s isn't a tarball any more",
    (resolved) => {
      mkdirSync(join(folder, "folder"));
      record(resolved);
      expect(findPackageSource(undefined, installed)).toEqual({ kind: "folder", path: installed });
    },
  );

  test("is packed from the folder of the running package if npm recorded nothing", () => {
    const tarball = `${name}-${version}.tgz`;
    expect(dependency()).toBe(`file:${tarball}`);
    const files = execFileSync("tar", ["-tzf", join(repository, tarball)], { encoding: "utf8" });
    expect(files).toBe("package/package.json\n");
  });
});
